"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from marshmallow import post_load

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, choice, form_identifier, identifier, text
from kyoso.exchange.moderation.operations import ReportDraft
from kyoso.exchange.moderation.rules import Ground

LABELS = {
    "network_id": _l("通報先"),
    "ground": _l("理由"),
    "words": _l("どこが、どう問題か"),
    "reason": _l("非表示にする理由"),
    "answer": _l("そのまま掲載する理由"),
}


@dataclass(frozen=True, slots=True)
class SentReport:
    """A report, and the form it came by."""

    form_id: uuid.UUID
    draft: ReportDraft


class ReportSchema(InputSchema):
    """The form 「通報する」."""

    form_id = form_identifier(_l("この画面"))
    network_id = identifier(LABELS["network_id"])
    ground = choice(LABELS["ground"], Ground)
    words = text(LABELS["words"], 2000, multiline=True)

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the report with its form."""
        return SentReport(data.pop("form_id"), ReportDraft(**data))


class HidingSchema(InputSchema):
    """Why something is hidden."""

    reason = text(LABELS["reason"], 2000, multiline=True)


class OwnHidingSchema(HidingSchema):
    """Why something of our own is hidden, and from which network."""

    network_id = identifier(_l("ネットワーク"))


class DismissalSchema(InputSchema):
    """Why something stays."""

    answer = text(LABELS["answer"], 2000, multiline=True)
