"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, boolean, form_identifier, text

LABELS = {
    "name": _l("検索の名前"),
    "digest": _l("新しく載った方を、週に一度メールで受け取る"),
}


class SavingSchema(InputSchema):
    """The form 「この検索を保存する」."""

    form_id = form_identifier(_l("この画面"))
    name = text(LABELS["name"], 60)
    query = text(_l("条件"), 2000, required=False)
    digest = boolean(LABELS["digest"])


class DigestSchema(InputSchema):
    """Whether the weekly mail is wanted."""

    digest = boolean(LABELS["digest"])
