"""Who may do what with an item, who may write where, and what two changes come to."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyoso.core.access import Actor, Role
from kyoso.core.errors import Forbidden, RuleViolation
from kyoso.municipal.fit_sheets import rules
from kyoso.municipal.fit_sheets.rules import ItemState, Side, Step
from kyoso.municipal.proposals.rules import ProposalStatus as S

#: Every state × step × side that is allowed, and where it leads with and without the other's mark.
ALLOWED = {
    ("open", "confirm", "town"): ("open", "agreed"),
    ("open", "confirm", "proposer"): ("open", "agreed"),
    ("open", "take-back", "town"): ("open", "open"),
    ("open", "take-back", "proposer"): ("open", "open"),
    ("open", "put-out", "town"): ("out_of_scope", "out_of_scope"),
    ("open", "propose", "proposer"): ("open", "open"),
    ("agreed", "reopen", "town"): ("open", "open"),
    ("agreed", "reopen", "proposer"): ("open", "open"),
    ("out_of_scope", "reopen", "town"): ("open", "open"),
    ("out_of_scope", "propose", "proposer"): ("out_of_scope", "out_of_scope"),
}


@pytest.mark.parametrize(("state", "step", "side"), [*itertools.product(ItemState, Step, Side)])
def test_every_state_and_step_and_side(state: ItemState, step: Step, side: Side) -> None:
    leads = ALLOWED.get((state.value, step.value, side.value))
    if leads is None:
        with pytest.raises(RuleViolation, match=state.label):
            rules.check_step(state, step, side)
        return
    rules.check_step(state, step, side)
    assert rules.state_after(state, step, other_confirmed=False) == leads[0]
    assert rules.state_after(state, step, other_confirmed=True) == leads[1]


def test_only_two_marks_lead_to_agreed() -> None:
    for state, step in itertools.product(ItemState, Step):
        if state is not ItemState.AGREED and step is not Step.CONFIRM:
            for other in (True, False):
                after = rules.state_after(state, step, other_confirmed=other)
                assert after is not ItemState.AGREED


def test_the_proposer_wishes_for_the_other_state() -> None:
    assert rules.state_wished(ItemState.OPEN) is ItemState.OUT_OF_SCOPE
    assert rules.state_wished(ItemState.OUT_OF_SCOPE) is ItemState.OPEN


@pytest.mark.parametrize("status", [*S, None])
@pytest.mark.parametrize("ended", [True, False])
def test_a_sheet_is_written_in_from_screening_to_the_end(status: S | None, ended: bool) -> None:
    writable = not ended and status not in set(S) - {
        *(S.SCREENING, S.REVISION_REQUESTED, S.RESUBMITTED, S.IN_REVIEW),
        *(S.ADOPTED, S.ADOPTED_WITH_CONDITIONS),
    }
    assert rules.is_writable(status, ended=ended) == writable
    if not writable:
        with pytest.raises(RuleViolation):
            rules.check_writable(status, ended=ended)


OWN = {
    "town": {"alignment", "win_town", "position", "topic", "wanted", "town_can", "aim"},
    "proposer": {"mission", "win_proposer", "wish", "proposer_can"},
}
SHARED = {"agreement", "owner_side", "owner_name", "due_on"}
NAMES = [*rules.SHEET_FIELDS, *rules.ITEM_FIELDS, "aim"]


@pytest.mark.parametrize(("name", "side"), [*itertools.product(NAMES, Side)])
def test_each_side_writes_its_own_words_only(name: str, side: Side) -> None:
    item_id = str(uuid.uuid4())
    key = name if name in rules.SHEET_FIELDS else rules.key_of(name, item_id)
    if name in OWN[side] | SHARED:
        rules.check_own([key], {item_id}, {side})
    else:
        with pytest.raises(Forbidden):
            rules.check_own([key], {item_id}, {side})


def test_whoever_adds_an_item_names_it() -> None:
    new = rules.key_of("topic", uuid.uuid4())
    for side in Side:
        rules.check_own([new], {"another"}, {side})


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("has_proposer", [True, False])
def test_the_town_speaks_for_a_partner_only_where_there_is_no_proposer(
    role: Role, has_proposer: bool
) -> None:
    sides = rules.sides_of(Actor(uuid.uuid4(), frozenset({role})), has_proposer=has_proposer)
    if role is Role.LINK_HOLDER:
        assert sides == {Side.PROPOSER}
    else:
        assert sides == ({Side.TOWN} if has_proposer else set(Side))


@pytest.mark.parametrize("role", [Role.ADMIN, Role.SECRETARIAT, Role.STAFF, Role.LINK_HOLDER])
@pytest.mark.parametrize("own", [True, False, None])
def test_staff_write_where_their_department_is_in_charge(role: Role, own: bool | None) -> None:
    mine, theirs = uuid.uuid4(), uuid.uuid4()
    actor = Actor(uuid.uuid4(), frozenset({role}), department_ids=frozenset({mine}))
    department = {True: mine, False: theirs, None: None}[own]
    assert rules.is_in_charge(actor, department) == (role is not Role.STAFF or own is not False)


NOON = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("told_at", "may"),
    [
        (None, True),
        (NOON, False),
        (NOON - dt.timedelta(minutes=59, seconds=59), False),
        (NOON - dt.timedelta(hours=1), True),
    ],
)
def test_a_side_is_told_at_most_once_an_hour(told_at: dt.datetime | None, may: bool) -> None:
    assert rules.may_tell(told_at, NOON) is may


ITEM = "0199aaaa-0000-7000-8000-000000000001"
KEYS = ["mission", "win_town", f"wish-{ITEM}", f"wanted-{ITEM}", f"due_on-{ITEM}"]
WORDS = st.sampled_from(["", "一", "二", "三"])
DAYS = st.sampled_from(["", "2026-12-01", "2027-01-31"])


def contents() -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries({k: DAYS if k.startswith("due") else WORDS for k in KEYS})


@given(contents(), contents(), contents())
def test_a_merge_loses_no_ones_words(base: dict, typed: dict, saved: dict) -> None:
    merge = rules.merge(base, typed, saved, closed=())
    for key in KEYS:
        mine, theirs = typed[key] != base[key], saved[key] != base[key]
        got = merge.merged[key]
        assert (key in merge.met) == (mine and theirs and typed[key] != saved[key])
        if not mine:
            assert got == saved[key]
        elif not theirs:
            assert got == typed[key]
        else:
            assert typed[key] in got
            if not key.startswith("due"):
                assert saved[key] in got
    shown = {change.key for group in merge.theirs for change in group.changes}
    assert shown == {key for key in KEYS if saved[key] != base[key]}


def test_what_was_typed_in_a_closed_item_is_shown_and_not_saved() -> None:
    typed = {f"wish-{ITEM}": "新しい", "mission": "使命"}
    saved = {f"state-{ITEM}": "agreed", f"topic-{ITEM}": "費用"}
    merge = rules.merge({f"topic-{ITEM}": "費用"}, typed, saved, closed={ITEM})
    assert merge.merged == {"mission": "使命"}
    [group] = merge.shut
    assert (group.topic, [c.key for c in group.changes]) == ("費用", [f"wish-{ITEM}"])


def test_differences_are_said_in_words() -> None:
    before = {f"topic-{ITEM}": "費用", f"state-{ITEM}": "open"}
    after = {
        **before,
        f"state-{ITEM}": "agreed",
        f"owner_side-{ITEM}": "town",
        f"due_on-{ITEM}": "2026-12-01",
        "aim-1": "将来像：まち",
    }
    groups = {group.topic: group for group in rules.differences(before, after)}
    said = {c.label: c.pieces[-1].text for c in groups["費用"].changes}
    assert said == {"状態": "合意", "まとめる側": "町", "いつまでに": "2026年12月1日（火）"}
    assert groups[""].changes[0].label == "町の将来像・戦略・戦術"
    assert rules.differences(after, after) == []
