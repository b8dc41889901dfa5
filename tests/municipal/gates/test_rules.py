"""Every gate with every combination of its conditions."""

import datetime as dt
import itertools
import uuid
from dataclasses import fields, replace

import pytest

from kyoso.core.access import Actor, Role
from kyoso.core.errors import Forbidden, InvalidInput, RuleViolation
from kyoso.municipal.gates import rules
from kyoso.municipal.gates.rules import (
    GATES,
    DecisionKind,
    Facts,
    Key,
    Recommendation,
    check_passing,
    checklist,
)
from kyoso.municipal.projects.rules import NEXT, ProjectStage

S = ProjectStage

#: Everything is there.
FULL = Facts(
    agreement_in_force=True,
    sheet_open=0,
    costs_drafted=True,
    costs_complete=True,
    costs_missing=(),
    budget_source="一般財源",
    departments=("建設課", "政策課"),
    indicators=("外出の回数",),
    pilot_over=True,
    reported=True,
    evaluated=True,
    owned=True,
    operation_decided=True,
    lessons_written=True,
    letter_issued=True,
    lessons_offered=True,
)
#: For each condition, the ways in which it can be missing and nothing else of its gate is.
WITHOUT: dict[Key, list[dict[str, object]]] = {
    Key.AGREEMENT: [{"agreement_in_force": False}],
    Key.CLAUSES: [{"clauses_missing": ("目的",)}, {"clauses_missing": ("費用", "データ")}],
    Key.FIT_SHEET: [{"sheet_open": 1}, {"sheet_open": None}],
    Key.COSTS_DRAFTED: [{"costs_drafted": False}],
    Key.CONSENTS: [{"without_consent": ("建設課",)}, {"departments": ()}],
    Key.TARGETS: [{"without_target": ("外出の回数",)}, {"indicators": ()}],
    Key.PILOT_OVER: [{"pilot_over": False}],
    Key.MEASURED: [{"not_measured": ("外出の回数",)}, {"indicators": ()}],
    Key.REPORT: [{"reported": False}],
    Key.EVALUATION: [{"evaluated": False}],
    Key.COSTS_COMPLETE: [
        {"costs_complete": False, "costs_missing": ("やめるときの費用",)},
        {"costs_complete": False, "costs_missing": None},
        {"costs_complete": False},
    ],
    Key.BUDGET: [{"budget_source": ""}],
    Key.OWNER: [{"owned": False}],
    Key.DECISION: [{"operation_decided": False}],
    Key.LESSONS: [{"lessons_written": False}],
    Key.LETTER: [{"letter_issued": False}],
    Key.OFFERED: [{"lessons_offered": False}],
}


def combinations(to: ProjectStage):
    """Yield which conditions are missing, and facts in which exactly those are."""
    keys = [condition.key for condition in GATES[to]]
    ways = [[None, *WITHOUT[key]] for key in keys]
    for chosen in itertools.product(*ways):
        changes: dict[str, object] = {}
        for way in chosen:
            changes |= way or {}
        missing = {key for key, way in zip(keys, chosen, strict=True) if way is not None}
        yield missing, replace(FULL, **changes)


@pytest.mark.parametrize("to", list(GATES))
def test_a_gate_misses_exactly_what_is_not_there(to: ProjectStage) -> None:
    seen = 0
    for missing, facts in combinations(to):
        found = checklist(to, facts)
        # What an agreement says counts only where there is one.
        implied = {Key.CLAUSES} if Key.AGREEMENT in missing else set()
        assert {item.condition.key for item in found.missing} == missing | implied
        assert found.complete == (not missing)
        assert [item.condition for item in found.items] == list(GATES[to])
        assert all(item.detail == "" for item in found.items if item.done)
        seen += 1
    assert seen >= 2 ** len(GATES[to])


def test_the_gates_are_those_of_the_table() -> None:
    assert {to: [c.key for c in conditions] for to, conditions in GATES.items()} == {
        S.PILOT: [
            Key.AGREEMENT,
            Key.CLAUSES,
            Key.FIT_SHEET,
            Key.COSTS_DRAFTED,
            Key.CONSENTS,
            Key.TARGETS,
        ],
        S.EVALUATION: [Key.PILOT_OVER, Key.MEASURED, Key.REPORT],
        S.OPERATION: [
            Key.EVALUATION,
            Key.COSTS_COMPLETE,
            Key.BUDGET,
            Key.OWNER,
            Key.DECISION,
        ],
        S.CONCLUDED: [Key.LESSONS, Key.LETTER, Key.OFFERED],
    }
    assert set(WITHOUT) == set(Key)


def test_nothing_is_there_of_a_new_project() -> None:
    for to in GATES:
        assert not any(item.done for item in checklist(to, Facts()).items)


def test_every_condition_says_what_is_missing_and_where_to_mend_it() -> None:
    for conditions in GATES.values():
        for condition in conditions:
            assert str(condition.label)
            assert str(condition.missing).endswith("。")
            assert condition.endpoint.count(".") == 1
            assert condition.mend


@pytest.mark.parametrize(
    ("key", "change", "words"),
    [
        (Key.CLAUSES, {"clauses_missing": ("費用", "データ")}, "費用、データ"),
        (Key.FIT_SHEET, {"sheet_open": None}, "シートがまだありません。"),
        (Key.FIT_SHEET, {"sheet_open": 3}, "決まっていない項目：3件"),
        (Key.CONSENTS, {"without_consent": ("建設課",)}, "建設課"),
        (Key.CONSENTS, {"departments": ()}, "影響を受ける課と時間がまだ書かれていません。"),
        (Key.TARGETS, {"without_target": ("外出の回数",)}, "外出の回数"),
        (Key.MEASURED, {"not_measured": ("外出の回数",)}, "外出の回数"),
        (Key.COSTS_COMPLETE, {"costs_complete": False, "costs_missing": ("財源",)}, "財源"),
        (Key.COSTS_COMPLETE, {"costs_complete": False}, "「そろった」と記録してください"),
        (Key.OWNER, {"owned": False}, ""),
    ],
)
def test_what_exactly_is_missing_is_named(key, change, words) -> None:
    assert words in rules.detail(key, replace(FULL, **change))


def somebody(*roles: Role) -> Actor:
    return Actor(uuid.uuid4(), frozenset(roles))


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("reason", ["", "町長の指示のため"])
@pytest.mark.parametrize("complete", [True, False])
def test_only_an_administrator_overrides_and_only_with_a_reason(role, reason, complete) -> None:
    found = checklist(S.PILOT, FULL if complete else Facts())
    expected: type[Exception] | None = None
    if not complete and role is Role.ADMIN:
        expected = None if reason else InvalidInput
    elif not complete:
        expected = Forbidden if reason else RuleViolation
    if expected is None:
        check_passing(found, reason, somebody(role))
    else:
        with pytest.raises(expected):
            check_passing(found, reason, somebody(role))


def test_every_stage_makes_for_a_gate_it_may_reach() -> None:
    for stage in ProjectStage:
        to = rules.next_gate(stage)
        assert to is None or to in NEXT[stage]
        assert to is None or to in GATES


@pytest.mark.parametrize(
    ("stages", "words"),
    [
        ((), "完了"),
        ((S.PILOT,), "実証完了・実装せず"),
        ((S.PILOT, S.EVALUATION), "実証完了・実装せず"),
        ((S.PILOT, S.EVALUATION, S.OPERATION), "完了（実装を終えました）"),
    ],
)
def test_an_end_is_said_neutrally(stages, words) -> None:
    assert rules.ending(stages) == words


def test_nothing_is_decided_tomorrow() -> None:
    day = dt.date(2026, 11, 21)
    rules.check_decided_on(day, day)
    with pytest.raises(InvalidInput):
        rules.check_decided_on(day + dt.timedelta(days=1), day)


def test_every_choice_has_its_word() -> None:
    for kind in (Recommendation, DecisionKind):
        assert len({member.label for member in kind}) == len(kind)


def test_every_fact_is_asked_for_by_some_condition() -> None:
    assert {field.name for field in fields(Facts)} == {field.name for field in fields(FULL)}
