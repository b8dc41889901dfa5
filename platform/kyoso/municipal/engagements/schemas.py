"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from marshmallow import post_load

from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import (
    InputSchema,
    boolean,
    choice,
    date,
    form_identifier,
    identifier,
    integer,
    text,
)
from kyoso.municipal.engagements.models import Engagement
from kyoso.municipal.engagements.operations import Assignment, EngagementDraft
from kyoso.municipal.engagements.rules import ContractKind
from kyoso.municipal.talent_programmes.rules import PayUnit
from kyoso.municipal.talents.rules import WorkMode

LABELS = {
    "role": _l("役割"),
    "title": _l("肩書き"),
    "department_id": _l("課・室"),
    "project_id": _l("プロジェクト"),
    "responsible_membership_id": _l("担当の職員"),
    "purpose": _l("目的"),
    "contract_kind": _l("契約の種類"),
    "programme": _l("制度"),
    "employer": _l("所属する企業"),
    "starts_on": _l("始まりの日"),
    "ends_on": _l("終わりの日"),
    "hours_a_month": _l("月の時間"),
    "days_a_month": _l("月の日数"),
    "in_town_days": _l("月のうち町内にいる日数"),
    "mode": _l("働き方"),
    "place": _l("場所"),
    "pay_unit": _l("報酬の単位"),
    "pay_yen": _l("報酬の額"),
    "travel_yen_a_year": _l("旅費（1年あたり）"),
    "check_in_days": _l("すり合わせの間隔"),
    "public_servant": _l("ほかで公務員をしている"),
    "permit_by": _l("許可した任命権者"),
    "permit_on": _l("許可の日"),
    "agreement_id": _l("もとになる協定"),
    "on_paper": _l("書面で合意済みの契約として登録する"),
    "paper_note": _l("合意した書類"),
    "override_reason": _l("条件から外れる理由"),
    "reason": _l("理由"),
    "last_day": _l("最後の日"),
    "note": _l("辞退の理由"),
}
_MOST_YEN = 100_000_000


@dataclass(frozen=True, slots=True)
class NewEngagement:
    """A draft, the person it is for, and the form it came from."""

    form_id: uuid.UUID
    talent_id: uuid.UUID
    draft: EngagementDraft


class EngagementSchema(InputSchema):
    """The form 「関与」."""

    builds: type | None = EngagementDraft

    role = text(LABELS["role"], 60)
    title = text(LABELS["title"], 60, required=False)
    department_id = identifier(LABELS["department_id"])
    project_id = identifier(LABELS["project_id"], required=False)
    responsible_membership_id = identifier(LABELS["responsible_membership_id"])
    purpose = text(LABELS["purpose"], 2000, multiline=True)
    contract_kind = choice(LABELS["contract_kind"], ContractKind)
    programme = text(LABELS["programme"], 60, required=False)
    employer = text(LABELS["employer"], 100, required=False)
    starts_on = date(LABELS["starts_on"])
    ends_on = date(LABELS["ends_on"])
    hours_a_month = integer(LABELS["hours_a_month"], 1, 744)
    days_a_month = integer(LABELS["days_a_month"], 1, 31, required=False)
    in_town_days = integer(LABELS["in_town_days"], 0, 31, required=False)
    mode = choice(LABELS["mode"], WorkMode)
    place = text(LABELS["place"], 100, required=False)
    pay_unit = choice(LABELS["pay_unit"], PayUnit)
    pay_yen = integer(LABELS["pay_yen"], 0, _MOST_YEN, required=False)
    travel_yen_a_year = integer(LABELS["travel_yen_a_year"], 0, _MOST_YEN, required=False)
    check_in_days = integer(LABELS["check_in_days"], 7, 365)
    public_servant = boolean(LABELS["public_servant"])
    permit_by = text(LABELS["permit_by"], 100, required=False)
    permit_on = date(LABELS["permit_on"], required=False)
    agreement_id = identifier(LABELS["agreement_id"], required=False)
    on_paper = boolean(LABELS["on_paper"])
    paper_note = text(LABELS["paper_note"], 200, required=False)
    override_reason = text(LABELS["override_reason"], 1000, required=False, multiline=True)

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the draft."""
        return _draft(data)


class NewEngagementSchema(EngagementSchema):
    """The same form, the first time."""

    form_id = form_identifier(_l("この画面"))
    talent_id = identifier(_l("人材"))
    renews_id = identifier(_l("更新する関与"), required=False)

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the draft, the person and the form it came from."""
        data.pop("renews_id")
        return NewEngagement(data.pop("form_id"), data.pop("talent_id"), _draft(data))


class AssignmentSchema(InputSchema):
    """What may change while an engagement runs."""

    builds = Assignment

    responsible_membership_id = identifier(LABELS["responsible_membership_id"])
    check_in_days = integer(LABELS["check_in_days"], 7, 365)
    project_id = identifier(LABELS["project_id"], required=False)
    agreement_id = identifier(LABELS["agreement_id"], required=False)


class ReasonSchema(InputSchema):
    """Why an engagement is taken back."""

    reason = text(LABELS["reason"], 1000, multiline=True)


class ShorteningSchema(InputSchema):
    """When and why an engagement ends early."""

    last_day = date(LABELS["last_day"])
    reason = text(LABELS["reason"], 1000, multiline=True)


class AcceptanceSchema(InputSchema):
    """A person's yes, to the words they read."""

    revision = integer(_l("この画面"), 1, 1_000_000)


class RefusalSchema(InputSchema):
    """A person's no."""

    note = text(LABELS["note"], 1000, required=False, multiline=True)


def _draft(data: dict[str, Any]) -> EngagementDraft:
    for name in ("pay_yen", "travel_yen_a_year"):
        data[name] = data[name] or 0
    return EngagementDraft(**data | {"programme": data["programme"] or None})


def values_of(engagement: Engagement) -> dict[str, Any]:
    """Return an engagement as its form shows it."""
    known = {field.name for field in fields(EngagementDraft)} - {"on_paper", "override_reason"}
    values = {name: getattr(engagement, name) for name in known}
    reasons = {said["reason"] for said in engagement.overrides.values()}
    return values | _written(engagement) | {"override_reason": "\n".join(sorted(reasons))}


def renewed_values(engagement: Engagement) -> dict[str, Any]:
    """Return the form's first values for a renewal: as it was, for as long again."""
    first = engagement.ends_on + dt.timedelta(days=1)
    length = engagement.ends_on - engagement.starts_on
    own = {"starts_on": first, "ends_on": first + length, "agreement_id": None, "paper_note": ""}
    return values_of(engagement) | own | {"override_reason": ""}


def _written(engagement: Engagement) -> dict[str, Any]:
    # An amount that is not asked for is left empty in the form.
    return {"pay_yen": engagement.pay_yen or "", "public_servant": engagement.public_servant}


#: The columns of a spreadsheet, each with what the row keeps it in.
SHEET = {
    "department_id": "department_name",
    **{name: name for name in ("role", "title", "contract_kind", "programme", "employer")},
    "project_id": "project_title",
    **{name: name for name in ("starts_on", "ends_on", "hours_a_month", "days_a_month")},
    **{name: name for name in ("in_town_days", "mode", "place", "pay_unit", "pay_yen")},
    "travel_yen_a_year": "travel_yen_a_year",
    "responsible_membership_id": "responsible_name",
    "purpose": "purpose",
}


def sheet_heads() -> list[str]:
    """Return the words over the columns of a spreadsheet."""
    named = (str(LABELS[name]) for name in SHEET)
    return [_("氏名"), _("状態"), *named, _("外れている条件")]


def cells(engagement: Engagement, programmes: Mapping[str, str]) -> list[Any]:
    """Return an engagement as a row of a spreadsheet."""
    missed = _("、").join(said["sentence"] for said in engagement.overrides.values())
    values = [getattr(engagement, kept) for kept in SHEET.values()]
    values[list(SHEET).index("programme")] = programmes.get(engagement.programme or "", "")
    words = [value.label if hasattr(value, "label") else value for value in values]
    return [engagement.person_name, engagement.status.label, *words, missed]
