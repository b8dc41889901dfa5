"""How long consent runs, and in which words it is given."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from kyoso.core.errors import RuleViolation
from kyoso.identity.consents import rules
from kyoso.identity.consents.rules import ConsentState, Purpose, Recipient, Terms

TODAY = dt.date(2026, 11, 21)


@pytest.mark.parametrize(
    ("until", "withdrawn", "replaced", "state"),
    [
        (TODAY, False, False, ConsentState.RUNNING),
        (TODAY - dt.timedelta(days=1), False, False, ConsentState.EXPIRED),
        (TODAY, True, False, ConsentState.WITHDRAWN),
        (TODAY - dt.timedelta(days=1), True, False, ConsentState.WITHDRAWN),
        (TODAY, True, True, ConsentState.REPLACED),
    ],
)
def test_what_a_consent_is_worth(until, withdrawn, replaced, state):
    found = rules.state_of(until, withdrawn=withdrawn, replaced=replaced, today=TODAY)
    assert found is state


@pytest.mark.parametrize(
    ("until", "good"),
    [
        (TODAY - dt.timedelta(days=1), False),
        (TODAY, True),
        (dt.date(2028, 11, 21), True),
        (dt.date(2028, 11, 22), False),
    ],
)
def test_it_runs_from_today_for_two_years_at_most(until, good):
    assert (rules.until_problem(until, today=TODAY) is None) is good


def test_the_longest_time_is_known_on_a_leap_day_too():
    assert rules.last_day(dt.date(2028, 2, 29)) == dt.date(2030, 2, 28)


def terms(name: str = "ひので町") -> Terms:
    to = Recipient(name, town_id=uuid.uuid4())
    return Terms(Purpose.PUBLICITY, to, ("skills", "name"), dt.date(2027, 3, 31))


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_purpose_has_words_in_which_nothing_is_left_open(purpose, language):
    text = rules.wording_for(purpose, TODAY).as_shown(terms(), language)
    assert "ひので町" in text
    assert "{" not in text


def test_the_words_name_the_parts_in_their_order_and_the_day():
    text = rules.wording_for(Purpose.PUBLICITY, TODAY).as_shown(terms(), "ja")
    assert "氏名、得意なこと" in text
    assert "2027年3月31日（水）まで" in text


def test_a_name_with_places_in_it_is_filled_in_once():
    text = rules.wording_for(Purpose.PUBLICITY, TODAY).as_shown(terms("{until}町"), "ja")
    assert "{until}町が" in text


def test_before_its_first_day_a_wording_is_not_in_force():
    with pytest.raises(RuleViolation):
        rules.wording_for(Purpose.LISTING, dt.date(2026, 10, 31))


def test_versions_are_unique():
    versions = [one.version for one in rules.wordings()]
    assert len(versions) == len(set(versions))
