"""Every change to workloads, capacities and promoters: each guards, changes, records."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from kyoso.core.access import Actor, authorise
from kyoso.core.clock import JST
from kyoso.core.db import db
from kyoso.core.errors import Forbidden, NotFound, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import record
from kyoso.identity.members.queries import get_member
from kyoso.municipal.projects import rules as projects
from kyoso.municipal.projects.queries import Project
from kyoso.municipal.projects.rules import ENDED
from kyoso.municipal.workloads import events, queries, rules
from kyoso.municipal.workloads.models import Capacity, Promoter, Workload
from kyoso.municipal.workloads.permissions import WorkloadPermission
from kyoso.municipal.workloads.rules import Consent
from kyoso.tenancy.queries import list_department_periods


@dataclass(frozen=True, slots=True)
class WorkloadDraft:
    """Hours a month for one department; months by their first days."""

    department_id: uuid.UUID
    from_month: dt.date
    until_month: dt.date
    hours_added: int
    hours_removed: int
    reason: str


@dataclass(frozen=True, slots=True)
class Term:
    """Who is a department's digital promoter, and how long."""

    membership_id: uuid.UUID
    starts_on: dt.date
    ends_on: dt.date | None = None


def enter_workload(
    project: Project,
    draft: WorkloadDraft,
    *,
    workload_id: uuid.UUID,
    actor: Actor,
    now: dt.datetime,
) -> Workload:
    """Put down what a project brings a department; the department is asked."""
    authorise(actor, WorkloadPermission.WRITE, project)
    _check_project(project, actor)
    _check_draft(project, draft, actor=actor, now=now)

    workload = Workload(
        id=workload_id,
        tenant_id=actor.tenant_id,
        project_id=project.id,
        consent=Consent.NONE,
        answered_by="",
        hesitation="",
        created_by=actor.name,
    )
    _fill(workload, draft)
    db.session.add(workload)

    record(
        events.WorkloadEntered(
            project.id, draft.department_id, draft.hours_added, draft.hours_removed, draft.reason
        ),
        actor=actor,
        now=now,
    )
    return workload


def change_workload(
    project: Project, workload: Workload, draft: WorkloadDraft, *, actor: Actor, now: dt.datetime
) -> None:
    """Change the hours or months; a consent to other hours is no consent to these."""
    authorise(actor, WorkloadPermission.WRITE, project)
    _check_project(project, actor)
    _check_draft(project, draft, actor=actor, now=now, but=workload.id)

    months = (workload.from_month, workload.until_month)
    was = (workload.department_id, *months, workload.hours_added, workload.hours_removed)
    _fill(workload, draft)
    workload.consent, workload.answered_by, workload.hesitation = Consent.NONE, "", ""
    workload.answered_at = None

    hours = (draft.hours_added, draft.hours_removed)
    record(
        events.WorkloadChanged(
            project.id, draft.department_id, *hours, draft.reason, workload.id, was
        ),
        actor=actor,
        now=now,
    )


def withdraw_workload(
    project: Project, workload: Workload, *, actor: Actor, now: dt.datetime
) -> None:
    """Take hours back that will not come; they stay in the history."""
    authorise(actor, WorkloadPermission.WRITE, project)
    _check_project(project, actor)

    workload.withdrawn_at = now

    record(events.WorkloadWithdrawn(project.id, workload.department_id), actor=actor, now=now)


def consent_to_workload(workload: Workload, *, actor: Actor, now: dt.datetime) -> None:
    """Agree to the hours, in the department's name."""
    authorise(actor, WorkloadPermission.ANSWER, workload)
    rules.check_may_answer(actor, workload.department_id)
    if workload.consent is Consent.CONSENTED:
        raise RuleViolation(_("この課はすでに同意しています。"))

    _answer(workload, Consent.CONSENTED, "", actor=actor, now=now)

    record(
        events.WorkloadConsented(workload.project_id, workload.department_id), actor=actor, now=now
    )


def hesitate_about_workload(
    workload: Workload, reason: str, *, actor: Actor, now: dt.datetime
) -> None:
    """Say in the department's name why it does not agree yet; also after it had agreed."""
    authorise(actor, WorkloadPermission.ANSWER, workload)
    rules.check_may_answer(actor, workload.department_id)
    if not reason:
        raise RuleViolation(_("ためらう理由を書いてください。"))

    _answer(workload, Consent.HESITATING, reason, actor=actor, now=now)

    record(
        events.WorkloadHesitated(workload.project_id, workload.department_id, reason),
        actor=actor,
        now=now,
    )


def set_capacity(
    department_id: uuid.UUID,
    from_month: dt.date,
    hours_a_month: int,
    *,
    capacity_id: uuid.UUID,
    actor: Actor,
    now: dt.datetime,
) -> Capacity:
    """Say what a department can carry from a month on; what it said before stays."""
    authorise(actor, WorkloadPermission.ANSWER)
    _department_end(actor, department_id)
    rules.check_may_answer(actor, department_id)
    if hours_a_month < 0:
        raise RuleViolation(_("時間は0以上で入力してください。"))

    capacity = Capacity(
        id=capacity_id,
        tenant_id=actor.tenant_id,
        department_id=department_id,
        from_month=rules.month_of(from_month),
        hours_a_month=hours_a_month,
        said_by=actor.name,
        said_at=now,
    )
    db.session.add(capacity)

    record(
        events.CapacitySet(department_id, hours_a_month, capacity.from_month.isoformat()),
        actor=actor,
        now=now,
    )
    return capacity


def name_promoter(
    department_id: uuid.UUID,
    term: Term,
    *,
    promoter_id: uuid.UUID,
    actor: Actor,
    now: dt.datetime,
) -> Promoter:
    """Make a member the digital promoter of a department for a time."""
    authorise(actor, WorkloadPermission.NAME)
    name, ends_on = _department_end(actor, department_id)
    _check_may_name(actor, department_id)
    rules.check_department_lasts(name, ends_on, rules.month_of(term.starts_on), _day(now))
    get_member(actor, term.membership_id)
    mine = [
        (one.starts_on, one.ends_on)
        for one in queries.list_promoters(actor, department_id)
        if one.membership_id == term.membership_id
    ]
    rules.check_term(term.starts_on, term.ends_on, mine)

    promoter = Promoter(
        id=promoter_id,
        tenant_id=actor.tenant_id,
        department_id=department_id,
        membership_id=term.membership_id,
        starts_on=term.starts_on,
        ends_on=term.ends_on,
    )
    db.session.add(promoter)

    record(events.PromoterNamed(department_id, term.membership_id), actor=actor, now=now)
    return promoter


def end_promoter(promoter: Promoter, ends_on: dt.date, *, actor: Actor, now: dt.datetime) -> None:
    """Say when a promoter's term ends."""
    authorise(actor, WorkloadPermission.NAME, promoter)
    _check_may_name(actor, promoter.department_id)
    rules.check_term(promoter.starts_on, ends_on, [])

    promoter.ends_on = ends_on

    record(
        events.PromoterEnded(promoter.department_id, promoter.membership_id), actor=actor, now=now
    )


def _day(now: dt.datetime) -> dt.date:
    return now.astimezone(JST).date()


def _fill(workload: Workload, draft: WorkloadDraft) -> None:
    workload.department_id = draft.department_id
    workload.from_month = rules.month_of(draft.from_month)
    workload.until_month = rules.month_of(draft.until_month)
    workload.hours_added, workload.hours_removed = draft.hours_added, draft.hours_removed
    workload.reason = draft.reason


def _answer(
    workload: Workload, consent: Consent, reason: str, *, actor: Actor, now: dt.datetime
) -> None:
    workload.consent, workload.hesitation = consent, reason
    workload.answered_by, workload.answered_at = actor.name or actor.rule, now


def _check_project(project: Project, actor: Actor) -> None:
    projects.check_may_edit(actor, project.department_id, project.department_id)
    if project.stage in ENDED:
        raise RuleViolation(
            _("「%(stage)s」のプロジェクトの業務負荷は変えられません。", stage=project.stage.label)
        )


def _check_draft(
    project: Project,
    draft: WorkloadDraft,
    *,
    actor: Actor,
    now: dt.datetime,
    but: uuid.UUID | None = None,
) -> None:
    name, ends_on = _department_end(actor, draft.department_id)
    first, last = rules.month_of(draft.from_month), rules.month_of(draft.until_month)
    rules.check_period(first, last)
    rules.check_hours(draft.hours_added, draft.hours_removed)
    rules.check_department_lasts(name, ends_on, last, _day(now))
    others = [
        row
        for row in queries.list_of_project(actor, project.id)
        if row.department_id == draft.department_id and row.id != but
    ]
    rules.check_apart(first, last, others)


def _check_may_name(actor: Actor, department_id: uuid.UUID) -> None:
    if not projects.may_edit(actor, department_id):
        raise Forbidden(_("推進委員を決められるのは、事務局と、その課の職員です。"))


def _department_end(actor: Actor, department_id: uuid.UUID) -> tuple[str, dt.date | None]:
    """Return a unit's latest name and its last day; NotFound for another town's."""
    periods = list_department_periods(actor, department_id)
    if not periods:
        raise NotFound
    return periods[0].name, periods[0].ends_on
