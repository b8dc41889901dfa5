"""What may come in over HTTP. A loaded schema is an operation's input, ready to pass on."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from marshmallow import post_load

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.schema import InputSchema, choice, date, identifier, integer, many, text
from kyoso.municipal.workshops.operations import Settlement, WorkshopDraft
from kyoso.municipal.workshops.rules import GROUP_LENGTH, Fate

LABELS = {
    "title": _l("題名"),
    "held_on": _l("開催日"),
    "place": _l("場所"),
    "department_id": _l("開催した課"),
    "participants": _l("参加した人数"),
    "theme": _l("話し合ったこと"),
    "summary": _l("公開するまとめ"),
}


@dataclass(frozen=True, slots=True)
class NewWorkshop:
    """A draft, and the form it came from."""

    form_id: uuid.UUID
    draft: WorkshopDraft


class WorkshopSchema(InputSchema):
    """The form 「ワークショップ」."""

    builds: type | None = WorkshopDraft

    title = text(LABELS["title"], 100)
    held_on = date(LABELS["held_on"])
    place = text(LABELS["place"], 100, required=False)
    department_id = identifier(LABELS["department_id"])
    participants = integer(LABELS["participants"], 0, 10_000)
    theme = text(LABELS["theme"], 2000, multiline=True)
    summary = text(LABELS["summary"], 10_000, required=False, multiline=True)


class NewWorkshopSchema(WorkshopSchema):
    """The same form, the first time."""

    form_id = identifier(_l("この画面"))

    @post_load
    def build(self, data: dict[str, Any], **_kw: Any) -> Any:
        """Return the draft and the form it came from."""
        return NewWorkshop(data.pop("form_id"), WorkshopDraft(**data))


class PastedSchema(InputSchema):
    """Ideas typed or pasted, one a line."""

    pasted = text(_l("アイデア"), 100_000, multiline=True)


class GroupSchema(InputSchema):
    """Which ideas go into which group."""

    ideas = many(identifier(_l("アイデア")), _l("アイデア"), required=True)
    group = text(_l("グループ名"), GROUP_LENGTH, required=False)


class SettlementSchema(InputSchema):
    """What became of one idea."""

    builds = Settlement

    fate = choice(_l("扱い"), Fate)
    tactic_id = identifier(_l("戦術"), required=False)
    need_id = identifier(_l("求めていること"), required=False)
    project_id = identifier(_l("プロジェクト"), required=False)
    answer = text(_l("町からの回答"), 2000, required=False, multiline=True)
