import datetime as dt
from dataclasses import dataclass, replace
from itertools import product

import pytest

from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.municipal.agreements import rules
from kyoso.municipal.agreements.rules import (
    CLAUSES,
    NEXT,
    REQUIRED,
    AgreementKind,
    AgreementStatus,
    Clause,
    ClauseAnswer,
    ClauseState,
    Renewal,
)

D = dt.date
S = AgreementStatus


@dataclass(frozen=True)
class Terms:
    status: AgreementStatus = S.SIGNED
    signed_on: dt.date | None = D(2026, 4, 1)
    starts_on: dt.date | None = None
    ends_on: dt.date | None = D(2027, 3, 31)
    renewal_months: int | None = None
    ended_on: dt.date | None = None


YEAR = Terms()
RENEWED = replace(YEAR, renewal_months=12)


@pytest.mark.parametrize(("now", "to"), list(product(S, S)))
def test_every_step_is_allowed_or_refused_as_the_table_says(now, to):
    allowed = {(S.DRAFT, S.SIGNED), (S.DRAFT, S.TERMINATED)}
    allowed |= {(S.SIGNED, S.ENDED), (S.SIGNED, S.TERMINATED)}
    assert (to in NEXT[now]) == ((now, to) in allowed)
    if (now, to) in allowed:
        rules.check_move(now, to)
    else:
        with pytest.raises(RuleViolation):
            rules.check_move(now, to)


@pytest.mark.parametrize(
    ("ends_on", "months", "on", "end"),
    [
        # Before and on the last day the first term runs.
        (D(2027, 3, 31), 12, D(2026, 11, 21), D(2027, 3, 31)),
        (D(2027, 3, 31), 12, D(2027, 3, 31), D(2027, 3, 31)),
        (D(2027, 3, 31), 12, D(2027, 4, 1), D(2028, 3, 31)),
        (D(2027, 3, 31), 12, D(2028, 4, 1), D(2029, 3, 31)),
        (D(2027, 3, 31), 12, D(2031, 3, 31), D(2031, 3, 31)),
        # The end of a month stays the end of a month, also where months differ.
        (D(2026, 9, 30), 6, D(2026, 10, 1), D(2027, 3, 31)),
        (D(2026, 9, 30), 6, D(2027, 4, 1), D(2027, 9, 30)),
        (D(2024, 2, 29), 12, D(2024, 3, 1), D(2025, 2, 28)),
        (D(2024, 2, 29), 12, D(2027, 3, 1), D(2028, 2, 29)),
        # From the 30th there is no drift after a short month.
        (D(2027, 1, 30), 1, D(2027, 1, 31), D(2027, 2, 27)),
        (D(2027, 1, 30), 1, D(2027, 2, 28), D(2027, 3, 30)),
        # Over the change of the era, and a term longer than the time that went by.
        (D(2019, 4, 30), 36, D(2019, 5, 1), D(2022, 4, 30)),
        (D(2020, 3, 31), 120, D(2026, 11, 21), D(2030, 3, 31)),
        # Without renewal the end stays; without an end nothing ends.
        (D(2020, 3, 31), None, D(2026, 11, 21), D(2020, 3, 31)),
        (None, None, D(2026, 11, 21), None),
    ],
)
def test_a_term_ends_on_the_day_that_its_renewals_say(ends_on, months, on, end):
    terms = Terms(ends_on=ends_on, renewal_months=months)
    assert rules.term_end(terms, on) == end
    if months:
        assert rules.in_force(replace(terms, signed_on=None), on)


@pytest.mark.parametrize(
    ("terms", "on", "in_force"),
    [
        (YEAR, D(2026, 3, 31), False),
        (YEAR, D(2026, 4, 1), True),
        (YEAR, D(2027, 3, 31), True),
        (YEAR, D(2027, 4, 1), False),
        (RENEWED, D(2027, 4, 1), True),
        (replace(YEAR, starts_on=D(2026, 6, 1)), D(2026, 5, 31), False),
        (replace(YEAR, signed_on=None, ends_on=None), D(1990, 1, 1), True),
        (replace(YEAR, status=S.DRAFT, signed_on=None), D(2026, 6, 1), False),
        (replace(YEAR, status=S.TERMINATED, ended_on=D(2026, 6, 1)), D(2026, 6, 1), True),
        (replace(RENEWED, status=S.TERMINATED, ended_on=D(2026, 6, 1)), D(2026, 6, 2), False),
        # A draft that was given up never was in force, not even on that day.
        (Terms(S.TERMINATED, None, None, None, None, D(2026, 6, 1)), D(2026, 6, 1), False),
    ],
)
def test_it_is_in_force_from_its_first_to_its_last_day(terms, on, in_force):
    assert rules.in_force(terms, on) is in_force


@pytest.mark.parametrize(
    ("terms", "starts_on", "ends_on", "covered"),
    [
        (YEAR, D(2026, 4, 1), D(2027, 3, 31), True),
        (YEAR, D(2026, 5, 1), D(2027, 4, 1), False),
        (YEAR, D(2026, 3, 31), D(2026, 6, 1), False),
        (YEAR, D(2026, 5, 1), None, False),
        (RENEWED, D(2026, 5, 1), D(2027, 4, 1), True),
        (RENEWED, D(2026, 5, 1), None, True),
        (replace(YEAR, ends_on=None), D(2026, 5, 1), D(2030, 1, 1), True),
        (replace(YEAR, ends_on=None), D(2026, 5, 1), None, True),
        (replace(YEAR, status=S.DRAFT, signed_on=None), D(2026, 5, 1), D(2026, 6, 1), False),
        (
            replace(RENEWED, status=S.TERMINATED, ended_on=D(2026, 6, 1)),
            D(2026, 5, 1),
            D(2026, 7, 1),
            False,
        ),
    ],
)
def test_an_agreement_that_ends_during_the_pilot_does_not_cover_it(
    terms, starts_on, ends_on, covered
):
    assert rules.covers(terms, starts_on, ends_on) is covered


@pytest.mark.parametrize(
    ("left", "told", "due"),
    [
        (None, (), None),
        (91, (), None),
        (90, (), 90),
        (90, (90,), None),
        (31, (), 90),
        (30, (), 30),
        (30, (90,), 30),
        (29, (90, 30), None),
        (5, (30,), None),
        (0, (), 30),
        (-1, (), None),
    ],
)
def test_a_reminder_is_due_once_per_threshold(left, told, due):
    assert rules.due_threshold(left, told) == due


@pytest.mark.parametrize(
    ("on", "label", "tone"),
    [
        (D(2026, 3, 31), "始まる前", "info"),
        (D(2026, 4, 1), "有効", "success"),
        (D(2026, 12, 30), "有効", "success"),
        (D(2026, 12, 31), "期限まで90日", "warning"),
        (D(2027, 3, 1), "期限まで30日", "warning"),
        (D(2027, 3, 31), "期限まで0日", "warning"),
        (D(2027, 4, 1), "期間が過ぎています", "danger"),
    ],
)
def test_a_tag_says_how_near_the_end_is(on, label, tone):
    assert rules.standing(YEAR, on) == rules.Standing(label, tone)


def test_a_period_may_not_be_reversed():
    rules.check_period(D(2026, 4, 1), D(2026, 4, 1))
    rules.check_period(D(2026, 4, 1), None)
    with pytest.raises(InvalidInput) as refused:
        rules.check_period(D(2026, 4, 1), D(2026, 3, 31))
    assert "ends_on" in refused.value.errors


def test_a_renewal_says_by_how_much_and_of_what():
    rules.check_renewal(Renewal.NONE, None, None)
    rules.check_renewal(Renewal.AUTOMATIC, 12, D(2027, 3, 31))
    with pytest.raises(InvalidInput) as refused:
        rules.check_renewal(Renewal.AUTOMATIC, None, None)
    assert set(refused.value.errors) == {"renewal_months", "ends_on"}


def test_a_signing_lies_in_the_past_and_before_the_end():
    rules.check_signing(D(2026, 4, 1), D(2027, 3, 31), D(2026, 4, 1))
    for signed_on in (D(2026, 4, 2), D(2028, 1, 1)):
        with pytest.raises(InvalidInput):
            rules.check_signing(signed_on, D(2027, 3, 31), D(2026, 4, 1))
    with pytest.raises(InvalidInput):
        rules.check_signing(D(2026, 4, 1), D(2026, 3, 31), D(2026, 4, 1))


def test_an_end_is_an_end_and_comes_after_the_beginning():
    rules.check_ending(YEAR, S.ENDED, D(2026, 4, 1))
    with pytest.raises(InvalidInput):
        rules.check_ending(YEAR, S.ENDED, D(2026, 3, 31))
    for to in (S.DRAFT, S.SIGNED):
        with pytest.raises(RuleViolation):
            rules.check_ending(YEAR, to, D(2026, 6, 1))
    draft = Terms(S.DRAFT, None, D(2027, 4, 1))
    rules.check_ending(draft, S.TERMINATED, D(2026, 4, 1))
    with pytest.raises(RuleViolation):
        rules.check_ending(draft, S.SIGNED, D(2026, 4, 1))


@pytest.mark.parametrize("kind", AgreementKind)
def test_what_is_required_of_a_kind_is_asked_about(kind):
    assert REQUIRED[kind] <= set(CLAUSES[kind])
    assert len(set(CLAUSES[kind])) == len(CLAUSES[kind])


def test_a_pilot_needs_what_its_gate_asks_for():
    assert {clause.value for clause in REQUIRED[AgreementKind.PILOT]} == {
        *("purpose", "period", "cost", "data", "ip", "no_promise"),
    }


@pytest.mark.parametrize(
    ("clause", "state"), list(product(CLAUSES[AgreementKind.PILOT], ClauseState))
)
def test_a_required_clause_is_missing_unless_it_is_in_the_text(clause, state):
    states = dict.fromkeys(CLAUSES[AgreementKind.PILOT], ClauseState.INCLUDED)
    missing = rules.missing_clauses(AgreementKind.PILOT, states | {clause: state})
    lacks = clause in REQUIRED[AgreementKind.PILOT] and state is not ClauseState.INCLUDED
    assert missing == ((clause,) if lacks else ())


def test_not_needed_takes_a_reason_and_is_no_way_around_what_is_required():
    check, kind = rules.check_answer, AgreementKind.PILOT
    assert check(kind, ClauseAnswer(Clause.PUBLICITY, ClauseState.MISSING)) == {}
    assert set(check(kind, ClauseAnswer(Clause.PUBLICITY, ClauseState.NOT_NEEDED))) == {
        "publicity_reason"
    }
    said = ClauseAnswer(Clause.PUBLICITY, ClauseState.NOT_NEEDED, reason="公表しない")
    assert check(kind, said) == {}
    never = ClauseAnswer(Clause.NO_PROMISE, ClauseState.NOT_NEEDED, reason="いらない")
    assert set(check(kind, never)) == {"no_promise_state"}


def test_every_word_has_a_label():
    for kind in (AgreementKind, AgreementStatus, Renewal, Clause, ClauseState):
        assert all(member.label for member in kind)
