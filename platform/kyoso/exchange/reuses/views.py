"""Using others' know-how: copy it, report what came of it, see what changed; and who uses ours."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from kyoso.core.access import Actor, may
from kyoso.core.clock import now, today
from kyoso.core.errors import InvalidInput, NotFound
from kyoso.core.file_text import words_in
from kyoso.core.files import CheckedFile
from kyoso.core.i18n import gettext as _
from kyoso.core.schema import load_form
from kyoso.core.slots import fills
from kyoso.core.web import FeatureBlueprint, actor, go, show
from kyoso.exchange.know_how.queries import KnowHow, Shown, get_shown, published_file
from kyoso.exchange.reuses import operations, queries, rules
from kyoso.exchange.reuses.permissions import ReusePermission as May
from kyoso.exchange.reuses.queries import Reuse
from kyoso.exchange.reuses.rules import Outcome
from kyoso.exchange.reuses.schemas import LABELS, BorrowSchema, ReportSchema

bp = FeatureBlueprint(
    "reuses", __name__, url_prefix="/<town>/exchange/reuses", template_folder="templates"
)


@bp.page("/", permission=May.READ)
def index() -> ResponseReturnValue:
    """Show what we use of others, and who uses what of ours."""
    return show(
        "reuses/index.html",
        reuses=queries.list_reuses(actor()),
        received=queries.list_received(actor()),
        today=today(),
    )


@bp.page("/borrow/<uuid:item_id>", permission=May.WRITE, methods=("POST",))
def borrow(item_id: uuid.UUID) -> ResponseReturnValue:
    """Copy a published piece with its files; the same button pressed twice makes one copy."""
    shown = get_shown(item_id)
    form_id = load_form(BorrowSchema, request.form)["form_id"]
    reuse = queries.find_reuse(actor(), form_id)
    if reuse is None:
        reuse = operations.begin_reuse(
            shown, _copies(shown), reuse_id=form_id, actor=actor(), now=now()
        )
        flash(
            _(
                "町の下書きに写しました。町に合わせて変えて使ってください。元の町には、使いはじめたことが伝わります。"
            )
        )
    return go("know_how.own_detail", know_how_id=reuse.know_how_id)


def _copies(shown: Shown) -> list[tuple[CheckedFile, str]]:
    found = []
    for said in shown.listing.files:
        file = published_file(shown.listing, uuid.UUID(said["id"]))
        copy = CheckedFile(file.name, file.media_type, file.path.read_bytes())
        found.append((copy, words_in(copy)))
    return found


@bp.page("/<uuid:reuse_id>", permission=May.READ)
def detail(reuse_id: uuid.UUID) -> ResponseReturnValue:
    """Show a reuse of ours: the original and what changed in it, and what came of our copy."""
    return _detail(queries.get_reuse(actor(), reuse_id))


@bp.page("/<uuid:reuse_id>/report", permission=May.WRITE, methods=("POST",))
def report(reuse_id: uuid.UUID) -> ResponseReturnValue:
    """Say what came of it."""
    reuse = queries.get_reuse(actor(), reuse_id, lock=True)
    try:
        sent = load_form(ReportSchema, request.form)
    except InvalidInput as error:
        return _detail(reuse, request.form, error.errors), 422
    operations.report_reuse(reuse, sent, actor=actor(), now=now())
    flash(_("報告しました。元の町に伝わります。ありがとうございました。"))
    return go(".detail", reuse_id=reuse.id)


@bp.page("/<uuid:reuse_id>/reviewed", permission=May.WRITE, methods=("POST",))
def review(reuse_id: uuid.UUID) -> ResponseReturnValue:
    """Note that the update was looked at."""
    reuse = queries.get_reuse(actor(), reuse_id, lock=True)
    listing = get_shown(reuse.origin_id).listing
    operations.review_update(reuse, listing, actor=actor(), now=now())
    flash(_("第%(version)s版まで確かめたことを記録しました。", version=listing.version))
    return go(".detail", reuse_id=reuse.id)


def _origin(reuse: Reuse) -> Shown | None:
    try:
        return get_shown(reuse.origin_id)
    except NotFound:
        return None


def _detail(
    reuse: Reuse,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, list[str]] | None = None,
) -> str:
    shown = _origin(reuse)
    newer = shown is not None and shown.listing.version > reuse.origin_version
    keys = ("outcome", "changes", "result", "thanks")
    return show(
        "reuses/detail.html",
        reuse=reuse,
        shown=shown,
        pieces=queries.changes_since(reuse, shown.listing) if shown and newer else (),
        newer=newer,
        outcomes=[(one.value, one.label) for one in Outcome],
        values=values or {key: getattr(reuse, key) for key in keys},
        errors=errors or {},
        labels=LABELS,
    )


@fills("know_how.detail")
def of_this(shown: Shown) -> dict[str, Markup]:
    """Say on a published piece's page that we use it already."""
    reuses = queries.list_of_origin(actor(), shown.listing.id)
    page = render_template("reuses/_ours.html", reuses=reuses) if reuses else ""
    return {"top": Markup(page)} if page else {}  # noqa: S704 (a template made it)


@fills("know_how.own")
def of_our_own(know_how: KnowHow) -> dict[str, Markup]:
    """Show who uses a piece of ours, and where a copy is from."""
    received = queries.list_received(actor(), know_how.id)
    reuse = queries.find_of_copy(actor(), know_how.id) if know_how.origin_id else None
    page = render_template("reuses/_of_own.html", received=received, reuse=reuse)
    return {"main": Markup(page)}  # noqa: S704 (a template made it)


@fills("desk.today")
def waiting(who: Actor) -> dict[str, Markup]:
    """Show at the desk what waits to be reported, what has a new version, and thanks."""
    if not may(who, May.WRITE):
        return {}
    rows = queries.list_for_today(who, today(), now() - rules.NEWS_FOR)
    page = render_template("reuses/_today.html", rows=rows) if rows else ""
    return {"main": Markup(page)} if page else {}  # noqa: S704 (a template made it)
