"""What may come in over HTTP."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from marshmallow import post_load

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import (
    InputSchema,
    date,
    form_identifier,
    identifier,
    integer,
    text,
)
from kyoso.exchange.share_requests.operations import RequestDraft
from kyoso.exchange.share_requests.rules import Payer, WorkMode

LABELS = {
    "other_id": _l("相手の町"),
    "membership_id": _l("送る職員"),
    "department_id": _l("受け入れる課"),
    "responsible_membership_id": _l("担当の職員"),
    "purpose": _l("目的"),
    "days": _l("日数"),
    "starts_on": _l("いつから"),
    "ends_on": _l("いつまで"),
    "place": _l("場所"),
    "conditions": _l("過ごし方・条件"),
    "travel": _l("旅費と宿泊"),
    "insurance": _l("公務災害と保険"),
    "rights": _l("成果の扱い"),
    "confidentiality": _l("秘密を守ること"),
}


@dataclass(frozen=True, slots=True)
class NewStay:
    """A draft, the other town, and the form it came from."""

    form_id: uuid.UUID
    other_id: uuid.UUID
    draft: RequestDraft


class StaySchema(InputSchema):
    """The form 「旅する公務員」."""

    builds: type | None = RequestDraft

    purpose = text(LABELS["purpose"], 1000, multiline=True)
    membership_id = identifier(LABELS["membership_id"], required=False)
    department_id = identifier(LABELS["department_id"], required=False)
    responsible_membership_id = identifier(LABELS["responsible_membership_id"], required=False)
    days = integer(LABELS["days"], 1, 31)
    starts_on = date(LABELS["starts_on"])
    ends_on = date(LABELS["ends_on"])
    place = text(LABELS["place"], 100, required=False)
    conditions = text(LABELS["conditions"], 1000, required=False, multiline=True)
    travel = text(LABELS["travel"], 500, multiline=True)
    insurance = text(LABELS["insurance"], 500, multiline=True)
    rights = text(LABELS["rights"], 500, multiline=True)
    confidentiality = text(LABELS["confidentiality"], 500, multiline=True)

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the draft: on site, and nobody pays beside the salary."""
        return RequestDraft(**data, mode=WorkMode.ON_SITE, payer=Payer.NOBODY)


class NewStaySchema(StaySchema):
    """The same form, the first time."""

    form_id = form_identifier(_l("この画面"))
    other_id = identifier(LABELS["other_id"])

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the draft, the other town and the form it came from."""
        form_id, other_id = data.pop("form_id"), data.pop("other_id")
        draft = RequestDraft(**data, mode=WorkMode.ON_SITE, payer=Payer.NOBODY)
        return NewStay(form_id, other_id, draft)
