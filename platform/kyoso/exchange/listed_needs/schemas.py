"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, choice, form_identifier, identifier, text
from kyoso.identity.profiles.rules import WorkMode

LABELS = {
    "need_id": _l("求めていること"),
    "network_id": _l("ネットワーク"),
    "mode": _l("働き方"),
    "looked_at": _l("確かめたこと"),
}


class ListingNeedSchema(InputSchema):
    """The form 「ネットワークに掲載する」."""

    form_id = form_identifier(_l("この画面"))
    need_id = identifier(LABELS["need_id"])
    network_id = identifier(LABELS["network_id"])
    mode = choice(LABELS["mode"], WorkMode, required=False)
    looked_at = text(LABELS["looked_at"], 64, required=False)
