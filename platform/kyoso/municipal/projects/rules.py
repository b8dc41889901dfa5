"""Which stages a project goes through. Pure: no database, no clock, no request."""

from __future__ import annotations

import datetime as dt
import enum
import uuid

from kyoso.core.access import Actor, Role
from kyoso.core.errors import Forbidden, InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l


class ProjectStage(enum.StrEnum):
    """Where a project stands."""

    PLANNING = "planning"
    PILOT = "pilot"
    EVALUATION = "evaluation"
    OPERATION = "operation"
    CONCLUDED = "concluded"
    ON_HOLD = "on_hold"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_STAGES[self][0])

    @property
    def tone(self) -> str:
        """The tone of the tag beside the word: see components/page.html."""
        return _STAGES[self][1]

    @property
    def meaning(self) -> str:
        """What the word means, for people who read it for the first time."""
        return str(_STAGES[self][2])


S = ProjectStage

_STAGES = {
    S.PLANNING: (_l("計画"), "neutral", _l("進め方を町と提案者で決めています。")),
    S.PILOT: (_l("実証"), "info", _l("効果と、続ける場合の費用を、期間を決めて確かめています。")),
    S.EVALUATION: (_l("評価"), "info", _l("実証で分かったことをまとめています。")),
    S.OPERATION: (_l("実装"), "success", _l("町の仕事として続けています。")),
    S.CONCLUDED: (_l("完了"), "neutral", _l("予定した取組を終えました。")),
    S.ON_HOLD: (_l("休止"), "warning", _l("いったん休んでいます。")),
    S.CANCELLED: (_l("中止"), "neutral", _l("途中で取りやめました。")),
}

#: The way that most projects take, in order.
WAY = (S.PLANNING, S.PILOT, S.EVALUATION, S.OPERATION)
ENDED = frozenset({S.CONCLUDED, S.CANCELLED})

#: For each stage, the stages that may follow it. A step back corrects a mistake, with a reason.
NEXT: dict[ProjectStage, frozenset[ProjectStage]] = {
    S.PLANNING: frozenset({S.PILOT, S.CONCLUDED, S.ON_HOLD, S.CANCELLED}),
    S.PILOT: frozenset({S.PLANNING, S.EVALUATION, S.CONCLUDED, S.ON_HOLD, S.CANCELLED}),
    S.EVALUATION: frozenset({S.PILOT, S.OPERATION, S.CONCLUDED, S.ON_HOLD, S.CANCELLED}),
    S.OPERATION: frozenset({S.EVALUATION, S.CONCLUDED, S.ON_HOLD, S.CANCELLED}),
    S.ON_HOLD: frozenset({*WAY, S.CONCLUDED, S.CANCELLED}),
    S.CONCLUDED: frozenset(WAY),
    S.CANCELLED: frozenset({S.PLANNING}),
}


def needs_gate(now: ProjectStage, to: ProjectStage, came_from: str) -> bool:
    """Tell whether a gate stands before the move: see the feature gates.

    Stopping, going back, and taking a stopped project up again where it `came_from` need none.
    """
    if to in {S.PLANNING, S.ON_HOLD, S.CANCELLED} or to not in NEXT[now]:
        return False
    here = now if now in WAY else came_from
    return here not in WAY or to not in WAY or WAY.index(to) > WAY.index(S(here))


def check_ungated(now: ProjectStage, to: ProjectStage, came_from: str) -> None:
    """Refuse to go round a gate."""
    if needs_gate(now, to, came_from):
        raise RuleViolation(
            _("「%(to)s」には、条件を確かめてゲートから進めてください。", to=to.label)
        )


def needs_reason(now: ProjectStage, to: ProjectStage) -> bool:
    """Tell whether the move goes back, stops the project or takes it up again."""
    if to in {S.ON_HOLD, S.CANCELLED} or now in ENDED:
        return True
    return now in WAY and to in WAY and WAY.index(to) < WAY.index(now)


def check_move(now: ProjectStage, to: ProjectStage, reason: str) -> None:
    """Refuse a move that the table above does not list, or one that lacks its reason."""
    if to not in NEXT[now]:
        raise RuleViolation(
            _(
                "「%(now)s」のプロジェクトを「%(to)s」にすることはできません。",
                now=now.label,
                to=to.label,
            )
        )
    if needs_reason(now, to) and not reason:
        raise RuleViolation(
            _("「%(now)s」から「%(to)s」にする理由を書いてください。", now=now.label, to=to.label)
        )


def check_recruiting(stage: ProjectStage, recruiting: bool) -> None:
    """Refuse to look for people for a project that has ended."""
    if recruiting and stage in ENDED:
        raise RuleViolation(
            _("「%(stage)s」のプロジェクトでは参加者を募集できません。", stage=stage.label)
        )


def check_pilot(starts_on: dt.date | None, ends_on: dt.date | None) -> None:
    """Refuse a pilot with one end only, or one that ends before it begins."""
    if (starts_on is None) != (ends_on is None):
        missing = "pilot_starts_on" if starts_on is None else "pilot_ends_on"
        raise InvalidInput({missing: [_("実証の始まりと終わりは、両方の日を入れてください。")]})
    if starts_on and ends_on and ends_on < starts_on:
        raise InvalidInput(
            {"pilot_ends_on": [_("実証の終わりが始まりより前です。日付を確かめてください。")]}
        )


def check_may_start(actor: Actor, department_id: uuid.UUID) -> None:
    """Refuse staff who would begin something for a department that is not theirs."""
    if not may_edit(actor, department_id):
        raise Forbidden(_("ほかの課の取組は始められません。担当する課を確かめてください。"))


def runs_all(actor: Actor) -> bool:
    """Tell whether the actor looks after every project of the town."""
    return bool(actor.roles & {Role.ADMIN, Role.SECRETARIAT, Role.SYSTEM})


def may_edit(actor: Actor, department_id: uuid.UUID | None) -> bool:
    """Tell whether the actor may write in a project of this department: staff in their own only."""
    if runs_all(actor):
        return True
    return Role.STAFF in actor.roles and department_id in actor.department_ids


def check_may_edit(actor: Actor, department_id: uuid.UUID | None, to: uuid.UUID | None) -> None:
    """Refuse staff of other departments, and staff who would give their project away."""
    if not may_edit(actor, department_id):
        raise Forbidden(_("このプロジェクトを編集できるのは、事務局と、担当する課の職員です。"))
    if to != department_id and not runs_all(actor):
        raise Forbidden(_("担当する課を変えられるのは事務局です。"))
