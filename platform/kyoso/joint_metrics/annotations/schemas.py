"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError, fields, post_load

from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import (
    InputSchema,
    choice,
    decimal,
    form_identifier,
    identifier,
    integer,
    text,
)
from kyoso.joint_metrics.annotations.operations import NoteDraft, TargetDraft
from kyoso.joint_metrics.annotations.rules import REASON_LENGTH, TEXT_LENGTH, NoteKind

LABELS = {
    "metric_id": _l("指標"),
    "fiscal_year": _l("年度"),
    "value": _l("目標の数"),
    "reason": _l("目標の理由"),
    "kind": _l("種類"),
    "month": _l("年月"),
    "text": _l("注記"),
    "town_id": _l("関係する自治体"),
}

_REQUIRED: dict[str, Any] = {
    "required": _l("「%(label)s」を入力してください。", label=LABELS["month"])
}
_MONTH = re.compile(r"(\d{4})-(\d{1,2})")


class _Month(fields.String):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        typed = super()._deserialize(value, attr, data, **kwargs) or ""
        found = _MONTH.fullmatch(typed.strip())
        if not found or not (1 <= int(found[2]) <= 12 and 2000 <= int(found[1]) <= 2200):
            raise ValidationError(_("「年月」は 2026-04 の形で入力してください。"))
        return dt.date(int(found[1]), int(found[2]), 1)


class TargetSchema(InputSchema):
    """The form 「目標を決める」."""

    builds = TargetDraft

    metric_id = text(LABELS["metric_id"], 100)
    fiscal_year = integer(LABELS["fiscal_year"], 2000, 2200)
    value = decimal(LABELS["value"], 13, 2)
    reason = text(LABELS["reason"], REASON_LENGTH, required=False)


class ClearedTargetSchema(InputSchema):
    """Which target is taken back."""

    metric_id = text(LABELS["metric_id"], 100)
    fiscal_year = integer(LABELS["fiscal_year"], 2000, 2200)


class NoteSchema(InputSchema):
    """The form 「注記」."""

    builds: type | None = NoteDraft

    kind = choice(LABELS["kind"], NoteKind)
    month = _Month(required=True, error_messages=_REQUIRED)
    text = text(LABELS["text"], TEXT_LENGTH)
    town_id = identifier(LABELS["town_id"], required=False)


@dataclass(frozen=True, slots=True)
class NewNote:
    """A draft, and the form it came from."""

    form_id: uuid.UUID
    draft: NoteDraft


class NewNoteSchema(NoteSchema):
    """The same form, the first time."""

    form_id = form_identifier(_l("この画面"))

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the draft and the form it came from."""
        return NewNote(data.pop("form_id"), NoteDraft(**data))
