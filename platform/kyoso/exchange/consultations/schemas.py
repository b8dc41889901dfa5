"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from marshmallow import post_load

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, form_identifier, identifier, one_of, text
from kyoso.exchange.consultations.operations import Question
from kyoso.exchange.consultations.rules import BODY_LENGTH, TITLE_LENGTH, tags_of

LABELS = {
    "network_id": _l("相談する相手（ネットワーク）"),
    "title": _l("件名"),
    "body": _l("相談の内容"),
    "tags": _l("タグ"),
    "named": _l("町の名前"),
    "answer": _l("回答"),
    "supplement": _l("補足"),
    "note": _l("締め切るときの言葉"),
}

NAMED, UNNAMED = "named", "unnamed"


class QuestionSchema(InputSchema):
    """What is asked; `looked_at` is the seal of warnings that were read."""

    title = text(LABELS["title"], TITLE_LENGTH)
    body = text(LABELS["body"], BODY_LENGTH, multiline=True)
    tags = text(LABELS["tags"], 300, required=False)
    looked_at = text(_l("確かめた注意"), 64, required=False)

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the question, and the seal."""
        looked_at = data.pop("looked_at")
        return Question(data["title"], data["body"], tags_of(data["tags"])), looked_at


@dataclass(frozen=True, slots=True)
class Asking:
    """A question, to whom, whether in the town's name, and the form it came by."""

    form_id: uuid.UUID
    network_id: uuid.UUID
    named: bool
    question: Question
    looked_at: str


class AskingSchema(QuestionSchema):
    """The form 「相談する」."""

    form_id = form_identifier(_l("この画面"))
    network_id = identifier(LABELS["network_id"])
    named = one_of(LABELS["named"], (NAMED, UNNAMED))

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return everything that is only said once, and the question."""
        question = Question(data["title"], data["body"], tags_of(data["tags"]))
        return Asking(
            data["form_id"],
            data["network_id"],
            data["named"] == NAMED,
            question,
            data["looked_at"],
        )


class AnswerSchema(InputSchema):
    """An answer, or more of the question."""

    body = text(LABELS["answer"], BODY_LENGTH, multiline=True)
    looked_at = text(_l("確かめた注意"), 64, required=False)


class NewAnswerSchema(AnswerSchema):
    """As above, with the form that it came by."""

    form_id = form_identifier(_l("この画面"))


class ClosingSchema(InputSchema):
    """What came of it, for those who helped."""

    note = text(LABELS["note"], 1000, required=False, multiline=True)
    looked_at = text(_l("確かめた注意"), 64, required=False)
