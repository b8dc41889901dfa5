"""Posts in units of test towns, really committed."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from kyoso.core.access import Role
from kyoso.core.clock import now, today
from kyoso.core.db import db, new_id
from kyoso.core.scope import tenant_scope
from kyoso.municipal.posts.operations import add_post
from kyoso.municipal.posts.rules import Line, PostDraft
from support.people import Town, actor_of


def draft(**values: Any) -> PostDraft:
    """Return a post as a form would write it."""
    given: dict[str, Any] = {
        "title": "室長",
        "line": Line.CORE,
        "position": None,
        "membership_id": None,
        "engagement_id": None,
        "holder_name": "見本 一郎（見本）",
        "concurrent": False,
        "home_department_id": None,
        "part_time": False,
        "online": False,
        "starts_on": dt.date(2026, 4, 1),
        "ends_on": None,
        "note": "",
    }
    return PostDraft(**(given | values))


def make_post(town: Town, department_id: uuid.UUID, **values: Any) -> uuid.UUID:
    """Give somebody a post in a unit and return its id."""
    with tenant_scope(town.id):
        post = add_post(
            department_id,
            draft(**values),
            post_id=new_id(),
            actor=actor_of(town, Role.SECRETARIAT),
            now=now(),
        )
        db.session.commit()
        return post.id


def make_posts(town: Town, department_id: uuid.UUID, membership_id: uuid.UUID) -> uuid.UUID:
    """Make one post of each kind in a unit: of a member, of a name, held beside another, ended."""
    day = today()
    make_post(town, department_id, title="課長", membership_id=membership_id, starts_on=day)
    make_post(
        town,
        department_id,
        title="係長",
        starts_on=day - dt.timedelta(days=400),
        ends_on=day - dt.timedelta(days=1),
    )
    return make_post(
        town,
        department_id,
        title="参与",
        line=Line.MEMBER,
        holder_name="見本 花子（見本）",
        concurrent=True,
        part_time=True,
        online=True,
        starts_on=day,
    )
