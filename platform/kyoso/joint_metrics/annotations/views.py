"""The coordinators' pages of targets and notes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue

from kyoso.core.clock import fiscal_year, now, today
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput
from kyoso.core.i18n import fiscal_label
from kyoso.core.i18n import gettext as _
from kyoso.core.metrics import METRICS, Month
from kyoso.core.schema import load_form, shown_again
from kyoso.core.web import FeatureBlueprint, coordinator, go, show
from kyoso.exchange.networks.queries import get_network, town_names
from kyoso.joint_metrics.annotations import operations, queries
from kyoso.joint_metrics.annotations.permissions import JointMetricsPermission as May
from kyoso.joint_metrics.annotations.rules import NoteKind, can_have_target
from kyoso.joint_metrics.annotations.schemas import (
    LABELS,
    ClearedTargetSchema,
    NewNoteSchema,
    NoteSchema,
    TargetSchema,
)
from kyoso.joint_metrics.totals import say

bp = FeatureBlueprint(
    "annotations", __name__, url_prefix="/networks/<network>/metrics", template_folder="templates"
)


@bp.page("/targets", permission=May.WORK)
def targets() -> ResponseReturnValue:
    """Show the targets of a fiscal year, and the form for another one."""
    year = _asked_year()
    return _targets(year, {"fiscal_year": year, "metric_id": request.args.get("metric", "")})


@bp.page("/targets", permission=May.WORK, methods=("POST",))
def set_target() -> ResponseReturnValue:
    """Set a target, or another one instead."""
    try:
        draft = load_form(TargetSchema, request.form)
        operations.set_target(draft, actor=coordinator(), now=now())
    except InvalidInput as error:
        return _targets(_asked_year(), request.form, error.errors), 422
    flash(_("目標を保存しました。"))
    return go(".targets", year=draft.fiscal_year)


@bp.page("/targets/clear", permission=May.WORK, methods=("POST",))
def clear_target() -> ResponseReturnValue:
    """Take a target back."""
    wanted = load_form(ClearedTargetSchema, request.form)
    target = queries.get_target(coordinator(), **wanted)
    operations.clear_target(target, actor=coordinator(), now=now())
    flash(_("目標を取り消しました。"))
    return go(".targets", year=wanted["fiscal_year"])


@bp.page("/notes", permission=May.WORK)
def notes() -> ResponseReturnValue:
    """Show the notes on the time line, and the form for another one."""
    month = str(Month.of(today()))
    return _notes({"form_id": new_id(), "month": month, "kind": NoteKind.NOTE})


@bp.page("/notes", permission=May.WORK, methods=("POST",))
def write_note() -> ResponseReturnValue:
    """Write a note; the same form sent twice writes one."""
    try:
        sent = load_form(NewNoteSchema, request.form)
        if queries.find_note(coordinator(), sent.form_id) is None:
            operations.write_note(sent.draft, note_id=sent.form_id, actor=coordinator(), now=now())
            flash(_("注記を書きました。"))
    except InvalidInput as error:
        return _notes(shown_again(request.form, error.errors), error.errors), 422
    return go(".notes")


@bp.page("/notes/<uuid:network_note_id>", permission=May.WORK, methods=("GET", "POST"))
def note(network_note_id: uuid.UUID) -> ResponseReturnValue:
    """Write a note anew."""
    found = queries.get_note(coordinator(), network_note_id)
    values: Mapping[str, Any] = {
        "kind": found.kind,
        "month": str(Month.of(found.month)),
        "text": found.text,
        "town_id": found.town_id,
    }
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        values = request.form
        try:
            draft = load_form(NoteSchema, request.form)
            operations.change_note(found, draft, actor=coordinator(), now=now())
        except InvalidInput as error:
            errors = error.errors
        else:
            flash(_("注記を保存しました。"))
            return go(".notes")
    page = show("annotations/note.html", note=found, **_form(values, errors))
    return (page, 422) if errors else page


@bp.page("/notes/<uuid:network_note_id>/remove", permission=May.WORK, methods=("POST",))
def remove_note(network_note_id: uuid.UUID) -> ResponseReturnValue:
    """Take a note off the time line."""
    found = queries.get_note(coordinator(), network_note_id)
    operations.remove_note(found, actor=coordinator(), now=now())
    flash(_("注記を取り除きました。"))
    return go(".notes")


def _asked_year() -> int:
    asked = request.args.get("year") or request.form.get("fiscal_year") or ""
    this = fiscal_year(today())
    good = len(asked) == 4 and asked.isascii() and asked.isdigit() and 2000 <= int(asked) <= 2200
    return int(asked) if good else this


def _targets(
    year: int, values: Mapping[str, Any], errors: Mapping[str, list[str]] | None = None
) -> str:
    this = fiscal_year(today())
    found = queries.list_targets(coordinator(), year)
    return show(
        "annotations/targets.html",
        year=year,
        years=[
            (fiscal_label(one), url_for(".targets", year=one), one == year, None)
            for one in sorted({*range(this - 2, this + 3), year})
        ],
        year_options=[
            (one, fiscal_label(one)) for one in sorted({*range(this - 2, this + 4), year})
        ],
        rows=[
            (one, METRICS[one.metric_id], say(METRICS[one.metric_id], float(one.value or 0)))
            for one in found
            if one.metric_id in METRICS
        ],
        metrics=[(one.id, str(one.label)) for one in METRICS.values() if can_have_target(one)],
        **_form(values, errors or {}),
    )


def _notes(values: Mapping[str, Any], errors: Mapping[str, list[str]] | None = None) -> str:
    rows = [(one, Month.of(one.month)) for one in queries.list_notes(coordinator())]
    return show("annotations/notes.html", rows=rows, **_form(values, errors or {}))


def _form(values: Mapping[str, Any], errors: Mapping[str, list[str]]) -> dict[str, Any]:
    network = get_network(coordinator())
    return {
        "network": network,
        "values": values,
        "errors": errors,
        "labels": LABELS,
        "names": town_names([network.id]),
        "kinds": [(kind.value, kind.label) for kind in NoteKind],
    }
