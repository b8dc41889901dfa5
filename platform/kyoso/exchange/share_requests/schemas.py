"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from marshmallow import post_load

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import (
    InputSchema,
    choice,
    date,
    form_identifier,
    identifier,
    integer,
    text,
)
from kyoso.exchange.memoranda.queries import default_terms
from kyoso.exchange.share_requests.models import ShareRequest
from kyoso.exchange.share_requests.operations import Names, RequestDraft
from kyoso.exchange.share_requests.rules import Payer, PayUnit, ShareKind, WorkMode
from kyoso.municipal.agreements.rules import add_months

LABELS = {
    "purpose": _l("目的"),
    "department_id": _l("お願いする課"),
    "responsible_membership_id": _l("担当の職員"),
    "membership_id": _l("送る職員"),
    "hours_a_month": _l("月の時間"),
    "starts_on": _l("始まりの日"),
    "ends_on": _l("終わりの日"),
    "mode": _l("働き方"),
    "place": _l("場所"),
    "conditions": _l("条件"),
    "payer": _l("だれが払うか"),
    "pay_unit": _l("報酬の単位"),
    "pay_yen": _l("報酬の額"),
    "travel": _l("旅費"),
    "insurance": _l("保険"),
    "rights": _l("成果物の権利"),
    "confidentiality": _l("秘密と個人情報"),
    "reason": _l("理由"),
    "version": _l("覚書の版"),
    "last_day": _l("最後の日"),
    "text": _l("内容"),
}
_MOST_YEN = 100_000_000


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A draft, the listing it asks for, and the form it came from."""

    form_id: uuid.UUID
    listing_id: uuid.UUID
    network_id: uuid.UUID
    renews_id: uuid.UUID | None
    draft: RequestDraft


class TermsSchema(InputSchema):
    """The words of the terms: what the other town may change."""

    conditions = text(LABELS["conditions"], 1000, required=False, multiline=True)
    travel = text(LABELS["travel"], 500, multiline=True)
    insurance = text(LABELS["insurance"], 500, multiline=True)
    rights = text(LABELS["rights"], 500, multiline=True)
    confidentiality = text(LABELS["confidentiality"], 500, multiline=True)


class ProposalOfTermsSchema(TermsSchema):
    """The same, with the version that was read."""

    version = integer(LABELS["version"], 1, 1_000_000)


class RequestSchema(TermsSchema):
    """The form 「人材シェアの依頼」."""

    builds: type | None = RequestDraft

    purpose = text(LABELS["purpose"], 1000, multiline=True)
    department_id = identifier(LABELS["department_id"])
    responsible_membership_id = identifier(LABELS["responsible_membership_id"])
    hours_a_month = integer(LABELS["hours_a_month"], 1, 744)
    starts_on = date(LABELS["starts_on"])
    ends_on = date(LABELS["ends_on"])
    mode = choice(LABELS["mode"], WorkMode)
    place = text(LABELS["place"], 100, required=False)
    payer = choice(LABELS["payer"], Payer)
    pay_unit = choice(LABELS["pay_unit"], PayUnit)
    pay_yen = integer(LABELS["pay_yen"], 0, _MOST_YEN, required=False)

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the draft."""
        return RequestDraft(**data | {"pay_yen": data["pay_yen"] or 0})


class NewRequestSchema(RequestSchema):
    """The same form, the first time."""

    form_id = form_identifier(_l("この画面"))
    listing_id = identifier(_l("掲載"))
    network_id = identifier(_l("ネットワーク"))
    renews_id = identifier(_l("前の依頼"), required=False)

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the draft, the listing and the form it came from."""
        names = ("form_id", "listing_id", "network_id", "renews_id")
        own: dict[str, Any] = {name: data.pop(name) for name in names}
        draft = RequestDraft(**data | {"pay_yen": data["pay_yen"] or 0})
        return NewRequest(**own, draft=draft)


class ApprovalSchema(InputSchema):
    """A town's yes, to the version that it read; for a stay, who comes or where to."""

    version = integer(LABELS["version"], 1, 1_000_000)
    membership_id = identifier(LABELS["membership_id"], required=False)
    department_id = identifier(LABELS["department_id"], required=False)
    responsible_membership_id = identifier(LABELS["responsible_membership_id"], required=False)

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the version and the names."""
        return data.pop("version"), Names(**data)


class VersionSchema(InputSchema):
    """A yes to a version."""

    version = integer(LABELS["version"], 1, 1_000_000)


class ReasonSchema(InputSchema):
    """Why something ends."""

    reason = text(LABELS["reason"], 1000, multiline=True)


def first_values(today: dt.date, kind: ShareKind = ShareKind.HOURS) -> dict[str, Any]:
    """Return what the form of a new request says at first: half a year from next month."""
    first = add_months(today.replace(day=1), 1)
    last = add_months(first, 6) - dt.timedelta(days=1)
    unit = PayUnit.HOUR if kind is ShareKind.HOURS else PayUnit.NONE
    payer = Payer.ASKER if kind is ShareKind.HOURS else Payer.NOBODY
    own = {"starts_on": first, "ends_on": last, "payer": payer, "pay_unit": unit}
    return own | {"mode": WorkMode.BOTH} | default_terms(kind.value)


def values_of(request: ShareRequest) -> dict[str, Any]:
    """Return a request as its form shows it."""
    known = [field.name for field in dataclasses.fields(RequestDraft)]
    return {name: getattr(request, name) for name in known} | {"pay_yen": request.pay_yen or ""}


def renewed_values(request: ShareRequest) -> dict[str, Any]:
    """Return the form's first values for a renewal: as it was, for as long again."""
    first = request.ends_on + dt.timedelta(days=1)
    return values_of(request) | {
        "starts_on": first,
        "ends_on": first + (request.ends_on - request.starts_on),
    }
