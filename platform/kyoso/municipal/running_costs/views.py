"""The staff's pages for running-cost plans. A view loads, calls one operation, and shows."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue

from kyoso.core.access import may
from kyoso.core.charts import Figure, Series, bars
from kyoso.core.clock import now, today
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import fiscal_label, locale, yen
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import list_history
from kyoso.core.sheets import send_sheet
from kyoso.core.web import FeatureBlueprint, actor, go, show, tenant
from kyoso.municipal.projects.queries import Project, get_project
from kyoso.municipal.projects.rules import check_may_edit, may_edit
from kyoso.municipal.running_costs import operations, queries, rules
from kyoso.municipal.running_costs.permissions import CostPermission
from kyoso.municipal.running_costs.queries import Plan
from kyoso.municipal.running_costs.rules import (
    BudgetCalendar,
    CostCategory,
    CostSheet,
    FundingSource,
)
from kyoso.municipal.running_costs.schemas import (
    LABELS,
    labels_of,
    line_count,
    load_plan_form,
    values_of,
)
from kyoso.tenancy.declarations import first_day

bp = FeatureBlueprint(
    "running_costs",
    __name__,
    url_prefix="/<town>/desk/projects/<uuid:project_id>/costs",
    template_folder="templates",
)


@bp.page("", permission=CostPermission.READ)
def index(project_id: uuid.UUID) -> ResponseReturnValue:
    """Show what a project costs in operation beside its pilot, and by when to ask for it."""
    project = get_project(actor(), project_id)
    plan = queries.plan_of(actor(), project_id)
    return show(
        "running_costs/index.html",
        project=project,
        plan=plan,
        sheet=plan.sheet if plan else CostSheet(),
        editable=may(actor(), CostPermission.WRITE) and may_edit(actor(), project.department_id),
        history=list_history(actor(), [plan.id]) if plan else [],
        **(_figures(plan.sheet) if plan else {}),
    )


@bp.page("/edit", permission=CostPermission.WRITE, methods=("GET", "POST"))
def edit(project_id: uuid.UUID) -> ResponseReturnValue:
    """Write the plan, as a draft or as complete; the grid works without JavaScript."""
    project = get_project(actor(), project_id, lock=request.method == "POST")
    check_may_edit(actor(), project.department_id, project.department_id)
    plan = queries.plan_of(actor(), project_id)
    if request.method == "GET":
        sheet, version = (plan.sheet, plan.version) if plan else (CostSheet(), 0)
        return _form(project, plan, values_of(sheet, version), {})
    try:
        sent = load_plan_form(request.form)
    except InvalidInput as error:
        return _form(project, plan, request.form, error.errors), 422
    if request.form["save"] == "rows":
        return _form(project, plan, request.form, {}, sent.sheet)
    if plan and plan.says(sent.sheet, complete=sent.complete, after=sent.seen_version):
        # The same form sent twice is saved once.
        return go(".index", project_id=project.id)
    try:
        operations.save_plan(
            project,
            sent.sheet,
            complete=sent.complete,
            seen_version=sent.seen_version,
            actor=actor(),
            now=now(),
        )
    except RuleViolation as error:
        # Whoever saves again after this has seen what the other one saved.
        values = {**request.form, "version": plan.version if plan else 0}
        return _form(project, plan, values, {"": [error.message]}, sent.sheet), 409
    flash(_("計画を完成として保存しました。") if sent.complete else _("下書きを保存しました。"))
    return go(".index", project_id=project.id)


@bp.page("/export.<any(xlsx,csv):kind>", permission=CostPermission.READ)
def export(project_id: uuid.UUID, kind: str) -> ResponseReturnValue:
    """Return the plan as a file: its lines, the staff's hours, the exit and the sums."""
    project = get_project(actor(), project_id)
    plan = queries.plan_of(actor(), project_id)
    sheet = plan.sheet if plan else CostSheet()
    years = rules.year_labels(sheet)
    heads = [str(LABELS[n]) for n in ("name", "category", "source", "pilot")]
    rows: list[tuple[Any, ...]] = [
        (i.name, i.category.label, rules.source_label(i.source), i.pilot_yen, *i.yearly_yen)
        for i in sheet.items
    ]
    rows = [(*row, item.operation_yen) for row, item in zip(rows, sheet.items, strict=True)]
    rows += [
        (_("合計"), "", "", sheet.pilot_total, *sheet.year_totals, sheet.five_year_total),
        (_("職員の時間"), _("時間"), "", None, *sheet.staff_hours, None),
        (_("撤去・終了費用"), sheet.exit_note, "", None, *rules.NO_YEARS, sheet.exit_yen),
        (str(LABELS["budget_source"]), sheet.budget_source),
        (str(LABELS["assumptions"]), sheet.assumptions),
    ]
    width = len(heads) + rules.YEARS + 1
    full = [(*row, *[None] * (width - len(row))) for row in rows]
    name = f"{tenant().slug}-project-{project.number}-costs"
    return send_sheet(name, kind, [*heads, *years, _("5年間の合計")], full)


def _figures(sheet: CostSheet) -> dict[str, Any]:
    """Return the sums, the picture and the last day to ask for the money."""
    population = tenant().declaration.get("population", {})
    residents, counted_on = population.get("value"), population.get("as_of")
    by = (
        rules.request_by(sheet.starts_on, BudgetCalendar.of(tenant().declaration))
        if sheet.starts_on
        else None
    )
    return {
        "years": rules.year_labels(sheet),
        "residents": residents,
        "counted_on": first_day(counted_on) if counted_on else None,
        "per_resident": [rules.per_resident(n, residents) for n in sheet.year_totals],
        "five_per_resident": rules.per_resident(sheet.five_year_total, residents),
        "sources": [(rules.source_label(s), sums) for s, sums in sheet.by_source.items()],
        "categories": [(c.label, n) for c, n in rules.sums_of(sheet.items).items()],
        "picture": _picture(sheet),
        "request_by": by,
        "days_left": (by - today()).days if by else None,
        "first_year": fiscal_label(sheet.years[0]) if sheet.years else "",
    }


def _picture(sheet: CostSheet) -> Figure | None:
    if not sheet.by_source:
        return None
    years = rules.year_labels(sheet)
    if locale() == "ja":
        # Two lines have room on a narrow screen.
        years = [label.replace("年", "\n年", 1) for label in years]
    return bars(
        [Series(rules.source_label(s), sums) for s, sums in sheet.by_source.items()],
        [_("実証"), *years],
        title=_("実証の費用と、実装したあとの5年間の費用（財源別）"),
        stacked=True,
        say=lambda value: yen(int(value)),
    )


def _form(
    project: Project,
    plan: Plan | None,
    values: Mapping[str, Any],
    errors: Mapping[str, list[str]],
    sheet: CostSheet | None = None,
) -> str:
    sheet = sheet or (plan.sheet if plan else CostSheet())
    return show(
        "running_costs/edit.html",
        project=project,
        plan=plan,
        values=values,
        errors=errors,
        labels=labels_of(values, sheet),
        lines=range(line_count(values)),
        years=rules.year_labels(sheet),
        categories=[(c.value, c.label) for c in CostCategory],
        sources=[(s.value, s.label) for s in FundingSource],
    )
