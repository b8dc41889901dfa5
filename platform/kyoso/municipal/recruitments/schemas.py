"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

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
    many,
    one_of,
    text,
)
from kyoso.identity.profiles.rules import MOST_HOURS, SKILLS, WorkMode
from kyoso.municipal.recruitments.operations import RecruitmentDraft
from kyoso.municipal.talent_programmes.rules import PayUnit

LABELS = {
    "department_id": _l("募集する課"),
    "project_id": _l("関係するプロジェクト"),
    "need_id": _l("関係する「求めていること」"),
    "title": _l("募集の名前"),
    "purpose": _l("何のための募集か"),
    "tasks": _l("お願いしたいこと"),
    "skills": _l("求めるスキル"),
    "hours_a_month": _l("1か月の時間"),
    "starts_on": _l("活動を始める日"),
    "ends_on": _l("活動を終える日"),
    "pay_unit": _l("報酬"),
    "pay_yen": _l("報酬の金額"),
    "pay_note": _l("報酬の補足"),
    "mode": _l("働き方"),
    "place": _l("場所"),
    "wanted": _l("募集する人数"),
    "closes_on": _l("応募の締切"),
}


@dataclass(frozen=True, slots=True)
class NewRecruitment:
    """A draft, and the form it came from."""

    form_id: uuid.UUID
    draft: RecruitmentDraft


class RecruitmentSchema(InputSchema):
    """The form 「募集の内容を変える」."""

    builds: type | None = RecruitmentDraft

    department_id = identifier(LABELS["department_id"])
    project_id = identifier(LABELS["project_id"], required=False)
    need_id = identifier(LABELS["need_id"], required=False)
    title = text(LABELS["title"], 100)
    purpose = text(LABELS["purpose"], 2000, multiline=True)
    tasks = text(LABELS["tasks"], 3000, multiline=True)
    skills = many(one_of(LABELS["skills"], list(SKILLS)), LABELS["skills"])
    hours_a_month = integer(LABELS["hours_a_month"], 1, MOST_HOURS)
    starts_on = date(LABELS["starts_on"], required=False)
    ends_on = date(LABELS["ends_on"], required=False)
    pay_unit = choice(LABELS["pay_unit"], PayUnit)
    pay_yen = integer(LABELS["pay_yen"], 1, 99_999_999, required=False)
    pay_note = text(LABELS["pay_note"], 200, required=False)
    mode = choice(LABELS["mode"], WorkMode)
    place = text(LABELS["place"], 200, required=False)
    wanted = integer(LABELS["wanted"], 1, 999)
    closes_on = date(LABELS["closes_on"], required=False)


class NewRecruitmentSchema(RecruitmentSchema):
    """The form 「複業人材を募集する」."""

    form_id = form_identifier(_l("この画面"))

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the draft and the form it came from."""
        return NewRecruitment(data.pop("form_id"), RecruitmentDraft(**data))
