"""Every change to needs: one function for each verb, each guards, changes, records."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from kyoso.core.access import Actor, authorise
from kyoso.core.db import db
from kyoso.core.i18n import JST
from kyoso.core.journal import record
from kyoso.core.search import search_key
from kyoso.municipal.needs import queries, rules
from kyoso.municipal.needs.events import (
    NeedClosed,
    NeedCreated,
    NeedPublished,
    NeedReopened,
    NeedUpdated,
)
from kyoso.municipal.needs.models import Need
from kyoso.municipal.needs.permissions import NeedPermission
from kyoso.municipal.needs.rules import NeedStatus
from kyoso.municipal.strategy.queries import get_tactic
from kyoso.tenancy.queries import get_department


@dataclass(frozen=True, slots=True)
class NeedDraft:
    """What a department fills in."""

    department_id: uuid.UUID
    title: str
    purpose: str
    outcome: str
    tactic_id: uuid.UUID | None = None
    skills: tuple[str, ...] = ()
    hours_a_month: int | None = None
    budget_yen: int | None = None
    field_offered: str = ""
    opens_on: dt.date | None = None
    closes_on: dt.date | None = None


def create_need(draft: NeedDraft, *, need_id: uuid.UUID, actor: Actor, now: dt.datetime) -> Need:
    """Write down what a department looks for, not yet public, under the town's next number."""
    authorise(actor, NeedPermission.WRITE)
    _check_draft(draft, actor)

    need = Need(
        id=need_id,
        tenant_id=actor.tenant_id,
        number=queries.next_number(actor),
        status=NeedStatus.DRAFT,
        created_by=actor.name,
        closing_note="",
    )
    _fill(need, draft)
    db.session.add(need)

    record(NeedCreated(need.id, need.title), actor=actor, now=now)
    return need


def update_need(need: Need, draft: NeedDraft, *, actor: Actor, now: dt.datetime) -> None:
    """Change what a need says; a public one changes at once."""
    authorise(actor, NeedPermission.WRITE, need)
    rules.check_department(actor, need.department_id)
    _check_draft(draft, actor)

    changed = _fill(need, draft)

    record(NeedUpdated(need.id, changed), actor=actor, now=now)


def publish_need(need: Need, *, actor: Actor, now: dt.datetime) -> None:
    """Show a need on the portal."""
    authorise(actor, NeedPermission.PUBLISH, need)
    rules.check_department(actor, need.department_id)
    # Publishing what was closed is another verb: see reopen_need.
    rules.check_draft(need.status)
    rules.check_not_over(need.closes_on, now.astimezone(JST).date())

    need.status = NeedStatus.PUBLISHED
    need.published_at = now

    record(NeedPublished(need.id), actor=actor, now=now)


def close_need(need: Need, note: str, *, actor: Actor, now: dt.datetime) -> None:
    """Stop looking; proposals that answer it go on."""
    authorise(actor, NeedPermission.PUBLISH, need)
    rules.check_department(actor, need.department_id)
    rules.check_move(need.status, NeedStatus.CLOSED)

    need.status = NeedStatus.CLOSED
    need.closed_at = now
    need.closing_note = note

    record(NeedClosed(need.id, note), actor=actor, now=now)


def reopen_need(need: Need, closes_on: dt.date | None, *, actor: Actor, now: dt.datetime) -> None:
    """Look again, until a new day or until it is closed; the journal keeps the old note."""
    authorise(actor, NeedPermission.PUBLISH, need)
    rules.check_department(actor, need.department_id)
    rules.check_reopening(need.status)
    rules.check_not_over(closes_on, now.astimezone(JST).date())
    rules.check_days(need.opens_on, closes_on)

    need.status = NeedStatus.PUBLISHED
    need.closed_at = None
    need.closing_note = ""
    need.closes_on = closes_on

    record(NeedReopened(need.id, closes_on), actor=actor, now=now)


def _check_draft(draft: NeedDraft, actor: Actor) -> None:
    rules.check_department(actor, draft.department_id)
    rules.check_days(draft.opens_on, draft.closes_on)
    rules.check_skills(draft.skills)
    get_department(actor, draft.department_id)
    if draft.tactic_id is not None:
        get_tactic(actor, draft.tactic_id)


def _fill(need: Need, draft: NeedDraft) -> tuple[str, ...]:
    """Take the draft over and return the names of what changed."""
    changed = []
    for name in NeedDraft.__slots__:
        value = getattr(draft, name)
        value = list(value) if name == "skills" else value
        if getattr(need, name) != value:
            setattr(need, name, value)
            changed.append(name)
    need.search_key = search_key(
        " ".join((need.title, need.purpose, need.outcome, need.field_offered, *need.skills))
    )
    return tuple(changed)
