"""Every change to recruitments: one function for each verb, each guards, changes, records."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from kyoso.core.access import Actor, authorise
from kyoso.core.clock import JST
from kyoso.core.db import db
from kyoso.core.journal import record
from kyoso.core.search import search_key
from kyoso.identity.profiles.rules import WorkMode
from kyoso.municipal.needs.queries import get_need
from kyoso.municipal.projects.queries import get_project
from kyoso.municipal.recruitments import events, rules
from kyoso.municipal.recruitments.models import Recruitment
from kyoso.municipal.recruitments.permissions import RecruitmentPermission as May
from kyoso.municipal.recruitments.rules import RecruitmentStatus
from kyoso.municipal.talent_programmes.rules import PayUnit
from kyoso.tenancy.queries import get_department


@dataclass(frozen=True, slots=True)
class RecruitmentDraft:
    """What a department writes of the work and of those it looks for."""

    department_id: uuid.UUID
    project_id: uuid.UUID | None
    need_id: uuid.UUID | None
    title: str
    purpose: str
    tasks: str
    skills: Sequence[str]
    hours_a_month: int
    starts_on: dt.date | None
    ends_on: dt.date | None
    pay_unit: PayUnit
    pay_yen: int | None
    pay_note: str
    mode: WorkMode
    place: str
    wanted: int
    closes_on: dt.date | None


def create_recruitment(
    draft: RecruitmentDraft, *, recruitment_id: uuid.UUID, actor: Actor, now: dt.datetime
) -> Recruitment:
    """Write a recruitment down, not yet public."""
    authorise(actor, May.WRITE)
    _check_draft(draft, actor)

    recruitment = Recruitment(
        id=recruitment_id,
        tenant_id=actor.tenant_id,
        status=RecruitmentStatus.DRAFT,
        created_at=now,
        created_by=actor.name,
    )
    _fill(recruitment, draft)
    db.session.add(recruitment)

    event = events.RecruitmentCreated(recruitment.id, recruitment.title)
    record(event, actor=actor, now=now)
    return recruitment


def update_recruitment(
    recruitment: Recruitment, draft: RecruitmentDraft, *, actor: Actor, now: dt.datetime
) -> None:
    """Change what a recruitment says; what is public changes at once."""
    authorise(actor, May.WRITE, recruitment)
    rules.check_department(actor, recruitment.department_id)
    _check_draft(draft, actor)

    changed = _fill(recruitment, draft)

    record(events.RecruitmentUpdated(recruitment.id, changed), actor=actor, now=now)


def publish_recruitment(recruitment: Recruitment, *, actor: Actor, now: dt.datetime) -> None:
    """Show a recruitment on the portal, also one that had ended."""
    authorise(actor, May.WRITE, recruitment)
    rules.check_department(actor, recruitment.department_id)
    rules.check_move(recruitment.status, RecruitmentStatus.PUBLISHED)
    rules.check_not_over(recruitment.closes_on, _day(now))

    recruitment.status = RecruitmentStatus.PUBLISHED
    recruitment.published_at = now
    recruitment.closed_at = None

    record(events.RecruitmentPublished(recruitment.id), actor=actor, now=now)


def close_recruitment(
    recruitment: Recruitment, to: RecruitmentStatus, *, actor: Actor, now: dt.datetime
) -> None:
    """End a recruitment; see `answer_applicants` above for those who applied."""
    authorise(actor, May.WRITE, recruitment)
    rules.check_department(actor, recruitment.department_id)
    rules.check_move(recruitment.status, to)

    recruitment.status = to
    recruitment.closed_at = now

    record(events.RecruitmentEnded(recruitment.id, to), actor=actor, now=now)


def _day(now: dt.datetime) -> dt.date:
    return now.astimezone(JST).date()


def _check_draft(draft: RecruitmentDraft, actor: Actor) -> None:
    """Refuse what the rules do not allow; NotFound for what is not the town's own."""
    rules.check_department(actor, get_department(actor, draft.department_id).id)
    if draft.project_id is not None:
        get_project(actor, draft.project_id)
    if draft.need_id is not None:
        get_need(actor, draft.need_id)
    rules.check_days(draft.starts_on, draft.ends_on)
    rules.check_pay(draft.pay_unit, draft.pay_yen)
    rules.check_skills(draft.skills)


def _fill(recruitment: Recruitment, draft: RecruitmentDraft) -> tuple[str, ...]:
    values = {field.name: getattr(draft, field.name) for field in dataclasses.fields(draft)}
    # The database has lists.
    values["skills"] = list(draft.skills)
    changed = tuple(n for n, value in values.items() if getattr(recruitment, n, None) != value)
    for name in changed:
        setattr(recruitment, name, values[name])
    words = (draft.title, draft.purpose, draft.tasks, draft.place)
    recruitment.search_key = search_key("\n".join(words))
    return changed
