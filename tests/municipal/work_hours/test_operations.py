"""Logging hours against the real database: what is kept, refused, corrected, and raced for."""

from __future__ import annotations

import datetime as dt
import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa
from flask import Flask

from kyoso.core.access import PersonActor
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden
from kyoso.core.journal import PersonJournalEntry
from kyoso.core.scope import Scope, scope
from kyoso.municipal.engagements.rules import EngagementStatus
from kyoso.municipal.work_hours import queries
from kyoso.municipal.work_hours.models import HoursCorrection, WorkHours
from kyoso.municipal.work_hours.operations import save_hours
from kyoso.municipal.work_hours.queries import OwnTotal, hold_own_log
from kyoso.municipal.work_hours.rules import NOTHING, Cell, Change, HoursRefused, Said
from support.engagements import make_engagement
from support.talents import Somebody, make_somebody, make_talent
from support.work_hours import log_hours

DAY = dt.date(2026, 11, 20)
NOON = dt.datetime(2026, 11, 20, 3, tzinfo=dt.UTC)
LATER = dt.datetime(2026, 12, 3, 3, tzinfo=dt.UTC)
PERIOD = {"starts_on": dt.date(2026, 4, 1), "ends_on": dt.date(2027, 3, 31)}


@pytest.fixture
def designer(app) -> Somebody:
    return make_somebody()


@pytest.fixture
def here(hinode, designer) -> uuid.UUID:
    return make_engagement(hinode, make_talent(hinode, designer), **PERIOD)


@pytest.fixture
def there(minato, designer) -> uuid.UUID:
    return make_engagement(minato, make_talent(minato, designer), **PERIOD)


def said_by(designer: Somebody) -> dict[Cell, Said]:
    with scope(Scope(person_id=designer.person_id)):
        return queries.list_own_hours(designer.oneself, DAY.replace(day=1), DAY)


def test_hours_of_two_towns_are_saved_in_one_go(designer, here, there):
    assert (
        log_hours(designer, {(here, DAY): 120, (there, DAY): Said(90, True, "会議")}, at=NOON) == 2
    )
    assert said_by(designer) == {
        Cell(here, DAY): Said(120),
        Cell(there, DAY): Said(90, True, "会議"),
    }


def test_saving_is_recorded_in_the_persons_own_journal(designer, here):
    log_hours(designer, {(here, DAY): 120}, at=NOON)
    log_hours(designer, {(here, DAY): 60}, at=NOON)
    with scope(Scope(person_id=designer.person_id)):
        facts = db.session.scalars(
            sa.select(PersonJournalEntry.facts)
            .where(PersonJournalEntry.kind == "HoursSaved")
            .order_by(PersonJournalEntry.id)
        ).all()
    assert [fact["days"] for fact in facts] == [
        [f"2026-11-20 {here} 0 > 120"],
        [f"2026-11-20 {here} 120 > 60"],
    ]


def test_with_one_mistake_nothing_is_saved(designer, here):
    with pytest.raises(HoursRefused) as refused:
        log_hours(designer, {(here, DAY): 60, (here, DAY + dt.timedelta(days=1)): 60}, at=NOON)
    assert list(refused.value.errors) == [f"{here}.2026-11-21"]
    assert said_by(designer) == {}


@pytest.mark.parametrize(
    "status", [EngagementStatus.OFFERED, EngagementStatus.DECLINED, EngagementStatus.WITHDRAWN]
)
def test_only_what_was_agreed_on_takes_hours(hinode, designer, status):
    engagement = make_engagement(hinode, make_talent(hinode, designer), status=status, **PERIOD)
    with pytest.raises(HoursRefused, match="入力内容"):
        log_hours(designer, {(engagement, DAY): 60}, at=NOON)


def test_an_ended_engagement_takes_hours_up_to_its_last_day(hinode, designer):
    ended = make_engagement(
        hinode,
        make_talent(hinode, designer),
        status=EngagementStatus.ENDED,
        starts_on=dt.date(2026, 4, 1),
        ends_on=dt.date(2026, 11, 10),
    )
    assert log_hours(designer, {(ended, dt.date(2026, 11, 10)): 60}, at=NOON) == 1
    with pytest.raises(HoursRefused):
        log_hours(designer, {(ended, dt.date(2026, 11, 11)): 60}, at=NOON)


def test_nobody_logs_for_somebody_else(designer, here):
    stranger = PersonActor(new_id(), "見本 他人（見本）")
    with scope(Scope(person_id=designer.person_id)):
        log = hold_own_log(designer.oneself, [DAY])
        with pytest.raises(Forbidden):
            save_hours(log, [], actor=stranger, now=NOON)


def test_a_change_within_the_month_is_no_correction(designer, here):
    log_hours(designer, {(here, DAY): 60}, at=NOON)
    log_hours(designer, {(here, DAY): 90}, at=NOON)
    with scope(Scope(person_id=designer.person_id)):
        assert db.session.scalars(sa.select(HoursCorrection)).all() == []


def test_a_change_after_the_months_end_keeps_what_was_said(designer, here):
    log_hours(designer, {(here, DAY): Said(60, True, "会議")}, at=NOON)
    log_hours(designer, {(here, DAY): Said(90)}, at=LATER)
    log_hours(designer, {(here, DAY): Said(0)}, at=LATER)
    with scope(Scope(person_id=designer.person_id)):
        found = queries.list_own_corrections(designer.oneself, DAY, DAY)
    assert [(one.before, one.after) for one in found] == [
        (Said(90), NOTHING),
        (Said(60, True, "会議"), Said(90)),
    ]
    assert found[0].at == LATER


def test_corrections_can_only_grow(designer, here):
    log_hours(designer, {(here, DAY): 60}, at=NOON)
    log_hours(designer, {(here, DAY): 90}, at=LATER)
    with (
        scope(Scope(person_id=designer.person_id)),
        pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
    ):
        db.session.execute(sa.update(HoursCorrection).values(minutes_before=0))


def test_month_totals_tell_month_and_week_in_one_statement(designer, here, there, count_statements):
    log_hours(
        designer,
        {
            (here, dt.date(2026, 10, 31)): 600,
            (here, dt.date(2026, 11, 2)): Said(60, True),
            (here, dt.date(2026, 11, 16)): Said(120, True),
            (here, DAY): 30,
            (there, DAY): 45,
        },
        at=NOON,
    )
    with scope(Scope(person_id=designer.person_id)), count_statements() as seen:
        totals = queries.month_totals(designer.oneself, DAY, DAY)
    assert totals == {here: OwnTotal(210, 150, 2), there: OwnTotal(45, 45, 0)}
    assert len(seen) == 2, "the scope, and one statement"


def test_a_week_over_two_months_counts_in_both(designer, here):
    log_hours(
        designer, {(here, dt.date(2026, 10, 31)): 60, (here, dt.date(2026, 11, 1)): 30}, at=NOON
    )
    with scope(Scope(person_id=designer.person_id)):
        totals = queries.month_totals(designer.oneself, dt.date(2026, 11, 1))
        # 1 November 2026 is a Sunday: its week began in October.
        assert totals == {here: OwnTotal(30, 90, 0)}


def test_of_two_screens_at_the_same_moment_a_day_never_gets_more_than_24_hours(
    app: Flask, designer, here, there
):
    """Both want 13 hours of one day for different towns, where no row is there to hold."""
    for n in range(3):
        day, start = DAY - dt.timedelta(days=n), Barrier(2)

        def save(engagement: uuid.UUID, day: dt.date = day, start: Barrier = start) -> str:
            with app.app_context(), scope(Scope(person_id=designer.person_id)):
                start.wait(10)
                log = hold_own_log(designer.oneself, [day])
                change = Change(Cell(engagement, day), Said(13 * 60), NOTHING.token)
                try:
                    save_hours(log, [change], actor=designer.oneself, now=NOON)
                except HoursRefused:
                    return "refused"
                db.session.commit()
                return "saved"

        with ThreadPoolExecutor(2) as threads:
            outcomes = sorted(threads.map(save, (here, there)))
        assert outcomes == ["refused", "saved"]
    with scope(Scope(person_id=designer.person_id)):
        rows = db.session.execute(sa.select(WorkHours.worked_on, WorkHours.minutes)).all()
    assert sorted(minutes for _day, minutes in rows) == [780] * 3


def test_of_two_screens_at_the_same_place_the_second_is_told(app: Flask, designer, here):
    start = Barrier(2)

    def save(minutes: int) -> str:
        with app.app_context(), scope(Scope(person_id=designer.person_id)):
            start.wait(10)
            log = hold_own_log(designer.oneself, [DAY])
            change = Change(Cell(here, DAY), Said(minutes), NOTHING.token)
            try:
                save_hours(log, [change], actor=designer.oneself, now=NOON)
            except HoursRefused as error:
                return next(iter(error.errors.values()))[0]
            db.session.commit()
            return ""

    with ThreadPoolExecutor(2) as threads:
        told = sorted(threads.map(save, (60, 120)))
    assert told[0] == ""
    assert "別の画面で" in told[1]
