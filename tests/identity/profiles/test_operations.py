import datetime as dt
import threading

import pytest
import sqlalchemy as sa

from kyoso.core import clock
from kyoso.core.access import Role
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, RuleViolation
from kyoso.core.files import CheckedFile
from kyoso.core.journal import PersonJournalEntry
from kyoso.core.own_data import list_sections
from kyoso.core.scope import scope, tenant_scope
from kyoso.identity.hours_budget import HoursExceeded, book_hours
from kyoso.identity.profiles import operations, queries
from kyoso.identity.profiles.models import Profile
from kyoso.identity.profiles.rules import MOST_FILES, OfferTooLow, Outdated
from kyoso.identity.profiles.sweeping import sweep_person_files
from kyoso.municipal.talents.models import Talent
from support.people import actor_of
from support.profiles import draft, keep_file, make_full_profile, make_person, own, portrait, say
from support.talents import make_somebody, make_talent


def save(person, **said):
    with scope(own(person)):
        profile = queries.own_profile(person.oneself, lock=True)
        new = draft(person.name, **({"revision": profile.revision} | said))
        operations.save_profile(profile, new, actor=person.oneself, now=now())
        db.session.commit()


def test_somebody_who_has_written_nothing_has_an_empty_profile_with_their_name(app):
    person = make_somebody()
    with scope(own(person)):
        profile = queries.own_profile(person.oneself)
        assert (profile.name, profile.revision, profile.hours_offered) == (person.name, 0, None)
        assert queries.shown_to_towns(person.oneself).name == person.name
        db.session.commit()
        assert db.session.scalars(sa.select(Profile)).all() == []


def test_what_is_saved_is_pushed_into_every_register_but_what_is_hidden(hinode, minato):
    person = make_person()
    make_talent(hinode, person)
    make_talent(minato, person)
    save(person, bio="新しい経歴", conditions="秘密の条件", hidden_from_towns=["conditions"])
    for town in (hinode, minato):
        with tenant_scope(town.id):
            talent = db.session.scalars(sa.select(Talent)).one()
            assert (talent.bio, talent.conditions) == ("新しい経歴", "")


def test_the_record_names_the_parts_and_not_what_they_say(app):
    person = make_person()
    save(person, bio="だれにも言わないこと", photo=portrait())
    with scope(own(person)):
        newest = db.session.scalars(
            sa.select(PersonJournalEntry).order_by(PersonJournalEntry.id.desc()).limit(1)
        ).one()
        assert newest.kind == "ProfileChanged"
        assert newest.facts == {"parts": ["bio", "photo"]}


def test_the_same_form_sent_twice_is_saved_once(app):
    person = make_person()
    for _again in range(2):
        save(person, bio="一度だけ", revision=1, photo=portrait())
    with scope(own(person)):
        assert queries.own_profile(person.oneself).revision == 2


def test_of_two_tabs_the_older_is_refused(app):
    person = make_person()
    save(person, bio="先", revision=1)
    with pytest.raises(Outdated):
        save(person, bio="後", revision=1)
    with scope(own(person)):
        assert queries.own_profile(person.oneself).bio == "先"


def test_less_than_what_towns_have_booked_is_refused_until_it_is_over(hinode):
    person = make_person(hours=40)
    first = dt.date(2026, 12, 1)
    with tenant_scope(hinode.id):
        book_hours(person.person_id, new_id(), 20, first, dt.date(2027, 1, 1))
        db.session.commit()
    with clock.frozen(dt.datetime(2026, 11, 21, tzinfo=dt.UTC)):
        with pytest.raises(OfferTooLow, match="2026年12月は、すでに20時間の約束があります"):
            save(person, hours_offered=19)
        with pytest.raises(OfferTooLow):
            save(person, hours_offered=None)
        save(person, hours_offered=20)
    with clock.frozen(dt.datetime(2027, 2, 1, tzinfo=dt.UTC)):
        save(person, hours_offered=None)


def test_a_lower_offer_and_a_booking_at_the_same_moment_never_contradict(app, hinode):
    person, both, told = make_person(hours=40), threading.Barrier(2), []

    def lower():
        save(person, hours_offered=10)

    def book():
        with tenant_scope(hinode.id):
            book_hours(person.person_id, new_id(), 30, clock.today(), None)
            db.session.commit()

    def go(step):
        with app.app_context():
            both.wait()
            try:
                step()
                told.append("done")
            except (OfferTooLow, HoursExceeded):
                told.append("refused")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=go, args=(step,)) for step in (lower, book)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["done", "refused"]


def test_nobody_saves_somebody_elses_profile(app):
    person, stranger = make_person(), make_person()
    with scope(own(person)):
        profile = queries.own_profile(person.oneself)
        with pytest.raises(Forbidden):
            operations.save_profile(profile, draft(), actor=stranger.oneself, now=now())


def test_a_town_opens_the_files_that_are_shared_with_it_and_no_others(hinode, minato):
    person = make_person()
    for town in (hinode, minato):
        make_talent(town, person)
    row = keep_file(person.oneself, towns=[hinode.id])
    keep_file(person.oneself, "秘密.csv")
    us, them = (tenant_actor(town) for town in (hinode, minato))
    with tenant_scope(hinode.id):
        (seen,) = queries.list_shared_files(us, person.person_id)
        assert (seen.id, seen.path.read_text()) == (row.id, "年,仕事\n2020,見本\n")
    with tenant_scope(minato.id):
        assert queries.list_shared_files(them, person.person_id) == []
    with scope(own(person)):
        file = queries.get_file(person.oneself, row.id, lock=True)
        operations.share_file(file, [minato.id], actor=person.oneself, now=now())
        db.session.commit()
    with tenant_scope(hinode.id):
        assert queries.list_shared_files(us, person.person_id) == []
    with tenant_scope(minato.id):
        assert queries.get_shared_file(them, person.person_id, row.id).id == row.id


def tenant_actor(town):
    return actor_of(town, Role.STAFF)


def test_a_removed_file_is_nobodys_and_its_bytes_go_at_night(hinode):
    person = make_person()
    row = keep_file(person.oneself, towns=[hinode.id])
    kept = keep_file(person.oneself, "残す.csv")
    left = row.path.with_name(str(new_id()))
    left.write_bytes(b"half")
    with scope(own(person)):
        file = queries.get_file(person.oneself, row.id, lock=True)
        operations.remove_file(file, actor=person.oneself, now=now())
        db.session.commit()
        assert [f.id for f in queries.list_files(person.oneself)] == [kept.id]
    with tenant_scope(hinode.id):
        assert queries.list_shared_files(tenant_actor(hinode), person.person_id) == []
    sweep_person_files(older_than=dt.timedelta(days=1))
    assert row.path.exists()
    with clock.frozen(now() + dt.timedelta(days=2)):
        sweep_person_files(older_than=dt.timedelta(days=1))
    assert (row.path.exists(), left.exists(), kept.path.exists()) == (False, False, True)


def test_there_is_room_for_so_many_files(app):
    person = make_person()
    for _one in range(MOST_FILES):
        keep_file(person.oneself)
    file = CheckedFile("もう一つ.csv", "text/csv", b"a")
    with scope(own(person)), pytest.raises(RuleViolation, match="10個まで"):
        operations.add_file(file, [], file_id=new_id(), actor=person.oneself, now=now())


def test_a_person_takes_everything_away_with_them(hinode):
    person = make_somebody()
    make_full_profile(person.oneself)
    with tenant_scope(hinode.id):
        book_hours(person.person_id, new_id(), 8, dt.date(2027, 4, 1), None)
        db.session.commit()
    sections = {section.name: section for section in list_sections()}
    with scope(own(person)):
        (row,) = sections["profile"].read(person.oneself)
        assert set(row) == set(sections["profile"].columns)
        assert row["photo"].content.startswith(b"RIFF")
        assert row["hidden_from_towns"] == ["条件"]
        (file,) = sections["profile_files"].read(person.oneself)
        assert file["file"].name == "経歴書.csv"
        (booked,) = sections["booked_hours"].read(person.oneself)
        assert (booked["town"], booked["hours"]) == (hinode.name, 8)
    nobody = make_somebody()
    with scope(own(nobody)):
        assert [sections[n].read(nobody.oneself) for n in ("profile", "profile_files")] == [[], []]


def test_saying_less_takes_it_out_of_the_register(hinode):
    person = make_somebody()
    make_talent(hinode, person)
    make_full_profile(person.oneself)
    say(person.oneself)
    with tenant_scope(hinode.id):
        talent = db.session.scalars(sa.select(Talent)).one()
        assert (talent.skills, talent.bio, talent.hours_offered) == ([], "", None)
