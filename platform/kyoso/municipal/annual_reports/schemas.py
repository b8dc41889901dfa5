"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, identifier, integer


class RequestSchema(InputSchema):
    """The form 「年次報告を作る」."""

    form_id = identifier(_l("この画面"))
    year = integer(_l("年度"), 2019, 2200)
