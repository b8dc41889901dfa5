"""What may come in over HTTP."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from marshmallow import post_load

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, date, form_identifier, text
from kyoso.municipal.intake.operations import PausePlan, WindowPlan

LABELS = {
    "starts_on": _l("休止を始める日"),
    "ends_on": _l("休止の最後の日"),
    "reason": _l("休止の理由"),
    "opens_on": _l("受付を始める日"),
    "closes_on": _l("締め切る日"),
    "label": _l("呼び名"),
}


@dataclass(frozen=True, slots=True)
class NewPause:
    """A pause, and the form it came from."""

    form_id: uuid.UUID
    plan: PausePlan


@dataclass(frozen=True, slots=True)
class NewWindow:
    """A window, and the form it came from."""

    form_id: uuid.UUID
    plan: WindowPlan


class PauseSchema(InputSchema):
    """The form 「受付を休止する」."""

    form_id = form_identifier(_l("この画面"))
    starts_on = date(LABELS["starts_on"])
    ends_on = date(LABELS["ends_on"], required=False)
    reason = text(LABELS["reason"], 300, multiline=True)

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the pause and the form it came from."""
        return NewPause(data.pop("form_id"), PausePlan(**data))


class WindowSchema(InputSchema):
    """The form 「受付期間を加える」."""

    form_id = form_identifier(_l("この画面"))
    opens_on = date(LABELS["opens_on"])
    closes_on = date(LABELS["closes_on"], required=False)
    label = text(LABELS["label"], 60, required=False)

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the window and the form it came from."""
        return NewWindow(data.pop("form_id"), WindowPlan(**data))
