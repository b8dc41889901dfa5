"""Every change at the gates: one function for each verb, each guards, changes, records."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import asdict, dataclass

from kyoso.core.access import Actor, authorise
from kyoso.core.clock import JST
from kyoso.core.db import db, new_id
from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import record
from kyoso.municipal.documents.operations import issue_document
from kyoso.municipal.documents.queries import Document
from kyoso.municipal.documents.rules import DocumentKind
from kyoso.municipal.gates import queries, rules
from kyoso.municipal.gates.events import (
    CompletionIssued,
    LessonsWritten,
    PilotEvaluated,
    PilotResultIssued,
    StageDecided,
    StagePassed,
)
from kyoso.municipal.gates.models import Closing, Evaluation, StageDecision, StagePassage
from kyoso.municipal.gates.permissions import GatePermission
from kyoso.municipal.gates.rules import DecisionKind, Recommendation
from kyoso.municipal.projects.operations import move_project
from kyoso.municipal.projects.queries import Project
from kyoso.municipal.projects.rules import ProjectStage, check_may_edit, check_move


@dataclass(frozen=True, slots=True)
class EvaluationDraft:
    """What a pilot showed."""

    learnt: str
    result: str
    recommendation: Recommendation
    reason: str


@dataclass(frozen=True, slots=True)
class ClosingDraft:
    """What others can learn, and who goes on with what."""

    lessons: str
    handed_over: str
    lessons_offered: bool


@dataclass(frozen=True, slots=True)
class DecisionDraft:
    """What was decided, by whom and when."""

    kind: DecisionKind
    grounds: str
    decided_by: str
    decided_on: dt.date


def pass_gate(
    project: Project, to: ProjectStage, reason: str = "", *, actor: Actor, now: dt.datetime
) -> StagePassage:
    """Let a project into a stage: with everything there, or for a written reason without.

    Take the project with a lock: of two who let it pass at once, the second is refused.
    """
    authorise(actor, GatePermission.PASS, project)
    if to not in rules.GATES:
        raise RuleViolation(_("「%(to)s」の前にゲートはありません。", to=to.label))
    check_move(project.stage, to, reason)
    found = queries.checklist(actor, project, to, now.astimezone(JST).date())
    rules.check_passing(found, reason, actor)

    passage = StagePassage(
        id=new_id(),
        tenant_id=actor.tenant_id,
        project_id=project.id,
        from_stage=project.stage,
        to_stage=to,
        done=[item.condition.key.value for item in found.items if item.done],
        missing=[item.condition.key.value for item in found.missing],
        details={item.condition.key.value: item.detail for item in found.missing},
        reason=reason,
        passed_by=actor.name,
        passed_at=now,
    )
    db.session.add(passage)
    move_project(project, to, reason, gate_passed=True, actor=actor, now=now)

    missing = tuple(str(item.condition.label) for item in found.missing)
    event = StagePassed(project.id, to, not found.complete, reason, missing)
    record(event, actor=actor, now=now)
    return passage


def evaluate_pilot(
    project: Project,
    draft: EvaluationDraft,
    *,
    evaluation_id: uuid.UUID,
    actor: Actor,
    now: dt.datetime,
) -> Evaluation:
    """Write down what the pilot showed; what was written before stays beside it."""
    authorise(actor, GatePermission.WRITE, project)
    check_may_edit(actor, project.department_id, project.department_id)
    if project.stage is ProjectStage.PLANNING:
        raise RuleViolation(_("実証を始める前に評価は書けません。"))

    evaluation = Evaluation(
        id=evaluation_id,
        tenant_id=actor.tenant_id,
        project_id=project.id,
        recorded_by=actor.name,
        recorded_at=now,
        **asdict(draft),
    )
    db.session.add(evaluation)

    record(PilotEvaluated(project.id, draft.recommendation), actor=actor, now=now)
    return evaluation


def issue_pilot_result(project: Project, *, actor: Actor, now: dt.datetime) -> Document:
    """Issue the report of what a pilot showed, from the evaluation that counts and its numbers."""
    authorise(actor, GatePermission.WRITE, project)
    check_may_edit(actor, project.department_id, project.department_id)
    values = queries.pilot_result_values(actor, project)

    title = f"{DocumentKind.PILOT_RESULT.plain_name}（No.{project.number}）"
    document = issue_document(
        DocumentKind.PILOT_RESULT, project.id, values, title=title, actor=actor, now=now
    )

    record(PilotResultIssued(project.id, document.reference), actor=actor, now=now)
    return document


def decide_stage(
    project: Project,
    draft: DecisionDraft,
    *,
    decision_id: uuid.UUID,
    actor: Actor,
    now: dt.datetime,
) -> StageDecision:
    """Keep a decision about the running project; a later one of its kind replaces it."""
    authorise(actor, GatePermission.PASS, project)
    rules.check_decided_on(draft.decided_on, now.astimezone(JST).date())

    decision = StageDecision(
        id=decision_id,
        tenant_id=actor.tenant_id,
        project_id=project.id,
        recorded_by=actor.name,
        recorded_at=now,
        **asdict(draft),
    )
    db.session.add(decision)

    event = StageDecided(project.id, draft.kind, draft.decided_by, draft.grounds)
    record(event, actor=actor, now=now)
    return decision


def write_lessons(
    project: Project,
    draft: ClosingDraft,
    *,
    closing_id: uuid.UUID,
    actor: Actor,
    now: dt.datetime,
) -> Closing:
    """Write down what others can learn; what was written before stays beside it."""
    authorise(actor, GatePermission.WRITE, project)
    check_may_edit(actor, project.department_id, project.department_id)

    closing = Closing(
        id=closing_id,
        tenant_id=actor.tenant_id,
        project_id=project.id,
        recorded_by=actor.name,
        recorded_at=now,
        **asdict(draft),
    )
    db.session.add(closing)

    record(LessonsWritten(project.id, draft.lessons_offered), actor=actor, now=now)
    return closing


def issue_completion(project: Project, *, actor: Actor, now: dt.datetime) -> Document:
    """Issue the letter that a project came to its good end, from what was judged and learnt."""
    authorise(actor, GatePermission.PASS, project)
    values = queries.completion_values(actor, project, now.astimezone(JST).date())

    title = _("完了通知書（No.%(number)s）", number=project.number)
    document = issue_document(
        DocumentKind.COMPLETION, project.id, values, title=title, actor=actor, now=now
    )

    record(CompletionIssued(project.id, document.reference), actor=actor, now=now)
    return document
