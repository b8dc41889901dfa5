"""The staff's pages for indicators. A view loads, calls one operation, and shows."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue

from kyoso.core.access import may
from kyoso.core.charts import Figure, Series, lines
from kyoso.core.clock import now, today
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput
from kyoso.core.i18n import gettext as _
from kyoso.core.schema import load_form
from kyoso.core.web import FeatureBlueprint, actor, go, show
from kyoso.municipal.indicators import operations, queries, rules
from kyoso.municipal.indicators.models import Indicator
from kyoso.municipal.indicators.operations import IndicatorDraft
from kyoso.municipal.indicators.permissions import IndicatorPermission
from kyoso.municipal.indicators.queries import IndicatorInfo
from kyoso.municipal.indicators.rules import Direction
from kyoso.municipal.indicators.schemas import (
    LABELS,
    IndicatorSchema,
    ReadingSchema,
    ReasonSchema,
    split_form_id,
)
from kyoso.municipal.projects.queries import Project, get_project
from kyoso.municipal.projects.rules import check_may_edit, may_edit

bp = FeatureBlueprint(
    "indicators",
    __name__,
    url_prefix="/<town>/desk/projects/<uuid:project_id>/indicators",
    template_folder="templates",
)


@bp.page("", permission=IndicatorPermission.READ)
def index(project_id: uuid.UUID) -> ResponseReturnValue:
    """Show what the project measures itself by, and how far it has come."""
    project = get_project(actor(), project_id)
    found = queries.list_indicators(actor(), project_id, retired=True)
    return show(
        "indicators/index.html",
        project=project,
        indicators=[info for info in found if info.retired_reason is None],
        retired=[info for info in found if info.retired_reason is not None],
        editable=may(actor(), IndicatorPermission.WRITE)
        and may_edit(actor(), project.department_id),
        plain=rules.plain,
        figure=figure,
        labels=LABELS,
    )


@bp.page("/new", permission=IndicatorPermission.WRITE, methods=("GET", "POST"))
def new(project_id: uuid.UUID) -> ResponseReturnValue:
    """Give the project an indicator; the same form sent twice makes one."""
    project = _editable(project_id)
    if request.method == "GET":
        return _form(project, {"form_id": new_id()}, {})
    try:
        form_id, form = split_form_id(request.form)
        draft = load_form(IndicatorSchema, form)
        if not queries.was_sent(actor(), form_id):
            operations.define_indicator(
                project, draft, indicator_id=form_id, actor=actor(), now=now()
            )
            flash(_("指標「%(name)s」を加えました。", name=draft.name))
    except InvalidInput as error:
        return _form(project, request.form, error.errors), 422
    return go(".index", project_id=project.id)


@bp.page("/<uuid:indicator_id>/edit", permission=IndicatorPermission.WRITE, methods=("GET", "POST"))
def edit(project_id: uuid.UUID, indicator_id: uuid.UUID) -> ResponseReturnValue:
    """Change what an indicator says."""
    project = _editable(project_id)
    indicator = queries.get_indicator(
        actor(), project_id, indicator_id, lock=request.method == "POST"
    )
    if request.method == "GET":
        return _form(project, _said(indicator), {}, indicator)
    try:
        draft = load_form(IndicatorSchema, request.form)
        operations.revise_indicator(project, indicator, draft, actor=actor(), now=now())
    except InvalidInput as error:
        return _form(project, request.form, error.errors, indicator), 422
    flash(_("指標「%(name)s」を保存しました。", name=draft.name))
    return go(".index", project_id=project.id)


@bp.page("/<uuid:indicator_id>/retire", permission=IndicatorPermission.WRITE, methods=("POST",))
def retire(project_id: uuid.UUID, indicator_id: uuid.UUID) -> ResponseReturnValue:
    """Stop using an indicator."""
    project = _editable(project_id)
    indicator = queries.get_indicator(actor(), project_id, indicator_id, lock=True)
    try:
        data = load_form(ReasonSchema, request.form)
    except InvalidInput as error:
        values = {**_said(indicator), **request.form.to_dict()}
        return _form(project, values, error.errors, indicator), 422
    operations.retire_indicator(project, indicator, **data, actor=actor(), now=now())
    flash(_("指標「%(name)s」を使うのをやめました。", name=indicator.name))
    return go(".index", project_id=project.id)


@bp.page(
    "/<uuid:indicator_id>/measure", permission=IndicatorPermission.WRITE, methods=("GET", "POST")
)
def measure(project_id: uuid.UUID, indicator_id: uuid.UUID) -> ResponseReturnValue:
    """Keep a measured value; the same form sent twice makes one."""
    project = _editable(project_id)
    indicator = queries.get_indicator(
        actor(), project_id, indicator_id, lock=request.method == "POST"
    )
    if request.method == "GET":
        return _measuring(project, indicator, {"form_id": new_id(), "measured_on": today()}, {})
    try:
        form_id, form = split_form_id(request.form)
        reading = load_form(ReadingSchema, form)
        if not queries.was_sent(actor(), form_id):
            operations.measure_indicator(
                project, indicator, reading, measurement_id=form_id, actor=actor(), now=now()
            )
            flash(_("「%(name)s」の測定値を入れました。", name=indicator.name))
    except InvalidInput as error:
        return _measuring(project, indicator, request.form, error.errors), 422
    return go(".index", project_id=project.id)


@bp.page(
    "/<uuid:indicator_id>/measurements/<uuid:measurement_id>/withdraw",
    permission=IndicatorPermission.WRITE,
    methods=("POST",),
)
def withdraw(
    project_id: uuid.UUID, indicator_id: uuid.UUID, measurement_id: uuid.UUID
) -> ResponseReturnValue:
    """Let a wrong value count no longer."""
    project = _editable(project_id)
    indicator = queries.get_indicator(actor(), project_id, indicator_id, lock=True)
    measurement = queries.get_measurement(actor(), indicator.id, measurement_id)
    try:
        data = load_form(ReasonSchema, request.form)
    except InvalidInput as error:
        values = {"form_id": new_id(), "measured_on": today()}
        return _measuring(project, indicator, values, error.errors), 422
    operations.withdraw_measurement(
        project, indicator, measurement, **data, actor=actor(), now=now()
    )
    flash(_("測定値を取り消しました。値は取消しの印を付けて残ります。"))
    return go(".measure", project_id=project.id, indicator_id=indicator.id)


def figure(info: IndicatorInfo) -> Figure | None:
    """Return the picture of what was measured, from the baseline on, beside the target."""
    points = [(one.measured_on, one.value) for one in info.valid]
    if info.baseline_on is not None and info.baseline_value is not None:
        points.insert(0, (info.baseline_on, info.baseline_value))
    if len(points) < 2:
        return None
    series = [Series(_("測った値"), [float(value) for _day, value in points])]
    if info.target_value is not None:
        series.append(Series(_("目標"), [float(info.target_value)] * len(points)))
    return lines(
        series,
        [f"{day:%Y-%m-%d}".replace("-", "\n", 1) for day, _value in points],
        title=_("%(name)s（%(unit)s）", name=info.name, unit=info.unit),
        key=str(info.id),
    )


def _editable(project_id: uuid.UUID) -> Project:
    """Return the project; staff of other departments need not fill in what would be refused."""
    project = get_project(actor(), project_id)
    check_may_edit(actor(), project.department_id, project.department_id)
    return project


def _said(indicator: Indicator) -> dict[str, Any]:
    said = {field.name: getattr(indicator, field.name) for field in fields(IndicatorDraft)}
    for name in ("baseline_value", "target_value"):
        said[name] = rules.plain(said[name])
    return said


def _form(
    project: Project,
    values: Mapping[str, Any],
    errors: Mapping[str, list[str]],
    indicator: Indicator | None = None,
) -> str:
    return show(
        "indicators/form.html",
        project=project,
        indicator=indicator,
        directions=[(direction.value, direction.label) for direction in Direction],
        values=values,
        errors=errors,
        labels=LABELS,
    )


def _measuring(
    project: Project,
    indicator: Indicator,
    values: Mapping[str, Any],
    errors: Mapping[str, list[str]],
) -> str:
    return show(
        "indicators/measure.html",
        project=project,
        indicator=indicator,
        measurements=queries.list_measurements(actor(), indicator.id),
        plain=rules.plain,
        values=values,
        errors=errors,
        labels=LABELS,
    )
