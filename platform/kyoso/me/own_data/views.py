"""A person's own data: a copy to take away, leaving a town, and erasure."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Response, flash, request
from flask.typing import ResponseReturnValue

from kyoso.core import throttle
from kyoso.core.clock import now, today
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput
from kyoso.core.i18n import gettext as _
from kyoso.core.own_data import list_sections
from kyoso.core.schema import load_form, shown_again
from kyoso.core.web import SIGNED_IN, FeatureBlueprint, go, me, show
from kyoso.identity.accounts.queries import get_person
from kyoso.identity.erasures import operations as erasures
from kyoso.identity.erasures.queries import find_open_request, list_desks
from kyoso.me.own_data import operations
from kyoso.me.own_data.schemas import LABELS, ErasureSchema
from kyoso.municipal.departures import queries

#: Each copy reads everything there is.
COPIES, PER = 10, dt.timedelta(hours=1)

bp = FeatureBlueprint("me_own_data", __name__, url_prefix="/me/data", template_folder="templates")


@bp.page("/", permission=SIGNED_IN)
def index() -> ResponseReturnValue:
    """Show what there is about the person, and what they can do with it."""
    return _page({"form_id": new_id()}, {})


def _page(values: Any, errors: dict[str, list[str]]) -> str:
    return show(
        "me_own_data/index.html",
        values=values,
        errors=errors,
        labels=LABELS,
        sections=[str(section.title) for section in list_sections()],
        registers=queries.list_registers(me()),
        ties=queries.list_ties(me()),
        desks=list_desks(me()),
        asked=find_open_request(me()),
    )


@bp.page("/download", permission=SIGNED_IN, methods=("POST",))
def download() -> ResponseReturnValue:
    """Give the person everything about them as one file."""
    throttle.hit(f"own-data:{me().person_id}", limit=COPIES, per=PER)
    archive = operations.take_own_data(me().person_id, actor=me(), now=now())
    response = Response(archive, content_type="application/zip")
    name = f"kyoso-my-data-{today().isoformat()}.zip"
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response


@bp.page("/erasure", permission=SIGNED_IN, methods=("POST",))
def ask_for_erasure() -> ResponseReturnValue:
    """Ask for everything that is the person's own to be erased."""
    try:
        sent = load_form(ErasureSchema, request.form)
    except InvalidInput as error:
        return _page(shown_again(request.form, error.errors), error.errors), 422
    asked = find_open_request(me())
    if asked is None or asked.id != sent["form_id"]:
        erasures.request_erasure(
            get_person(me(), lock=True), request_id=sent["form_id"], actor=me(), now=now()
        )
        flash(_("消去の申出を受け付けました。関係する自治体に知らせます。"))
    return go(".index")


@bp.page("/erasure/withdraw", permission=SIGNED_IN, methods=("POST",))
def withdraw_erasure() -> ResponseReturnValue:
    """Take the wish to be erased back."""
    asked = find_open_request(me(), lock=True)
    if asked is not None:
        erasures.withdraw_erasure(asked, actor=me(), now=now())
        flash(_("消去の申出を取り下げました。何も消えていません。"))
    return go(".index")
