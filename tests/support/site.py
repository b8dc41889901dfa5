"""What the tests of the town's site need: what a town declares, needs, news, feeds."""

from __future__ import annotations

import uuid
from xml.etree import ElementTree as ET

import sqlalchemy as sa

from kyoso.core.db import db, new_id
from kyoso.core.scope import tenant_scope
from kyoso.municipal.needs.models import Need
from kyoso.municipal.needs.rules import NeedStatus
from kyoso.municipal.notices.models import Notice
from kyoso.municipal.notices.rules import NoticeStatus
from kyoso.tenancy.models import Tenant
from kyoso.tenancy.queries import forget_tenants
from support.people import Town
from support.projects import NOON


def declare(town: Town, **values: object) -> None:
    """Change what a town is, as a sync does."""
    with tenant_scope(town.id):
        db.session.execute(sa.update(Tenant).where(Tenant.id == town.id).values(**values))
        db.session.commit()
    forget_tenants()


def make_need(town: Town, department: uuid.UUID, number: int = 1, **values: object) -> uuid.UUID:
    """Keep a published need."""
    need = Need(
        **{
            "id": new_id(),
            "tenant_id": town.id,
            "number": number,
            "department_id": department,
            "title": f"除雪の見える化 その{number}",
            "purpose": "いつでも確かめられるように",
            "outcome": "電話が半分になる",
            "skills": ["デザイナー"],
            "hours_a_month": 10,
            "budget_yen": 0,
            "field_offered": "道路",
            "status": NeedStatus.PUBLISHED,
            "created_by": "x",
            "published_at": NOON,
            "closing_note": "",
            "search_key": "",
            **values,
        }
    )
    with tenant_scope(town.id):
        db.session.add(need)
        db.session.commit()
    return need.id


def make_notice(town: Town, title: str = "報告会を開きます", **values: object) -> uuid.UUID:
    """Keep a published notice."""
    notice = Notice(
        **{
            "id": new_id(),
            "tenant_id": town.id,
            "title": title,
            "body": "12月10日です。",
            "status": NoticeStatus.PUBLISHED,
            "created_by": "x",
            "published_at": NOON,
            **values,
        }
    )
    with tenant_scope(town.id):
        db.session.add(notice)
        db.session.commit()
    return notice.id


def parse_xml(content: bytes) -> ET.Element:
    """Return the tree of our own feed or sitemap."""
    return ET.fromstring(content)  # noqa: S314 (our own)
