"""The staff's pages for projects. A view loads, calls one operation, and shows."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue

from kyoso.core.access import may
from kyoso.core.clock import now
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import list_history
from kyoso.core.markdown import render
from kyoso.core.schema import load_form
from kyoso.core.sheets import send_sheet
from kyoso.core.slots import parts_of
from kyoso.core.web import FeatureBlueprint, actor, go, show, tenant
from kyoso.municipal.projects import operations, queries, rules
from kyoso.municipal.projects.models import Project
from kyoso.municipal.projects.permissions import ProjectPermission
from kyoso.municipal.projects.queries import ProjectFilter, Shown
from kyoso.municipal.projects.rules import ProjectStage
from kyoso.municipal.projects.schemas import LABELS, MoveSchema, ProjectSchema, ReasonSchema
from kyoso.tenancy.queries import department_names, list_departments

bp = FeatureBlueprint(
    "projects", __name__, url_prefix="/<town>/desk/projects", template_folder="templates"
)


@bp.page("/", permission=ProjectPermission.READ)
def index() -> ResponseReturnValue:
    """List the town's projects: search, filter, sort, page."""
    wanted = ProjectFilter.of(request.args)
    counts = queries.count_by_stage(actor())
    stages: list[tuple[Any, ...]] = [(_("すべて"), None, sum(counts.values()))]
    stages += [(stage.label, stage, counts[stage]) for stage in ProjectStage if stage in counts]
    return show(
        "projects/index.html",
        found=queries.list_projects(actor(), wanted),
        wanted=wanted,
        Shown=Shown,
        stages=[
            (label, _url(wanted, stage=stage), stage is wanted.stage, count)
            for label, stage, count in stages
        ],
        departments=department_names(actor()),
        url_of_sort=lambda sort: _url(wanted, sort=sort),
        url_of_page=lambda page: _url(wanted, page=page),
    )


def _url(wanted: ProjectFilter, **changes: Any) -> str:
    address: dict[str, Any] = dict(wanted.address(**changes))
    return url_for(".index", **address)


@bp.page("/export.<any(xlsx,csv):kind>", permission=ProjectPermission.READ)
def export(kind: str) -> ResponseReturnValue:
    """Return the list, as filtered and sorted, as a file."""
    names = department_names(actor())
    heads = [
        _("番号"),
        _("名前"),
        _("概要"),
        _("提案者"),
        _("チーム"),
        _("段階"),
        _("募集"),
        _("担当する課"),
        _("採択の日"),
        _("公開"),
        _("公開日時"),
    ]
    rows = [
        (
            row.number,
            row.title,
            row.summary,
            row.proposer_name,
            row.team,
            row.stage.label,
            _("募集中") if row.recruiting else "",
            names.get(row.department_id, ""),
            row.decided_on,
            _("公開") if row.published_at and not row.unpublished_at else _("非公開"),
            row.published_at,
        )
        for row in queries.list_for_export(actor(), ProjectFilter.of(request.args))
    ]
    return send_sheet(f"{tenant().slug}-projects", kind, heads, rows)


@bp.page("/<uuid:project_id>", permission=ProjectPermission.READ)
def detail(project_id: uuid.UUID) -> ResponseReturnValue:
    """Show one project, what can be done with it, and its history."""
    return _detail(queries.get_project(actor(), project_id))


@bp.page("/<uuid:project_id>/edit", permission=ProjectPermission.WRITE, methods=("GET", "POST"))
def edit(project_id: uuid.UUID) -> ResponseReturnValue:
    """Change what is said about a project."""
    project = queries.get_project(actor(), project_id, lock=request.method == "POST")
    # Staff of other departments need not fill in a form that would be refused.
    rules.check_may_edit(actor(), project.department_id, project.department_id)
    if request.method == "GET":
        values = {name: getattr(project, name) for name in LABELS if hasattr(project, name)}
        return _form(project, {**values, "department_id": project.department_id or ""}, {})
    kept = {} if rules.runs_all(actor()) else {"department_id": project.department_id}
    try:
        draft = load_form(ProjectSchema, request.form, **kept)
        operations.edit_project(project, draft, actor=actor(), now=now())
    except InvalidInput as error:
        return _form(project, request.form, error.errors), 422
    except RuleViolation as error:
        return _form(project, request.form, {"recruiting": [error.message]}), 409
    flash(_("No.%(number)s の内容を保存しました。", number=project.number))
    return go(".detail", project_id=project.id)


@bp.page("/<uuid:project_id>/move", permission=ProjectPermission.MOVE, methods=("POST",))
def move(project_id: uuid.UUID) -> ResponseReturnValue:
    """Bring a project to another stage."""
    project = queries.get_project(actor(), project_id, lock=True)
    try:
        data = load_form(MoveSchema, request.form)
        operations.move_project(project, **data, actor=actor(), now=now())
    except InvalidInput as error:
        return _detail(project, {"move": request.form}, {"move": error.errors}), 422
    except RuleViolation as error:
        errors = {"move": {"reason": [error.message]}}
        return _detail(project, {"move": request.form}, errors), 409
    flash(_("段階を「%(stage)s」にしました。", stage=project.stage.label))
    return go(".detail", project_id=project.id)


@bp.page("/<uuid:project_id>/publish", permission=ProjectPermission.PUBLISH, methods=("POST",))
def publish(project_id: uuid.UUID) -> ResponseReturnValue:
    """Show a project to the public."""
    project = queries.get_project(actor(), project_id, lock=True)
    operations.publish_project(project, actor=actor(), now=now())
    flash(_("No.%(number)s を公開しました。", number=project.number))
    return go(".detail", project_id=project.id)


@bp.page("/<uuid:project_id>/unpublish", permission=ProjectPermission.PUBLISH, methods=("POST",))
def unpublish(project_id: uuid.UUID) -> ResponseReturnValue:
    """Take a project off the public pages."""
    project = queries.get_project(actor(), project_id, lock=True)
    try:
        data = load_form(ReasonSchema, request.form)
    except InvalidInput as error:
        return _detail(project, {"unpublish": request.form}, {"unpublish": error.errors}), 422
    operations.unpublish_project(project, **data, actor=actor(), now=now())
    flash(_("No.%(number)s を非公開にしました。", number=project.number))
    return go(".detail", project_id=project.id)


def _detail(
    project: Project,
    values: Mapping[str, Mapping[str, Any]] | None = None,
    errors: Mapping[str, Mapping[str, list[str]]] | None = None,
) -> str:
    """Show the project; `values` and `errors` are those of each of the page's forms."""
    history = list_history(actor(), [project.id])
    came_from = next((e.facts["before"] for e in history if e.kind == "ProjectMoved"), "")
    return show(
        "projects/detail.html",
        project=project,
        content=render(project.content),
        department=department_names(actor()).get(project.department_id),  # type: ignore[arg-type]
        editable=may(actor(), ProjectPermission.WRITE)
        and rules.may_edit(actor(), project.department_id),
        moves=[
            (s.value, s.label)
            for s in ProjectStage
            if s in rules.NEXT[project.stage]
            and not rules.needs_gate(project.stage, s, came_from)
        ],
        history=history,
        parts=parts_of("project", project),
        values=values or {},
        errors=errors or {},
        labels=LABELS,
    )


def _form(project: Project, values: Mapping[str, Any], errors: Mapping[str, list[str]]) -> str:
    departments = [(str(d.id), d.name) for d in list_departments(actor())]
    if project.department_id and str(project.department_id) not in dict(departments):
        # A unit that has ended keeps what it owned until somebody hands it on.
        name = department_names(actor())[project.department_id]
        departments.insert(0, (str(project.department_id), name))
    return show(
        "projects/edit.html",
        project=project,
        values=values,
        errors=errors,
        labels=LABELS,
        departments=departments,
        runs_all=rules.runs_all(actor()),
    )
