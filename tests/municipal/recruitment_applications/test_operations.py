"""Applications from arrival to answer and erasure, against the database."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from kyoso.core.access import Actor, Role
from kyoso.core.clock import frozen, now
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, InvalidInput, NotFound, RuleViolation
from kyoso.core.files import StoredFile
from kyoso.core.journal import JournalEntry
from kyoso.core.mail import Mail
from kyoso.core.scope import tenant_scope
from kyoso.municipal.recruitment_applications import operations, queries
from kyoso.municipal.recruitment_applications.models import (
    RecruitmentApplication,
    RecruitmentMessage,
)
from kyoso.municipal.recruitment_applications.rules import ApplicationState as A
from kyoso.municipal.recruitments.queries import get_recruitment
from kyoso.municipal.recruitments.rules import RecruitmentStatus
from kyoso.municipal.talent_invitations.queries import list_sent_by, standing_of
from kyoso.operating.housekeeping import erase_applications
from support.departments import make_department
from support.people import actor_of
from support.recruitments import apply_for, holder_of, make_recruitment, step
from support.site import declare


@pytest.fixture
def out(hinode):
    return make_recruitment(hinode)


def state_of(town, application_id):
    with tenant_scope(town.id):
        return queries.get_application(Actor.guest(town.id), application_id).state


def mails_to(town, address):
    with tenant_scope(town.id):
        return db.session.scalars(sa.select(Mail).where(Mail.to == address).order_by(Mail.id)).all()


def end(town, recruitment_id, *, letter="ありがとうございました。", agreed=True, actor=None):
    actor = actor or actor_of(town, Role.SECRETARIAT)
    with tenant_scope(town.id):
        recruitment = get_recruitment(actor, recruitment_id, lock=True)
        people = queries.list_applications_of(actor, recruitment_id)
        letters = {one.id: f"{one.name}様 {letter}" for one in queries.to_tell(people)}
        sent = operations.answer_applicants(
            recruitment,
            letters,
            RecruitmentStatus.CLOSED,
            tell_undecided=agreed,
            actor=actor,
            now=now(),
        )
        db.session.commit()
        return sent


def test_an_applicant_gets_a_receipt_and_a_private_link_and_the_desk_waits(hinode, out):
    one = apply_for(hinode, out, with_file=True)
    (mail,) = mails_to(hinode, one.email)
    assert "受付番号：R20" in mail.body
    assert f"/{hinode.slug}/applications/" in mail.body
    with tenant_scope(hinode.id):
        (row,) = queries.list_waiting(actor_of(hinode, Role.SECRETARIAT))
        assert (row.id, row.state) == (one.id, A.RECEIVED)


def test_receipts_are_counted_within_the_town(hinode, minato, out):
    for _time in range(2):
        apply_for(hinode, out)
    theirs = apply_for(minato, make_recruitment(minato))
    with tenant_scope(hinode.id):
        found = db.session.scalars(sa.select(RecruitmentApplication.number)).all()
    with tenant_scope(minato.id):
        other = queries.get_application(Actor.guest(minato.id), theirs.id)
    assert sorted(found) == [1, 2]
    assert other.number == 1


def test_what_has_ended_takes_no_application(hinode, out):
    end(hinode, out)
    with pytest.raises(RuleViolation, match="受付は終わりました"):
        apply_for(hinode, out)


def test_a_message_begins_the_conversation_and_nothing_waits_any_more(hinode, out):
    one = apply_for(hinode, out)
    step(hinode, one.id, "write_to_applicant", "いつお話しできますか。", message_id=new_id())
    assert state_of(hinode, one.id) is A.IN_CONVERSATION
    assert "いつお話しできますか。" in mails_to(hinode, one.email)[-1].body
    office = actor_of(hinode, Role.SECRETARIAT)
    with tenant_scope(hinode.id):
        assert queries.list_waiting(office) == []
    holder = holder_of(hinode, one.id)
    step(hinode, one.id, "write_to_town", "金曜です。", message_id=new_id(), actor=holder)
    with tenant_scope(hinode.id):
        assert [row.id for row in queries.list_waiting(office)] == [one.id]
    step(hinode, one.id, "see_application")
    with tenant_scope(hinode.id):
        assert queries.list_waiting(office) == []


def test_notes_are_never_among_the_messages(hinode, out):
    one = apply_for(hinode, out)
    step(hinode, one.id, "note_application", "少し高い。", message_id=new_id())
    with tenant_scope(hinode.id):
        actor = holder_of(hinode, one.id)
        assert queries.list_messages(actor, one.id) == []
        assert [note.body for note in queries.list_notes(actor, one.id)] == ["少し高い。"]


def test_who_is_chosen_is_told_and_invited_into_the_register(hinode, out):
    department = make_department(hinode)
    mine = make_recruitment(hinode, department)
    one = apply_for(hinode, mine)
    staff = Actor(
        hinode.id,
        frozenset({Role.STAFF}),
        person_id=new_id(),
        name="職員",
        membership_id=new_id(),
        department_ids=frozenset({department}),
    )
    step(hinode, one.id, "select_application", actor=staff)
    subjects = [mail.subject for mail in mails_to(hinode, one.email)]
    assert any("ぜひご一緒させてください" in subject for subject in subjects)
    assert len(subjects) == 3, "receipt, good news, invitation"
    invitation = mails_to(hinode, one.email)[subjects.index("ひので町の複業人材への招待")]
    assert "職員さんから、ひので町の複業人材としての登録のご案内" in invitation.body
    with tenant_scope(hinode.id):
        assert one.email in standing_of(staff, [one.email])


def test_who_is_invited_already_is_not_invited_twice(hinode, out):
    for recruitment in (out, make_recruitment(hinode)):
        one = apply_for(hinode, recruitment, email="twice@example.jp")
        step(hinode, one.id, "select_application")
    subjects = [mail.subject for mail in mails_to(hinode, "twice@example.jp")]
    assert len(subjects) == 5, subjects


def test_a_no_is_silent_until_the_end_and_then_everybody_has_an_answer(hinode, out):
    chosen, declined, waiting, gone = (apply_for(hinode, out) for _time in range(4))
    step(hinode, chosen.id, "select_application")
    step(hinode, declined.id, "move_application", A.NOT_SELECTED)
    step(hinode, gone.id, "withdraw_application", actor=holder_of(hinode, gone.id))
    assert len(mails_to(hinode, declined.email)) == 1

    assert end(hinode, out) == 2
    for one in (declined, waiting):
        letter = mails_to(hinode, one.email)[-1]
        assert "ご応募へのお返事" in letter.subject
        assert "ありがとうございました。" in letter.body
        assert "365日後に消去" in letter.body
        assert state_of(hinode, one.id) is A.NOT_SELECTED
    assert state_of(hinode, chosen.id) is A.SELECTED
    assert len(mails_to(hinode, gone.email)) == 1


def test_ending_asks_about_those_on_whom_nobody_decided(hinode, out):
    apply_for(hinode, out)
    with pytest.raises(InvalidInput):
        end(hinode, out, agreed=False)
    with tenant_scope(hinode.id):
        recruitment = get_recruitment(Actor.guest(hinode.id), out)
        assert recruitment.status is RecruitmentStatus.PUBLISHED


def test_somebody_who_came_after_the_letters_were_shown_stops_the_ending(hinode, out):
    apply_for(hinode, out)
    office = actor_of(hinode, Role.SECRETARIAT)
    with tenant_scope(hinode.id):
        recruitment = get_recruitment(office, out)
        with pytest.raises(RuleViolation, match="応募の状況が変わりました"):
            operations.answer_applicants(
                recruitment,
                {},
                RecruitmentStatus.CLOSED,
                tell_undecided=True,
                actor=office,
                now=now(),
            )


def test_only_the_department_and_the_entrusted_handle_an_application(hinode, out):
    one = apply_for(hinode, out)
    stranger = Actor(
        hinode.id, frozenset({Role.STAFF}), person_id=new_id(), name="他課", membership_id=new_id()
    )
    for verb in ("select_application", "see_application", "resend_link"):
        with pytest.raises(Forbidden):
            step(hinode, one.id, verb, actor=stranger)
    with tenant_scope(hinode.id):
        assert queries.list_waiting(stranger) == []
        auditor = actor_of(hinode, Role.AUDITOR)
    with pytest.raises(Forbidden):
        step(hinode, one.id, "select_application", actor=auditor)


def test_a_link_touches_its_own_application_only(hinode, out):
    one, other = apply_for(hinode, out), apply_for(hinode, out)
    with pytest.raises(Forbidden):
        step(hinode, one.id, "withdraw_application", actor=holder_of(hinode, other.id))


def test_the_journal_never_learns_an_applicants_name(hinode, out):
    one = apply_for(hinode, out, name="名前 秘子")
    step(hinode, one.id, "write_to_applicant", "こんにちは。", message_id=new_id())
    step(hinode, one.id, "withdraw_application", actor=holder_of(hinode, one.id))
    with tenant_scope(hinode.id):
        for entry in db.session.scalars(sa.select(JournalEntry)):
            assert "秘子" not in f"{entry.actor_name} {entry.facts}"


def test_after_the_promised_time_nothing_is_left_of_who_it_was(hinode, out):
    declare(hinode, declaration={"recruitment": {"keep_days": 90}})
    declined = apply_for(hinode, out, with_file=True, name="名前 秘子")
    chosen = apply_for(hinode, out)
    step(hinode, chosen.id, "select_application")
    step(hinode, declined.id, "write_to_applicant", "秘子さん、", message_id=new_id())
    step(hinode, declined.id, "note_application", "秘子さんのこと", message_id=new_id())
    end(hinode, out)
    # What the town says later does not shorten what it promised.
    declare(hinode, declaration={"recruitment": {"keep_days": 30}})

    with tenant_scope(hinode.id):
        path = db.session.scalars(sa.select(StoredFile)).one().path
    db.session.remove()
    with frozen(now() + dt.timedelta(days=89)):
        erase_applications()
    assert path.exists()
    db.session.remove()
    with frozen(now() + dt.timedelta(days=91)):
        erase_applications()
    assert not path.exists()
    with tenant_scope(hinode.id):
        kept = queries.get_application(Actor.guest(hinode.id), declined.id)
        assert (kept.name, kept.email, kept.message, kept.letter) == ("", "", "", "")
        assert kept.erased_at is not None
        assert kept.skills == []
        assert queries.get_application(Actor.guest(hinode.id), chosen.id).name != ""
        bodies = db.session.scalars(
            sa.select(RecruitmentMessage.body).where(
                RecruitmentMessage.application_id == declined.id
            )
        ).all()
        assert set(bodies) == {""}
        mails = db.session.execute(
            sa.select(Mail.to, Mail.body).where(Mail.subject_id == declined.id)
        ).all()
        assert len(mails) == 3
        assert {tuple(row) for row in mails} == {("", "")}


def test_the_database_hides_theirs_even_from_a_query_that_forgot(hinode, minato):
    one = apply_for(minato, make_recruitment(minato))
    with tenant_scope(hinode.id):
        assert db.session.scalars(sa.select(RecruitmentApplication)).all() == []
        assert db.session.scalars(sa.select(RecruitmentMessage)).all() == []
        with pytest.raises(NotFound):
            queries.get_link(minato.id, one.token)
        with pytest.raises(NotFound):
            queries.get_application(Actor.guest(minato.id), one.id)


def invitations_of(town, application_id):
    with tenant_scope(town.id):
        return list_sent_by(Actor.guest(town.id), application_id)


def test_the_invitation_of_a_chosen_applicant_who_withdraws_stops_working(hinode, out):
    one = apply_for(hinode, out)
    step(hinode, one.id, "select_application")
    step(hinode, one.id, "withdraw_application", actor=holder_of(hinode, one.id))
    (invitation,) = invitations_of(hinode, one.id)
    assert invitation.withdrawn_at is not None


def test_nothing_is_left_of_a_chosen_applicant_who_withdrew_either(hinode, out):
    one = apply_for(hinode, out, name="見本 消之助（見本）", email="gone@example.jp")
    step(hinode, one.id, "select_application")
    step(hinode, one.id, "withdraw_application", actor=holder_of(hinode, one.id))
    with frozen(now() + dt.timedelta(days=366)):
        erase_applications()
    (invitation,) = invitations_of(hinode, one.id)
    assert (invitation.email, invitation.name, invitation.message) == ("", "", "")
    assert mails_to(hinode, "gone@example.jp") == []
    with tenant_scope(hinode.id):
        bodies = "".join(db.session.scalars(sa.select(Mail.subject + Mail.body)))
        facts = str(db.session.scalars(sa.select(JournalEntry.facts)).all())
    assert "消之助" not in bodies
    assert "消之助" not in facts
    assert "gone@example.jp" not in facts
