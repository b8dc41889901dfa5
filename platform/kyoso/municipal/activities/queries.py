"""Every read of the work on projects. A caller passes the actor; a query never guesses the town."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, TypeVar

import sqlalchemy as sa

from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.municipal.activities.models import ProjectDecision, Report, Step, TeamMember
from kyoso.municipal.activities.rules import ReportStatus, StepKind
from kyoso.municipal.projects.queries import Project

PER_PAGE = 20

R = TypeVar("R", TeamMember, Step, ProjectDecision, Report)

_REPORT, _PROJECT = Report.__table__.c, Project.__table__.c
#: A report is public while its project is: both are asked, everywhere.
_PUBLIC = sa.and_(
    _REPORT.tenant_id == sa.bindparam("tenant_id"),
    _REPORT.status == ReportStatus.PUBLISHED,
    _PROJECT.published_at.is_not(None),
    _PROJECT.unpublished_at.is_(None),
)
_JOINED = Report.__table__.join(
    Project.__table__,
    sa.and_(_PROJECT.tenant_id == _REPORT.tenant_id, _PROJECT.id == _REPORT.project_id),
)
_LINE = (
    *(_REPORT[name] for name in ("id", "project_id", "title", "body", "photos", "published_at")),
    _PROJECT.number,
    _PROJECT.title.label("project_title"),
)
_NEWEST = _REPORT.published_at.desc(), _REPORT.id.desc()

# Written once: to put a statement together costs more than to run it.
_PUBLISHED = (
    sa.select(*_LINE)
    .select_from(_JOINED)
    .where(_PUBLIC)
    .order_by(*_NEWEST)
    .limit(sa.bindparam("limit", type_=sa.Integer))
    .offset(sa.bindparam("offset", type_=sa.Integer))
)
_OF_PROJECT = (
    sa.select(_REPORT.id, _REPORT.title, _REPORT.published_at)
    .select_from(_JOINED)
    .where(_PUBLIC, _PROJECT.number == sa.bindparam("number"))
    .order_by(*_NEWEST)
    .limit(20)
)
_COUNT = sa.select(sa.func.count()).select_from(_JOINED).where(_PUBLIC)
_ONE = sa.select(*_LINE).select_from(_JOINED).where(_PUBLIC, _REPORT.id == sa.bindparam("id"))


def _get(kind: type[R], actor: Actor, project_id: uuid.UUID, ident: uuid.UUID, *, lock: bool) -> R:
    query = sa.select(kind).where(
        kind.tenant_id == actor.tenant_id, kind.project_id == project_id, kind.id == ident
    )
    row = db.session.scalar(query.with_for_update() if lock else query)
    if row is None or getattr(row, "removed_at", None) is not None:
        raise NotFound
    return row


def was_sent(actor: Actor, form_id: uuid.UUID) -> bool:
    """Tell whether a form made its row already; a twin that is being saved is waited for."""
    db.session.execute(
        sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"activities:{actor.tenant_id}")))
    )
    found = sa.union_all(
        *(
            sa.select(kind.id).where(kind.tenant_id == actor.tenant_id, kind.id == form_id)
            for kind in (TeamMember, Step, ProjectDecision, Report)
        )
    )
    return db.session.execute(found).first() is not None


def get_team_member(
    actor: Actor, project_id: uuid.UUID, member_id: uuid.UUID, *, lock: bool = False
) -> TeamMember:
    """Return somebody of a project's team, or NotFound."""
    return _get(TeamMember, actor, project_id, member_id, lock=lock)


def list_team(actor: Actor, project_id: uuid.UUID) -> Sequence[TeamMember]:
    """Return a project's team, those inside first, in the order in which they were entered."""
    return db.session.scalars(
        sa.select(TeamMember)
        .where(
            TeamMember.tenant_id == actor.tenant_id,
            TeamMember.project_id == project_id,
            TeamMember.removed_at.is_(None),
        )
        .order_by(TeamMember.side, TeamMember.id)
    ).all()


def get_step(
    actor: Actor, project_id: uuid.UUID, step_id: uuid.UUID, *, lock: bool = False
) -> Step:
    """Return a milestone or a task of a project, or NotFound."""
    return _get(Step, actor, project_id, step_id, lock=lock)


def list_steps(actor: Actor, project_id: uuid.UUID, kind: StepKind | None = None) -> Sequence[Step]:
    """Return a project's milestones, tasks or both: what is open first, by its day."""
    query = sa.select(Step).where(
        Step.tenant_id == actor.tenant_id,
        Step.project_id == project_id,
        Step.removed_at.is_(None),
    )
    if kind is not None:
        query = query.where(Step.kind == kind)
    return db.session.scalars(
        query.order_by(Step.done_on.is_not(None), Step.due_on.asc().nulls_last(), Step.id)
    ).all()


def list_dates(actor: Actor, first: dt.date, last: dt.date) -> Sequence[Any]:
    """Return the milestones and tasks due on some days: for the calendar."""
    return db.session.execute(
        sa.select(
            Step.id,
            Step.kind,
            Step.title,
            Step.assignee,
            Step.due_on,
            Step.done_on,
            Step.project_id,
            _PROJECT.number,
        )
        .join(
            Project.__table__,
            sa.and_(_PROJECT.tenant_id == Step.tenant_id, _PROJECT.id == Step.project_id),
        )
        .where(
            Step.tenant_id == actor.tenant_id,
            Step.due_on.between(first, last),
            Step.removed_at.is_(None),
        )
        .order_by(Step.due_on, Step.id)
    ).all()


def list_decisions(actor: Actor, project_id: uuid.UUID) -> Sequence[ProjectDecision]:
    """Return what was decided about a project on the way, newest first."""
    return db.session.scalars(
        sa.select(ProjectDecision)
        .where(
            ProjectDecision.tenant_id == actor.tenant_id, ProjectDecision.project_id == project_id
        )
        .order_by(ProjectDecision.decided_on.desc(), ProjectDecision.id.desc())
    ).all()


def get_report(
    actor: Actor, project_id: uuid.UUID, report_id: uuid.UUID, *, lock: bool = False
) -> Report:
    """Return a project's report, also a draft, or NotFound."""
    return _get(Report, actor, project_id, report_id, lock=lock)


def list_reports(actor: Actor, project_id: uuid.UUID) -> Sequence[Report]:
    """Return a project's reports, newest first, drafts included."""
    return db.session.scalars(
        sa.select(Report)
        .where(Report.tenant_id == actor.tenant_id, Report.project_id == project_id)
        .order_by(Report.id.desc())
    ).all()


def has_report(actor: Actor, project_id: uuid.UUID) -> bool:
    """Tell whether a project has told what it did: a report that is published."""
    return bool(db.session.scalar(sa.select(select_reported(actor, project_id))))


def select_reported(actor: Actor, project_id: uuid.UUID) -> sa.Exists:
    """Return has_report() as a part of somebody else's statement."""
    return sa.exists().where(
        Report.tenant_id == actor.tenant_id,
        Report.project_id == project_id,
        Report.status == ReportStatus.PUBLISHED,
    )


def list_published(actor: Actor, *, limit: int = PER_PAGE, offset: int = 0) -> Sequence[Any]:
    """Return the reports on the portal, newest first, as rows with their project."""
    values = {"tenant_id": actor.tenant_id, "limit": limit, "offset": offset}
    return db.session.execute(_PUBLISHED, values).all()


def list_published_of(actor: Actor, number: int) -> Sequence[Any]:
    """Return the public reports of the project with a number, newest first."""
    values = {"tenant_id": actor.tenant_id, "number": number}
    return db.session.execute(_OF_PROJECT, values).all()


def count_published(actor: Actor) -> int:
    """Return how many reports are on the portal."""
    return int(db.session.execute(_COUNT, {"tenant_id": actor.tenant_id}).scalar_one())


def get_published(actor: Actor, report_id: uuid.UUID) -> Any:
    """Return a report that is public with its project, or NotFound."""
    row = db.session.execute(_ONE, {"tenant_id": actor.tenant_id, "id": report_id}).one_or_none()
    if row is None:
        raise NotFound
    return row


def list_published_on(actor: Actor, first: dt.datetime, last: dt.datetime) -> Sequence[Any]:
    """Return the reports published between two moments: for the calendar."""
    return db.session.execute(
        sa.select(*_LINE)
        .select_from(_JOINED)
        .where(_PUBLIC, _REPORT.published_at >= first, _REPORT.published_at < last)
        .order_by(_REPORT.published_at),
        {"tenant_id": actor.tenant_id},
    ).all()
