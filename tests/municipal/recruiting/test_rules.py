import datetime as dt
from itertools import product
from types import SimpleNamespace

import pytest

from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.municipal.recruiting import rules
from kyoso.municipal.recruiting.rules import AnswerState

DAY = dt.date(2026, 11, 21)


def opening(days=None, closed=False):
    until = None if days is None else DAY + dt.timedelta(days=days)
    return SimpleNamespace(until=until, closed_at=DAY if closed else None)


@pytest.mark.parametrize(("before", "to"), list(product(AnswerState, AnswerState)))
def test_an_answer_moves_only_as_the_table_says(app, before, to):
    if to in rules.NEXT[before]:
        rules.check_move(before, to)
    else:
        with pytest.raises(RuleViolation, match=before.label):
            rules.check_move(before, to)


@pytest.mark.parametrize(
    ("recruiting", "openings", "takes"),
    [
        (False, [], False),
        (False, [opening()], False),
        (True, [], True),
        (True, [opening()], True),
        (True, [opening(0)], True),
        (True, [opening(-1)], False),
        (True, [opening(-1), opening(1)], True),
        (True, [opening(1, closed=True)], False),
    ],
)
def test_a_project_takes_answers_while_it_looks_for_somebody(app, recruiting, openings, takes):
    assert rules.takes_answers(recruiting, openings, DAY) is takes
    if not takes:
        with pytest.raises(RuleViolation):
            rules.check_takes_answers(recruiting, openings, DAY)


def test_nobody_is_looked_for_until_yesterday(app):
    rules.check_until(None, DAY)
    rules.check_until(DAY, DAY)
    with pytest.raises(InvalidInput):
        rules.check_until(DAY - dt.timedelta(days=1), DAY)
