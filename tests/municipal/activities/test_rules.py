import datetime as dt
from itertools import product

import pytest

from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.municipal.activities import rules
from kyoso.municipal.activities.rules import ReportStatus, Side, StepKind

DAY = dt.date(2026, 11, 21)


@pytest.mark.parametrize(("before", "to"), list(product(ReportStatus, ReportStatus)))
def test_a_report_moves_only_as_the_table_says(app, before, to):
    if to in rules.NEXT[before]:
        rules.check_move(before, to)
    else:
        with pytest.raises(RuleViolation, match=before.label):
            rules.check_move(before, to)


def test_every_word_has_a_label(app):
    for kind in (ReportStatus, Side, StepKind):
        assert all(member.label for member in kind)
    assert {status.tone for status in ReportStatus} == {"neutral", "success", "warning"}


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "good"),
    [
        (None, None, True),
        (DAY, None, True),
        (None, DAY, True),
        (DAY, DAY, True),
        (DAY, DAY - dt.timedelta(days=1), False),
    ],
)
def test_a_period_does_not_end_before_it_begins(app, starts_on, ends_on, good):
    if good:
        rules.check_period(starts_on, ends_on)
    else:
        with pytest.raises(InvalidInput):
            rules.check_period(starts_on, ends_on)


def test_a_decision_of_tomorrow_cannot_be_noted_today(app):
    rules.check_decided(DAY, DAY)
    with pytest.raises(InvalidInput):
        rules.check_decided(DAY + dt.timedelta(days=1), DAY)


@pytest.mark.parametrize(
    ("media_type", "there_are", "good"),
    [
        ("image/jpeg", 0, True),
        ("image/png", rules.MAX_PHOTOS - 1, True),
        ("image/png", rules.MAX_PHOTOS, False),
        ("application/pdf", 0, False),
    ],
)
def test_a_report_takes_pictures_and_not_too_many(app, media_type, there_are, good):
    if good:
        rules.check_photo(media_type, there_are)
    else:
        with pytest.raises(InvalidInput):
            rules.check_photo(media_type, there_are)
