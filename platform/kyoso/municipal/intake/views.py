"""The staff's pages for intake. A view loads, calls one operation, and shows."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue

from kyoso.core.clock import now, today
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput, NotFound, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import locale
from kyoso.core.journal import list_recent
from kyoso.core.markdown import render
from kyoso.core.schema import load_form, shown_again
from kyoso.core.web import FeatureBlueprint, actor, go, show
from kyoso.municipal.intake import events, operations, queries, rules
from kyoso.municipal.intake.permissions import IntakePermission
from kyoso.municipal.intake.schemas import LABELS, PauseSchema, WindowSchema

bp = FeatureBlueprint(
    "intake", __name__, url_prefix="/<town>/desk/intake", template_folder="templates"
)

#: What the history of this page is made of.
KINDS = (
    events.IntakeSynced.__name__,
    events.IntakePaused.__name__,
    events.IntakeResumed.__name__,
    events.IntakeWindowAdded.__name__,
    events.IntakeWindowEnded.__name__,
)


@bp.page("/", permission=IntakePermission.READ)
def index() -> ResponseReturnValue:
    """Show how the town takes proposals in, today and on other days."""
    policies = queries.list_policies(actor())
    windows = queries.list_windows(actor())
    pauses = queries.list_pauses(actor())
    policy = rules.in_force(policies, today())
    return show(
        "intake/index.html",
        state=rules.intake_state(
            policy,
            [window.span for window in windows if window.ended_at is None],
            [pause.span for pause in pauses if pause.lifted_at is None],
            today(),
        ),
        policy=policy,
        policies=policies,
        windows=windows,
        pauses=pauses,
        guidelines=queries.list_guidelines(actor()),
        history=list_recent(actor(), kinds=KINDS, limit=30),
        words=rules,
        today=today(),
    )


@bp.page("/guidelines/<uuid:guideline_id>", permission=IntakePermission.READ)
def guideline(guideline_id: uuid.UUID) -> ResponseReturnValue:
    """Show one version of the guideline."""
    versions = queries.list_guidelines(actor())
    found = next((row for row in versions if row.id == guideline_id), None)
    if found is None:
        raise NotFound
    english = locale() == "en" and found.body_en is not None
    return show(
        "intake/guideline.html",
        guideline=found,
        heading=found.title_en if english else found.title,
        body=render((found.body_en if english else found.body) or ""),
        versions=versions,
    )


@bp.page("/pause", permission=IntakePermission.MANAGE, methods=("GET", "POST"))
def pause() -> ResponseReturnValue:
    """Stop taking proposals in for a while; the same form sent twice makes one pause."""
    if request.method == "GET":
        return _pause_form({"form_id": new_id(), "starts_on": today()}, {})
    try:
        sent = load_form(PauseSchema, request.form)
        if not queries.was_sent(actor(), sent.form_id):
            operations.pause_intake(sent.plan, pause_id=sent.form_id, actor=actor(), now=now())
            flash(_("休止を設定しました。町のページに理由が出ます。"))
    except InvalidInput as error:
        return _pause_form(shown_again(request.form, error.errors), error.errors), 422
    except RuleViolation as refusal:
        return _pause_form(request.form, {"": [refusal.message]}), 409
    return go(".index")


@bp.page("/pauses/<uuid:pause_id>/resume", permission=IntakePermission.MANAGE, methods=("POST",))
def resume(pause_id: uuid.UUID) -> ResponseReturnValue:
    """Lift a pause, or take back one to come."""
    found = queries.get_pause(actor(), pause_id, lock=True)
    operations.resume_intake(found, actor=actor(), now=now())
    flash(_("休止を終えました。%(state)s", state=queries.get_intake(actor(), today()).label))
    return go(".index")


@bp.page("/windows/new", permission=IntakePermission.MANAGE, methods=("GET", "POST"))
def add_window() -> ResponseReturnValue:
    """Take proposals in for a time of its own; the same form sent twice makes one window."""
    if request.method == "GET":
        return _window_form({"form_id": new_id()}, {})
    try:
        sent = load_form(WindowSchema, request.form)
        if not queries.was_sent(actor(), sent.form_id):
            operations.add_window(sent.plan, window_id=sent.form_id, actor=actor(), now=now())
            flash(_("受付期間を加えました。"))
    except InvalidInput as error:
        return _window_form(shown_again(request.form, error.errors), error.errors), 422
    except RuleViolation as refusal:
        return _window_form(request.form, {"": [refusal.message]}), 409
    return go(".index")


@bp.page("/windows/<uuid:window_id>/end", permission=IntakePermission.MANAGE, methods=("POST",))
def end_window(window_id: uuid.UUID) -> ResponseReturnValue:
    """End a window before its last day, or take back one to come."""
    found = queries.get_window(actor(), window_id, lock=True)
    operations.end_window(found, actor=actor(), now=now())
    flash(_("受付期間を終えました。%(state)s", state=queries.get_intake(actor(), today()).label))
    return go(".index")


def _pause_form(values: Mapping[str, Any], errors: Mapping[str, list[str]]) -> str:
    return show("intake/pause.html", values=values, errors=errors, labels=LABELS)


def _window_form(values: Mapping[str, Any], errors: Mapping[str, list[str]]) -> str:
    return show("intake/window.html", values=values, errors=errors, labels=LABELS)
