"""The staff's pages for the work on a project. A view loads, calls one operation, and shows."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from flask import flash, request, send_file
from flask.typing import ResponseReturnValue

from kyoso.core import files
from kyoso.core.access import may
from kyoso.core.clock import now, today
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.markdown import render
from kyoso.core.schema import InputSchema, load_form
from kyoso.core.web import FeatureBlueprint, actor, go, show
from kyoso.identity.members.queries import list_members
from kyoso.municipal.activities import operations, queries, rules, schemas
from kyoso.municipal.activities.models import Report, Step
from kyoso.municipal.activities.permissions import ActivityPermission
from kyoso.municipal.activities.rules import Side, StepKind
from kyoso.municipal.activities.schemas import LABELS
from kyoso.municipal.projects.queries import Project, get_project
from kyoso.municipal.projects.rules import may_edit

READ, WRITE = ActivityPermission.READ, ActivityPermission.WRITE
#: The page that lists each kind of steps.
PLACES = {StepKind.MILESTONE: ".milestones", StepKind.TASK: ".tasks"}

bp = FeatureBlueprint(
    "activities",
    __name__,
    url_prefix="/<town>/desk/projects/<uuid:project_id>",
    template_folder="templates",
)

Values = Mapping[str, Any]
Errors = Mapping[str, list[str]]


def _page(template: str, project: Project, values: Values, errors: Errors, **context: Any) -> str:
    editable = may(actor(), WRITE, project) and may_edit(actor(), project.department_id)
    return show(
        f"activities/{template}.html",
        project=project,
        values=values,
        errors=errors,
        labels=LABELS,
        editable=editable,
        today=today(),
        **context,
    )


def _once(schema: type[InputSchema], make: Callable[..., object]) -> bool:
    """Load a new thing and make it, unless the same form made it already."""
    sent = load_form(schema, request.form)
    if queries.was_sent(actor(), sent.form_id):
        return False
    make(sent.draft, form_id=sent.form_id, actor=actor(), now=now())
    return True


@bp.page("/team", permission=READ)
def team(project_id: uuid.UUID) -> ResponseReturnValue:
    """List who works on a project, inside and outside."""
    return _team(get_project(actor(), project_id), {"form_id": new_id()}, {})


def _team(project: Project, values: Values, errors: Errors) -> str:
    return _page(
        "team",
        project,
        values,
        errors,
        members=queries.list_team(actor(), project.id),
        **_choices(),
    )


def _choices() -> dict[str, Any]:
    people = list_members(actor(), active=True)
    return {
        "sides": [(side.value, side.label) for side in Side],
        "people": [(str(person.id), person.name) for person in people],
    }


@bp.page("/team", permission=WRITE, methods=("POST",))
def add_team_member(project_id: uuid.UUID) -> ResponseReturnValue:
    """Enter somebody who works on a project."""
    project = get_project(actor(), project_id)
    try:
        _once(
            schemas.NewTeamSchema,
            lambda entry, **at: operations.add_team_member(project, entry, **at),
        )
    except InvalidInput as error:
        return _team(project, request.form, error.errors), 422
    flash(_("チームに加えました。"))
    return go(".team", project_id=project.id)


@bp.page("/team/<uuid:entry_id>", permission=WRITE, methods=("GET", "POST"))
def edit_team_member(project_id: uuid.UUID, entry_id: uuid.UUID) -> ResponseReturnValue:
    """Change what is said of somebody in the team."""
    project = get_project(actor(), project_id)
    member = queries.get_team_member(actor(), project_id, entry_id, lock=request.method == "POST")
    if request.method == "GET":
        values = {name: getattr(member, name) for name in LABELS if hasattr(member, name)}
        return _page("member", project, values, {}, member=member, **_choices())
    try:
        entry = load_form(schemas.TeamSchema, request.form)
        operations.edit_team_member(project, member, entry, actor=actor(), now=now())
    except InvalidInput as error:
        page = _page("member", project, request.form, error.errors, member=member, **_choices())
        return page, 422
    flash(_("%(name)sさんの記載を保存しました。", name=member.name))
    return go(".team", project_id=project.id)


@bp.page("/team/<uuid:entry_id>/remove", permission=WRITE, methods=("POST",))
def remove_team_member(project_id: uuid.UUID, entry_id: uuid.UUID) -> ResponseReturnValue:
    """Take somebody out who was entered by mistake."""
    project = get_project(actor(), project_id)
    member = queries.get_team_member(actor(), project_id, entry_id, lock=True)
    operations.remove_team_member(project, member, actor=actor(), now=now())
    flash(_("%(name)sさんの記載を取り除きました。", name=member.name))
    return go(".team", project_id=project.id)


@bp.page("/milestones", permission=READ)
def milestones(project_id: uuid.UUID) -> ResponseReturnValue:
    """List a project's milestones."""
    project = get_project(actor(), project_id)
    return _steps(project, StepKind.MILESTONE, {"form_id": new_id()}, {})


@bp.page("/tasks", permission=READ)
def tasks(project_id: uuid.UUID) -> ResponseReturnValue:
    """List a project's tasks."""
    project = get_project(actor(), project_id)
    return _steps(project, StepKind.TASK, {"form_id": new_id()}, {})


def _steps(project: Project, kind: StepKind, values: Values, errors: Errors) -> str:
    found = queries.list_steps(actor(), project.id, kind)
    return _page("steps", project, values, errors, kind=kind, steps=found, StepKind=StepKind)


@bp.page("/milestones", permission=WRITE, methods=("POST",))
def add_milestone(project_id: uuid.UUID) -> ResponseReturnValue:
    """Add a milestone."""
    return _add_step(project_id, StepKind.MILESTONE)


@bp.page("/tasks", permission=WRITE, methods=("POST",))
def add_task(project_id: uuid.UUID) -> ResponseReturnValue:
    """Add a task."""
    return _add_step(project_id, StepKind.TASK)


def _add_step(project_id: uuid.UUID, kind: StepKind) -> ResponseReturnValue:
    project = get_project(actor(), project_id)
    try:
        _once(
            schemas.NewStepSchema,
            lambda draft, **at: operations.add_step(project, kind, draft, **at),
        )
    except InvalidInput as error:
        return _steps(project, kind, request.form, error.errors), 422
    return go(PLACES[kind], project_id=project.id)


@bp.page("/steps/<uuid:step_id>/tick", permission=WRITE, methods=("POST",))
def tick_step(project_id: uuid.UUID, step_id: uuid.UUID) -> ResponseReturnValue:
    """Say that a step is done, or take that back."""
    return _with_step(project_id, step_id, operations.tick_step)


@bp.page("/steps/<uuid:step_id>/remove", permission=WRITE, methods=("POST",))
def remove_step(project_id: uuid.UUID, step_id: uuid.UUID) -> ResponseReturnValue:
    """Take out a step that is no longer meant."""
    return _with_step(project_id, step_id, operations.remove_step)


def _with_step(
    project_id: uuid.UUID, step_id: uuid.UUID, change: Callable[..., None]
) -> ResponseReturnValue:
    project = get_project(actor(), project_id)
    step: Step = queries.get_step(actor(), project_id, step_id, lock=True)
    change(project, step, actor=actor(), now=now())
    return go(PLACES[step.kind], project_id=project.id)


@bp.page("/decisions", permission=READ)
def decisions(project_id: uuid.UUID) -> ResponseReturnValue:
    """List what was decided about a project on the way."""
    project = get_project(actor(), project_id)
    return _decisions(project, {"form_id": new_id(), "decided_on": today()}, {})


def _decisions(project: Project, values: Values, errors: Errors) -> str:
    noted = queries.list_decisions(actor(), project.id)
    return _page("decisions", project, values, errors, noted=noted)


@bp.page("/decisions", permission=WRITE, methods=("POST",))
def note_decision(project_id: uuid.UUID) -> ResponseReturnValue:
    """Note what was decided, when, by whom and why."""
    project = get_project(actor(), project_id)
    try:
        _once(
            schemas.NewDecisionSchema,
            lambda note, **at: operations.note_decision(project, note, **at),
        )
    except InvalidInput as error:
        return _decisions(project, request.form, error.errors), 422
    flash(_("決定を記録しました。"))
    return go(".decisions", project_id=project.id)


@bp.page("/reports", permission=READ)
def reports(project_id: uuid.UUID) -> ResponseReturnValue:
    """List a project's activity reports."""
    project = get_project(actor(), project_id)
    found = queries.list_reports(actor(), project.id)
    return _page("reports", project, {}, {}, reports=found)


@bp.page("/reports/new", permission=WRITE, methods=("GET", "POST"))
def write_report(project_id: uuid.UUID) -> ResponseReturnValue:
    """Write an activity report."""
    project = get_project(actor(), project_id)
    if request.method == "GET":
        return _page("report_form", project, {"form_id": new_id()}, {}, report=None)
    try:
        made = _once(
            schemas.NewReportSchema,
            lambda draft, **at: operations.write_report(project, draft, **at),
        )
    except InvalidInput as error:
        return _page("report_form", project, request.form, error.errors, report=None), 422
    if made:
        flash(_("下書きを保存しました。写真を加え、見え方を確かめてから公開してください。"))
    return go(".report", project_id=project.id, report_id=request.form["form_id"])


@bp.page("/reports/<uuid:report_id>", permission=READ)
def report(project_id: uuid.UUID, report_id: uuid.UUID) -> ResponseReturnValue:
    """Show one report as the portal shows it, and what can be done with it."""
    project, found = _load(project_id, report_id)
    return _report(project, found)


def _load(
    project_id: uuid.UUID, report_id: uuid.UUID, *, lock: bool = False
) -> tuple[Project, Report]:
    project = get_project(actor(), project_id)
    return project, queries.get_report(actor(), project_id, report_id, lock=lock)


def _report(
    project: Project, found: Report, errors: Errors | None = None, refusal: str = ""
) -> str:
    values = request.form if errors else {}
    return _page(
        "report",
        project,
        values,
        errors or {},
        report=found,
        body=render(found.body),
        refusal=refusal,
        most=rules.MAX_PHOTOS,
    )


@bp.page("/reports/<uuid:report_id>/edit", permission=WRITE, methods=("GET", "POST"))
def edit_report(project_id: uuid.UUID, report_id: uuid.UUID) -> ResponseReturnValue:
    """Change what a report says."""
    project, found = _load(project_id, report_id, lock=request.method == "POST")
    if request.method == "GET":
        values = {"title": found.title, "body": found.body}
        return _page("report_form", project, values, {}, report=found)
    try:
        draft = load_form(schemas.ReportSchema, request.form)
        operations.edit_report(project, found, draft, actor=actor(), now=now())
    except InvalidInput as error:
        return _page("report_form", project, request.form, error.errors, report=found), 422
    flash(_("「%(title)s」を保存しました。", title=found.title))
    return go(".report", project_id=project.id, report_id=found.id)


@bp.page("/reports/<uuid:report_id>/photos", permission=WRITE, methods=("POST",))
def add_photo(project_id: uuid.UUID, report_id: uuid.UUID) -> ResponseReturnValue:
    """Add a photo with what it shows."""
    project, found = _load(project_id, report_id, lock=True)
    try:
        said = load_form(schemas.PhotoSchema, request.form)
        uploads = files.check_files(request.files.getlist("photo")[:1], field="photo")
        if not uploads:
            raise InvalidInput({"photo": [_("写真を選んでから、「加える」を押してください。")]})
        operations.add_photo(project, found, uploads[0], said["caption"], actor=actor(), now=now())
    except InvalidInput as error:
        return _report(project, found, error.errors), 422
    flash(_("写真を加えました。"))
    return go(".report", project_id=project.id, report_id=found.id)


@bp.page("/reports/<uuid:report_id>/files/<uuid:file_id>", permission=READ)
def photo(project_id: uuid.UUID, report_id: uuid.UUID, file_id: uuid.UUID) -> ResponseReturnValue:
    """Send a report's photo to the desk, also that of a draft."""
    _project, found = _load(project_id, report_id)
    row = files.get_file(actor(), found.id, file_id)
    return send_file(files.open_file(row), row.media_type)


@bp.page(
    "/reports/<uuid:report_id>/files/<uuid:file_id>/remove", permission=WRITE, methods=("POST",)
)
def remove_photo(
    project_id: uuid.UUID, report_id: uuid.UUID, file_id: uuid.UUID
) -> ResponseReturnValue:
    """Take a photo out of a report."""
    project, found = _load(project_id, report_id, lock=True)
    row = files.get_file(actor(), found.id, file_id)
    operations.remove_photo(project, found, row, actor=actor(), now=now())
    flash(_("写真を取り除きました。"))
    return go(".report", project_id=project.id, report_id=found.id)


@bp.page("/reports/<uuid:report_id>/publish", permission=WRITE, methods=("POST",))
def publish_report(project_id: uuid.UUID, report_id: uuid.UUID) -> ResponseReturnValue:
    """Show a report on the portal."""
    project, found = _load(project_id, report_id, lock=True)
    try:
        operations.publish_report(project, found, actor=actor(), now=now())
    except RuleViolation as error:
        return _report(project, found, refusal=error.message), 409
    flash(_("「%(title)s」を公開しました。", title=found.title))
    return go(".report", project_id=project.id, report_id=found.id)


@bp.page("/reports/<uuid:report_id>/withdraw", permission=WRITE, methods=("POST",))
def withdraw_report(project_id: uuid.UUID, report_id: uuid.UUID) -> ResponseReturnValue:
    """Take a report off the portal."""
    project, found = _load(project_id, report_id, lock=True)
    try:
        data = load_form(schemas.WithdrawSchema, request.form)
        operations.withdraw_report(project, found, **data, actor=actor(), now=now())
    except InvalidInput as error:
        return _report(project, found, error.errors), 422
    except RuleViolation as error:
        return _report(project, found, refusal=error.message), 409
    flash(_("「%(title)s」を取り下げました。", title=found.title))
    return go(".report", project_id=project.id, report_id=found.id)
