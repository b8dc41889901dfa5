"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

import re
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
    many,
    one_of,
    text,
)
from kyoso.municipal.needs.operations import NeedDraft
from kyoso.municipal.needs.rules import SKILLS

LABELS = {
    "department_id": _l("担当する課"),
    "tactic_id": _l("関係する戦術"),
    "title": _l("件名"),
    "purpose": _l("目的"),
    "outcome": _l("目指す成果"),
    "skills": _l("求めるスキル"),
    "other_skills": _l("ほかのスキル"),
    "hours_a_month": _l("月にかけてほしい時間"),
    "budget_yen": _l("予算"),
    "field_offered": _l("町が提供できるフィールド"),
    "opens_on": _l("募集を始める日"),
    "closes_on": _l("募集を終える日"),
    "note": _l("終了のことば"),
}

_BETWEEN = re.compile(r"[、，,；;\n]+")


@dataclass(frozen=True, slots=True)
class NewNeed:
    """A draft, and the form it came from."""

    form_id: uuid.UUID
    draft: NeedDraft


class NeedSchema(InputSchema):
    """The form 「求めていることを編集する」."""

    department_id = identifier(LABELS["department_id"])
    tactic_id = identifier(LABELS["tactic_id"], required=False)
    title = text(LABELS["title"], 100)
    purpose = text(LABELS["purpose"], 2000, multiline=True)
    outcome = text(LABELS["outcome"], 2000, multiline=True)
    skills = many(
        one_of(LABELS["skills"], [skill for _group, known in SKILLS.values() for skill in known]),
        LABELS["skills"],
    )
    other_skills = text(LABELS["other_skills"], 300, required=False)
    hours_a_month = integer(LABELS["hours_a_month"], 1, 744, required=False)
    budget_yen = integer(LABELS["budget_yen"], 0, 99_999_999_999, required=False)
    field_offered = text(LABELS["field_offered"], 2000, required=False, multiline=True)
    opens_on = date(LABELS["opens_on"], required=False)
    closes_on = date(LABELS["closes_on"], required=False)

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the draft, its skills in one list without doubles."""
        return _draft(data)


class NewNeedSchema(NeedSchema):
    """The form 「求めていることを書く」."""

    form_id = form_identifier(_l("この画面"))

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the draft and the form it came from."""
        return NewNeed(data.pop("form_id"), _draft(data))


def _draft(data: dict[str, Any]) -> NeedDraft:
    others = (part.strip() for part in _BETWEEN.split(data.pop("other_skills")))
    skills = dict.fromkeys([*data.pop("skills"), *(part for part in others if part)])
    return NeedDraft(**data, skills=tuple(skills))


class CloseSchema(InputSchema):
    """The form 「募集を終了する」."""

    note = text(LABELS["note"], 500, required=False, multiline=True)


class ReopenSchema(InputSchema):
    """The form 「募集を再開する」."""

    closes_on = date(LABELS["closes_on"], required=False)
