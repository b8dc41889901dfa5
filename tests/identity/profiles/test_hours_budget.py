import datetime as dt
import threading

import pytest
import sqlalchemy as sa

from kyoso.core.db import db, new_id
from kyoso.core.scope import Scope, scope, tenant_scope
from kyoso.identity import hours_budget
from kyoso.identity.hours_budget import (
    HoursExceeded,
    HoursNotStated,
    book_hours,
    hours_left,
    release_hours,
)
from kyoso.identity.profiles.models import BookedHours, Profile
from support.profiles import make_person, own

APRIL, JUNE, JULY, DECEMBER = (dt.date(2027, month, 1) for month in (4, 6, 7, 12))


def book(town, person, hours, first=APRIL, last=None, *, source=None):
    with tenant_scope(town.id):
        booking = book_hours(person.person_id, source or new_id(), hours, first, last)
        db.session.commit()
    return booking


def left(town, person, first=APRIL, last=None, **but):
    with tenant_scope(town.id):
        return hours_left(person.person_id, first, last, **but)


def test_what_is_booked_is_taken_off_the_offer_in_every_town(hinode, minato):
    person = make_person(hours=40)
    assert left(hinode, person) == 40
    assert book(hinode, person, 30).left == 10
    assert left(minato, person) == 10
    assert book(minato, person, 10).left == 0
    assert left(hinode, person) == 0


def test_too_much_is_refused_with_the_month_and_what_is_left(hinode, minato):
    person = make_person(hours=20)
    book(hinode, person, 12, DECEMBER)
    with pytest.raises(HoursExceeded) as refused:
        book(minato, person, 9, APRIL)
    assert refused.value.message == "2027年12月は、あと8時間までです。"
    assert (refused.value.left, refused.value.month) == (8, DECEMBER)
    with tenant_scope(minato.id):
        assert db.session.scalars(sa.select(BookedHours)).all() == []
    book(minato, person, 8, APRIL)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (APRIL, APRIL, 40),
        (APRIL, JUNE, 30),
        (JUNE, JUNE, 30),
        (JULY, JULY, 15),
        (APRIL, None, 15),
        (DECEMBER, None, 25),
        (dt.date(2028, 4, 1), None, 25),
        (dt.date(2027, 6, 30), dt.date(2027, 6, 30), 30),
    ],
)
def test_the_fullest_of_the_months_asked_for_counts(hinode, minato, first, last, expected):
    person = make_person(hours=40)
    book(hinode, person, 10, JUNE, JULY)
    book(minato, person, 15, JULY, None)
    assert left(hinode, person, first, last) == expected
    with pytest.raises(HoursExceeded):
        book(hinode, person, expected + 1, first, last)
    assert book(hinode, person, expected, first, last).left == 0


def test_booking_anew_replaces_what_was_booked_before(hinode, minato):
    person, source = make_person(hours=20), new_id()
    book(hinode, person, 15, source=source)
    assert left(hinode, person, except_source=source) == 20
    assert left(minato, person, except_source=source) == 5
    book(hinode, person, 20, source=source)
    with pytest.raises(HoursExceeded):
        book(hinode, person, 21, source=source)
    book(hinode, person, 4, JUNE, JULY, source=source)
    with tenant_scope(hinode.id):
        row = db.session.scalars(sa.select(BookedHours)).one()
        assert (row.hours, row.from_month, row.until_month) == (4, JUNE, JULY)


def test_another_towns_booking_of_the_same_name_still_counts(hinode, minato):
    person, source = make_person(hours=20), new_id()
    book(hinode, person, 15, source=source)
    with pytest.raises(HoursExceeded):
        book(minato, person, 6, source=source)


def test_who_has_not_said_any_hours_is_not_booked(hinode):
    person = make_person(hours=None)
    assert left(hinode, person) is None
    with pytest.raises(HoursNotStated, match="まだ示していません"):
        book(hinode, person, 1)


def test_hours_are_given_back_at_once_or_after_a_month(hinode, minato):
    person, source = make_person(hours=20), new_id()
    book(hinode, person, 20, APRIL, DECEMBER, source=source)
    with tenant_scope(minato.id):
        release_hours(source, None)
        db.session.commit()
    assert left(minato, person) == 0
    with tenant_scope(hinode.id):
        release_hours(source, JUNE)
        db.session.commit()
    assert (left(minato, person, JUNE, JUNE), left(minato, person, JULY)) == (0, 20)
    with scope(own(person)):
        release_hours(source, dt.date(2027, 3, 1))
        db.session.commit()
    assert left(minato, person) == 20


def test_nobody_else_gives_a_persons_hours_back(hinode):
    person, stranger, source = make_person(hours=20), make_person(), new_id()
    book(hinode, person, 20, source=source)
    with scope(own(stranger)):
        release_hours(source, None)
        db.session.commit()
    assert left(hinode, person) == 0


def test_the_person_knows_their_fullest_month(hinode, minato):
    person = make_person(hours=40)
    book(hinode, person, 10, APRIL, JUNE)
    book(minato, person, 20, JUNE, JULY)
    with scope(own(person)):
        assert hours_budget.most_booked(person.person_id, APRIL) == (JUNE, 30)
        assert hours_budget.most_booked(person.person_id, JULY) == (JULY, 20)
        assert hours_budget.most_booked(person.person_id, DECEMBER) == (DECEMBER, 0)


def test_of_two_towns_that_want_the_last_hours_at_once_one_gets_them(app, hinode, minato):
    person, both, told = make_person(hours=30), threading.Barrier(2), []

    def go(town):
        with app.app_context():
            try:
                with tenant_scope(town.id):
                    # Each has its transaction open before the other has booked.
                    assert hours_left(person.person_id, APRIL, None) == 30
                    both.wait()
                    book_hours(person.person_id, new_id(), 20, APRIL, None)
                    db.session.commit()
                told.append("booked")
            except HoursExceeded as refusal:
                told.append(refusal.message)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=go, args=(town,)) for town in (hinode, minato)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["2027年4月は、あと10時間までです。", "booked"]
    with scope(own(person)):
        assert [row.hours for row in db.session.scalars(sa.select(BookedHours))] == [20]


def test_a_booking_waits_for_the_person_who_changes_the_offer(app, hinode):
    person, held, told = make_person(hours=30), threading.Event(), []

    def go():
        with app.app_context():
            held.wait()
            try:
                with tenant_scope(hinode.id):
                    book_hours(person.person_id, new_id(), 20, APRIL, None)
                    db.session.commit()
                told.append("booked")
            except HoursExceeded as refusal:
                told.append(refusal.left)
            finally:
                db.session.remove()

    thread = threading.Thread(target=go)
    thread.start()
    with scope(own(person)):
        db.session.execute(sa.update(Profile).values(hours_offered=10))
        held.set()
        thread.join(0.5)
        assert told == []
        db.session.commit()
    thread.join()
    assert told == [10]


def test_each_side_sees_its_own_bookings_only(hinode, minato):
    person, other = make_person(hours=40), make_person(hours=40)
    book(hinode, person, 10)
    book(minato, person, 5)
    book(minato, other, 7)
    every = sa.select(BookedHours.hours).order_by(BookedHours.hours)
    with tenant_scope(hinode.id):
        assert db.session.scalars(every).all() == [10]
    with tenant_scope(minato.id):
        assert db.session.scalars(every).all() == [5, 7]
    with scope(own(person)):
        assert db.session.scalars(every).all() == [5, 10]
    with scope(Scope()):
        assert db.session.scalars(every).all() == []


@pytest.mark.parametrize(
    "change",
    [
        sa.insert(BookedHours).values(
            tenant_id=new_id(), source_id=new_id(), person_id=new_id(), hours=1, from_month=APRIL
        ),
        sa.update(BookedHours).values(hours=1),
        sa.delete(BookedHours),
    ],
    ids=["insert", "update", "delete"],
)
def test_the_application_writes_no_booking_itself(hinode, change):
    with tenant_scope(hinode.id), pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        db.session.execute(change)


def test_nothing_is_booked_for_no_town(app):
    person = make_person(hours=40)
    with scope(own(person)), pytest.raises(sa.exc.IntegrityError):
        book_hours(person.person_id, new_id(), 1, APRIL, None)


def test_no_town_reads_a_profile(hinode):
    make_person(hours=40)
    with tenant_scope(hinode.id):
        assert db.session.scalars(sa.select(Profile)).all() == []
        assert db.session.execute(sa.update(Profile).values(bio="x")).rowcount == 0
