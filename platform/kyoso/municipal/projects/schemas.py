"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from marshmallow import post_load

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, boolean, choice, date, identifier, many, text
from kyoso.municipal.projects.operations import SUMMARY_LENGTH, Initiative, Plan, ProjectDraft
from kyoso.municipal.projects.rules import ProjectStage

LABELS = {
    "title": _l("名前"),
    "summary": _l("概要"),
    "content": _l("内容"),
    "proposer_name": _l("提案者"),
    "team": _l("チーム"),
    "recruiting": _l("参加者を募集している"),
    "recruiting_text": _l("募集の内容"),
    "department_id": _l("担当する課"),
    "tactic_ids": _l("関係する戦術"),
    "pilot_starts_on": _l("実証の始まり"),
    "pilot_ends_on": _l("実証の終わり"),
    "pilot_field": _l("フィールド"),
    "exit_conditions": _l("終了条件"),
    "to": _l("新しい段階"),
    "reason": _l("理由"),
}


class ProjectSchema(InputSchema):
    """The form 「プロジェクトを編集する」."""

    builds = ProjectDraft

    title = text(LABELS["title"], 120)
    summary = text(LABELS["summary"], SUMMARY_LENGTH, multiline=True)
    content = text(LABELS["content"], 20_000, required=False, multiline=True)
    proposer_name = text(LABELS["proposer_name"], 80, required=False)
    team = text(LABELS["team"], 2000, required=False, multiline=True)
    recruiting = boolean(LABELS["recruiting"])
    recruiting_text = text(LABELS["recruiting_text"], 2000, required=False, multiline=True)
    department_id = identifier(LABELS["department_id"], required=False)


@dataclass(frozen=True, slots=True)
class Beginning:
    """An initiative, and the form it came from."""

    form_id: uuid.UUID
    initiative: Initiative


class StartSchema(InputSchema):
    """The form 「自課の取組を始める」, also for a copy."""

    form_id = identifier(_l("この画面"))
    title = text(LABELS["title"], 120)
    summary = text(LABELS["summary"], SUMMARY_LENGTH, multiline=True)
    department_id = identifier(LABELS["department_id"])
    tactic_ids = many(identifier(LABELS["tactic_ids"]), LABELS["tactic_ids"])

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the initiative and the form it came from."""
        return Beginning(data.pop("form_id"), Initiative(**data))


class PlanSchema(InputSchema):
    """The form 「戦術と実証の計画」."""

    builds = Plan

    tactic_ids = many(identifier(LABELS["tactic_ids"]), LABELS["tactic_ids"])
    pilot_starts_on = date(LABELS["pilot_starts_on"], required=False)
    pilot_ends_on = date(LABELS["pilot_ends_on"], required=False)
    pilot_field = text(LABELS["pilot_field"], 300, required=False)
    exit_conditions = text(LABELS["exit_conditions"], 2000, required=False, multiline=True)


class MoveSchema(InputSchema):
    """The form 「段階を変える」."""

    to = choice(LABELS["to"], ProjectStage)
    reason = text(LABELS["reason"], 1000, required=False, multiline=True)


class ReasonSchema(InputSchema):
    """The form 「非公開にする」."""

    reason = text(LABELS["reason"], 1000, multiline=True)
