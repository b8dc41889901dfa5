"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError, post_load
from werkzeug.datastructures import MultiDict

from kyoso.core.errors import InvalidInput
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.metrics import Month
from kyoso.core.schema import (
    InputSchema,
    boolean,
    choice,
    date,
    form_identifier,
    identifier,
    integer,
    load_form,
    text,
)
from kyoso.exchange.memoranda.queries import default_terms
from kyoso.exchange.share_requests.operations import RequestDraft
from kyoso.exchange.share_requests.rules import Payer, PayUnit, ShareKind, WorkMode
from kyoso.joint_metrics.allocations.rules import Priority, Terms

LABELS = {
    "title": _l("案の名前"),
    "first_month": _l("はじめの月"),
    "months": _l("月の数"),
    "most_people": _l("一件に割り当てる人数の上限"),
    "block": _l("役に立つ最小の時間"),
    "floor": _l("どの町にもほしい割合"),
    "stable": _l("いま町に見せている案を、なるべく変えない"),
    "extra_skill": _l("もし、このスキルの人がもう一人いたら"),
    "extra_hours": _l("その人の月の時間"),
    "priorities": _l("優先度"),
    "purpose": _l("目的"),
    "department_id": _l("お願いする課"),
    "responsible_membership_id": _l("担当の職員"),
    "starts_on": _l("始まりの日"),
    "ends_on": _l("終わりの日"),
    "mode": _l("働き方"),
    "payer": _l("だれが払うか"),
    "pay_unit": _l("報酬の単位"),
    "pay_yen": _l("報酬の額"),
}
PRIORITY = "priority-"
_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class NewPlan:
    """What a coordinator asks for, and the form it came from."""

    form_id: uuid.UUID
    base_id: uuid.UUID | None
    title: str
    terms: Terms


class PlanSchema(InputSchema):
    """The form 「割り当て案を計算する」, but for its priorities."""

    form_id = form_identifier(_l("この画面"))
    base_id = identifier(_l("もとの案"), required=False)
    title = text(LABELS["title"], 60, required=False)
    first_month = text(LABELS["first_month"], 7)
    months = integer(LABELS["months"], 1, 12)
    most_people = integer(LABELS["most_people"], 1, 10)
    block = integer(LABELS["block"], 1, 40)
    floor = integer(LABELS["floor"], 0, 100)
    stable = boolean(LABELS["stable"])
    extra_skill = text(LABELS["extra_skill"], 30, required=False)
    extra_hours = integer(LABELS["extra_hours"], 1, 160, required=False)

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the terms, without priorities."""
        if not _MONTH.fullmatch(data["first_month"]):
            wrong = _("「はじめの月」は 2026-04 の形で入力してください。")
            raise ValidationError({"first_month": [wrong]})
        if bool(data["extra_skill"]) != bool(data["extra_hours"]):
            wrong = _("「もし」の人は、スキルと時間の両方を入力してください。")
            raise ValidationError({"extra_skill": [wrong]})
        data["extra_hours"] = data["extra_hours"] or 0
        own = (data.pop("form_id"), data.pop("base_id"), data.pop("title"))
        return NewPlan(*own, Terms(**data))


def load_plan(form: MultiDict[str, str]) -> NewPlan:
    """Return what the form asks for; each need's priority has a field of its own."""
    others = MultiDict((k, v) for k, v in form.items(multi=True) if not k.startswith(PRIORITY))
    wanted: NewPlan = load_form(PlanSchema, others)
    known = {str(int(priority)) for priority in Priority}
    priorities = {}
    for key, said in form.items():
        if not key.startswith(PRIORITY):
            continue
        try:
            need_id = str(uuid.UUID(key.removeprefix(PRIORITY)))
        except ValueError:
            continue
        if said not in known:
            raise InvalidInput({key: [_("優先度を選んでください。")]})
        if int(said) != Priority.NORMAL:
            priorities[need_id] = int(said)
    terms = Terms(**{**wanted.terms.kept(), "priorities": priorities})
    return NewPlan(wanted.form_id, wanted.base_id, wanted.title, terms)


def values_of(terms: Terms | None, month: Month) -> dict[str, Any]:
    """Return what the form says at first: as another plan, or as most begin."""
    terms = terms or Terms(str(month))
    values: dict[str, Any] = {**terms.kept(), "extra_hours": terms.extra_hours or ""}
    priorities: Mapping[str, int] = values.pop("priorities")
    # A month that is over cannot be planned.
    values["first_month"] = max(terms.first_month, str(month))
    return values | {f"{PRIORITY}{need}": priority for need, priority in priorities.items()}


class AcceptanceSchema(InputSchema):
    """The form 「この行を受ける」: what a share request needs beside the line."""

    purpose = text(LABELS["purpose"], 1000, multiline=True)
    department_id = identifier(LABELS["department_id"])
    responsible_membership_id = identifier(LABELS["responsible_membership_id"])
    starts_on = date(LABELS["starts_on"])
    ends_on = date(LABELS["ends_on"])
    mode = choice(LABELS["mode"], WorkMode)
    payer = choice(LABELS["payer"], Payer)
    pay_unit = choice(LABELS["pay_unit"], PayUnit)
    pay_yen = integer(LABELS["pay_yen"], 0, 100_000_000, required=False)


def as_draft(sent: Mapping[str, Any], hours: int) -> RequestDraft:
    """Return the draft of a request for a line's hours, on the usual terms."""
    terms = {**default_terms(ShareKind.HOURS.value)}
    return RequestDraft(
        **{**terms, **sent, "pay_yen": sent["pay_yen"] or 0, "hours_a_month": hours}
    )
