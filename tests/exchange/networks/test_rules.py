"""When a town is in a network, and which steps there are."""

import datetime as dt
from dataclasses import dataclass
from itertools import product

import pytest

from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.exchange.networks import rules
from kyoso.exchange.networks.rules import NEXT, MemberStatus

TODAY = dt.date(2026, 11, 22)
DAY = dt.timedelta(days=1)


@dataclass
class Member:
    status: MemberStatus = MemberStatus.ACTIVE
    joined_on: dt.date | None = TODAY - DAY
    left_on: dt.date | None = None


@pytest.mark.parametrize(
    ("member", "inside"),
    [
        (Member(), True),
        (Member(joined_on=TODAY), True),
        (Member(joined_on=TODAY + DAY), False),
        (Member(left_on=TODAY + DAY), True),
        (Member(left_on=TODAY), False),
        (Member(left_on=TODAY - DAY), False),
        *((Member(status), status is MemberStatus.ACTIVE) for status in MemberStatus),
    ],
)
def test_a_town_is_in_from_its_first_day_until_the_day_it_left(member, inside):
    assert rules.in_force(member, TODAY) is inside


@pytest.mark.parametrize(("now", "to"), list(product(MemberStatus, MemberStatus)))
def test_only_the_steps_of_the_table_are_taken(now, to):
    if to in NEXT[now]:
        rules.check_move(now, to)
        return
    with pytest.raises(RuleViolation):
        rules.check_move(now, to)


def test_every_status_has_words():
    assert all(status.label and status.tone for status in MemberStatus)


@pytest.mark.parametrize(
    ("months", "earliest"),
    [
        (0, TODAY),
        (1, dt.date(2026, 12, 22)),
        (3, dt.date(2027, 2, 22)),
        (12, dt.date(2027, 11, 22)),
    ],
)
def test_notice_is_counted_in_months(months, earliest):
    rules.check_notice(Member(), earliest, months, TODAY)
    with pytest.raises(InvalidInput):
        rules.check_notice(Member(), earliest - DAY, months, TODAY)


@pytest.mark.parametrize(
    "status", sorted(set(MemberStatus) - {MemberStatus.ACTIVE, MemberStatus.SUSPENDED})
)
def test_who_is_not_in_cannot_leave(status):
    with pytest.raises(RuleViolation):
        rules.check_notice(Member(status), TODAY, 0, TODAY)


def test_a_leaving_is_due_on_its_day_and_taken_back_only_before():
    coming, come = Member(left_on=TODAY + DAY), Member(left_on=TODAY)
    assert not rules.is_due(coming, TODAY, None)
    assert rules.is_due(come, TODAY, None)
    assert not rules.is_due(Member(MemberStatus.LEFT, left_on=TODAY), TODAY, TODAY)
    rules.check_still_coming(coming, TODAY)
    for member in (come, Member()):
        with pytest.raises(RuleViolation):
            rules.check_still_coming(member, TODAY)
    with pytest.raises(RuleViolation):
        rules.check_due(coming, TODAY, None)


@pytest.mark.parametrize("status", MemberStatus)
def test_on_the_day_a_network_closes_every_membership_is_due(status):
    member = Member(status, left_on=TODAY + DAY)
    assert not rules.is_due(member, TODAY, TODAY + DAY)
    assert rules.is_due(member, TODAY, TODAY) == (
        status in {MemberStatus.ACTIVE, MemberStatus.SUSPENDED}
    )
    assert rules.last_day(member, TODAY) == TODAY
    assert rules.last_day(Member(), None) is None


@pytest.mark.parametrize("slug", ["sancho-mirai", "a", "n2", "a-1-b"])
def test_a_short_name_fits_an_address(slug):
    rules.check_slug(slug)


@pytest.mark.parametrize("slug", ["", "2n", "-a", "a-", "A", "三町", "a b", "a--b", "a/b", "a\n"])
def test_anything_else_is_refused(slug):
    with pytest.raises(InvalidInput):
        rules.check_slug(slug)
