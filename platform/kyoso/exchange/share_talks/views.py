"""The thread on a request's page: what was said and done, and a place to write."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from kyoso.core.access import may
from kyoso.core.clock import now
from kyoso.core.i18n import gettext as _
from kyoso.core.schema import load_form
from kyoso.core.slots import fills
from kyoso.core.web import FeatureBlueprint, actor, go
from kyoso.exchange.share_requests.queries import ShareRequest, get_request
from kyoso.exchange.share_requests.rules import HOLDING, Audience
from kyoso.exchange.share_talks import operations, queries
from kyoso.exchange.share_talks.permissions import TalkPermission as May
from kyoso.exchange.share_talks.schemas import LABELS, MessageSchema

bp = FeatureBlueprint(
    "share_talks", __name__, url_prefix="/<town>/exchange/shares", template_folder="templates"
)

ONE = "/<uuid:share_request_id>"


@bp.page(f"{ONE}/messages", permission=May.WRITE, methods=("POST",))
def post(share_request_id: uuid.UUID) -> ResponseReturnValue:
    """Write to the other town, and to the person where they take part."""
    one = get_request(actor(), share_request_id, lock=True)
    said = load_form(MessageSchema, request.form)
    operations.post_message(one, **said, actor=actor(), now=now())
    flash(_("書き込みました。"))
    return go("share_requests.detail", share_request_id=one.id, _anchor="talk")


@bp.page(f"{ONE}/invite", permission=May.WRITE, methods=("POST",))
def invite(share_request_id: uuid.UUID) -> ResponseReturnValue:
    """Let the person take part in the thread."""
    one = get_request(actor(), share_request_id, lock=True)
    operations.invite_person(one, actor=actor(), now=now())
    flash(_("ご本人をやり取りに招きました。"))
    return go("share_requests.detail", share_request_id=one.id, _anchor="talk")


@fills("share_request")
def thread(one: ShareRequest) -> Mapping[str, Markup]:
    """Show the thread on a request's page."""
    if one.sent_at is None:
        return {}
    who = actor()
    writes = may(who, May.WRITE)
    shown = render_template(
        "share_talks/_thread.html",
        one=one,
        lines=queries.list_thread(one),
        writes=writes,
        invites=writes and one.person_id and not one.invited and one.status in HOLDING,
        audiences=[(kind, kind.label) for kind in Audience]
        if one.invited
        else [(Audience.TOWNS, Audience.TOWNS.label)],
        labels=LABELS,
    )
    return {"talk": Markup(shown)}  # noqa: S704 (rendered with escaping)
