"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from marshmallow import post_load

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, choice, date, identifier, text
from kyoso.municipal.activities.operations import DecisionNote, ReportDraft, StepDraft, TeamEntry
from kyoso.municipal.activities.rules import Side

LABELS = {
    "name": _l("名前"),
    "role": _l("役割"),
    "organisation": _l("所属"),
    "side": _l("内・外"),
    "membership_id": _l("担当者として登録されている人"),
    "starts_on": _l("いつから"),
    "ends_on": _l("いつまで"),
    "title": _l("題名"),
    "assignee": _l("担当"),
    "due_on": _l("期限"),
    "decided_on": _l("決めた日"),
    "decision": _l("決めたこと"),
    "decided_by": _l("決めた人・会議"),
    "body": _l("本文"),
    "photo": _l("写真"),
    "caption": _l("写真の説明"),
    "reason": _l("理由"),
}


@dataclass(frozen=True, slots=True)
class Sent:
    """What a form brings, and the form it came from: sent twice, it counts once."""

    form_id: uuid.UUID
    draft: Any


class TeamSchema(InputSchema):
    """The form 「チームの人を編集する」."""

    builds = TeamEntry

    name = text(LABELS["name"], 80)
    role = text(LABELS["role"], 80)
    organisation = text(LABELS["organisation"], 120, required=False)
    side = choice(LABELS["side"], Side)
    membership_id = identifier(LABELS["membership_id"], required=False)
    starts_on = date(LABELS["starts_on"], required=False)
    ends_on = date(LABELS["ends_on"], required=False)


class StepSchema(InputSchema):
    """One line of milestones or tasks."""

    builds = StepDraft

    title = text(LABELS["title"], 200)
    assignee = text(LABELS["assignee"], 80, required=False)
    due_on = date(LABELS["due_on"], required=False)


class DecisionSchema(InputSchema):
    """The form 「決定を記録する」."""

    builds = DecisionNote

    decided_on = date(LABELS["decided_on"])
    decision = text(LABELS["decision"], 1000, multiline=True)
    decided_by = text(LABELS["decided_by"], 120)
    reason = text(LABELS["reason"], 2000, multiline=True)


class ReportSchema(InputSchema):
    """The form 「活動レポートを編集する」."""

    builds = ReportDraft

    title = text(LABELS["title"], 100)
    body = text(LABELS["body"], 10_000, multiline=True)


class _New(InputSchema):
    form_id = identifier(_l("この画面"))

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the draft and the form it came from."""
        form_id = data.pop("form_id")
        return Sent(form_id, self.builds(**data) if self.builds else data)


class NewTeamSchema(_New, TeamSchema):
    """The form 「チームに加える」."""


class NewStepSchema(_New, StepSchema):
    """The line 「加える」 of milestones and tasks."""


class NewDecisionSchema(_New, DecisionSchema):
    """The form 「決定を記録する」, new each time."""


class NewReportSchema(_New, ReportSchema):
    """The form 「活動レポートを書く」."""


class PhotoSchema(InputSchema):
    """The form 「写真を加える」, beside the file itself."""

    caption = text(LABELS["caption"], 200)


class WithdrawSchema(InputSchema):
    """The form 「活動レポートを取り下げる」."""

    reason = text(LABELS["reason"], 500, multiline=True)
