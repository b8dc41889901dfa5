"""The staff's pages for projects. A view loads, calls one operation, and shows."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from flask import Flask, current_app, flash, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from kyoso.core.access import may
from kyoso.core.clock import now
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.i18n import locale
from kyoso.core.journal import list_history
from kyoso.core.markdown import render
from kyoso.core.schema import load_form
from kyoso.core.sheets import send_sheet
from kyoso.core.slots import parts_of
from kyoso.core.web import FeatureBlueprint, actor, go, permission_of, show, tenant
from kyoso.municipal.projects import operations, queries, rules
from kyoso.municipal.projects.models import Project
from kyoso.municipal.projects.permissions import ProjectPermission
from kyoso.municipal.projects.queries import ProjectFilter, Shown
from kyoso.municipal.projects.rules import ProjectStage
from kyoso.municipal.projects.schemas import (
    LABELS,
    MoveSchema,
    PlanSchema,
    ProjectSchema,
    ReasonSchema,
    StartSchema,
)
from kyoso.municipal.strategy.queries import list_tactics, tactic_labels
from kyoso.tenancy.queries import department_names, list_departments

bp = FeatureBlueprint(
    "projects", __name__, url_prefix="/<town>/desk/projects", template_folder="templates"
)

#: A project's pages below its own: the words of the tab, by their place in the address.
TABS = {
    "": _l("概要"),
    "fit-sheet": _l("すり合わせ"),
    "plan": _l("戦術と実証"),
    "team": _l("チーム"),
    "milestones": _l("節目"),
    "tasks": _l("やること"),
    "reports": _l("活動レポート"),
    "recruiting": _l("募集"),
    "indicators": _l("指標"),
    "costs": _l("費用"),
    "workload": _l("業務負荷"),
    "agreements": _l("協定"),
    "documents": _l("文書"),
    "decisions": _l("決定の記録"),
    "evaluation": _l("評価"),
    "conclusion": _l("完了"),
}


@cache
def _tab_permissions(app: Flask) -> dict[str, Any]:
    """Return who may open each tab that some feature offers: built once, shown on every page."""
    base = "/<town>/desk/projects/<uuid:project_id>"
    places = {f"{base}/{place}".rstrip("/"): place for place in TABS}
    return {
        places[rule.rule]: permission_of(rule.endpoint)
        for rule in app.url_map.iter_rules()
        if rule.rule in places and "GET" in (rule.methods or ())
    }


@bp.app_template_global("project_tabs")
def project_tabs(project_id: uuid.UUID) -> list[tuple[str, str, bool, None]]:
    """Return the tabs of a project's pages that the reader may open: for `_tabs.html`."""
    known = _tab_permissions(current_app._get_current_object())  # type: ignore[attr-defined]
    base = f"/{tenant().slug}/desk/projects/{project_id}"
    rest = request.path.removeprefix(base).strip("/").partition("/")[0]
    here = rest if rest in TABS else ""
    return [
        (str(words), f"{base}/{place}".rstrip("/"), place == here, None)
        for place, words in TABS.items()
        if place in known and may(actor(), known[place])
    ]


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


@bp.page("/board", permission=ProjectPermission.READ)
def board() -> ResponseReturnValue:
    """Show all projects as cards, a column for each stage."""
    # Plain values, so that they can be compared fast: see _board.
    names = tuple((str(key), name) for key, name in department_names(actor()).items())
    rows = tuple(map(tuple, queries.list_board(actor())))
    return show("projects/board.html", columns=_board(tenant().slug, locale(), names, rows))


@lru_cache(maxsize=64)
def _board(
    slug: str,
    _language: str,
    names: tuple[tuple[str, str], ...],
    rows: tuple[tuple[Any, ...], ...],
) -> Markup:
    # Whoever sees the same words in the same language of the same town gets the same columns.
    columns: dict[str, list[tuple[Any, ...]]] = {stage.value: [] for stage in ProjectStage}
    for stage, *card in rows:
        columns[stage].append(tuple(card))
    template = current_app.jinja_env.get_template("projects/_columns.html")
    shown = [(s, columns[s]) for s in ProjectStage if columns[s] or s in rules.WAY]
    return Markup(  # noqa: S704 (escaped by the template)
        template.render(slug=slug, departments=dict(names), columns=shown)
    )


@bp.page("/new", permission=ProjectPermission.START, methods=("GET", "POST"))
def start() -> ResponseReturnValue:
    """Begin a department's own initiative."""
    if request.method == "GET":
        return _start_form({"form_id": new_id(), "tactic_ids": request.args.getlist("tactic")}, {})
    return _started(None)


@bp.page("/<uuid:project_id>/copy", permission=ProjectPermission.START, methods=("GET", "POST"))
def copy(project_id: uuid.UUID) -> ResponseReturnValue:
    """Begin an initiative that is set up like another project."""
    source = queries.get_project(actor(), project_id)
    if request.method == "POST":
        return _started(source)
    values = {
        "form_id": new_id(),
        "title": source.title,
        "summary": source.summary,
        "tactic_ids": queries.list_tactic_ids(actor(), source.id),
    }
    return _start_form(values, {}, source)


def _started(source: Project | None) -> ResponseReturnValue:
    try:
        begun = load_form(StartSchema, request.form)
        project = queries.find_sent(actor(), begun.form_id)
        if project is None:
            at = {"form_id": begun.form_id, "actor": actor(), "now": now()}
            if source is None:
                project = operations.start_initiative(begun.initiative, **at)
            else:
                project = operations.copy_project(source, begun.initiative, **at)
            flash(_("No.%(number)s を始めました。", number=project.number))
    except InvalidInput as error:
        return _start_form(request.form, error.errors, source), 422
    return go(".detail", project_id=project.id)


def _start_form(
    values: Mapping[str, Any], errors: Mapping[str, list[str]], source: Project | None = None
) -> str:
    mine = [
        (str(unit.id), unit.name)
        for unit in list_departments(actor())
        if rules.may_edit(actor(), unit.id)
    ]
    return show(
        "projects/start.html",
        source=source,
        values=values,
        errors=errors,
        labels=LABELS,
        departments=mine,
        tactics=[(tactic.id, tactic.label) for tactic in list_tactics(actor())],
    )


@bp.page("/<uuid:project_id>/plan", permission=ProjectPermission.READ)
def plan(project_id: uuid.UUID) -> ResponseReturnValue:
    """Show which tactics a project serves, and how it is tried out."""
    return _plan(queries.get_project(actor(), project_id))


@bp.page("/<uuid:project_id>/plan", permission=ProjectPermission.WRITE, methods=("POST",))
def save_plan(project_id: uuid.UUID) -> ResponseReturnValue:
    """Change which tactics a project serves, and how it is tried out."""
    project = queries.get_project(actor(), project_id, lock=True)
    try:
        data = load_form(PlanSchema, request.form)
        operations.plan_project(project, data, actor=actor(), now=now())
    except InvalidInput as error:
        return _plan(project, request.form, error.errors), 422
    flash(_("No.%(number)s の計画を保存しました。", number=project.number))
    return go(".plan", project_id=project.id)


def _plan(
    project: Project,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, list[str]] | None = None,
) -> str:
    labels, chosen = tactic_labels(actor()), queries.list_tactic_ids(actor(), project.id)
    offered = {tactic.id: tactic.label for tactic in list_tactics(actor())}
    # A tactic that has ended stays until somebody takes it off.
    offered |= {tactic_id: labels[tactic_id] for tactic_id in chosen}
    saved = {name: getattr(project, name) for name in LABELS if hasattr(project, name)}
    return show(
        "projects/plan.html",
        project=project,
        values=values or {**saved, "tactic_ids": chosen},
        errors=errors or {},
        labels=LABELS,
        tactics=list(offered.items()),
        serves=[labels[tactic_id] for tactic_id in chosen],
        editable=_editable(project),
    )


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
    history, names = list_history(actor(), [project.id]), department_names(actor())
    came_from = next((e.facts["before"] for e in history if e.kind == "ProjectMoved"), "")
    return show(
        "projects/detail.html",
        project=project,
        content=render(project.content),
        department=names.get(project.department_id),  # type: ignore[arg-type]
        editable=_editable(project),
        moves=[
            (s.value, s.label)
            for s in ProjectStage
            if s in rules.NEXT[project.stage] and not rules.needs_gate(project.stage, s, came_from)
        ],
        history=history,
        parts=parts_of("project", project, departments=names),
        values=values or {},
        errors=errors or {},
        labels=LABELS,
    )


def _editable(project: Project) -> bool:
    allowed = may(actor(), ProjectPermission.WRITE, project)
    return allowed and rules.may_edit(actor(), project.department_id)


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
