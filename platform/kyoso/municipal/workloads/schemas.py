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
from kyoso.core.schema import InputSchema, date, identifier, integer, text
from kyoso.core.search import search_key
from kyoso.municipal.workloads.operations import Term, WorkloadDraft
from kyoso.municipal.workloads.rules import HOURS_MAX

LABELS = {
    "department_id": _l("課・室"),
    "from_month": _l("始まりの月"),
    "until_month": _l("終わりの月"),
    "hours_added": _l("増える時間（月）"),
    "hours_removed": _l("減る時間（月）"),
    "reason": _l("理由"),
    "hesitation": _l("ためらう理由"),
    "hours_a_month": _l("引き受けられる時間（月）"),
    "membership_id": _l("推進委員になる方"),
    "starts_on": _l("任期の始まり"),
    "ends_on": _l("任期の終わり"),
}
_MONTH = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?")


class _Month(fields.String):
    def __init__(self, label: Any) -> None:
        self.label = label
        needed = _l("「%(label)s」を入力してください。", label=label)
        messages: Any = {"required": needed, "null": needed, "invalid": needed}
        super().__init__(required=True, error_messages=messages)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        typed = search_key(super()._deserialize(value, attr, data, **kwargs) or "").strip()
        found = _MONTH.fullmatch(typed)
        if found and 1 <= int(found[2]) <= 12 and 2000 <= int(found[1]) <= 2200:
            return dt.date(int(found[1]), int(found[2]), 1)
        raise ValidationError(
            _("「%(label)s」は 2026-04 の形で入力してください。", label=self.label)
        )


class WorkloadSchema(InputSchema):
    """The form 「業務負荷を直す」."""

    builds = WorkloadDraft

    department_id = identifier(LABELS["department_id"])
    from_month = _Month(LABELS["from_month"])
    until_month = _Month(LABELS["until_month"])
    hours_added = integer(LABELS["hours_added"], 0, HOURS_MAX)
    hours_removed = integer(LABELS["hours_removed"], 0, HOURS_MAX)
    reason = text(LABELS["reason"], 500, multiline=True)


@dataclass(frozen=True, slots=True)
class NewWorkload:
    """A draft, and the form it came from."""

    form_id: uuid.UUID
    draft: WorkloadDraft


class NewWorkloadSchema(WorkloadSchema):
    """The form 「業務負荷を入力する」."""

    form_id = identifier(_l("この画面"))

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the draft and the form it came from."""
        return NewWorkload(data.pop("form_id"), WorkloadDraft(**data))


class HesitationSchema(InputSchema):
    """The form 「ためらいを伝える」."""

    hesitation = text(LABELS["hesitation"], 500, multiline=True)


class CapacitySchema(InputSchema):
    """The form 「引き受けられる時間を決める」."""

    form_id = identifier(_l("この画面"))
    from_month = _Month(LABELS["from_month"])
    hours_a_month = integer(LABELS["hours_a_month"], 0, HOURS_MAX)


@dataclass(frozen=True, slots=True)
class NewTerm:
    """A term, and the form it came from."""

    form_id: uuid.UUID
    term: Term


class PromoterSchema(InputSchema):
    """The form 「推進委員を決める」."""

    form_id = identifier(_l("この画面"))
    membership_id = identifier(LABELS["membership_id"])
    starts_on = date(LABELS["starts_on"])
    ends_on = date(LABELS["ends_on"], required=False)

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the term and the form it came from."""
        return NewTerm(data.pop("form_id"), Term(**data))


class EndSchema(InputSchema):
    """The form 「任期を終える」."""

    ends_on = date(LABELS["ends_on"])
