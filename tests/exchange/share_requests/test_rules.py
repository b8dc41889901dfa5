"""Every status × every status × everybody, against the table; and the smaller rules."""

import datetime as dt
import itertools

import pytest

from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.exchange.memoranda.rules import articles_of, filled
from kyoso.exchange.share_requests import rules
from kyoso.exchange.share_requests.rules import Payer, PayUnit, ShareStatus, Side, Who

S = ShareStatus
OPENER, OTHER, PERSON, SELF = Who
#: The whole table, written down a second time.
ALLOWED = {
    *(
        (S.DRAFT, to, who)
        for to, who in ((S.SENT, OPENER), (S.WITHDRAWN, OPENER), (S.CANCELLED, SELF))
    ),
    *(
        (S.SENT, to, who)
        for to, who in ((S.APPROVED, OTHER), (S.DECLINED, OTHER), (S.WITHDRAWN, OPENER))
    ),
    *(
        (S.SENT, to, who)
        for to, who in ((S.LAPSED, SELF), (S.CANCELLED, SELF), (S.CANCELLED, PERSON))
    ),
    *((S.APPROVED, to, PERSON) for to in (S.ACCEPTED, S.ACTIVE, S.REFUSED, S.CANCELLED)),
    *((S.APPROVED, to, SELF) for to in (S.LAPSED, S.CANCELLED)),
    (S.APPROVED, S.DECLINED, OTHER),
    (S.APPROVED, S.WITHDRAWN, OPENER),
    *((S.ACCEPTED, S.ACTIVE, who) for who in (SELF, OPENER)),
    (S.ACCEPTED, S.WITHDRAWN, OPENER),
    *((S.ACTIVE, S.ENDED, who) for who in (OPENER, OTHER, PERSON, SELF)),
}


@pytest.mark.parametrize(("now", "to", "who"), list(itertools.product(S, S, Who)))
def test_every_move_is_in_the_table_or_refused(now, to, who):
    assert rules.may_move(now, to, who) == ((now, to, who) in ALLOWED)
    if (now, to, who) in ALLOWED:
        rules.check_move(now, to, who)
    else:
        with pytest.raises(RuleViolation, match=now.label):
            rules.check_move(now, to, who)


def test_every_status_has_words_and_nothing_follows_an_end():
    for status in S:
        assert status.label
        assert status.tone
        assert bool(rules.MOVES[status]) == (status in {*rules.HOLDING, S.DRAFT})
    assert set(rules.CAME_TO_NOTHING) | {S.ENDED, S.DRAFT, *rules.HOLDING} == set(S)


@pytest.mark.parametrize(
    ("side", "opened_by"), list(itertools.product(Side, (Side.ASKER, Side.HOME)))
)
def test_who_is_who(side, opened_by):
    who = rules.who_is(side, opened_by)
    if side in {Side.PERSON, Side.PLATFORM}:
        assert who.value == side.value
    else:
        assert (who is OPENER) == (side is opened_by)


class Row:
    def __init__(self, status=S.SENT, asker=1, home=None, paper=1, since=None, reminded=None):
        self.status, self.paper_version = status, paper
        self.asker_version, self.home_version = asker, home
        self.waiting_since, self.reminded_at = since, reminded


@pytest.mark.parametrize("opened_by", [Side.ASKER, Side.HOME])
def test_it_is_the_turn_of_whoever_has_not_answered(opened_by):
    other = Side.HOME if opened_by is Side.ASKER else Side.ASKER
    assert rules.waits_for(S.DRAFT, opened_by, Row()) is opened_by
    assert rules.waits_for(S.SENT, opened_by, Row()) is other
    assert rules.waits_for(S.APPROVED, opened_by, Row(asker=1, home=2, paper=2)) is Side.ASKER
    assert rules.waits_for(S.APPROVED, opened_by, Row(asker=2, home=1, paper=2)) is Side.HOME
    assert rules.waits_for(S.APPROVED, opened_by, Row(asker=2, home=2, paper=2)) is Side.PERSON
    for status in set(S) - {S.DRAFT, S.SENT, S.APPROVED}:
        assert rules.waits_for(status, opened_by, Row()) is None


NOON = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)


@pytest.mark.parametrize(("days", "remind", "lapse"), [(6, False, False), (7, True, False)])
@pytest.mark.parametrize("status", rules.PENDING)
def test_who_keeps_it_waiting_is_asked_again_once(status, days, remind, lapse):
    since = NOON - dt.timedelta(days=days)
    assert rules.is_to_remind(Row(status, since=since), NOON) == remind
    assert not rules.is_to_remind(Row(status, since=since, reminded=NOON), NOON)
    assert rules.has_lapsed(Row(status, since=since), NOON) == lapse


def test_after_thirty_days_it_lapses_and_is_not_asked_again():
    for status in S:
        row = Row(status, since=NOON - dt.timedelta(days=30))
        assert rules.has_lapsed(row, NOON) == (status in rules.PENDING)
        assert not rules.is_to_remind(row, NOON)
    assert not rules.has_lapsed(Row(since=NOON - dt.timedelta(days=29, hours=23)), NOON)


def test_the_person_accepts_only_the_version_that_both_towns_agreed_to():
    day = dt.date(2026, 11, 21)
    rules.check_acceptable(Row(asker=2, home=2, paper=2), 2, day, day)
    for row, read, ends_on in (
        (Row(asker=2, home=2, paper=2), 1, day),
        (Row(asker=1, home=2, paper=2), 2, day),
        (Row(asker=2, home=None, paper=2), 2, day),
        (Row(asker=2, home=2, paper=2), 2, day - dt.timedelta(days=1)),
    ):
        with pytest.raises(RuleViolation):
            rules.check_acceptable(row, read, ends_on, day)


DAY = dt.date(2026, 12, 1)


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (DAY - dt.timedelta(days=1), DAY, "starts_on"),
        (DAY, DAY - dt.timedelta(days=1), "ends_on"),
        (DAY, dt.date(2028, 12, 1), "ends_on"),
    ],
)
def test_a_period_lies_ahead_and_is_no_longer_than_two_years(first, last, field):
    rules.check_period(DAY, dt.date(2028, 11, 30), DAY)
    with pytest.raises(InvalidInput) as refused:
        rules.check_period(first, last, DAY)
    assert set(refused.value.errors) == {field}


@pytest.mark.parametrize("days", [1, 2, 8])
def test_a_stay_is_from_three_days_to_a_week(days):
    for good in range(3, 8):
        rules.check_stay(DAY, DAY + dt.timedelta(days=6), good)
    with pytest.raises(InvalidInput):
        rules.check_stay(DAY, DAY + dt.timedelta(days=30), days)
    with pytest.raises(InvalidInput):
        rules.check_stay(DAY, DAY + dt.timedelta(days=3), 5)


def test_only_the_asking_town_names_pay():
    rules.check_pay(Payer.ASKER, PayUnit.HOUR, 3000)
    rules.check_pay(Payer.HOME, PayUnit.NONE, 0)
    rules.check_pay(Payer.NOBODY, PayUnit.NONE, 0)
    for wrong in (
        (Payer.ASKER, PayUnit.NONE, 0),
        (Payer.ASKER, PayUnit.HOUR, 0),
        (Payer.HOME, PayUnit.HOUR, 100),
        (Payer.NOBODY, PayUnit.NONE, 100),
    ):
        with pytest.raises(InvalidInput):
            rules.check_pay(*wrong)


def test_an_early_end_is_early_and_not_over():
    last = DAY + dt.timedelta(days=30)
    rules.check_last_day(DAY, DAY, last, DAY)
    for wrong in (last, DAY - dt.timedelta(days=1)):
        with pytest.raises(InvalidInput):
            rules.check_last_day(wrong, DAY, last, DAY)


def test_what_is_filled_into_a_memorandum_is_not_filled_again():
    assert filled("{person}は{hours}時間", {"person": "{hours}", "hours": "3"}) == "{hours}は3時間"
    parts = articles_of("はじめに\n\n## 第1条\n一つ\n二つ\n")
    assert [part["heading"] for part in parts] == ["", "第1条"]
    assert parts[1]["lines"] == ["一つ", "二つ"]
