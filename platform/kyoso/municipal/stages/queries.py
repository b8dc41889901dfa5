"""The one read of stages over time: every project as it was at a moment."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.journal import JournalEntry
from kyoso.municipal.decisions.events import DecisionUndone
from kyoso.municipal.projects.events import (
    ProjectCopied,
    ProjectCreated,
    ProjectEdited,
    ProjectMoved,
    ProjectStarted,
)
from kyoso.municipal.projects.queries import Project
from kyoso.municipal.projects.rules import ProjectStage
from kyoso.municipal.proposals.events import ProposalCancelled, ProposalRevoked
from kyoso.municipal.stages.rules import ProjectThen, Step, stage_at

_BEGUN = frozenset({ProjectCreated.__name__, ProjectStarted.__name__, ProjectCopied.__name__})
_ENDED = frozenset({ProposalCancelled.__name__, ProposalRevoked.__name__})
_KINDS = (*_BEGUN, *_ENDED, *(e.__name__ for e in (ProjectMoved, ProjectEdited, DecisionUndone)))

# Written once: to put a statement together costs more than to run it.
_HISTORY = (
    sa.select(
        Project.id,
        Project.department_id,
        Project.stage,
        # One from before this product has no beginning here, but the day it was posted.
        sa.func.coalesce(Project.published_at, Project.created_at).label("kept_since"),
        JournalEntry.kind,
        JournalEntry.at,
        JournalEntry.facts,
    )
    .outerjoin(
        JournalEntry,
        sa.and_(
            JournalEntry.tenant_id == Project.tenant_id,
            JournalEntry.subject_id.in_([Project.id, Project.proposal_id]),
            JournalEntry.kind.in_(_KINDS),
        ),
    )
    .where(Project.tenant_id == sa.bindparam("tenant_id"))
    .order_by(Project.number, JournalEntry.at, JournalEntry.id)
)


def list_projects_at(actor: Actor, moment: dt.datetime) -> list[ProjectThen]:
    """Return every project that there was at a moment, as it was then, in one statement."""
    rows = db.session.execute(_HISTORY, {"tenant_id": actor.tenant_id})
    found = (_then(list(group), moment) for _id, group in groupby(rows, lambda row: row.id))
    return [project for project in found if project is not None]


def _then(rows: Sequence[Any], moment: dt.datetime) -> ProjectThen | None:
    project, entries = rows[0], [row for row in rows if row.kind is not None]
    stood = stage_at(_steps(project, entries), moment)
    if stood is None:
        return None
    later = (
        entry.facts["department_was"]
        for entry in entries
        if entry.kind == ProjectEdited.__name__ and entry.at >= moment
    )
    was = next(later, project.department_id)
    return ProjectThen(project.id, uuid.UUID(str(was)) if was else None, *stood)


def _steps(project: Any, entries: Sequence[Any]) -> list[Step]:
    steps = []
    if not any(entry.kind in _BEGUN for entry in entries):
        moved = (e.facts["before"] for e in entries if e.kind == ProjectMoved.__name__)
        first = ProjectStage(next(moved, project.stage))
        steps.append(Step(project.kept_since, first, begins=True))
    for entry in entries:
        if entry.kind in _BEGUN:
            steps.append(Step(entry.at, ProjectStage.PLANNING, begins=True))
        elif entry.kind in _ENDED:
            steps.append(Step(entry.at, ProjectStage.CANCELLED))
        elif entry.kind == DecisionUndone.__name__:
            steps.append(Step(entry.at, None))
        elif entry.kind == ProjectMoved.__name__:
            steps.append(Step(entry.at, ProjectStage(entry.facts["after"])))
    return steps
