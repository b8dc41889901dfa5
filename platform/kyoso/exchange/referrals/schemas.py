"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

from marshmallow import fields

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, choice, identifier, many, one_of, text
from kyoso.exchange.referrals.rules import WORDING, Part

LABELS = {
    "towns": _l("紹介先の町"),
    "words": _l("提案者への言葉"),
    "answer": _l("提案者への言葉"),
    "parts": _l("渡してよい項目"),
    "chosen": _l("紹介してよい町"),
}


def _ids(name: str) -> fields.Field:  # type: ignore[type-arg]
    return many(identifier(LABELS[name]), LABELS[name])


class OfferSchema(InputSchema):
    """About which towns to ask the proposer, and why."""

    towns = _ids("towns")
    words = text(LABELS["words"], 2000, required=False, multiline=True)


class DeclineSchema(InputSchema):
    """What to say to the proposer."""

    words = text(LABELS["answer"], 2000, multiline=True)


class ConsentSchema(InputSchema):
    """To which towns a proposer lets go what, in the words that were shown."""

    chosen = _ids("chosen")
    parts = many(choice(LABELS["parts"], Part), LABELS["parts"])
    wording = one_of(_l("同意の文の版"), (WORDING,))
