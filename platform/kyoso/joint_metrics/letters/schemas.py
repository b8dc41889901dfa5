"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

from kyoso.core.i18n import LOCALES
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, boolean, email, form_identifier, many, one_of, text

LABELS = {
    "is_on": _l("毎月のたよりを送る"),
    "metric_ids": _l("たよりに載せる指標"),
    "label": _l("送り先の名前"),
    "email": _l("メールアドレス"),
    "language": _l("たよりの言葉"),
}


class LettersSchema(InputSchema):
    """The form 「毎月のたより」 of the coordinators."""

    is_on = boolean(LABELS["is_on"])
    metric_ids = many(text(LABELS["metric_ids"], 80), LABELS["metric_ids"])


class AddressSchema(InputSchema):
    """The form 「送り先を登録する」 of a town."""

    form_id = form_identifier(_l("この画面"))
    label = text(LABELS["label"], 60)
    email = email(LABELS["email"])
    language = one_of(LABELS["language"], list(LOCALES))
