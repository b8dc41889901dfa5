"""Which conditions stand before each stage. Pure: no database, no clock, no request."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kyoso.core.access import Actor, Role
from kyoso.core.errors import Forbidden, InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.municipal.projects.rules import ProjectStage

S = ProjectStage


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a project, gathered from the features that know it."""

    #: A signed pilot agreement in force today, and the clauses that it does not state.
    agreement_in_force: bool = False
    clauses_missing: tuple[str, ...] = ()
    #: Items of the すり合わせシート that nobody has closed; None: there is no sheet.
    sheet_open: int | None = None
    costs_drafted: bool = False
    #: Somebody called the running-cost plan complete, and it is.
    costs_complete: bool = False
    #: What the running-cost plan lacks; None: there is no plan.
    costs_missing: tuple[str, ...] | None = None
    budget_source: str = ""
    #: The names of the affected departments, and of those that have not consented.
    departments: tuple[str, ...] = ()
    without_consent: tuple[str, ...] = ()
    #: The names of the indicators, of those without baseline or target, and of those not measured.
    indicators: tuple[str, ...] = ()
    without_target: tuple[str, ...] = ()
    not_measured: tuple[str, ...] = ()
    #: The pilot agreement has run out, or the town recorded that the pilot is over.
    pilot_over: bool = False
    reported: bool = False
    evaluated: bool = False
    owned: bool = False
    #: The last decision on operation was to operate.
    operation_decided: bool = False
    lessons_written: bool = False
    letter_issued: bool = False
    lessons_offered: bool = False


class Key(enum.StrEnum):
    """One condition."""

    AGREEMENT = "agreement"
    CLAUSES = "clauses"
    FIT_SHEET = "fit_sheet"
    COSTS_DRAFTED = "costs_drafted"
    CONSENTS = "consents"
    TARGETS = "targets"
    PILOT_OVER = "pilot_over"
    MEASURED = "measured"
    REPORT = "report"
    EVALUATION = "evaluation"
    COSTS_COMPLETE = "costs_complete"
    BUDGET = "budget"
    OWNER = "owner"
    DECISION = "decision"
    LESSONS = "lessons"
    LETTER = "letter"
    OFFERED = "offered"


@dataclass(frozen=True, slots=True)
class Condition:
    """What must be there, what is said while it is not, and where to mend it."""

    key: Key
    label: Any
    missing: Any
    endpoint: str

    @property
    def mend(self) -> str:
        """What the link to the place where it is mended says."""
        return str(_PLACES[self.endpoint])


_PLACES = {
    "agreements.of_project": _l("協定を開く"),
    "fit_sheets.of_project": _l("すり合わせシートを開く"),
    "running_costs.index": _l("ランニングコスト計画を開く"),
    "workloads.index": _l("業務負荷と了承を開く"),
    "indicators.index": _l("成果指標を開く"),
    "activities.reports": _l("活動レポートを開く"),
    "projects.edit": _l("プロジェクトを編集する"),
    "gates.evaluation": _l("評価を書く"),
    "gates.decisions": _l("決定を記録する"),
    "gates.conclusion": _l("完了の準備を開く"),
}


GATES: Mapping[ProjectStage, tuple[Condition, ...]] = {
    S.PILOT: (
        Condition(
            Key.AGREEMENT,
            _l("実証協定を結んでいる"),
            _l("署名済みで、いま有効な実証協定がありません。"),
            "agreements.of_project",
        ),
        Condition(
            Key.CLAUSES,
            _l("協定に必要なことが書いてある"),
            _l(
                "目的・期間・費用の分担・データと知的財産・「実装を約束しない」ことを書いてください。"
            ),
            "agreements.of_project",
        ),
        Condition(
            Key.FIT_SHEET,
            _l("すり合わせが済んでいる"),
            _l("すり合わせシートに、決まっていない項目があります。"),
            "fit_sheets.of_project",
        ),
        Condition(
            Key.COSTS_DRAFTED,
            _l("実装したときの費用の見込みがある"),
            _l("ランニングコスト計画の案がありません。"),
            "running_costs.index",
        ),
        Condition(
            Key.CONSENTS,
            _l("関係する課がすべて了承している"),
            _l("業務負荷を了承していない課があります。"),
            "workloads.index",
        ),
        Condition(
            Key.TARGETS,
            _l("成果指標に基準と目標がある"),
            _l("基準と目標のある成果指標が必要です。"),
            "indicators.index",
        ),
    ),
    S.EVALUATION: (
        Condition(
            Key.PILOT_OVER,
            _l("実証の期間が終わっている"),
            _l("実証の期間が続いています。早く終えたときは、その決定を記録してください。"),
            "gates.decisions",
        ),
        Condition(
            Key.MEASURED,
            _l("成果指標を測っている"),
            _l("まだ測っていない成果指標があります。"),
            "indicators.index",
        ),
        Condition(
            Key.REPORT,
            _l("活動レポートがある"),
            _l("活動レポートがまだありません。"),
            "activities.reports",
        ),
    ),
    S.OPERATION: (
        Condition(
            Key.EVALUATION,
            _l("評価を記録している"),
            _l("実証の評価がまだ記録されていません。"),
            "gates.evaluation",
        ),
        Condition(
            Key.COSTS_COMPLETE,
            _l("ランニングコスト計画がそろっている"),
            _l("5年分の費用・財源・職員の時間・やめるときの費用がそろっていません。"),
            "running_costs.index",
        ),
        Condition(
            Key.BUDGET,
            _l("予算の出どころが決まっている"),
            _l("どの予算で続けるのかが書かれていません。"),
            "running_costs.index",
        ),
        Condition(
            Key.OWNER,
            _l("担当する課が決まっている"),
            _l("実装したあとに担当する課が決まっていません。"),
            "projects.edit",
        ),
        Condition(
            Key.DECISION,
            _l("実装する決定がある"),
            _l("実装する決定がまだ記録されていません。"),
            "gates.decisions",
        ),
    ),
    S.CONCLUDED: (
        Condition(
            Key.LESSONS,
            _l("分かったことを書き残している"),
            _l("次の人に役立つこと（うまくいったこと、難しかったこと）を書き残してください。"),
            "gates.conclusion",
        ),
        Condition(
            Key.LETTER,
            _l("完了通知を出している"),
            _l("完了通知がまだ出ていません。"),
            "gates.conclusion",
        ),
        Condition(
            Key.OFFERED,
            _l("ほかの町に役立ててもらう用意がある"),
            _l("分かったことをノウハウとして提供するかを決めてください。"),
            "gates.conclusion",
        ),
    ),
}


_HOLDS: Mapping[Key, Callable[[Facts], bool]] = {
    Key.AGREEMENT: lambda facts: facts.agreement_in_force,
    Key.CLAUSES: lambda facts: facts.agreement_in_force and not facts.clauses_missing,
    Key.FIT_SHEET: lambda facts: facts.sheet_open == 0,
    Key.COSTS_DRAFTED: lambda facts: facts.costs_drafted,
    Key.CONSENTS: lambda facts: bool(facts.departments) and not facts.without_consent,
    Key.TARGETS: lambda facts: bool(facts.indicators) and not facts.without_target,
    Key.PILOT_OVER: lambda facts: facts.pilot_over,
    Key.MEASURED: lambda facts: bool(facts.indicators) and not facts.not_measured,
    Key.REPORT: lambda facts: facts.reported,
    Key.EVALUATION: lambda facts: facts.evaluated,
    Key.COSTS_COMPLETE: lambda facts: facts.costs_complete,
    Key.BUDGET: lambda facts: bool(facts.budget_source),
    Key.OWNER: lambda facts: facts.owned,
    Key.DECISION: lambda facts: facts.operation_decided,
    Key.LESSONS: lambda facts: facts.lessons_written,
    Key.LETTER: lambda facts: facts.letter_issued,
    Key.OFFERED: lambda facts: facts.lessons_offered,
}


def holds(key: Key, facts: Facts) -> bool:
    """Tell whether a condition is met."""
    return _HOLDS[key](facts)


def detail(key: Key, facts: Facts) -> str:
    """Return what exactly is missing, where the facts say more than the sentence does."""
    names: tuple[str, ...] = ()
    match key:
        case Key.CLAUSES:
            names = facts.clauses_missing
        case Key.FIT_SHEET if facts.sheet_open is None:
            return _("シートがまだありません。")
        case Key.FIT_SHEET if facts.sheet_open:
            return _("決まっていない項目：%(count)s件", count=facts.sheet_open)
        case Key.CONSENTS if not facts.departments:
            return _("影響を受ける課と時間がまだ書かれていません。")
        case Key.CONSENTS:
            names = facts.without_consent
        case Key.TARGETS:
            names = facts.without_target
        case Key.MEASURED:
            names = facts.not_measured
        case Key.COSTS_COMPLETE if facts.costs_missing == ():
            return _("計画の画面で「そろった」と記録してください。")
        case Key.COSTS_COMPLETE:
            names = facts.costs_missing or ()
        case _:
            pass
    return _("、").join(names)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a checklist."""

    condition: Condition
    done: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Checklist:
    """The way into a stage: every condition, done or missing."""

    to: ProjectStage
    items: tuple[Item, ...]

    @property
    def missing(self) -> tuple[Item, ...]:
        """What is not there yet."""
        return tuple(item for item in self.items if not item.done)

    @property
    def complete(self) -> bool:
        """Tell whether the project may go on."""
        return not self.missing


def checklist(to: ProjectStage, facts: Facts) -> Checklist:
    """Hold a project against the conditions before a stage."""
    items = []
    for condition in GATES[to]:
        done = holds(condition.key, facts)
        items.append(Item(condition, done, "" if done else detail(condition.key, facts)))
    return Checklist(to, tuple(items))


def next_gate(stage: ProjectStage) -> ProjectStage | None:
    """Return the stage that a project makes for, if a gate stands before it."""
    return _TOWARDS.get(stage)


_TOWARDS = {
    S.PLANNING: S.PILOT,
    S.PILOT: S.EVALUATION,
    S.EVALUATION: S.OPERATION,
    S.OPERATION: S.CONCLUDED,
}


def may_override(actor: Actor) -> bool:
    """Tell whether the actor may let a project through with something missing."""
    return Role.ADMIN in actor.roles


def check_passing(found: Checklist, reason: str, actor: Actor) -> None:
    """Refuse with something missing, unless an administrator answers for it in writing."""
    if found.complete:
        return
    named = _("、").join(str(item.condition.label) for item in found.missing)
    if not may_override(actor):
        words = _(
            "まだそろっていないものがあります：%(missing)s。そろわないまま進められるのは管理者だけです。",
            missing=named,
        )
        # Somebody who gave a reason tried what only an administrator may do.
        raise Forbidden(words) if reason else RuleViolation(words)
    if not reason:
        raise InvalidInput(
            {"reason": [_("そろわないまま進める理由を書いてください。ページに残ります。")]}
        )


class Recommendation(enum.StrEnum):
    """What an evaluation recommends."""

    OPERATE = "operate"
    CONTINUE = "continue"
    CONCLUDE = "conclude"

    @property
    def label(self) -> str:
        """The words a user sees."""
        return str(_RECOMMENDATIONS[self])


_RECOMMENDATIONS = {
    Recommendation.OPERATE: _l("実装する"),
    Recommendation.CONTINUE: _l("期間を決めて、もう一度実証する"),
    Recommendation.CONCLUDE: _l("実証の目的を果たしたので、ここで終える"),
}


class DecisionKind(enum.StrEnum):
    """What the town decided about a running project."""

    END_PILOT = "end_pilot"
    OPERATE = "operate"
    NOT_OPERATE = "not_operate"

    @property
    def label(self) -> str:
        """The words a user sees."""
        return str(_KINDS[self])


_KINDS = {
    DecisionKind.END_PILOT: _l("実証を終える"),
    DecisionKind.OPERATE: _l("実装する"),
    DecisionKind.NOT_OPERATE: _l("実証完了とし、実装はしない"),
}
#: Of these, the last one counts.
ON_OPERATION = frozenset({DecisionKind.OPERATE, DecisionKind.NOT_OPERATE})


def check_decided_on(day: dt.date, today: dt.date) -> None:
    """Refuse a decision of a day that is yet to come."""
    if day > today:
        raise InvalidInput({"decided_on": [_("決定の日に、これからの日付は入力できません。")]})


def ending(stages: tuple[ProjectStage, ...]) -> str:
    """Say how a concluded project ended, from the stages that it had reached."""
    if S.OPERATION in stages:
        return _("完了（実装を終えました）")
    if S.PILOT in stages:
        return _("実証完了・実装せず")
    return _("完了")
