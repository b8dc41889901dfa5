"""Who comes into the register, what is noted, who leaves, and what a saved profile does."""

import datetime as dt

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, RuleViolation
from kyoso.core.journal import JournalEntry, list_history
from kyoso.core.scope import Scope, scope, tenant_scope
from kyoso.identity.profiles.audiences import towns_of
from kyoso.municipal.engagements.rules import EngagementStatus
from kyoso.municipal.talents import queries
from kyoso.municipal.talents.operations import add_note, join_as_talent, remove_talent
from kyoso.municipal.talents.queries import TalentFilter, find_talents
from kyoso.municipal.talents.rules import ShownProfile, TalentSource, WorkMode
from support.engagements import make_engagement
from support.people import actor_of
from support.profiles import make_person, portrait, say
from support.talents import make_somebody, make_talent

NOON = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)
TODAY = NOON.date()


def test_a_person_comes_in_once_and_again_after_leaving(hinode):
    desk, somebody = actor_of(hinode, Role.SECRETARIAT), make_somebody()
    talent_id = make_talent(hinode, somebody, mode="online")
    shown = ShownProfile(name="見本 彩（改）")
    with tenant_scope(hinode.id):
        talent = queries.get_talent(desk, talent_id)
        assert talent.mode is WorkMode.ONLINE
        again = (somebody.person_id, somebody.email, shown, TalentSource.APPLIED)
        with pytest.raises(RuleViolation, match="すでに人材台帳に登録"):
            join_as_talent(*again, actor=desk, now=NOON)
        remove_talent(talent, "ご本人の希望", actor=desk, now=NOON)
        with pytest.raises(RuleViolation, match="すでに人材台帳から外れ"):
            remove_talent(talent, "もう一度", actor=desk, now=NOON)
        db.session.flush()
        assert queries.list_talents(desk) == []
        assert queries.registered_emails(desk, [somebody.email]) == []
        assert join_as_talent(*again, actor=desk, now=NOON).id == talent_id
        assert talent.left_at is None
        assert (talent.name, talent.source) == ("見本 彩（改）", TalentSource.APPLIED)
        kinds = [entry.kind for entry in list_history(desk, [talent_id])]
        assert sorted(kinds) == ["TalentJoined", "TalentJoined", "TalentLeft"]


def test_only_the_secretariat_lets_in_and_takes_out(hinode):
    talent_id = make_talent(hinode)
    with tenant_scope(hinode.id):
        talent = queries.get_talent(actor_of(hinode, Role.STAFF), talent_id)
        for role in (Role.STAFF, Role.AUDITOR, Role.GUEST):
            with pytest.raises(Forbidden):
                remove_talent(talent, "x", actor=actor_of(hinode, role), now=NOON)
        for role in (Role.AUDITOR, Role.LINK_HOLDER):
            with pytest.raises(Forbidden):
                add_note(talent, "x", note_id=new_id(), actor=actor_of(hinode, role), now=NOON)


@pytest.mark.parametrize("status", [EngagementStatus.OFFERED, EngagementStatus.ACTIVE])
def test_nobody_leaves_while_something_is_agreed_or_offered(hinode, status):
    talent_id, desk = make_talent(hinode), actor_of(hinode, Role.SECRETARIAT)
    answered = None if status is EngagementStatus.OFFERED else NOON
    make_engagement(hinode, talent_id, status=status, answered_at=answered)
    with tenant_scope(hinode.id):
        talent = queries.get_talent(desk, talent_id)
        with pytest.raises(RuleViolation, match="1件続いています"):
            remove_talent(talent, "終わり", actor=desk, now=NOON)


def test_what_ended_holds_nobody(hinode):
    talent_id, desk = make_talent(hinode), actor_of(hinode, Role.SECRETARIAT)
    make_engagement(hinode, talent_id, status=EngagementStatus.ENDED)
    with tenant_scope(hinode.id):
        remove_talent(queries.get_talent(desk, talent_id), "終わり", actor=desk, now=NOON)


def test_a_note_stays_with_the_town(hinode):
    talent_id, staff = make_talent(hinode), actor_of(hinode, Role.STAFF, name="記録 係（見本）")
    with tenant_scope(hinode.id):
        talent = queries.get_talent(staff, talent_id)
        add_note(talent, "会議は水曜がよい", note_id=new_id(), actor=staff, now=NOON)
        db.session.flush()
        (note,) = queries.list_notes(staff, talent_id)
        assert (note.text, note.written_by) == ("会議は水曜がよい", "記録 係（見本）")
        # The journal says that something was noted, not what.
        kept = {entry.kind: entry.facts for entry in list_history(staff, [talent_id])}
        assert kept["TalentNoted"] == {}


def test_a_saved_profile_is_written_into_every_register_of_the_person(hinode, minato):
    person, other = make_person(hours=20, can_do="写真"), make_person(hours=5)
    for town in (hinode, minato):
        make_talent(town, person)
    untouched = make_talent(hinode, other)
    say(
        person.oneself,
        kana="みほん みどり",
        hours_offered=30,
        can_do="広報紙の編集",
        skills=["designer"],
        mode=WorkMode.BOTH,
        bio="町には見せない経歴",
        hidden_from_towns=["bio"],
    )
    for town in (hinode, minato):
        desk = actor_of(town, Role.STAFF)
        with tenant_scope(town.id):
            talent = queries.talent_of_person(desk, person.person_id)
            assert (talent.can_do, talent.hours_offered) == ("広報紙の編集", 30)
            assert (talent.skills, talent.mode) == (["designer"], WorkMode.BOTH)
            assert talent.bio == ""
            words = TalentFilter(words="デザイナー 広報")
            found = find_talents(desk, words, TODAY)
            assert [row.name for row in found.rows] == [person.name]
            assert find_talents(desk, TalentFilter(words="経歴"), TODAY).total == 0
    with tenant_scope(hinode.id):
        assert queries.get_talent(actor_of(hinode, Role.STAFF), untouched).can_do == ""


def test_what_is_hidden_later_is_taken_away_from_the_towns(hinode):
    person = make_person(hours=20)
    talent_id = make_talent(hinode, person)
    desk = actor_of(hinode, Role.STAFF)
    say(person.oneself, wants="空き家の活用", photo=portrait())
    with tenant_scope(hinode.id):
        assert queries.get_talent(desk, talent_id).wants == "空き家の活用"
        assert queries.has_photo(desk, talent_id)
    say(person.oneself, wants="空き家の活用", hidden_from_towns=["wants", "photo"])
    with tenant_scope(hinode.id):
        assert queries.get_talent(desk, talent_id).wants == ""
        assert not queries.has_photo(desk, talent_id)
        assert find_talents(desk, TalentFilter(words="空き家"), TODAY).total == 0


def test_a_town_that_the_person_left_learns_nothing_new(hinode, minato):
    person = make_person(hours=20, can_do="写真")
    left, stays = make_talent(hinode, person, can_do="写真"), make_talent(minato, person)
    desk = actor_of(hinode, Role.SECRETARIAT)
    with tenant_scope(hinode.id):
        remove_talent(queries.get_talent(desk, left), "終わり", actor=desk, now=now())
        db.session.commit()
    with scope(Scope(person_id=person.person_id)):
        assert [town.name for town in towns_of(person.oneself)] == [minato.name]
    say(person.oneself, can_do="映像")
    with tenant_scope(hinode.id):
        kept = queries.get_talent(desk, left)
        assert (kept.name, kept.can_do) == (person.name, "")
    with tenant_scope(minato.id):
        assert queries.get_talent(actor_of(minato, Role.STAFF), stays).can_do == "映像"


def test_saving_a_profile_writes_nothing_into_a_towns_journal(hinode):
    person = make_person(hours=20)
    make_talent(hinode, person)
    say(person.oneself, can_do="写真")
    with tenant_scope(hinode.id):
        kinds = db.session.scalars(sa.select(JournalEntry.kind)).all()
        assert kinds == ["TalentJoined"]
