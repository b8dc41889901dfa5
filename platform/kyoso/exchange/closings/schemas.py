"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, date, text
from kyoso.exchange.closings.operations import Closing

LABELS = {"closing_on": _l("閉じる日"), "reason": _l("理由")}


class ClosingSchema(InputSchema):
    """When to close, and why."""

    builds = Closing

    closing_on = date(LABELS["closing_on"])
    reason = text(LABELS["reason"], 2000, multiline=True)
    seal = text(_l("この画面"), 64)
