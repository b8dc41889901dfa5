"""The town's look, which every page of the town asks for: its style sheet and its logo."""

from __future__ import annotations

import base64

from flask import make_response
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from kyoso.core.errors import NotFound
from kyoso.core.web import PUBLIC, FeatureBlueprint, tenant
from kyoso.tenancy.themes import style_sheet

bp = FeatureBlueprint("theme", __name__, url_prefix="/<town>")


@bp.page("/theme.css", permission=PUBLIC)
def style() -> ResponseReturnValue:
    """Give the town's two colours."""
    return _kept(make_response(style_sheet(tenant().key_color)), "text/css; charset=utf-8")


@bp.page("/theme/logo", permission=PUBLIC)
def logo() -> ResponseReturnValue:
    """Give the town's logo, if it has one."""
    if tenant().logo is None:
        raise NotFound
    kind, _comma, encoded = tenant().logo.partition(";base64,")
    return _kept(make_response(base64.b64decode(encoded)), kind.removeprefix("data:"))


def _kept(response: Response, kind: str) -> Response:
    response.headers["Content-Type"] = kind
    # Asked for by every page, changed by a sync once in a while.
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
