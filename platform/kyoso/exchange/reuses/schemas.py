"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, choice, form_identifier, text
from kyoso.exchange.reuses.operations import ReuseReport
from kyoso.exchange.reuses.rules import Outcome

LABELS = {
    "outcome": _l("どう使ったか"),
    "changes": _l("変えたところ"),
    "result": _l("その結果"),
    "thanks": _l("元の町へのひとこと"),
}


class BorrowSchema(InputSchema):
    """The button 「使う」."""

    form_id = form_identifier(_l("この画面"))


class ReportSchema(InputSchema):
    """The form 「活用のようすを報告する」."""

    builds: type | None = ReuseReport

    outcome = choice(LABELS["outcome"], Outcome)
    changes = text(LABELS["changes"], 2000, required=False, multiline=True)
    result = text(LABELS["result"], 2000, required=False, multiline=True)
    thanks = text(LABELS["thanks"], 1000, required=False, multiline=True)
