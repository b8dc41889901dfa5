"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import post_load

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, integer, text
from kyoso.municipal.documents.rules import Wording

LABELS = {"subject": _l("見出し"), "body": _l("本文")}


@dataclass(frozen=True, slots=True)
class SentWording:
    """A wording, and the version that its writer saw."""

    wording: Wording
    seen: int


class WordingSchema(InputSchema):
    """The form 「ひな型を書き直す」."""

    subject = text(LABELS["subject"], 100)
    body = text(LABELS["body"], 10_000, multiline=True)
    seen = integer(_l("この画面"), 0, 1_000_000)

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the wording and the version it was written from."""
        return SentWording(Wording(data["subject"], data["body"]), data["seen"])
