"""The fit sheet behind the private link: the proposer reads all of it and writes their own side."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue

from kyoso.core.clock import now
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput, NotFound
from kyoso.core.i18n import gettext as _
from kyoso.core.schema import load_form
from kyoso.core.web import LINK, FeatureBlueprint, actor, go, show
from kyoso.municipal.fit_sheets import operations, queries, rules
from kyoso.municipal.fit_sheets.operations import Overtaken
from kyoso.municipal.fit_sheets.queries import Board, FitSheet
from kyoso.municipal.fit_sheets.rules import Side
from kyoso.municipal.fit_sheets.schemas import WordSchema, fields_of, load_sheet
from kyoso.portal.private_link import Followed, follow, keep_private
from kyoso.portal.site.navigation import closed_for_now

bp = FeatureBlueprint("fitting", __name__, url_prefix="/<town>", template_folder="templates")
bp.before_request(closed_for_now)
keep_private(bp)

OWN = frozenset({Side.PROPOSER})

#: What a proposer says of an item, by the last part of the address.
STEPS = {
    "confirm": operations.confirm_item,
    "take-back": operations.take_back_confirmation,
    "reopen": operations.reopen_item,
    "propose": operations.propose_state,
}


@bp.page("/p/<token>/fit-sheet", permission=LINK)
def sheet(token: str) -> ResponseReturnValue:
    """Show the sheet of one's own proposal, or that the town has not begun one."""
    followed = follow(token)
    found = queries.find_for_proposal(actor(), followed.proposal.id)
    if found is None:
        return show("fitting/waiting.html", token=token, followed=followed)
    return _sheet(token, followed, queries.read_board(actor(), found))


def _links(token: str) -> dict[str, Any]:
    return {
        "sheet": url_for(".sheet", token=token),
        "edit": url_for(".edit", token=token),
        "versions": url_for(".versions", token=token),
        "step": lambda item, step: url_for(".say", token=token, item_id=item.id, step=step),
    }


def _sheet(
    token: str, followed: Followed, board: Board, said: Mapping[str, Any] | None = None
) -> str:
    # By what the proposer knows of their proposal: a decision shows only once announced.
    writable = rules.is_writable(followed.status, ended=board.subject.ended)
    return show(
        "fitting/sheet.html",
        token=token,
        board=board,
        links=_links(token),
        sides=OWN if writable else frozenset(),
        own=Side.PROPOSER,
        said=said or {},
    )


def _enter(token: str) -> tuple[Followed, FitSheet]:
    """Let the holder of a link in to their sheet; a form that is sent holds it to the end."""
    change = request.method == "POST"
    followed = follow(token, change=change)
    found = queries.find_for_proposal(actor(), followed.proposal.id, lock=change)
    if found is None:
        raise NotFound
    return followed, found


@bp.page("/p/<token>/fit-sheet/edit", permission=LINK, methods=("GET", "POST"))
def edit(token: str) -> ResponseReturnValue:
    """Write one's own side; whoever was overtaken sees both changes and can keep both."""
    _followed, found = _enter(token)
    if request.method == "GET":
        board = queries.read_board(actor(), found)
        return _form(token, board, board.form, {})
    try:
        draft = load_sheet(request.form, OWN)
        operations.save_sheet(found, draft, actor=actor(), now=now())
    except InvalidInput as error:
        board = queries.read_board(actor(), found)
        return _form(token, board, request.form, error.errors), 422
    except Overtaken as error:
        return _overtaken(token, found, draft.version, error), 409
    flash(_("すり合わせシートを保存しました。"))
    return go(".sheet", token=token)


def _overtaken(token: str, found: FitSheet, version: int, error: Overtaken) -> str:
    board = queries.read_board(actor(), found)
    values = board.with_typed({**board.form, **error.merge.merged})
    since = queries.list_versions(actor(), found.id, after=version)
    return _form(token, board, values, {}, merge=error.merge, since=since)


def _form(
    token: str,
    board: Board,
    values: Mapping[str, Any],
    errors: Mapping[str, list[str]],
    **more: Any,
) -> str:
    return show(
        "fitting/edit.html",
        token=token,
        board=board,
        links=_links(token),
        sides=OWN,
        writes=fields_of(OWN),
        fields=rules,
        values=values,
        errors=errors,
        added=board.added(values) or [str(new_id())],
        **more,
    )


@bp.page("/p/<token>/fit-sheet/versions", permission=LINK)
def versions(token: str) -> ResponseReturnValue:
    """Show every version, and what one of them changed."""
    _followed, found = _enter(token)
    return show(
        "fitting/versions.html",
        token=token,
        links=_links(token),
        found=queries.read_versions(actor(), found, request.args.get("number", "")),
    )


@bp.page(
    "/p/<token>/fit-sheet/items/<uuid:item_id>/<any('confirm','take-back','reopen','propose'):step>",
    permission=LINK,
    methods=("POST",),
)
def say(token: str, item_id: uuid.UUID, step: str) -> ResponseReturnValue:
    """Agree to an item, take that back, reopen it, or say what one wishes for it."""
    followed, found = _enter(token)
    item = queries.get_item(actor(), found, item_id)
    try:
        word = load_form(WordSchema, request.form)
        STEPS[step](found, item, word, actor=actor(), now=now())
    except InvalidInput as error:
        said = {"item": item_id, "step": step, "typed": request.form, "errors": error.errors}
        return _sheet(token, followed, queries.read_board(actor(), found), said), 422
    flash(_("「%(topic)s」を更新しました。", topic=item.topic))
    return go(".sheet", token=token, _anchor=f"item-{item_id}")
