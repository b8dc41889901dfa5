"""Every read of workloads. A caller passes the actor; a query never guesses the tenant."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.journal import JournalEntry
from kyoso.municipal.projects.queries import Project
from kyoso.municipal.projects.rules import ENDED, ProjectStage
from kyoso.municipal.workloads import rules
from kyoso.municipal.workloads.events import WorkloadChanged
from kyoso.municipal.workloads.models import Capacity, Promoter, Workload
from kyoso.municipal.workloads.rules import Consent, Excess
from kyoso.tenancy.queries import department_names

_OF_PROJECT = sa.and_(Project.tenant_id == Workload.tenant_id, Project.id == Workload.project_id)


@dataclass(frozen=True, slots=True)
class LoadRow:
    """A workload in a list, with its project."""

    id: uuid.UUID
    project_id: uuid.UUID
    department_id: uuid.UUID
    from_month: dt.date
    until_month: dt.date
    hours_added: int
    hours_removed: int
    reason: str
    consent: Consent
    answered_by: str
    answered_at: dt.datetime | None
    hesitation: str
    number: int
    title: str
    stage: ProjectStage


_ROW: tuple[Any, ...] = (
    *(getattr(Workload, name) for name in LoadRow.__slots__[:12]),
    Project.number,
    Project.title,
    Project.stage,
)


@dataclass(frozen=True, slots=True)
class DepartmentConsent:
    """What one department says to the hours that a project brings it."""

    department_id: uuid.UUID
    department: str
    state: Consent
    #: Why it hesitates; empty if it does not.
    hesitation: str


def consents_of(actor: Actor, project_id: uuid.UUID) -> list[DepartmentConsent]:
    """Return what each department that a project touches says to it, by the chart's order."""
    by_department: dict[uuid.UUID, list[LoadRow]] = defaultdict(list)
    for row in list_of_project(actor, project_id):
        by_department[row.department_id].append(row)
    if not by_department:
        return []
    return [
        DepartmentConsent(
            department_id,
            name,
            rules.state_of([row.consent for row in by_department[department_id]]),
            " ".join(row.hesitation for row in by_department[department_id] if row.hesitation),
        )
        for department_id, name in department_names(actor).items()
        if department_id in by_department
    ]


def select_answers(actor: Actor, project_id: uuid.UUID) -> sa.ScalarSelect[Any]:
    """Return department and answer of a project's hours as a part of somebody else's statement."""
    pair = sa.func.jsonb_build_array(Workload.department_id, Workload.consent)
    return (
        sa.select(sa.func.jsonb_agg(pair))
        .where(
            Workload.tenant_id == actor.tenant_id,
            Workload.project_id == project_id,
            Workload.withdrawn_at.is_(None),
        )
        .scalar_subquery()
    )


def list_of_project(actor: Actor, project_id: uuid.UUID) -> list[LoadRow]:
    """Return the hours that a project brings, those that begin first in front."""
    return _rows(actor, Workload.project_id == project_id)


def list_of_department(actor: Actor, department_id: uuid.UUID) -> list[LoadRow]:
    """Return the hours that a department bears, without those of projects that have ended."""
    return _rows(actor, Workload.department_id == department_id, Project.stage.not_in(ENDED))


def list_bearing(actor: Actor) -> list[LoadRow]:
    """Return the hours that all departments bear, without those of projects that have ended."""
    return _rows(actor, Project.stage.not_in(ENDED))


@dataclass(frozen=True, slots=True)
class DepartmentExcess:
    """The months in which a department would carry more than it said it can."""

    department_id: uuid.UUID
    department: str
    months: list[Excess]

    @property
    def words(self) -> str:
        """The warning, in a sentence."""
        return rules.excess_words(self.department, self.months)


def list_excess(actor: Actor, project_id: uuid.UUID) -> list[DepartmentExcess]:
    """Return the warnings of a project: every month of its own in which a department is over."""
    everything = list_bearing(actor)
    mine = [row for row in everything if row.project_id == project_id]
    if not mine:
        return []
    names, said = department_names(actor), list_capacities(actor)
    found = []
    for department_id in dict.fromkeys(row.department_id for row in mine):
        months = {
            month
            for row in mine
            if row.department_id == department_id and row.hours_added > row.hours_removed
            for month in rules.months_between(row.from_month, row.until_month)
        }
        over = rules.over_capacity(
            [row for row in everything if row.department_id == department_id],
            [one for one in said if one.department_id == department_id],
            sorted(months),
        )
        if over:
            found.append(DepartmentExcess(department_id, names[department_id], over))
    return found


def list_to_answer(actor: Actor) -> list[LoadRow]:
    """Return the hours that the reader's own departments have not answered yet."""
    if not actor.department_ids:
        return []
    return _rows(
        actor,
        Workload.department_id.in_(actor.department_ids),
        Workload.consent == Consent.NONE,
        Project.stage.not_in(ENDED),
    )


def _rows(actor: Actor, *conditions: sa.ColumnElement[bool]) -> list[LoadRow]:
    rows = db.session.execute(
        sa.select(*_ROW)
        .join(Project, _OF_PROJECT)
        .where(Workload.tenant_id == actor.tenant_id, Workload.withdrawn_at.is_(None), *conditions)
        .order_by(Workload.from_month, Workload.id)
    )
    return [LoadRow(*row) for row in rows]


def list_capacities(actor: Actor, department_id: uuid.UUID | None = None) -> Sequence[Capacity]:
    """Return what departments said they can carry, in the order they said it."""
    query = sa.select(Capacity).where(Capacity.tenant_id == actor.tenant_id)
    if department_id is not None:
        query = query.where(Capacity.department_id == department_id)
    return db.session.scalars(query.order_by(Capacity.said_at, Capacity.id)).all()


def list_promoters(actor: Actor, department_id: uuid.UUID | None = None) -> Sequence[Promoter]:
    """Return the digital promoters of a department, or of all, the latest term in front."""
    query = sa.select(Promoter).where(Promoter.tenant_id == actor.tenant_id)
    if department_id is not None:
        query = query.where(Promoter.department_id == department_id)
    return db.session.scalars(query.order_by(Promoter.starts_on.desc(), Promoter.id)).all()


@dataclass(frozen=True, slots=True)
class LoadThen:
    """Hours that a project brings a department, as they were put down at a moment."""

    project_id: uuid.UUID
    department_id: uuid.UUID
    from_month: dt.date
    until_month: dt.date
    hours_added: int
    hours_removed: int


_THEN = tuple(getattr(Workload, name) for name in LoadThen.__slots__)


def list_loads_at(actor: Actor, moment: dt.datetime) -> list[LoadThen]:
    """Return the hours that were not taken back at a moment, as they were put down then."""
    query = sa.select(Workload.id, *_THEN).where(
        Workload.tenant_id == actor.tenant_id,
        sa.or_(Workload.withdrawn_at.is_(None), Workload.withdrawn_at >= moment),
    )
    found = {ident: LoadThen(*row) for ident, *row in db.session.execute(query)}
    later = sa.select(JournalEntry.facts).where(
        JournalEntry.tenant_id == actor.tenant_id,
        JournalEntry.subject_id.in_(query.with_only_columns(Workload.project_id)),
        JournalEntry.kind == WorkloadChanged.__name__,
        JournalEntry.at >= moment,
    )
    # Taken back one by one, the latest first.
    for facts in db.session.scalars(later.order_by(JournalEntry.at.desc(), JournalEntry.id.desc())):
        ident = uuid.UUID(facts["workload_id"])
        if ident in found:
            department, first, last, *hours = facts["was"]
            months = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
            project_id = found[ident].project_id
            found[ident] = LoadThen(project_id, uuid.UUID(department), *months, *hours)
    return list(found.values())


# What operations change


def get_workload(actor: Actor, project_id: uuid.UUID, workload_id: uuid.UUID) -> Workload:
    """Return hours of a project that still count and hold their row, or NotFound."""
    workload = db.session.scalar(
        sa.select(Workload)
        .where(
            Workload.tenant_id == actor.tenant_id,
            Workload.project_id == project_id,
            Workload.id == workload_id,
            Workload.withdrawn_at.is_(None),
        )
        .with_for_update()
    )
    if workload is None:
        raise NotFound
    return workload


def find_sent(actor: Actor, kind: type[Any], form_id: uuid.UUID) -> Any:
    """Return what a form made already, of a kind of row here, or None."""
    return db.session.scalar(
        sa.select(kind).where(kind.tenant_id == actor.tenant_id, kind.id == form_id)
    )


def get_promoter(actor: Actor, department_id: uuid.UUID, promoter_id: uuid.UUID) -> Promoter:
    """Return a promoter's term and hold its row, or NotFound."""
    promoter = db.session.scalar(
        sa.select(Promoter)
        .where(
            Promoter.tenant_id == actor.tenant_id,
            Promoter.department_id == department_id,
            Promoter.id == promoter_id,
        )
        .with_for_update()
    )
    if promoter is None:
        raise NotFound
    return promoter
