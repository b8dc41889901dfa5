"""What may come in over HTTP when a person answers a town that would like to list them."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError, post_load, validates

from kyoso.core.clock import today
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, date, identifier, many, one_of, text
from kyoso.identity.consents import rules

LABELS = {
    "network_ids": _l("どのネットワークに"),
    "parts": _l("見せる項目"),
    "until": _l("いつまで"),
    "looked_at": _l("確かめたこと"),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person is about to agree to."""

    network_ids: tuple[uuid.UUID, ...]
    parts: tuple[str, ...]
    until: dt.date


@dataclass(frozen=True, slots=True)
class Answer(Wish):
    """The same, agreed to."""

    version: str
    language: str
    looked_at: str


class WishSchema(InputSchema):
    """The form 「見せる項目と期限」."""

    builds: type | None = Wish

    network_ids = many(identifier(LABELS["network_ids"]), LABELS["network_ids"], required=True)
    parts = many(one_of(LABELS["parts"], list(rules.FIELDS)), LABELS["parts"], required=True)
    until = date(LABELS["until"])

    @validates("until")
    def runs_long_enough(self, until: dt.date, **_kw: object) -> None:
        """Refuse a day that has passed, or that is too far away."""
        problem = rules.until_problem(until, today=today())
        if problem:
            raise ValidationError(problem)

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the wish, its lists as they are kept."""
        lists = {name: tuple(dict.fromkeys(data[name])) for name in ("network_ids", "parts")}
        return self.builds(**(data | lists)) if self.builds else data


class AnswerSchema(WishSchema):
    """The page on which the words stand, agreed to."""

    builds = Answer

    version = one_of(_l("文面の版"), [one.version for one in rules.wordings()])
    language = one_of(_l("言語"), ["ja", "en"])
    looked_at = text(LABELS["looked_at"], 64, required=False)


class PlaceSchema(InputSchema):
    """Of which network a listing is meant."""

    network_id = identifier(_l("ネットワーク"))
