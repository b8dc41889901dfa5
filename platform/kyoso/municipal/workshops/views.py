"""The staff's pages for workshops. A view loads, calls one operation, and shows."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue

from kyoso.core.clock import now, today
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import list_history
from kyoso.core.schema import load_form
from kyoso.core.web import FeatureBlueprint, actor, go, show
from kyoso.municipal.needs.queries import list_titles
from kyoso.municipal.projects.queries import list_board
from kyoso.municipal.strategy.queries import list_tactics
from kyoso.municipal.workshops import operations, queries, rules
from kyoso.municipal.workshops.models import Workshop
from kyoso.municipal.workshops.permissions import WorkshopPermission as May
from kyoso.municipal.workshops.rules import Fate, IdeaSource
from kyoso.municipal.workshops.schemas import (
    LABELS,
    GroupSchema,
    NewWorkshopSchema,
    PastedSchema,
    SettlementSchema,
    WorkshopSchema,
)
from kyoso.tenancy.queries import department_names, list_departments

bp = FeatureBlueprint(
    "workshops", __name__, url_prefix="/<town>/desk/workshops", template_folder="templates"
)


@bp.page("/", permission=May.READ)
def index() -> ResponseReturnValue:
    """List the town's workshops, page by page."""
    total = queries.count_workshops(actor())
    here, pages = queries.page_asked(request.args.get("page", ""), total)
    return show(
        "workshops/index.html",
        rows=queries.list_workshops(actor(), page=here),
        departments=department_names(actor()),
        total=total,
        here=here,
        pages=pages,
        url_of_page=lambda number: url_for(".index", page=number),
    )


@bp.page("/new", permission=May.WRITE, methods=("GET", "POST"))
def new() -> ResponseReturnValue:
    """Write a workshop down; the same form sent twice makes one."""
    if request.method == "GET":
        return _form({"form_id": new_id(), "held_on": today().isoformat()}, {})
    try:
        sent = load_form(NewWorkshopSchema, request.form)
    except InvalidInput as error:
        return _form(request.form, error.errors), 422
    workshop = queries.find_sent(actor(), sent.form_id)
    if workshop is None:
        workshop = operations.create_workshop(
            sent.draft, workshop_id=sent.form_id, actor=actor(), now=now()
        )
        flash(_("登録しました。続けて、出たアイデアを入れてください。"))
    return go(".detail", workshop_id=workshop.id)


@bp.page("/<uuid:workshop_id>", permission=May.READ)
def detail(workshop_id: uuid.UUID) -> ResponseReturnValue:
    """Show one workshop, its ideas and what became of them, and its history."""
    return _detail(queries.get_workshop(actor(), workshop_id))


@bp.page("/<uuid:workshop_id>/edit", permission=May.WRITE, methods=("GET", "POST"))
def edit(workshop_id: uuid.UUID) -> ResponseReturnValue:
    """Change what is said of a workshop."""
    workshop = queries.get_workshop(actor(), workshop_id, lock=request.method == "POST")
    if request.method == "GET":
        return _form({key: getattr(workshop, key) for key in LABELS}, {}, workshop)
    try:
        draft = load_form(WorkshopSchema, request.form)
        operations.update_workshop(workshop, draft, actor=actor(), now=now())
    except InvalidInput as error:
        return _form(request.form, error.errors, workshop), 422
    flash(_("「%(title)s」を保存しました。", title=workshop.title))
    return go(".detail", workshop_id=workshop.id)


@bp.page("/<uuid:workshop_id>/ideas", permission=May.WRITE, methods=("POST",))
def add_ideas(workshop_id: uuid.UUID) -> ResponseReturnValue:
    """Take down ideas that were typed or pasted, one a line, or that a CSV holds."""
    workshop = queries.get_workshop(actor(), workshop_id, lock=True)
    file = request.files.get("file")
    try:
        if file is not None and file.filename:
            ideas, source = rules.csv_ideas(file.stream.read(2**21)), IdeaSource.CSV
        else:
            pasted = load_form(PastedSchema, request.form)["pasted"]
            ideas = rules.pasted_ideas(pasted)
            source = IdeaSource.PASTED if len(ideas) > 1 else IdeaSource.HAND
    except InvalidInput as error:
        return _detail(workshop, request.form, error.errors), 422
    operations.add_ideas(workshop, ideas, source, actor=actor(), now=now())
    flash(_("アイデアを%(n)s件追加しました。", n=len(ideas)))
    return go(".detail", workshop_id=workshop.id, _anchor="ideas")


@bp.page("/<uuid:workshop_id>/groups", permission=May.WRITE, methods=("POST",))
def group(workshop_id: uuid.UUID) -> ResponseReturnValue:
    """Put the ticked ideas into a group."""
    workshop = queries.get_workshop(actor(), workshop_id, lock=True)
    try:
        sent = load_form(GroupSchema, request.form)
    except InvalidInput as error:
        return _detail(workshop, request.form, error.errors), 422
    wanted = set(sent["ideas"])
    chosen = [idea for idea in queries.list_ideas(actor(), workshop.id) if idea.id in wanted]
    operations.group_ideas(workshop, chosen, sent["group"], actor=actor(), now=now())
    flash(_("%(n)s件をグループに分けました。", n=len(chosen)))
    return go(".detail", workshop_id=workshop.id, _anchor="ideas")


@bp.page("/<uuid:workshop_id>/ideas/<uuid:idea_id>", permission=May.WRITE, methods=("GET", "POST"))
def settle(workshop_id: uuid.UUID, idea_id: uuid.UUID) -> ResponseReturnValue:
    """Say what became of one idea."""
    workshop = queries.get_workshop(actor(), workshop_id)
    idea = queries.get_idea(actor(), workshop_id, idea_id)
    values: Mapping[str, Any] = request.form
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            sent = load_form(SettlementSchema, request.form)
            operations.settle_idea(workshop, idea, sent, actor=actor(), now=now())
        except InvalidInput as error:
            errors = error.errors
        else:
            flash(_("アイデア%(n)sの扱いを決めました。", n=idea.number))
            return go(".detail", workshop_id=workshop.id, _anchor="ideas")
    else:
        keys = ("fate", "tactic_id", "need_id", "project_id", "answer")
        values = {key: getattr(idea, key) for key in keys}
    page = show(
        "workshops/settle.html",
        workshop=workshop,
        idea=idea,
        values=values,
        errors=errors,
        fates=[(fate.value, fate.label) for fate in Fate],
        tactics=[(tactic.id, tactic.label) for tactic in list_tactics(actor())],
        needs=list_titles(actor()),
        projects=[(p.id, f"No.{p.number} {p.title}") for p in list_board(actor())],
    )
    return (page, 422) if errors else page


@bp.page("/<uuid:workshop_id>/publish", permission=May.WRITE, methods=("POST",))
def publish(workshop_id: uuid.UUID) -> ResponseReturnValue:
    """Publish what became of the ideas."""
    workshop = queries.get_workshop(actor(), workshop_id, lock=True)
    try:
        operations.publish_workshop(workshop, actor=actor(), now=now())
    except InvalidInput as error:
        return _detail(workshop, refusal=error.errors["summary"][0]), 422
    except RuleViolation as refusal:
        return _detail(workshop, refusal=refusal.message), 409
    flash(_("「%(title)s」を公開しました。", title=workshop.title))
    return go(".detail", workshop_id=workshop.id)


@bp.page("/<uuid:workshop_id>/withdraw", permission=May.WRITE, methods=("POST",))
def withdraw(workshop_id: uuid.UUID) -> ResponseReturnValue:
    """Take the summary off the portal."""
    workshop = queries.get_workshop(actor(), workshop_id, lock=True)
    try:
        operations.withdraw_workshop(workshop, actor=actor(), now=now())
    except RuleViolation as refusal:
        return _detail(workshop, refusal=refusal.message), 409
    flash(_("「%(title)s」を取り下げました。", title=workshop.title))
    return go(".detail", workshop_id=workshop.id)


def _form(
    values: Mapping[str, Any], errors: Mapping[str, list[str]], workshop: Workshop | None = None
) -> str:
    return show(
        "workshops/form.html",
        values=values,
        errors=errors,
        labels=LABELS,
        workshop=workshop,
        departments=[(d.id, d.name) for d in list_departments(actor())],
    )


def _detail(
    workshop: Workshop,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, list[str]] | None = None,
    refusal: str = "",
) -> str:
    ideas = queries.list_ideas(actor(), workshop.id)
    return show(
        "workshops/detail.html",
        workshop=workshop,
        ideas=ideas,
        fates=queries.count_fates(ideas),
        department=department_names(actor()).get(workshop.department_id, ""),
        entries=list_history(actor(), [workshop.id]),
        values=values or {},
        errors=errors or {},
        refusal=refusal,
    )
