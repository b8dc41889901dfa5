"""The staff's pages for gates. A view loads, calls one operation, and shows."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from flask import current_app, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.wrappers import Response

from kyoso.core.access import may
from kyoso.core.clock import now, today
from kyoso.core.db import new_id
from kyoso.core.errors import Forbidden, InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.schema import InputSchema, load_form
from kyoso.core.slots import fills
from kyoso.core.web import FeatureBlueprint, actor, go, show
from kyoso.municipal.documents.queries import preview
from kyoso.municipal.documents.rules import DocumentKind
from kyoso.municipal.gates import operations, queries, rules
from kyoso.municipal.gates.permissions import GatePermission
from kyoso.municipal.gates.rules import Checklist, DecisionKind, Recommendation
from kyoso.municipal.gates.schemas import (
    LABELS,
    ClosingSchema,
    DecisionSchema,
    EvaluationSchema,
    PassSchema,
    split_form_id,
)
from kyoso.municipal.projects.queries import Project, get_project
from kyoso.municipal.projects.rules import NEXT, WAY, ProjectStage, may_edit, needs_reason

bp = FeatureBlueprint(
    "gates",
    __name__,
    url_prefix="/<town>/desk/projects/<uuid:project_id>",
    template_folder="templates",
)

_STAGE = "/gate/<any(pilot,evaluation,operation,concluded):stage>"


@bp.page(_STAGE, permission=GatePermission.READ)
def gate(project_id: uuid.UUID, stage: str) -> ResponseReturnValue:
    """Show what is there and what is missing before a stage."""
    return _gate(get_project(actor(), project_id), ProjectStage(stage))


@bp.page(_STAGE, permission=GatePermission.PASS, methods=("POST",))
def pass_gate(project_id: uuid.UUID, stage: str) -> ResponseReturnValue:
    """Let the project go on."""
    project, to = get_project(actor(), project_id, lock=True), ProjectStage(stage)
    try:
        data = load_form(PassSchema, request.form)
        operations.pass_gate(project, to, **data, actor=actor(), now=now())
    except InvalidInput as error:
        return _gate(project, to, request.form, error.errors), 422
    except RuleViolation as refusal:
        return _gate(project, to, request.form, refusal=refusal.message), 409
    except Forbidden as refusal:
        return _gate(project, to, request.form, refusal=refusal.message), 403
    flash(_("段階を「%(stage)s」にしました。", stage=project.stage.label))
    return go("projects.detail", project_id=project.id)


@bp.page("/evaluation", permission=GatePermission.READ)
def evaluation(project_id: uuid.UUID) -> ResponseReturnValue:
    """Show what the pilot showed, and what was written before."""
    return _evaluation(get_project(actor(), project_id))


@bp.page("/evaluation", permission=GatePermission.WRITE, methods=("POST",))
def evaluate(project_id: uuid.UUID) -> ResponseReturnValue:
    """Write down what the pilot showed."""
    return _record(
        project_id,
        EvaluationSchema,
        lambda project, draft, form_id: operations.evaluate_pilot(
            project, draft, evaluation_id=form_id, actor=actor(), now=now()
        ),
        _evaluation,
        _("評価を記録しました。"),
    )


@bp.page("/evaluation/report/pdf", permission=GatePermission.READ)
def result(project_id: uuid.UUID) -> ResponseReturnValue:
    """Show the report of the pilot's result as it would be issued now."""
    values = queries.pilot_result_values(actor(), get_project(actor(), project_id))
    return Response(preview(DocumentKind.PILOT_RESULT, values, actor()), mimetype="application/pdf")


@bp.page("/evaluation/report", permission=GatePermission.WRITE, methods=("POST",))
def issue_result(project_id: uuid.UUID) -> ResponseReturnValue:
    """Issue the report of the pilot's result, once for each evaluation."""
    project = get_project(actor(), project_id, lock=True)
    issued = queries.list_pilot_results(actor(), project.id)
    if not queries.records_of(actor(), project.id).reported_in(issued):
        try:
            operations.issue_pilot_result(project, actor=actor(), now=now())
        except RuleViolation as refusal:
            return _evaluation(project, errors={"": [refusal.message]}), 409
        flash(_("実証結果報告書を発行しました。"))
    return go(".evaluation", project_id=project.id)


@bp.page("/stage-decisions", permission=GatePermission.READ)
def decisions(project_id: uuid.UUID) -> ResponseReturnValue:
    """Show what the town decided about the running project."""
    return _decisions(get_project(actor(), project_id))


@bp.page("/stage-decisions", permission=GatePermission.PASS, methods=("POST",))
def decide(project_id: uuid.UUID) -> ResponseReturnValue:
    """Keep a decision."""
    return _record(
        project_id,
        DecisionSchema,
        lambda project, draft, form_id: operations.decide_stage(
            project, draft, decision_id=form_id, actor=actor(), now=now()
        ),
        _decisions,
        _("決定を記録しました。"),
    )


@bp.page("/conclusion", permission=GatePermission.READ)
def conclusion(project_id: uuid.UUID) -> ResponseReturnValue:
    """Show what others can learn, and the way to the end."""
    return _conclusion(get_project(actor(), project_id))


@bp.page("/conclusion", permission=GatePermission.WRITE, methods=("POST",))
def write_lessons(project_id: uuid.UUID) -> ResponseReturnValue:
    """Write down what others can learn."""
    return _record(
        project_id,
        ClosingSchema,
        lambda project, draft, form_id: operations.write_lessons(
            project, draft, closing_id=form_id, actor=actor(), now=now()
        ),
        _conclusion,
        _("分かったことを書き残しました。"),
    )


@bp.page("/conclusion/letter/pdf", permission=GatePermission.READ)
def letter(project_id: uuid.UUID) -> ResponseReturnValue:
    """Show the completion letter as it would be issued now."""
    project = get_project(actor(), project_id)
    values = queries.completion_values(actor(), project, today())
    return Response(preview(DocumentKind.COMPLETION, values, actor()), mimetype="application/pdf")


@bp.page("/conclusion/letter", permission=GatePermission.PASS, methods=("POST",))
def issue_letter(project_id: uuid.UUID) -> ResponseReturnValue:
    """Issue the completion letter, once."""
    project = get_project(actor(), project_id, lock=True)
    if not queries.standing_of(actor(), project).facts.letter_issued:
        try:
            operations.issue_completion(project, actor=actor(), now=now())
        except RuleViolation as refusal:
            return _conclusion(project, errors={"": [refusal.message]}), 409
        flash(_("完了通知書を出しました。"))
    return go(".conclusion", project_id=project.id)


@fills("project")
def project_parts(project: Project, *, departments: Mapping[uuid.UUID, str]) -> dict[str, Markup]:
    """Return what the project's page says of where it stands and why it may not go on."""
    if not may(actor(), GatePermission.READ):
        return {}
    standing = queries.standing_of(actor(), project, departments=departments)
    to = rules.next_gate(project.stage)
    found = standing.checklist(to) if to else None
    context = {
        "project": project,
        "standing": standing,
        "records": standing.records,
        "way": _way(project),
        "found": found,
        "links": _links(project, found) if found else {},
        "gates": [stage for stage in rules.GATES if stage in NEXT[project.stage]],
        "ending": rules.ending(tuple(p.to_stage for p in standing.records.passages)),
        "link": lambda endpoint: _link(endpoint, project),
    }
    return {
        place: Markup(render_template(f"gates/_{place}.html", **context))  # noqa: S704
        for place in ("head", "body")
    }


def _way(project: Project) -> tuple[list[str], int]:
    """Return the labels of the stages on the way, and how far the project is; 0: not on it."""
    labels = [stage.label for stage in WAY]
    return labels, WAY.index(project.stage) + 1 if project.stage in WAY else 0


def _link(endpoint: str, project: Project) -> str:
    """Return where something can be mended; empty where the reader has no such page."""
    if endpoint not in current_app.view_functions:
        return ""
    return url_for(endpoint, project_id=project.id)


def _links(project: Project, found: Checklist) -> dict[str, str]:
    return {
        item.condition.key.value: _link(item.condition.endpoint, project) for item in found.items
    }


def _editable(project: Project) -> bool:
    return may(actor(), GatePermission.WRITE) and may_edit(actor(), project.department_id)


def _gate(
    project: Project,
    to: ProjectStage,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, list[str]] | None = None,
    refusal: str = "",
) -> str:
    standing = queries.standing_of(actor(), project)
    found = standing.checklist(to)
    return show(
        "gates/gate.html",
        project=project,
        to=to,
        found=found,
        links=_links(project, found),
        passages=[p for p in standing.records.passages if p.to_stage is to],
        reachable=to in NEXT[project.stage],
        may_pass=may(actor(), GatePermission.PASS),
        may_override=rules.may_override(actor()),
        asks_reason=not found.complete or needs_reason(project.stage, to),
        values=values or {},
        errors=errors or {},
        refusal=refusal,
        labels=LABELS,
    )


def _record(
    project_id: uuid.UUID,
    schema: type[InputSchema],
    keep: Callable[[Project, Any, uuid.UUID], object],
    page: Callable[..., str],
    done: str,
) -> ResponseReturnValue:
    """Keep what a form says, once, and return to the project."""
    project = get_project(actor(), project_id, lock=True)
    try:
        form_id, form = split_form_id(request.form)
        draft = load_form(schema, form)
        if not queries.was_sent(actor(), form_id):
            keep(project, draft, form_id)
            flash(done)
    except InvalidInput as error:
        return page(project, request.form, error.errors), 422
    except RuleViolation as refusal:
        return page(project, request.form, {"": [refusal.message]}), 409
    return go("projects.detail", project_id=project.id)


def _evaluation(
    project: Project,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, list[str]] | None = None,
) -> str:
    standing = queries.standing_of(actor(), project)
    last = standing.records.evaluation
    kept = {
        "learnt": last.learnt if last else "",
        "result": last.result if last else "",
        "reason": last.reason if last else "",
        "recommendation": last.recommendation.value if last else "",
    }
    issued = queries.list_pilot_results(actor(), project.id) if last else []
    return show(
        "gates/evaluation.html",
        project=project,
        documents=issued,
        result_issued=standing.records.reported_in(issued),
        may_issue=_editable(project),
        evaluations=standing.records.evaluations,
        indicators=standing.indicators,
        choices=[(one.value, one.label) for one in Recommendation],
        editable=_editable(project) and project.stage is not ProjectStage.PLANNING,
        values=values or {**kept, "form_id": new_id()},
        errors=errors or {},
        labels=LABELS,
    )


def _decisions(
    project: Project,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, list[str]] | None = None,
) -> str:
    records = queries.records_of(actor(), project.id)
    return show(
        "gates/decisions.html",
        project=project,
        decisions=records.decisions,
        choices=[(kind.value, kind.label) for kind in DecisionKind],
        editable=may(actor(), GatePermission.PASS),
        values=values or {"form_id": new_id(), "decided_on": today()},
        errors=errors or {},
        labels=LABELS,
    )


def _conclusion(
    project: Project,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, list[str]] | None = None,
) -> str:
    standing = queries.standing_of(actor(), project)
    last = standing.records.closing
    found = standing.checklist(ProjectStage.CONCLUDED)
    kept = {
        "lessons": last.lessons if last else "",
        "handed_over": last.handed_over if last else "",
        "lessons_offered": "yes" if last and last.lessons_offered else "",
    }
    return show(
        "gates/conclusion.html",
        project=project,
        closings=standing.records.closings,
        found=found,
        links=_links(project, found),
        letter_issued=standing.facts.letter_issued,
        may_issue=may(actor(), GatePermission.PASS),
        ending=rules.ending((*(p.to_stage for p in standing.records.passages), project.stage)),
        editable=_editable(project),
        values=values or {**kept, "form_id": new_id()},
        errors=errors or {},
        labels=LABELS,
    )
