"""Months, hours and consent, as tables."""

import datetime as dt
import itertools
import uuid
from dataclasses import dataclass

import pytest

from kyoso.core.access import Actor, Role
from kyoso.core.errors import Forbidden, RuleViolation
from kyoso.municipal.workloads import rules
from kyoso.municipal.workloads.rules import Consent, Excess

D = dt.date


@dataclass(frozen=True)
class Load:
    from_month: dt.date
    until_month: dt.date
    hours_added: int = 10
    hours_removed: int = 0


@dataclass(frozen=True)
class Said:
    from_month: dt.date
    hours_a_month: int


@pytest.mark.parametrize(
    ("first", "last", "good"),
    [
        (D(2027, 4, 1), D(2027, 4, 1), True),
        (D(2027, 4, 1), D(2027, 3, 1), False),
        (D(2018, 4, 1), D(2019, 5, 1), True),
        (D(2027, 1, 1), D(2046, 12, 1), True),
        (D(2027, 1, 1), D(2047, 1, 1), False),
    ],
)
def test_months_go_forward_and_end(first, last, good):
    if good:
        rules.check_period(first, last)
    else:
        with pytest.raises(RuleViolation, match=r"前です|まで"):
            rules.check_period(first, last)


@pytest.mark.parametrize(
    ("added", "removed", "good"),
    [(1, 0, True), (0, 1, True), (3, 3, True), (0, 0, False), (-1, 5, False), (5, -1, False)],
)
def test_hours_are_never_negative_and_not_all_nothing(added, removed, good):
    if good:
        rules.check_hours(added, removed)
    else:
        with pytest.raises(RuleViolation, match="時間"):
            rules.check_hours(added, removed)


@pytest.mark.parametrize(
    ("first", "last"),
    list(itertools.combinations_with_replacement(rules.months_from(D(2027, 1, 1), 7), 2)),
)
def test_two_periods_of_one_department_never_share_a_month(first, last):
    other = Load(D(2027, 3, 1), D(2027, 5, 1))
    shared = set(rules.months_between(first, last)) & set(
        rules.months_between(other.from_month, other.until_month)
    )
    if shared:
        with pytest.raises(RuleViolation, match="2027年3月から2027年5月まで"):
            rules.check_apart(first, last, [other])
    else:
        rules.check_apart(first, last, [other])


@pytest.mark.parametrize(
    ("ends_on", "last", "words"),
    [
        (None, D(2040, 1, 1), ""),
        (D(2026, 11, 20), D(2026, 10, 1), "終了しました"),
        (D(2026, 11, 21), D(2026, 11, 1), ""),
        (D(2027, 3, 31), D(2027, 3, 1), ""),
        (D(2027, 3, 31), D(2027, 4, 1), "終了する予定です"),
    ],
)
def test_a_unit_that_ends_takes_on_nothing_beyond(ends_on, last, words):
    if words:
        with pytest.raises(RuleViolation, match=words):
            rules.check_department_lasts("DX室", ends_on, last, D(2026, 11, 21))
    else:
        rules.check_department_lasts("DX室", ends_on, last, D(2026, 11, 21))


def test_a_months_hours_are_added_less_removed_within_their_months_only():
    loads = [Load(D(2027, 1, 1), D(2027, 2, 1), 10, 4), Load(D(2027, 2, 1), D(2027, 3, 1), 5)]
    months = rules.months_from(D(2026, 12, 31), 5)
    assert [rules.net_in(loads, month) for month in months] == [0, 6, 11, 5, 0]
    assert [rules.added_in(loads, month) for month in months] == [0, 10, 15, 5, 0]
    assert [rules.removed_in(loads, month) for month in months] == [0, 4, 4, 0, 0]


def test_a_capacity_holds_from_its_month_until_the_next_and_the_last_said_wins():
    said = [Said(D(2027, 4, 1), 20), Said(D(2027, 1, 1), 10), Said(D(2027, 4, 1), 30)]
    months = rules.months_from(D(2026, 12, 1), 6)
    assert [rules.capacity_in(said, m) for m in months] == [None, 10, 10, 10, 30, 30]


@pytest.mark.parametrize(
    ("hours", "capacity", "over"),
    [(10, None, False), (10, 10, False), (11, 10, True), (1, 0, True), (0, 0, False)],
)
def test_only_what_goes_above_what_was_said_is_too_much(hours, capacity, over):
    month = D(2027, 4, 1)
    said = [] if capacity is None else [Said(month, capacity)]
    found = rules.over_capacity([Load(month, month, hours)], said, [month])
    assert found == ([Excess(month, hours, capacity)] if over else [])


def test_every_month_is_looked_at_and_the_worst_is_named():
    loads = [Load(D(2027, 4, 1), D(2027, 6, 1), 12), Load(D(2027, 5, 1), D(2027, 5, 1), 8)]
    found = rules.over_capacity(loads, [Said(D(2027, 1, 1), 10)], rules.months_from(D(2027, 1, 1)))
    assert [(e.month.month, e.hours) for e in found] == [(4, 12), (5, 20), (6, 12)]
    words = rules.excess_words("農林課", found)
    assert "農林課" in words
    assert "3か月" in words
    assert "2027年5月は月20時間" in words


C = Consent


@pytest.mark.parametrize("consents", list(itertools.product(C, repeat=2)))
def test_a_hesitation_counts_before_everything_and_consent_only_when_all_agree(consents):
    expected = (
        C.HESITATING
        if C.HESITATING in consents
        else C.CONSENTED
        if set(consents) == {C.CONSENTED}
        else C.NONE
    )
    assert rules.state_of(consents) is expected


def test_nobody_asked_is_nobody_agreed():
    assert rules.state_of([]) is C.NONE


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("own", [True, False])
def test_only_the_departments_own_people_and_the_administrator_speak_for_it(role, own):
    unit = uuid.uuid4()
    actor = Actor(uuid.uuid4(), frozenset({role}), department_ids=frozenset({unit} if own else ()))
    if own or role is Role.ADMIN:
        rules.check_may_answer(actor, unit)
    else:
        with pytest.raises(Forbidden):
            rules.check_may_answer(actor, unit)


@pytest.mark.parametrize(
    ("first", "last", "good"),
    [
        (D(2027, 4, 1), D(2027, 4, 1), True),
        (D(2027, 4, 1), D(2027, 3, 31), False),
        (D(2026, 4, 1), D(2027, 3, 31), False),
        (D(2027, 1, 1), None, True),
        (D(2025, 1, 1), None, False),
        (D(2026, 12, 31), D(2027, 1, 5), False),
    ],
)
def test_a_promoters_terms_go_forward_and_do_not_overlap(first, last, good):
    others = [(D(2026, 4, 1), D(2026, 12, 31))]
    if good:
        rules.check_term(first, last, others)
    else:
        with pytest.raises(RuleViolation, match="任期"):
            rules.check_term(first, last, others)
    with pytest.raises(RuleViolation, match="任期"):
        rules.check_term(first, last, [(D(2020, 1, 1), None)])
