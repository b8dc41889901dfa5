"""How a recruitment moves, and what it may say."""

import datetime as dt
from itertools import product
from types import SimpleNamespace

import pytest

from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.municipal.recruitments import rules
from kyoso.municipal.recruitments.rules import RecruitmentStatus as S
from kyoso.municipal.talent_programmes.rules import PayUnit

DAY = dt.date(2026, 11, 21)
ALLOWED = {
    (S.DRAFT, S.PUBLISHED),
    (S.PUBLISHED, S.CLOSED),
    (S.PUBLISHED, S.FILLED),
    (S.CLOSED, S.PUBLISHED),
    (S.FILLED, S.PUBLISHED),
}


@pytest.mark.parametrize(("now", "to"), list(product(S, S)))
def test_only_the_listed_moves_are_possible(now: S, to: S):
    if (now, to) in ALLOWED:
        rules.check_move(now, to)
    else:
        with pytest.raises(RuleViolation, match=to.label):
            rules.check_move(now, to)


@pytest.mark.parametrize("status", list(S))
@pytest.mark.parametrize(("days", "in_time"), [(None, True), (0, True), (1, True), (-1, False)])
def test_one_can_apply_while_it_is_public_up_to_and_on_its_last_day(status, days, in_time):
    last = None if days is None else DAY + dt.timedelta(days=days)
    one = SimpleNamespace(status=status, closes_on=last)
    assert rules.is_open(one, DAY) == (status is S.PUBLISHED and in_time)


def test_what_is_over_takes_no_application():
    with pytest.raises(RuleViolation, match="受付は終わりました"):
        rules.check_open(SimpleNamespace(status=S.CLOSED, closes_on=None), DAY)


@pytest.mark.parametrize(
    ("unit", "amount", "good"),
    [
        (PayUnit.NONE, None, True),
        (PayUnit.NONE, 1, False),
        (PayUnit.HOUR, None, False),
        (PayUnit.HOUR, 3000, True),
        (PayUnit.YEAR, 0, False),
    ],
)
def test_a_pay_has_an_amount_and_no_pay_has_none(unit, amount, good):
    if good:
        rules.check_pay(unit, amount)
    else:
        with pytest.raises(InvalidInput) as refused:
            rules.check_pay(unit, amount)
        assert set(refused.value.errors) == {"pay_yen"}


def test_pay_in_words():
    assert rules.pay_words(PayUnit.NONE, None) == "無償"
    assert rules.pay_words(PayUnit.HOUR, 3000) == "1時間あたり 3,000円"
    assert rules.pay_words(PayUnit.NONE, None, "旅費は支給") == "無償（旅費は支給）"


def test_a_period_does_not_end_before_it_begins():
    rules.check_days(DAY, DAY)
    rules.check_days(None, DAY)
    with pytest.raises(InvalidInput):
        rules.check_days(DAY, DAY - dt.timedelta(days=1))


def test_what_nobody_could_apply_to_is_not_published():
    rules.check_not_over(DAY, DAY)
    with pytest.raises(RuleViolation):
        rules.check_not_over(DAY - dt.timedelta(days=1), DAY)


def test_so_many_skills_and_no_more():
    rules.check_skills(["x"] * rules.SKILLS_MAX)
    with pytest.raises(InvalidInput):
        rules.check_skills(["x"] * (rules.SKILLS_MAX + 1))
