"""Every change to projects: one function for each verb, each guards, changes, records."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Protocol

from kyoso.core.access import Actor, Owned, authorise
from kyoso.core.clock import JST
from kyoso.core.db import db, new_id
from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import last_entry, record
from kyoso.core.search import search_key
from kyoso.municipal.projects import queries, rules
from kyoso.municipal.projects.events import (
    ProjectCalled,
    ProjectCopied,
    ProjectCreated,
    ProjectEdited,
    ProjectMoved,
    ProjectPlanned,
    ProjectPublished,
    ProjectsSynced,
    ProjectStarted,
    ProjectUnpublished,
)
from kyoso.municipal.projects.models import Project, ProjectTactic
from kyoso.municipal.projects.permissions import ProjectPermission
from kyoso.municipal.projects.rules import ProjectStage
from kyoso.municipal.strategy.queries import get_tactic
from kyoso.tenancy import queries as tenancy
from kyoso.tenancy.sync import FILES, Change, Changes, Declaration, loads

#: How long the text of a card may be.
SUMMARY_LENGTH = 300


class Adopted(Owned, Protocol):
    """What a project takes over from its proposal: only what the proposer agreed to publish."""

    @property
    def title(self) -> str:
        """The proposal's title."""

    @property
    def public_name(self) -> str:
        """The name to publish; empty for 匿名."""


@dataclass(frozen=True, slots=True)
class ProjectDraft:
    """What the desk may change in a project."""

    title: str
    summary: str
    content: str
    proposer_name: str
    team: str
    recruiting: bool
    recruiting_text: str
    department_id: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class Initiative:
    """What a department says of an initiative of its own when it begins."""

    title: str
    summary: str
    department_id: uuid.UUID
    tactic_ids: list[uuid.UUID]


@dataclass(frozen=True, slots=True)
class Plan:
    """Which tactics a project serves, and when, where and until what it is tried out."""

    tactic_ids: list[uuid.UUID]
    pilot_starts_on: dt.date | None
    pilot_ends_on: dt.date | None
    pilot_field: str
    exit_conditions: str


def create_from_proposal(
    proposal: Adopted,
    public_text: str,
    *,
    conditional: bool,
    actor: Actor,
    now: dt.datetime,
) -> Project:
    """Make an adopted proposal a project and publish it; one taken back before keeps its number.

    `public_text` is what the town wrote for the public and previewed: nothing else that the
    proposer wrote is published with it.
    """
    authorise(actor, ProjectPermission.CREATE, proposal)

    project = queries.get_by_proposal(actor, proposal.id)
    if project is None:
        project = Project(
            id=new_id(),
            tenant_id=actor.tenant_id,
            proposal_id=proposal.id,
            number=queries.next_number(actor),
            team="",
            published_at=now,
            changed_at=now,
        )
        db.session.add(project)
    if project.edited_at is None:
        project.title, project.proposer_name = proposal.title, proposal.public_name
        project.summary, project.content = _parts(public_text)
    project.stage = ProjectStage.PLANNING
    project.adopted_with_conditions = conditional
    project.decided_on = now.astimezone(JST).date()
    project.unpublished_at = project.unpublished_reason = None
    _touch(project, now)

    record(ProjectCreated(project.id, project.number, proposal.id), actor=actor, now=now)
    return project


def start_initiative(
    begun: Initiative, *, form_id: uuid.UUID, actor: Actor, now: dt.datetime
) -> Project:
    """Begin a department's own initiative, for tactics of the town; public only later."""
    authorise(actor, ProjectPermission.START)
    rules.check_may_start(actor, begun.department_id)

    project = _begin(begun, form_id, actor, now)

    record(ProjectStarted(project.id, project.number, project.title), actor=actor, now=now)
    return project


def copy_project(
    source: Project, begun: Initiative, *, form_id: uuid.UUID, actor: Actor, now: dt.datetime
) -> Project:
    """Begin an initiative set up like another project; features above copy their parts of it."""
    authorise(actor, ProjectPermission.START, source)
    rules.check_may_start(actor, begun.department_id)

    project = _begin(begun, form_id, actor, now)
    project.content, project.exit_conditions = source.content, source.exit_conditions
    _touch(project, now)
    db.session.flush()

    event = ProjectCopied(project.id, source.id, project.number, source.number)
    record(event, actor=actor, now=now)
    return project


def plan_project(project: Project, plan: Plan, *, actor: Actor, now: dt.datetime) -> None:
    """Say which tactics a project serves, and the period, field and end of its pilot."""
    authorise(actor, ProjectPermission.WRITE, project)
    rules.check_may_edit(actor, project.department_id, project.department_id)
    rules.check_pilot(plan.pilot_starts_on, plan.pilot_ends_on)

    said = [field.name for field in fields(plan) if field.name != "tactic_ids"]
    parts = [name for name in said if getattr(project, name) != getattr(plan, name)]
    for name in parts:
        setattr(project, name, getattr(plan, name))
    codes = _point_at(project, plan.tactic_ids, actor)
    _touch(project, now)

    days = (plan.pilot_starts_on or "", plan.pilot_ends_on or "")
    event = ProjectPlanned(project.id, tuple(parts), codes, *map(str, days))
    record(event, actor=actor, now=now)


def call_for_people(project: Project, recruiting: bool, *, actor: Actor, now: dt.datetime) -> None:
    """Show, or no longer show, that the project looks for people."""
    authorise(actor, ProjectPermission.WRITE, project)
    rules.check_may_edit(actor, project.department_id, project.department_id)
    rules.check_recruiting(project.stage, recruiting)

    project.recruiting, project.edited_at = recruiting, now
    _touch(project, now)

    record(ProjectCalled(project.id, recruiting), actor=actor, now=now)


def edit_project(project: Project, draft: ProjectDraft, *, actor: Actor, now: dt.datetime) -> None:
    """Change what is said about a project."""
    authorise(actor, ProjectPermission.WRITE, project)
    rules.check_may_edit(actor, project.department_id, draft.department_id)
    rules.check_recruiting(project.stage, draft.recruiting)
    if draft.department_id is not None and draft.department_id != project.department_id:
        # NotFound for a department that is not this town's.
        tenancy.get_department(actor, draft.department_id)

    parts = [
        field.name
        for field in fields(draft)
        if getattr(project, field.name) != getattr(draft, field.name)
    ]
    was = project.department_id
    for part in parts:
        setattr(project, part, getattr(draft, part))
    project.edited_at = now
    _touch(project, now)

    record(ProjectEdited(project.id, tuple(parts), was), actor=actor, now=now)


def move_project(
    project: Project,
    to: ProjectStage,
    reason: str,
    *,
    gate_passed: bool = False,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Bring a project to another stage; forward only once its gate is passed."""
    authorise(actor, ProjectPermission.MOVE, project)
    rules.check_move(project.stage, to, reason)
    if not gate_passed:
        moved = last_entry(actor, project.id, ProjectMoved)
        rules.check_ungated(project.stage, to, moved.facts["before"] if moved else "")

    before, project.stage = project.stage, to
    if to in rules.ENDED:
        project.recruiting = False
    project.edited_at = now
    _touch(project, now)

    record(ProjectMoved(project.id, before, to, reason), actor=actor, now=now)


def publish_project(project: Project, *, actor: Actor, now: dt.datetime) -> None:
    """Show a project to the public, for the first time or again."""
    authorise(actor, ProjectPermission.PUBLISH, project)
    if project.is_public:
        raise RuleViolation(_("このプロジェクトはすでに公開されています。"))

    project.published_at = project.published_at or now
    project.unpublished_at = project.unpublished_reason = None
    _touch(project, now)

    record(ProjectPublished(project.id), actor=actor, now=now)


def unpublish_project(project: Project, reason: str, *, actor: Actor, now: dt.datetime) -> None:
    """Take a project off the public pages, with a reason that stays in its history."""
    authorise(actor, ProjectPermission.PUBLISH, project)
    if not project.is_public:
        raise RuleViolation(_("このプロジェクトは公開されていません。"))

    project.unpublished_at, project.unpublished_reason = now, reason
    _touch(project, now)

    record(ProjectUnpublished(project.id, reason), actor=actor, now=now)


def withdraw_publication(
    project: Project, reason: str, *, ended: bool, actor: Actor, now: dt.datetime
) -> None:
    """Take off a project whose adoption was undone, or `ended` by its proposer or the town."""
    authorise(actor, ProjectPermission.PUBLISH, project)

    project.unpublished_at, project.unpublished_reason = now, reason
    if ended:
        project.stage, project.recruiting = ProjectStage.CANCELLED, False
    _touch(project, now)

    record(ProjectUnpublished(project.id, reason), actor=actor, now=now)


@loads("projects")
def sync_projects(town: Declaration, *, actor: Actor, now: dt.datetime) -> list[Change]:
    """Take over projects.toml: what is documented from before; the desk's own changes stay."""
    authorise(actor, ProjectPermission.SYNC)

    changes = Changes(town.name, FILES["projects"])
    for declared in town.projects["projects"]:
        _put_declared(changes, declared, actor, now)

    if sentences := changes.sentences():
        record(ProjectsSynced(town.tenant_id, sentences), actor=actor, now=now)
    return changes.found


_WORDS = {"title": "名前", "summary": "内容", "proposer_name": "提案者", "recruiting": "募集"}


def _put_declared(
    changes: Changes, declared: dict[str, Any], actor: Actor, now: dt.datetime
) -> None:
    number = declared["number"]
    values = {
        "title": declared["title"],
        "summary": declared["summary"],
        "proposer_name": declared.get("proposer", ""),
        "recruiting": declared.get("recruiting", False),
        "published_at": dt.datetime.fromisoformat(declared["posted"]),
    }
    project = queries.get_by_number(actor, number)
    if project is None:
        project = Project(
            id=new_id(),
            tenant_id=actor.tenant_id,
            number=number,
            stage=ProjectStage.PLANNING,
            content="",
            team="",
            changed_at=values["published_at"],
            **values,
        )
        project.search_key = _search_key(project)
        db.session.add(project)
        db.session.flush()
        changes.added(f"No.{number}")
    elif project.edited_at is None and project.proposal_id is None:
        before = len(changes.found)
        changes.put(f"No.{number}", project, values, _WORDS)
        if len(changes.found) > before:
            _touch(project, now)


def _begin(begun: Initiative, form_id: uuid.UUID, actor: Actor, now: dt.datetime) -> Project:
    # NotFound for a department that is not this town's.
    department = tenancy.get_department(actor, begun.department_id)
    project = Project(
        id=form_id,
        tenant_id=actor.tenant_id,
        number=queries.next_number(actor),
        title=begun.title,
        summary=begun.summary,
        content="",
        proposer_name=department.name,
        team="",
        stage=ProjectStage.PLANNING,
        own_initiative=True,
        department_id=begun.department_id,
        edited_at=now,
        created_at=now,
    )
    _touch(project, now)
    db.session.add(project)
    db.session.flush()
    _point_at(project, begun.tactic_ids, actor)
    return project


def _point_at(project: Project, tactic_ids: Sequence[uuid.UUID], actor: Actor) -> tuple[str, ...]:
    """Let the project serve just these tactics; returns their codes."""
    # NotFound for a tactic that is not this town's.
    tactics = [get_tactic(actor, tactic_id) for tactic_id in dict.fromkeys(tactic_ids)]
    links = queries.load_tactics(actor, project.id)
    for link in links:
        if link.tactic_id not in tactic_ids:
            db.session.delete(link)
    known = {link.tactic_id for link in links}
    db.session.add_all(
        ProjectTactic(
            id=new_id(), tenant_id=actor.tenant_id, project_id=project.id, tactic_id=tactic.id
        )
        for tactic in tactics
        if tactic.id not in known
    )
    return tuple(tactic.code for tactic in tactics)


def _touch(project: Project, now: dt.datetime) -> None:
    project.changed_at = now
    project.search_key = _search_key(project)


def _search_key(project: Project) -> str:
    words = (
        f"No.{project.number}",
        project.title,
        project.summary,
        project.content,
        project.proposer_name,
        project.team,
    )
    return search_key("\n".join(words))


def _parts(public_text: str) -> tuple[str, str]:
    """Return the summary, and the whole as Markdown if it is longer than that."""
    line = " ".join(public_text.split())
    if len(line) <= SUMMARY_LENGTH:
        return line, ""
    # People end a line to end it; in Markdown that takes two spaces.
    return f"{line[: SUMMARY_LENGTH - 1]}…", public_text.replace("\n", "  \n")
