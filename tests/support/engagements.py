"""Engagements of test towns, really committed."""

from __future__ import annotations

import datetime as dt
import tomllib
import uuid
from typing import Any

from kyoso.core.access import Role
from kyoso.core.clock import now, today
from kyoso.core.config import ROOT
from kyoso.core.db import db, new_id
from kyoso.core.scope import tenant_scope
from kyoso.municipal.engagements.models import Engagement
from kyoso.municipal.engagements.rules import AgreedBy, ContractKind, EngagementStatus
from kyoso.municipal.talent_programmes.rules import PayUnit
from kyoso.municipal.talents.queries import get_talent, talent_of_person
from kyoso.municipal.talents.rules import WorkMode
from kyoso.tenancy.models import Tenant
from kyoso.tenancy.queries import department_names, forget_tenants
from support.departments import make_department
from support.members import Person, make_member
from support.people import Town, actor_of


def declare(town: Town) -> None:
    """Give a town the roles and the programmes that every town begins with."""
    declared = {
        name: tomllib.loads((ROOT / f"tenants/_default/{name}.toml").read_text("utf-8"))
        for name in ("profile", "talent_programmes")
    }
    with tenant_scope(town.id):
        tenant = db.session.get_one(Tenant, town.id)
        tenant.declaration = {
            **tenant.declaration,
            "roles": declared["profile"]["roles"],
            "talent_programmes": declared["talent_programmes"],
        }
        db.session.commit()
    forget_tenants()


def make_engagement(
    town: Town,
    talent_id: uuid.UUID,
    responsible: Person | None = None,
    department_id: uuid.UUID | None = None,
    **values: Any,
) -> uuid.UUID:
    """Write down that a talent works for a department; under way unless `status` says otherwise.

    Past the operations, so that any state can be had; no hours are booked.
    """
    responsible = responsible or make_member(town, Role.STAFF)
    department_id = department_id or make_department(town)
    with tenant_scope(town.id):
        actor = actor_of(town, Role.SECRETARIAT)
        talent = get_talent(actor, talent_id)
        status = values.get("status", EngagementStatus.ACTIVE)
        answered = status not in {EngagementStatus.OFFERED, EngagementStatus.WITHDRAWN}
        over = status in {EngagementStatus.ENDED, EngagementStatus.WITHDRAWN}
        given = {
            "id": new_id(),
            "person_name": talent.name,
            "role": "アドバイザー",
            "department_id": department_id,
            "department_name": department_names(actor)[department_id],
            "contract_kind": ContractKind.COMMISSION,
            "starts_on": today() - dt.timedelta(days=60),
            "ends_on": today() + dt.timedelta(days=300),
            "hours_a_month": 10,
            "mode": WorkMode.BOTH,
            "purpose": "広報のデザインを整える",
            "pay_unit": PayUnit.NONE,
            "responsible_membership_id": responsible.membership_id,
            "responsible_name": responsible.name,
            "overrides": {},
            "status": status,
            "offered_at": now(),
            "agreed_by": AgreedBy.PERSON,
            "answered_at": now() if answered else None,
            "ended_at": now() if over else None,
            "created_by": actor.name,
        }
        engagement = Engagement(
            tenant_id=town.id, talent_id=talent_id, person_id=talent.person_id, **(given | values)
        )
        db.session.add(engagement)
        db.session.commit()
        return engagement.id


def make_every_engagement(
    town: Town, person_id: uuid.UUID, responsible: Person, department_id: uuid.UUID
) -> None:
    """Give somebody of a town's register one engagement in each state, and one outside the rules."""
    with tenant_scope(town.id):
        talent = talent_of_person(actor_of(town, Role.SECRETARIAT), person_id)
        assert talent is not None
        talent_id = talent.id
    where = (town, talent_id, responsible, department_id)
    for number, status in enumerate(EngagementStatus):
        make_engagement(*where, role=f"複業人材{number}", status=status, end_reason="見本の理由")
    missed = {
        "sentence": "月の時間は20時間以上です（いま10時間）。",
        "reason": "試行のため",
        "by": "見本 太郎（見本）",
        "on": "2026-11-01",
    }
    make_engagement(
        *where,
        role="地域活性化起業人",
        programme="revitalizer-side-job",
        overrides={"hours_a_month_min": missed},
        pay_unit=PayUnit.MONTH,
        pay_yen=80_000,
        travel_yen_a_year=200_000,
        ends_on=today() + dt.timedelta(days=20),
    )
