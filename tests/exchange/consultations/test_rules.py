"""How a consultation moves."""

import datetime as dt

import pytest

from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.exchange.consultations import rules
from kyoso.exchange.consultations.rules import NEXT, State
from kyoso.exchange.consultations.rules import ConsultationStatus as S

NOW = dt.datetime(2026, 11, 22, 3, tzinfo=dt.UTC)


@pytest.mark.parametrize("start", list(S))
@pytest.mark.parametrize("end", list(S))
def test_moves_as_the_table_says(start, end):
    if end in NEXT[start]:
        rules.check_move(start, end)
    else:
        with pytest.raises(RuleViolation):
            rules.check_move(start, end)


def test_only_an_open_one_is_answered():
    rules.check_open(S.OPEN)
    for status in (S.CLOSED, S.WITHDRAWN):
        with pytest.raises(RuleViolation):
            rules.check_open(status)


def test_a_question_is_not_changed_under_those_who_answered():
    rules.check_editable(S.OPEN, 0)
    with pytest.raises(RuleViolation, match="補足"):
        rules.check_editable(S.OPEN, 1)


def test_an_answer_is_changed_for_a_day():
    rules.check_answer_editable(NOW, None, NOW + dt.timedelta(hours=24))
    with pytest.raises(RuleViolation, match="24時間"):
        rules.check_answer_editable(NOW, None, NOW + dt.timedelta(hours=24, seconds=1))
    with pytest.raises(RuleViolation, match="取り下げ"):
        rules.check_answer_editable(NOW, NOW, NOW)


def test_ones_own_words_and_withdrawn_ones_solve_nothing():
    rules.check_acceptable(by_asker=False, withdrawn_at=None)
    with pytest.raises(RuleViolation):
        rules.check_acceptable(by_asker=True, withdrawn_at=None)
    with pytest.raises(RuleViolation):
        rules.check_acceptable(by_asker=False, withdrawn_at=NOW)


def test_know_how_comes_of_what_is_solved_once():
    rules.check_convertible(accepted=True, converted=False)
    for accepted, converted in ((False, False), (True, True)):
        with pytest.raises(RuleViolation):
            rules.check_convertible(accepted, converted)


@pytest.mark.parametrize(
    ("status", "accepted", "state"),
    [
        (S.OPEN, False, State.OPEN),
        (S.CLOSED, False, State.CLOSED),
        (S.CLOSED, True, State.SOLVED),
    ],
)
def test_how_it_is_looked_for(status, accepted, state):
    assert rules.state_of(status, accepted=accepted) is state


def test_tags_are_read_as_people_type_them():
    assert rules.tags_of("空き家、移住 #様式，空き家") == ["空き家", "移住", "様式"]
    assert rules.tags_of(" ") == []
    for typed in ("あ" * 21, " ".join("abcdefghi")):
        with pytest.raises(InvalidInput) as refused:
            rules.tags_of(typed)
        assert "tags" in refused.value.errors


def test_a_week_is_too_long():
    assert not rules.is_overdue(NOW, NOW + dt.timedelta(days=6, hours=23))
    assert rules.is_overdue(NOW, NOW + dt.timedelta(days=7))
