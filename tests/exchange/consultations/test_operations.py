"""What happens to a consultation, and who hears of it."""

import datetime as dt

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.clock import frozen, now
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, NotFound, RuleViolation
from kyoso.core.journal import NetworkJournalEntry
from kyoso.core.mail import Mail
from kyoso.core.scope import member_scope, scope, tenant_scope
from kyoso.core.search import wanted
from kyoso.exchange.consultations import operations, queries, subscribers
from kyoso.exchange.consultations.models import Consultation
from kyoso.exchange.consultations.operations import Question
from kyoso.exchange.consultations.rules import ConsultationStatus as S
from kyoso.exchange.finding import Kind, search
from kyoso.exchange.know_how.queries import get_know_how
from kyoso.exchange.leaving import effects_of_leaving
from kyoso.exchange.moderation import operations as moderation
from kyoso.exchange.moderation import subscribers as moderating
from kyoso.exchange.moderation.operations import ReportDraft
from kyoso.exchange.moderation.queries import find_hiding, get_item, list_reports
from kyoso.exchange.moderation.rules import Ground
from support.consultations import accept, actor_of_writer, answer, ask, staff_of
from support.members import make_member
from support.networks import admin_of, leave, make_coordinator, make_network, suspend
from support.people import actor_of, make_town
from support.referrals import run


@pytest.fixture
def pair(app):
    ours, theirs = make_town("ひがし町"), make_town("にし町")
    return ours, theirs, make_network(ours, theirs)


def found_by(town, word=""):
    with member_scope(town.id):
        return search(Kind.CONSULTATION, wanted(word)).ids


def mails(town):
    with tenant_scope(town.id):
        return db.session.scalars(sa.select(Mail).order_by(Mail.id)).all()


def change(town, consultation_id, step, *args, actor=None):
    """Let the town that asked do something with its consultation."""
    who = actor or actor_of_writer(town)
    with member_scope(town.id):
        result = step(queries.get_own(who, consultation_id), *args, actor=who, now=now())
        db.session.commit()
    return result


def test_auditors_do_not_ask_and_nobody_asks_where_the_town_is_not(pair):
    ours, theirs, network_id = pair
    question = Question("x", "x", [])
    for actor, network, refusal in (
        (actor_of(ours, Role.AUDITOR), network_id, Forbidden),
        (admin_of(ours), make_network(theirs), NotFound),
    ):
        with member_scope(ours.id), pytest.raises(refusal):
            operations.ask_network(
                question, network, named=True, consultation_id=new_id(), actor=actor, now=now()
            )


def test_a_question_is_found_answered_accepted_and_closed(pair):
    ours, theirs, network_id = pair
    consultation_id = ask(ours, network_id)
    assert found_by(theirs, "空き家") == [consultation_id]
    answer_id = answer(theirs, consultation_id)
    accept(ours, consultation_id, answer_id)
    with member_scope(theirs.id):
        one = queries.get_consultation(admin_of(theirs), consultation_id).consultation
        assert (one.status, one.accepted_id) == (S.CLOSED, answer_id)
        found = search(Kind.CONSULTATION, wanted(""), facets=["state:solved"])
        assert found.ids == [consultation_id]
    with pytest.raises(RuleViolation):
        answer(theirs, consultation_id, "もう一つ")
    change(ours, consultation_id, operations.reopen_consultation)
    answer(theirs, consultation_id, "もう一つ")
    change(ours, consultation_id, operations.close_consultation, "助かりました。")


def test_only_the_town_that_asked_settles_it(pair):
    ours, theirs, network_id = pair
    consultation_id = ask(ours, network_id)
    answer_id = answer(theirs, consultation_id)
    who = admin_of(theirs)
    with member_scope(theirs.id):
        asked = queries.get_consultation(who, consultation_id)
        found = queries.get_answer(asked.consultation, answer_id)
        for step in (
            lambda: operations.accept_answer(asked, found, actor=who, now=now()),
            lambda: operations.close_consultation(asked, "", actor=who, now=now()),
            lambda: operations.withdraw_consultation(asked, actor=who, now=now()),
            lambda: operations.edit_question(asked, Question("", "", []), actor=who, now=now()),
        ):
            with pytest.raises(NotFound):
                step()


def test_a_question_is_edited_until_it_is_answered(pair):
    ours, theirs, network_id = pair
    consultation_id = ask(ours, network_id)
    change(ours, consultation_id, operations.edit_question, Question("雪おろし", "本文", ["雪"]))
    assert found_by(theirs, "雪おろし") == [consultation_id]
    assert found_by(theirs, "空き家") == []
    answer(ours, consultation_id, "補足です。")
    change(ours, consultation_id, operations.edit_question, Question("雪おろしの人手", "x", []))
    answer(theirs, consultation_id)
    with pytest.raises(RuleViolation):
        change(ours, consultation_id, operations.edit_question, Question("別の話", "x", []))


def test_an_answer_is_taken_back_with_its_words_unless_it_solved_something(pair):
    ours, theirs, network_id = pair
    consultation_id = ask(ours, network_id)
    answer_id, kept = answer(theirs, consultation_id), answer(theirs, consultation_id, "もう一つ")
    who = actor_of_writer(theirs)
    with member_scope(theirs.id):
        asked = queries.get_consultation(who, consultation_id)
        found = queries.get_own_answer(who, asked, answer_id)
        operations.withdraw_answer(asked, found, actor=who, now=now())
        db.session.commit()
        assert (found.body, found.author_name) == ("", "")
    accept(ours, consultation_id, kept)
    with member_scope(theirs.id):
        asked = queries.get_consultation(who, consultation_id)
        found = queries.get_own_answer(who, asked, kept)
        with pytest.raises(RuleViolation):
            operations.withdraw_answer(asked, found, actor=who, now=now())
    with member_scope(ours.id):
        us = actor_of_writer(ours)
        asked = queries.get_consultation(us, consultation_id)
        with pytest.raises(NotFound):
            queries.get_own_answer(us, asked, kept)


def test_a_withdrawn_question_is_its_own_towns_only(pair):
    ours, theirs, network_id = pair
    consultation_id = ask(ours, network_id)
    change(ours, consultation_id, operations.withdraw_consultation)
    assert found_by(theirs) == []
    with member_scope(theirs.id), pytest.raises(NotFound):
        queries.get_consultation(admin_of(theirs), consultation_id)
    with member_scope(ours.id):
        assert queries.get_consultation(admin_of(ours), consultation_id).ours


def test_who_asked_and_who_follows_hear_of_an_answer_once_though_the_job_runs_twice(pair):
    ours, theirs, network_id = pair
    asker, reader = staff_of(ours), staff_of(theirs)
    consultation_id = ask(ours, network_id, actor=asker)
    with member_scope(theirs.id):
        asked = queries.get_consultation(reader, consultation_id)
        operations.follow_consultation(asked, actor=reader, now=now())
        db.session.commit()
    answer_id = answer(theirs, consultation_id)
    more = answer(ours, consultation_id, "持ち主は町外です。")
    for _ in range(2):
        for town in (ours, theirs):
            for told in (answer_id, more):
                run(
                    subscribers.tell_of_answer,
                    town,
                    consultation_id=consultation_id,
                    answer_id=told,
                )
    (ours_mail,) = mails(ours)
    (theirs_mail,) = mails(theirs)
    assert "にし町から回答がありました" in ours_mail.body
    assert "相談した町から新しい書き込みがありました" in theirs_mail.body
    with member_scope(theirs.id):
        asked = queries.get_consultation(reader, consultation_id)
        follow = queries.find_follow(reader, consultation_id, lock=True)
        assert follow is not None
        operations.unfollow_consultation(asked, follow, actor=reader, now=now())
        db.session.commit()
    last = answer(ours, consultation_id, "もう一つ補足。")
    run(subscribers.tell_of_answer, theirs, consultation_id=consultation_id, answer_id=last)
    assert len(mails(theirs)) == 1


def test_what_nobody_answered_for_a_week_goes_to_the_coordinators_once(pair):
    ours, theirs, network_id = pair
    coordinator = make_coordinator(network_id, ours)
    waiting = ask(ours, network_id, named=False)
    answered = ask(ours, network_id, "答えのある相談")
    answer(theirs, answered)
    with frozen(now() + dt.timedelta(days=6)):
        subscribers.pass_on_unanswered()
    assert not [m for m in mails(ours) if m.to == coordinator.email]
    with frozen(now() + dt.timedelta(days=7, minutes=1)):
        for _ in range(2):
            subscribers.pass_on_unanswered()
    (mail,) = [m for m in mails(ours) if m.to == coordinator.email]
    assert "空き家バンクの登録が増えません" in mail.body
    with scope(coordinator.scope):
        rows = queries.list_for_coordinators(coordinator.actor)
        assert [(row.consultation.id, row.unanswered) for row in rows] == [
            (waiting, True),
            (answered, False),
        ]
        assert rows[0].case.tenant_id == ours.id
        found = queries.get_for_coordinators(coordinator.actor, waiting)
        operations.answer_as_coordinator(
            found.consultation,
            "みなみ町が詳しいです。",
            answer_id=new_id(),
            actor=coordinator.actor,
            now=now(),
        )
        db.session.commit()
        assert not queries.get_for_coordinators(coordinator.actor, waiting).unanswered
        entry = db.session.scalars(
            sa.select(NetworkJournalEntry).where(
                NetworkJournalEntry.kind == "ConsultationAnswered",
                NetworkJournalEntry.by_tenant_id.is_(None),
            )
        ).one()
        assert entry.actor_name == coordinator.name


@pytest.mark.parametrize("how", [leave, suspend])
def test_when_a_town_goes_what_it_asked_and_answered_is_taken_down_as_foreseen(pair, how):
    ours, theirs, network_id = pair
    third = make_town("みなみ町")
    from support.networks import join

    join(network_id, ours, third)
    mine, kept = ask(ours, network_id, named=False), ask(theirs, network_id, "残る相談")
    answer(ours, kept)
    answer(ours, mine, "補足")
    with member_scope(ours.id):
        effects = {e.what: e.count for e in effects_of_leaving(admin_of(ours), network_id)}
    assert effects["町の相談を取り下げます"] == 1
    assert effects["町が書いた回答と補足が、ほかの町から見えなくなります"] == 2
    how(network_id, ours)
    assert found_by(third) == [kept]
    with member_scope(third.id):
        asked = queries.get_consultation(admin_of(third), kept)
        assert queries.list_answers(asked.consultation) == []
    with tenant_scope(ours.id):
        assert queries.get_consultation(admin_of(ours), mine).consultation.status is S.WITHDRAWN


def test_question_and_answer_become_know_how_once(pair):
    ours, theirs, network_id = pair
    consultation_id = ask(ours, network_id)
    answer_id = answer(theirs, consultation_id)
    writer = make_member(ours, Role.STAFF).actor

    def convert():
        with member_scope(ours.id):
            asked = queries.get_own(writer, consultation_id)
            found = queries.get_answer(asked.consultation, answer_id)
            made = operations.draft_know_how(asked, found, "にし町", actor=writer, now=now())
            db.session.commit()
        return made

    with pytest.raises(RuleViolation):
        convert()
    accept(ours, consultation_id, answer_id)
    know_how_id = convert()
    with member_scope(ours.id):
        draft = get_know_how(writer, know_how_id)
        for words in ("どうやって持ち主に", "固定資産税の通知に", "（回答：にし町）"):
            assert words in draft.body
    with pytest.raises(RuleViolation):
        convert()


def test_a_reported_question_is_hidden_by_the_coordinator_who_does_not_learn_more(pair):
    ours, theirs, network_id = pair
    coordinator = make_coordinator(network_id, ours)
    consultation_id = ask(ours, network_id, named=False)
    who = actor_of(theirs, Role.STAFF)
    with member_scope(theirs.id):
        item = get_item(who, Kind.CONSULTATION, consultation_id)
        draft = ReportDraft(network_id, Ground.PERSONAL_DATA, "名前があります")
        moderation.report_item(item, draft, report_id=new_id(), actor=who, now=now())
        db.session.commit()
    with scope(coordinator.scope):
        (report,) = list_reports(coordinator.actor)
        hiding_id = moderation.hide_reported(
            report, "個人名のため", actor=coordinator.actor, now=now()
        )
        db.session.commit()
    assert found_by(theirs) == []
    with member_scope(theirs.id), pytest.raises(NotFound):
        queries.get_consultation(who, consultation_id)
    with member_scope(ours.id):
        asked = queries.get_consultation(admin_of(ours), consultation_id)
        assert asked.consultation.hidden_in == [network_id]
    change(ours, consultation_id, operations.edit_question, Question("直した件名", "x", []))
    assert found_by(theirs) == []
    with scope(coordinator.scope):
        hiding = find_hiding(hiding_id)
        assert hiding is not None
        moderation.lift_hiding(hiding, actor=coordinator.actor, now=now())
        db.session.commit()
    run(moderating.learn_of_hiding, ours, hiding_id=hiding_id)
    assert found_by(theirs, "直した") == [consultation_id]


def test_two_who_send_the_same_form_ask_once(pair):
    ours, _theirs, network_id = pair
    consultation_id = ask(ours, network_id)
    with member_scope(ours.id):
        found = queries.find_sent(admin_of(ours), consultation_id)
        assert found is not None
        assert len(db.session.scalars(sa.select(Consultation)).all()) == 1
