import datetime as dt

import pytest
import sqlalchemy as sa

from kyoso.core import clock
from kyoso.core.db import db
from kyoso.core.errors import TooMany
from kyoso.core.throttle import Throttle, forget, hit

NOON = dt.datetime(2026, 4, 1, 3, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def test_up_to_the_limit_and_no_further(app):
    with clock.frozen(NOON):
        for _ in range(3):
            hit("limit", limit=3, per=HOUR)
        with pytest.raises(TooMany) as refused:
            hit("limit", limit=3, per=HOUR)
    assert refused.value.retry_after == 3600
    assert "60分ほど" in refused.value.message


def test_a_new_window_counts_anew(app):
    with clock.frozen(NOON):
        hit("window", limit=1, per=HOUR)
    with clock.frozen(NOON + HOUR + dt.timedelta(seconds=1)):
        hit("window", limit=1, per=HOUR)
        with pytest.raises(TooMany):
            hit("window", limit=1, per=HOUR)


def test_the_count_survives_a_rolled_back_request(app):
    hit("rolled-back", limit=1, per=HOUR)
    db.session.rollback()
    with pytest.raises(TooMany):
        hit("rolled-back", limit=1, per=HOUR)


def test_forgetting_starts_anew_for_that_key_only(app):
    hit("one", limit=1, per=HOUR)
    hit("other", limit=1, per=HOUR)
    forget("one")
    hit("one", limit=1, per=HOUR)
    with pytest.raises(TooMany):
        hit("other", limit=1, per=HOUR)


def test_the_table_does_not_tell_whom_it_counts(app):
    hit("sign-in:mihon@example.jp", limit=1, per=HOUR)
    assert all(b"mihon" not in key for key in db.session.scalars(sa.select(Throttle.key)).all())
