"""Every change to the work on a project: each verb guards, changes, records."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import asdict, dataclass

from kyoso.core.access import Actor, authorise
from kyoso.core.clock import JST
from kyoso.core.db import db, new_id
from kyoso.core.files import CheckedFile, StoredFile, keep_files
from kyoso.core.journal import record
from kyoso.identity.members.queries import get_member
from kyoso.municipal.activities import events, queries, rules
from kyoso.municipal.activities.models import ProjectDecision, Report, Step, TeamMember
from kyoso.municipal.activities.permissions import ActivityPermission as May
from kyoso.municipal.activities.rules import ReportStatus, Side, StepKind
from kyoso.municipal.projects.queries import Project
from kyoso.municipal.projects.rules import check_may_edit


@dataclass(frozen=True, slots=True)
class TeamEntry:
    """What is said of somebody in the team."""

    name: str
    role: str
    organisation: str
    side: Side
    membership_id: uuid.UUID | None
    starts_on: dt.date | None
    ends_on: dt.date | None


@dataclass(frozen=True, slots=True)
class StepDraft:
    """One line: what, who, by when."""

    title: str
    assignee: str
    due_on: dt.date | None


@dataclass(frozen=True, slots=True)
class DecisionNote:
    """Something that was decided on the way: when, by whom, and why."""

    decided_on: dt.date
    decision: str
    decided_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReportDraft:
    """What a report tells."""

    title: str
    body: str


def add_team_member(
    project: Project, entry: TeamEntry, *, form_id: uuid.UUID, actor: Actor, now: dt.datetime
) -> TeamMember:
    """Enter somebody who works on the project."""
    authorise(actor, May.WRITE, project)
    _check_theirs(project, actor)
    _check_entry(entry, actor)

    member = TeamMember(
        id=form_id, tenant_id=actor.tenant_id, project_id=project.id, **asdict(entry)
    )
    db.session.add(member)

    event = events.TeamMemberAdded(project.id, entry.name, entry.role)
    record(event, actor=actor, now=now)
    return member


def edit_team_member(
    project: Project, member: TeamMember, entry: TeamEntry, *, actor: Actor, now: dt.datetime
) -> None:
    """Change what is said of somebody in the team, such as until when they are in it."""
    authorise(actor, May.WRITE, member)
    _check_theirs(project, actor)
    _check_entry(entry, actor)

    for name, value in asdict(entry).items():
        setattr(member, name, value)

    event = events.TeamMemberEdited(project.id, entry.name, entry.role)
    record(event, actor=actor, now=now)


def remove_team_member(
    project: Project, member: TeamMember, *, actor: Actor, now: dt.datetime
) -> None:
    """Take somebody out who was entered by mistake; who leaves gets a last day instead."""
    authorise(actor, May.WRITE, member)
    _check_theirs(project, actor)

    member.removed_at = now

    record(events.TeamMemberRemoved(project.id, member.name), actor=actor, now=now)


def add_step(
    project: Project,
    kind: StepKind,
    draft: StepDraft,
    *,
    form_id: uuid.UUID,
    actor: Actor,
    now: dt.datetime,
) -> Step:
    """Add a milestone or a task."""
    authorise(actor, May.WRITE, project)
    _check_theirs(project, actor)

    step = Step(
        id=form_id,
        tenant_id=actor.tenant_id,
        project_id=project.id,
        kind=kind,
        **asdict(draft),
    )
    db.session.add(step)

    record(events.StepAdded(project.id, kind, draft.title), actor=actor, now=now)
    return step


def tick_step(project: Project, step: Step, *, actor: Actor, now: dt.datetime) -> None:
    """Say that a milestone is reached or a task done; once more takes that back."""
    authorise(actor, May.WRITE, step)
    _check_theirs(project, actor)

    step.done_on = None if step.done_on else now.astimezone(JST).date()

    event = events.StepTicked(project.id, step.title, step.done_on is not None)
    record(event, actor=actor, now=now)


def remove_step(project: Project, step: Step, *, actor: Actor, now: dt.datetime) -> None:
    """Take out a milestone or a task that is no longer meant."""
    authorise(actor, May.WRITE, step)
    _check_theirs(project, actor)

    step.removed_at = now

    record(events.StepRemoved(project.id, step.title), actor=actor, now=now)


def copy_work(project: Project, source_id: uuid.UUID, *, actor: Actor, now: dt.datetime) -> None:
    """Take over the team inside, the milestones and the tasks of another project, without days."""
    authorise(actor, May.WRITE, project)
    _check_theirs(project, actor)

    own = {"tenant_id": actor.tenant_id, "project_id": project.id}
    team = [
        TeamMember(
            id=new_id(),
            name=member.name,
            role=member.role,
            organisation=member.organisation,
            side=member.side,
            membership_id=member.membership_id,
            **own,
        )
        for member in queries.list_team(actor, source_id)
        # Those outside were asked for the other project only.
        if member.side is Side.INSIDE and member.ends_on is None
    ]
    steps = [
        Step(id=new_id(), kind=step.kind, title=step.title, assignee=step.assignee, **own)
        for step in queries.list_steps(actor, source_id)
    ]
    db.session.add_all([*team, *steps])

    record(events.WorkCopied(project.id, len(team), len(steps)), actor=actor, now=now)


def note_decision(
    project: Project, note: DecisionNote, *, form_id: uuid.UUID, actor: Actor, now: dt.datetime
) -> ProjectDecision:
    """Note what was decided, when, by whom and why; a note is not changed afterwards."""
    authorise(actor, May.WRITE, project)
    _check_theirs(project, actor)
    rules.check_decided(note.decided_on, now.astimezone(JST).date())

    noted = ProjectDecision(
        id=form_id,
        tenant_id=actor.tenant_id,
        project_id=project.id,
        noted_by=actor.name,
        created_at=now,
        **asdict(note),
    )
    db.session.add(noted)

    event = events.DecisionNoted(project.id, note.decision, note.reason)
    record(event, actor=actor, now=now)
    return noted


def write_report(
    project: Project, draft: ReportDraft, *, form_id: uuid.UUID, actor: Actor, now: dt.datetime
) -> Report:
    """Write an activity report, not yet public."""
    authorise(actor, May.WRITE, project)
    _check_theirs(project, actor)

    report = Report(
        id=form_id,
        tenant_id=actor.tenant_id,
        project_id=project.id,
        status=ReportStatus.DRAFT,
        photos={},
        created_by=actor.name,
        created_at=now,
        **asdict(draft),
    )
    db.session.add(report)

    record(events.ReportWritten(project.id, draft.title), actor=actor, now=now)
    return report


def edit_report(
    project: Project, report: Report, draft: ReportDraft, *, actor: Actor, now: dt.datetime
) -> None:
    """Change what a report says; a public one changes at once, the journal keeps the old words."""
    authorise(actor, May.WRITE, report)
    _check_theirs(project, actor)

    old_title, old_body = report.title, report.body
    report.title, report.body = draft.title, draft.body

    record(events.ReportEdited(project.id, old_title, old_body), actor=actor, now=now)


def add_photo(
    project: Project,
    report: Report,
    file: CheckedFile,
    caption: str,
    *,
    actor: Actor,
    now: dt.datetime,
) -> StoredFile:
    """Add a photo; the caption also tells it to those who cannot see it."""
    authorise(actor, May.WRITE, report)
    _check_theirs(project, actor)
    rules.check_photo(file.media_type, len(report.photos))

    kept = keep_files([file], subject_id=report.id, actor=actor)[0]
    report.photos = {**report.photos, str(kept.id): caption}

    record(events.ReportPhotoAdded(project.id, caption), actor=actor, now=now)
    return kept


def remove_photo(
    project: Project, report: Report, file: StoredFile, *, actor: Actor, now: dt.datetime
) -> None:
    """Take a photo out of a report, and off the portal at once."""
    authorise(actor, May.WRITE, report)
    _check_theirs(project, actor)

    file.removed_at = now
    caption = str(report.photos.get(str(file.id), ""))
    report.photos = {key: said for key, said in report.photos.items() if key != str(file.id)}

    record(events.ReportPhotoRemoved(project.id, caption), actor=actor, now=now)


def publish_report(project: Project, report: Report, *, actor: Actor, now: dt.datetime) -> None:
    """Show a report on the portal, also one that was withdrawn."""
    authorise(actor, May.WRITE, report)
    _check_theirs(project, actor)
    rules.check_move(report.status, ReportStatus.PUBLISHED)

    report.status, report.published_at, report.withdrawn_at = ReportStatus.PUBLISHED, now, None

    record(events.ReportPublished(project.id, report.title), actor=actor, now=now)


def withdraw_report(
    project: Project, report: Report, reason: str, *, actor: Actor, now: dt.datetime
) -> None:
    """Take a report off the portal; it stays at the desk."""
    authorise(actor, May.WRITE, report)
    _check_theirs(project, actor)
    rules.check_move(report.status, ReportStatus.WITHDRAWN)

    report.status, report.withdrawn_at = ReportStatus.WITHDRAWN, now

    record(events.ReportWithdrawn(project.id, report.title, reason), actor=actor, now=now)


def _check_theirs(project: Project, actor: Actor) -> None:
    """Refuse staff of other departments."""
    check_may_edit(actor, project.department_id, project.department_id)


def _check_entry(entry: TeamEntry, actor: Actor) -> None:
    rules.check_period(entry.starts_on, entry.ends_on)
    if entry.membership_id is not None:
        # NotFound for a member who is not this town's.
        get_member(actor, entry.membership_id)
