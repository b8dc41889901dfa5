"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from marshmallow import post_load

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, choice, date, email, identifier, text
from kyoso.municipal.recruiting.operations import Application, OpeningDraft
from kyoso.municipal.recruiting.rules import AnswerState

LABELS = {
    "role": _l("募集する役割"),
    "text": _l("してほしいこと"),
    "until": _l("締切"),
    "opening_id": _l("応募する役割"),
    "name": _l("お名前"),
    "email": _l("メールアドレス"),
    "message": _l("ひとこと"),
    "to": _l("対応の状況"),
}


@dataclass(frozen=True, slots=True)
class NewOpening:
    """A role, and the form it came from."""

    form_id: uuid.UUID
    draft: OpeningDraft


@dataclass(frozen=True, slots=True)
class SentAnswer:
    """What somebody wrote who wants to join, and what tells people from programs."""

    form_id: uuid.UUID
    application: Application
    #: What stands in the box that people do not see.
    trap: str


class OpeningSchema(InputSchema):
    """The form 「役割を募集する」."""

    form_id = identifier(_l("この画面"))
    role = text(LABELS["role"], 80)
    text = text(LABELS["text"], 2000, required=False, multiline=True)
    until = date(LABELS["until"], required=False)

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the role and the form it came from."""
        return NewOpening(data.pop("form_id"), OpeningDraft(**data))


class MoveSchema(InputSchema):
    """The form 「対応の状況を変える」."""

    to = choice(LABELS["to"], AnswerState)


class AnswerSchema(InputSchema):
    """The public form 「参加を申し出る」."""

    form_id = identifier(_l("様式の番号"))
    opening_id = identifier(LABELS["opening_id"], required=False)
    name = text(LABELS["name"], 80)
    email = email(LABELS["email"])
    message = text(LABELS["message"], 2000, multiline=True)
    homepage = text("", 4000, required=False, multiline=True)

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Take the form apart."""
        form_id, trap = data.pop("form_id"), data.pop("homepage")
        return SentAnswer(form_id, Application(**data), trap)
