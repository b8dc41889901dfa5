"""How an application moves, who handles it, and when it is erased."""

import datetime as dt
from itertools import product
from types import SimpleNamespace

import pytest

from kyoso.core.access import Actor, Role
from kyoso.core.db import new_id
from kyoso.core.errors import Forbidden, InvalidInput, RuleViolation
from kyoso.municipal.recruitment_applications import rules
from kyoso.municipal.recruitment_applications.rules import ApplicationState as A

NOON = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)
ALLOWED = {
    A.RECEIVED: {A.IN_CONVERSATION, A.SELECTED, A.NOT_SELECTED, A.WITHDRAWN},
    A.IN_CONVERSATION: {A.SELECTED, A.NOT_SELECTED, A.WITHDRAWN},
    A.NOT_SELECTED: {A.IN_CONVERSATION, A.SELECTED, A.WITHDRAWN},
    A.SELECTED: {A.WITHDRAWN},
    A.WITHDRAWN: set(),
}


def one(state: A, told: bool = False) -> SimpleNamespace:
    return SimpleNamespace(state=state, told_at=NOON if told else None)


@pytest.mark.parametrize(("now", "to"), list(product(A, A)))
def test_only_the_listed_moves_are_possible(now: A, to: A):
    if to in ALLOWED[now]:
        rules.check_state(one(now), to)
    else:
        with pytest.raises(RuleViolation):
            rules.check_state(one(now), to)


@pytest.mark.parametrize("to", list(A))
def test_who_was_answered_stays_answered(to: A):
    with pytest.raises(RuleViolation):
        rules.check_state(one(A.NOT_SELECTED, told=True), to)


@pytest.mark.parametrize("to", [A.SELECTED, A.WITHDRAWN, A.RECEIVED])
def test_what_has_to_be_told_does_not_happen_silently(to: A):
    with pytest.raises(RuleViolation):
        rules.check_silent_move(one(A.IN_CONVERSATION), to)


def test_a_no_shows_only_once_it_was_sent():
    assert rules.visible_state(one(A.NOT_SELECTED)) is A.IN_CONVERSATION
    assert rules.visible_state(one(A.NOT_SELECTED, told=True)) is A.NOT_SELECTED
    for state in set(A) - {A.NOT_SELECTED}:
        assert rules.visible_state(one(state)) is state


@pytest.mark.parametrize("state", list(A))
def test_no_word_for_the_applicant_speaks_of_failing(state: A):
    for word in (state.told, state.meaning):
        assert not any(bad in word for bad in ("不採用", "不合格", "落選", "失格", "残念"))


def test_town_and_applicant_talk_until_the_last_word():
    assert rules.in_talk(one(A.RECEIVED))
    assert rules.in_talk(one(A.SELECTED))
    assert rules.in_talk(one(A.NOT_SELECTED))
    assert not rules.in_talk(one(A.NOT_SELECTED, told=True))
    with pytest.raises(RuleViolation):
        rules.check_in_talk(one(A.WITHDRAWN))


def test_an_application_is_for_the_department_and_for_whom_it_was_entrusted_to():
    department, member = new_id(), new_id()
    office = Actor(new_id(), frozenset({Role.SECRETARIAT}), membership_id=new_id())
    own = Actor(new_id(), frozenset({Role.STAFF}), department_ids=frozenset({department}))
    other = Actor(new_id(), frozenset({Role.STAFF}), membership_id=member)
    for actor in (office, own):
        assert rules.may_handle(actor, department, None)
    assert rules.may_handle(other, department, member)
    assert not rules.may_handle(own, new_id(), None), "nobody is not everybody"
    with pytest.raises(Forbidden):
        rules.check_may_handle(other, department, new_id())


@pytest.mark.parametrize(
    ("links", "good"),
    [
        ([], True),
        (["https://example.jp/a", "http://example.jp"], True),
        (["javascript:alert(1)"], False),
        (["example.jp"], False),
        (["https://example.jp"] * 6, False),
    ],
)
def test_links_are_addresses_of_pages_and_not_many(links, good):
    if good:
        rules.check_links(links)
    else:
        with pytest.raises(InvalidInput):
            rules.check_links(links)


def test_nobody_is_left_without_an_answer_unless_it_was_said():
    rules.check_all_answered(0, False)
    rules.check_all_answered(3, True)
    with pytest.raises(InvalidInput, match="確認") as refused:
        rules.check_all_answered(3, False)
    assert "3名" in refused.value.errors["tell_undecided"][0]


def test_only_the_letters_that_were_shown_go_out():
    here, gone = new_id(), new_id()
    rules.check_letters([here], [here])
    for expected, given in (([here], []), ([], [here]), ([here], [gone])):
        with pytest.raises(RuleViolation, match="もう一度"):
            rules.check_letters(expected, given)


def test_an_ending_counts_everybody_once():
    people = [
        *(one(state) for state in A),
        one(A.RECEIVED),
        one(A.NOT_SELECTED, told=True),
    ]
    counts = rules.count_ending(people)
    assert (counts.selected, counts.withdrawn, counts.declined) == (1, 1, 1)
    assert (counts.undecided, counts.told, counts.letters) == (3, 1, 4)


def test_a_receipt_counts_by_the_year_in_japan():
    assert rules.receipt_number(12, dt.datetime(2026, 12, 31, 16, tzinfo=dt.UTC)) == "R2027-0012"


def test_a_town_keeps_a_year_unless_it_says_otherwise():
    assert rules.keep_days({}) == 365
    assert rules.keep_days({"recruitment": {"keep_days": 90}}) == 90


def test_nothing_is_erased_before_the_promised_day():
    rules.check_erasable(NOON - dt.timedelta(days=90), 90, NOON)
    for ended in (None, NOON - dt.timedelta(days=89)):
        with pytest.raises(RuleViolation):
            rules.check_erasable(ended, 90, NOON)
