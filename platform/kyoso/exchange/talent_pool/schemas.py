"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from marshmallow import post_load

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, identifier, many, text
from kyoso.exchange.talent_pool.operations import OfferDraft

LABELS = {
    "talent_id": _l("だれを"),
    "network_ids": _l("どのネットワークに"),
    "programme": _l("制度"),
    "introduction": _l("町からの紹介"),
    "looked_at": _l("確かめたこと"),
}


@dataclass(frozen=True, slots=True)
class SentOffer:
    """Whom to offer, where, with which words; and the seal of what was looked at."""

    talent_id: uuid.UUID
    network_ids: tuple[uuid.UUID, ...]
    draft: OfferDraft
    looked_at: str


class OfferSchema(InputSchema):
    """The form 「ネットワークに掲載する」."""

    talent_id = identifier(LABELS["talent_id"])
    network_ids = many(identifier(LABELS["network_ids"]), LABELS["network_ids"], required=True)
    programme = text(LABELS["programme"], 40, required=False)
    introduction = text(LABELS["introduction"], 1000, required=False, multiline=True)
    looked_at = text(LABELS["looked_at"], 64, required=False)

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the offer, the town's words in one piece."""
        draft = OfferDraft(data.pop("programme"), data.pop("introduction"))
        return SentOffer(data["talent_id"], tuple(data["network_ids"]), draft, data["looked_at"])


class WithdrawalSchema(InputSchema):
    """From which network a listing is taken."""

    network_id = identifier(_l("ネットワーク"))
