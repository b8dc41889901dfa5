"""What may come in over HTTP when a person agrees to something."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from marshmallow import ValidationError, validates

from kyoso.core.clock import today
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import (
    InputSchema,
    choice,
    date,
    form_identifier,
    identifier,
    many,
    one_of,
)
from kyoso.identity.consents import rules
from kyoso.identity.consents.rules import Purpose

LABELS = {
    "purpose": _l("何のために"),
    "recipient": _l("相手"),
    "parts": _l("見せる項目"),
    "until": _l("いつまで"),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person is about to agree to; the recipient by its id."""

    purpose: Purpose
    recipient: uuid.UUID
    parts: tuple[str, ...]
    until: dt.date


@dataclass(frozen=True, slots=True)
class Answer(Wish):
    """The same, agreed to."""

    form_id: uuid.UUID
    version: str
    language: str


class WishSchema(InputSchema):
    """The form 「同意する内容」."""

    builds: type | None = Wish

    purpose = choice(LABELS["purpose"], Purpose)
    recipient = identifier(LABELS["recipient"])
    # Not "fields": that name is marshmallow's.
    parts = many(one_of(LABELS["parts"], list(rules.FIELDS)), LABELS["parts"], required=True)
    until = date(LABELS["until"])

    @validates("until")
    def runs_long_enough(self, until: dt.date, **_kw: object) -> None:
        """Refuse a day that has passed, or that is too far away."""
        problem = rules.until_problem(until, today=today())
        if problem:
            raise ValidationError(problem)


class AnswerSchema(WishSchema):
    """The page on which the words stand, agreed to."""

    builds = Answer

    form_id = form_identifier(_l("この画面"))
    version = one_of(_l("文面の版"), [one.version for one in rules.wordings()])
    language = one_of(_l("言語"), ["ja", "en"])
