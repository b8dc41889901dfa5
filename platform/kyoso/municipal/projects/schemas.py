"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, boolean, choice, identifier, text
from kyoso.municipal.projects.operations import SUMMARY_LENGTH, ProjectDraft
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


class MoveSchema(InputSchema):
    """The form 「段階を変える」."""

    to = choice(LABELS["to"], ProjectStage)
    reason = text(LABELS["reason"], 1000, required=False, multiline=True)


class ReasonSchema(InputSchema):
    """The form 「非公開にする」."""

    reason = text(LABELS["reason"], 1000, multiline=True)
