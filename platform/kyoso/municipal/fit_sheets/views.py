"""The town's pages for fit sheets: the sheet, its form, its versions, and what is said of an item."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue

from kyoso.core.access import may
from kyoso.core.clock import now
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput
from kyoso.core.i18n import gettext as _
from kyoso.core.schema import load_form
from kyoso.core.web import FeatureBlueprint, actor, go, show
from kyoso.municipal.fit_sheets import operations, queries, rules
from kyoso.municipal.fit_sheets.models import FitSheet
from kyoso.municipal.fit_sheets.operations import Overtaken
from kyoso.municipal.fit_sheets.permissions import FitSheetPermission as May
from kyoso.municipal.fit_sheets.queries import Board, Subject
from kyoso.municipal.fit_sheets.rules import Side
from kyoso.municipal.fit_sheets.schemas import WordSchema, fields_of, load_sheet

bp = FeatureBlueprint(
    "fit_sheets", __name__, url_prefix="/<town>/desk", template_folder="templates"
)

#: What is said of an item, by the last part of the address.
STEPS = {
    "confirm": operations.confirm_item,
    "take-back": operations.take_back_confirmation,
    "put-out": operations.put_item_out,
    "reopen": operations.reopen_item,
    "propose": operations.propose_state,
}


@bp.page("/proposals/<uuid:proposal_id>/fit-sheet", permission=May.READ)
def of_proposal(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Show the sheet of a proposal, or how to begin it."""
    return _of(queries.subject_of_proposal(actor(), proposal_id))


@bp.page("/projects/<uuid:project_id>/fit-sheet", permission=May.READ)
def of_project(project_id: uuid.UUID) -> ResponseReturnValue:
    """Show the sheet of a project: its own, or that of the proposal it comes from."""
    return _of(queries.subject_of_project(actor(), project_id))


@bp.page("/proposals/<uuid:proposal_id>/fit-sheet", permission=May.WRITE, methods=("POST",))
def start_for_proposal(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Begin the sheet of a proposal."""
    return _start(queries.subject_of_proposal(actor(), proposal_id))


@bp.page("/projects/<uuid:project_id>/fit-sheet", permission=May.WRITE, methods=("POST",))
def start_for_project(project_id: uuid.UUID) -> ResponseReturnValue:
    """Begin the sheet of a project."""
    return _start(queries.subject_of_project(actor(), project_id))


def _of(subject: Subject) -> ResponseReturnValue:
    sheet = queries.find_sheet(actor(), subject)
    if sheet is None:
        writing = may(actor(), May.WRITE) and rules.is_in_charge(actor(), subject.department_id)
        return show(
            "fit_sheets/start.html",
            subject=subject,
            writing=writing and subject.writable,
        )
    return _sheet(queries.read_board(actor(), sheet, subject))


def _start(subject: Subject) -> ResponseReturnValue:
    queries.hold_start(subject)
    if queries.find_sheet(actor(), subject) is None:
        operations.start_sheet(subject, actor=actor(), now=now())
        flash(_("すり合わせシートを始めました。"))
    endpoint, values = _home(subject)
    return go(endpoint, **values)


def _home(subject: Subject) -> tuple[str, dict[str, Any]]:
    """Return where the sheet is read: with the project once there is one."""
    if subject.project is not None:
        return ".of_project", {"project_id": subject.project.id}
    return ".of_proposal", {"proposal_id": subject.id}


def _links(board: Board) -> dict[str, Any]:
    sheet_id = board.sheet.id
    endpoint, values = _home(board.subject)
    return {
        "sheet": url_for(endpoint, **values),
        "edit": url_for(".edit", sheet_id=sheet_id),
        "versions": url_for(".versions", sheet_id=sheet_id),
        "step": lambda item, step: url_for(".say", sheet_id=sheet_id, item_id=item.id, step=step),
    }


def _sides(board: Board) -> frozenset[Side]:
    """Return for which sides the reader may write now."""
    subject = board.subject
    if not (may(actor(), May.WRITE) and subject.writable):
        return frozenset()
    if not rules.is_in_charge(actor(), subject.department_id):
        return frozenset()
    return rules.sides_of(actor(), has_proposer=subject.proposal is not None)


def _sheet(board: Board, said: Mapping[str, Any] | None = None) -> str:
    """Show the sheet; `said` is what could not be taken, and why."""
    return show(
        "fit_sheets/sheet.html",
        board=board,
        subject=board.subject,
        links=_links(board),
        sides=_sides(board),
        own=Side.TOWN,
        said=said or {},
    )


@bp.page("/fit-sheets/<uuid:sheet_id>/edit", permission=May.WRITE, methods=("GET", "POST"))
def edit(sheet_id: uuid.UUID) -> ResponseReturnValue:
    """Write in the sheet; whoever was overtaken sees both changes and can keep both."""
    sheet = queries.get_sheet(actor(), sheet_id, lock=request.method == "POST")
    if request.method == "GET":
        board = queries.read_board(actor(), sheet)
        return _form(board, board.form, {})
    sides = rules.sides_of(actor(), has_proposer=sheet.proposal_id is not None)
    try:
        draft = load_sheet(request.form, sides)
        operations.save_sheet(sheet, draft, actor=actor(), now=now())
    except InvalidInput as error:
        return _form(queries.read_board(actor(), sheet), request.form, error.errors), 422
    except Overtaken as error:
        return _overtaken(sheet, draft.version, error), 409
    flash(_("すり合わせシートを保存しました。"))
    endpoint, values = _home(queries.subject_of(actor(), sheet))
    return go(endpoint, **values)


def _overtaken(sheet: FitSheet, version: int, error: Overtaken) -> str:
    board = queries.read_board(actor(), sheet)
    values = board.with_typed({**board.form, **error.merge.merged})
    since = queries.list_versions(actor(), sheet.id, after=version)
    return _form(board, values, {}, merge=error.merge, since=since)


def _form(
    board: Board, values: Mapping[str, Any], errors: Mapping[str, list[str]], **more: Any
) -> str:
    sides = rules.sides_of(actor(), has_proposer=board.subject.proposal is not None)
    return show(
        "fit_sheets/edit.html",
        board=board,
        subject=board.subject,
        links=_links(board),
        sides=sides,
        writes=fields_of(sides),
        fields=rules,
        values=values,
        errors=errors,
        added=board.added(values) or [str(new_id())],
        aims=[(str(aim.id), aim.label) for aim in queries.list_aims(actor())],
        **more,
    )


@bp.page("/fit-sheets/<uuid:sheet_id>/versions", permission=May.READ)
def versions(sheet_id: uuid.UUID) -> ResponseReturnValue:
    """Show every version, and what one of them changed."""
    board = queries.read_board(actor(), queries.get_sheet(actor(), sheet_id))
    return show(
        "fit_sheets/versions.html",
        board=board,
        subject=board.subject,
        links=_links(board),
        found=queries.read_versions(actor(), board.sheet, request.args.get("number", "")),
    )


@bp.page(
    "/fit-sheets/<uuid:sheet_id>/items/<uuid:item_id>/"
    "<any('confirm','take-back','put-out','reopen','propose'):step>",
    permission=May.WRITE,
    methods=("POST",),
)
def say(sheet_id: uuid.UUID, item_id: uuid.UUID, step: str) -> ResponseReturnValue:
    """Agree to an item, take that back, put it out of scope or reopen it."""
    sheet = queries.get_sheet(actor(), sheet_id, lock=True)
    item = queries.get_item(actor(), sheet, item_id)
    try:
        word = load_form(WordSchema, request.form)
        STEPS[step](sheet, item, word, actor=actor(), now=now())
    except InvalidInput as error:
        said = {"item": item_id, "step": step, "typed": request.form, "errors": error.errors}
        return _sheet(queries.read_board(actor(), sheet), said), 422
    flash(_("「%(topic)s」を更新しました。", topic=item.topic))
    endpoint, values = _home(queries.subject_of(actor(), sheet))
    return go(endpoint, **values, _anchor=f"item-{item_id}")
