"""Agreements for tests."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from kyoso.core.access import Actor, Role
from kyoso.core.db import db, new_id
from kyoso.core.scope import tenant_scope
from kyoso.municipal.agreements import operations
from kyoso.municipal.agreements.models import Agreement
from kyoso.municipal.agreements.operations import Terms
from kyoso.municipal.agreements.rules import (
    CLAUSES,
    AgreementKind,
    ClauseAnswer,
    ClauseState,
)
from support.people import Town, actor_of

NOON = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 21)
PARTY = {"name": "みほん商店（見本）", "role": "代表", "contact": "0242-00-0000"}


def terms(title: str = "空き家の実証協定", **values: Any) -> Terms:
    return Terms(**{"title": title, "parties": (PARTY,), "fields": ("空き家",), **values})


def all_included(kind: AgreementKind) -> list[ClauseAnswer]:
    return [ClauseAnswer(clause, ClauseState.INCLUDED) for clause in CLAUSES[kind]]


def write_agreement(
    actor: Actor,
    kind: AgreementKind = AgreementKind.PILOT,
    *,
    project_id: uuid.UUID | None = None,
    signed_on: dt.date | None = None,
    complete: bool = True,
    **values: Any,
) -> Agreement:
    """Enter an agreement in the scope that is open; signed if a day is given."""
    agreement = operations.create_agreement(
        terms(**values), kind, project_id, agreement_id=new_id(), actor=actor, now=NOON
    )
    if complete:
        operations.decide_clauses(agreement, all_included(kind), actor=actor, now=NOON)
    if signed_on is not None:
        operations.sign_agreement(agreement, signed_on, actor=actor, now=NOON)
    db.session.flush()
    return agreement


def make_agreement(town: Town, *args: Any, **values: Any) -> uuid.UUID:
    """Keep an agreement of a town and return its id."""
    with tenant_scope(town.id):
        made = write_agreement(actor_of(town, Role.SECRETARIAT), *args, **values)
        db.session.commit()
        return made.id
