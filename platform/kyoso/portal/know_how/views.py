"""The public pages of a town's know-how."""

from __future__ import annotations

import uuid

from flask import request, send_file, url_for
from flask.typing import ResponseReturnValue

from kyoso.core.web import PUBLIC, FeatureBlueprint, actor, show
from kyoso.exchange.know_how import queries
from kyoso.portal.site.navigation import closed_for_now
from kyoso.portal.site.reading import rendered

bp = FeatureBlueprint(
    "public_know_how", __name__, url_prefix="/<town>/know-how", template_folder="templates"
)
bp.before_request(closed_for_now)


@bp.page("", permission=PUBLIC)
def pieces() -> ResponseReturnValue:
    """List what the town shows to everybody."""
    asked = request.args.get("page", "")
    here = int(asked) if asked.isascii() and asked.isdigit() and 0 < len(asked) < 6 else 1
    here = max(1, here)
    hits, total = queries.list_public(actor(), here)
    return show(
        "public_know_how/index.html",
        hits=hits,
        here=here,
        pages=max(1, -(-total // queries.PUBLIC_PAGE)),
        url_of_page=lambda number: url_for(".pieces", page=number),
    )


@bp.page("/<uuid:know_how_id>", permission=PUBLIC)
def piece(know_how_id: uuid.UUID) -> ResponseReturnValue:
    """Show one piece."""
    listing = queries.get_public(actor(), know_how_id)
    return show(
        "public_know_how/piece.html",
        listing=listing,
        body=rendered(listing.body),
        licence_url=queries.LICENCE_URLS.get(listing.licence),
    )


@bp.page("/<uuid:know_how_id>/files/<uuid:file_id>", permission=PUBLIC)
def file(know_how_id: uuid.UUID, file_id: uuid.UUID) -> ResponseReturnValue:
    """Send a file of one piece."""
    found = queries.published_file(queries.get_public(actor(), know_how_id), file_id)
    return send_file(found.path, found.media_type, as_attachment=True, download_name=found.name)
