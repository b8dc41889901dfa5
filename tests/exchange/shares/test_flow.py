"""The whole way of a request, the ledger under it, and what happens when something breaks."""

from __future__ import annotations

import datetime as dt
import threading

import pypdf
import pytest
import sqlalchemy as sa

from kyoso.core import jobs
from kyoso.core.access import Actor, Role
from kyoso.core.clock import frozen, now, today
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, InvalidInput, NotFound, RuleViolation
from kyoso.core.mail import Mail
from kyoso.core.scope import Scope, member_scope, scope, tenant_scope
from kyoso.exchange.leaving import effects_of_leaving
from kyoso.exchange.share_requests import operations as requests
from kyoso.exchange.share_requests import queries
from kyoso.exchange.share_requests.operations import Names
from kyoso.exchange.share_requests.rules import Audience, ShareStatus, Side
from kyoso.exchange.share_talks import operations as talks
from kyoso.exchange.share_talks.queries import list_thread
from kyoso.exchange.share_talks.subscribers import tell
from kyoso.exchange.shares import operations as shares
from kyoso.exchange.shares.queries import list_months, list_reviews
from kyoso.exchange.shares.subscribers import begin, follow_town
from kyoso.exchange.talent_pool.queries import get_listing
from kyoso.identity.hours_budget import hours_left
from kyoso.identity.members.queries import get_member
from kyoso.identity.profiles.models import BookedHours
from kyoso.identity.profiles.operations import save_profile
from kyoso.identity.profiles.queries import own_profile
from kyoso.municipal.engagements.operations import shorten_engagement
from kyoso.municipal.engagements.queries import get_engagement
from kyoso.municipal.engagements.rules import EngagementStatus
from kyoso.municipal.talents.queries import talent_of_person
from kyoso.municipal.talents.rules import TalentSource
from kyoso.municipal.work_hours.models import WorkHours
from support.listings import take_back
from support.members import make_member
from support.networks import announce, join, leave, suspend
from support.people import make_town
from support.profiles import draft
from support.shares import Deal, ask_for_stay, make_deal
from support.work_hours import log_hours

S = ShareStatus


@pytest.fixture
def deal(app) -> Deal:
    return make_deal()


def left(deal: Deal) -> int | None:
    with tenant_scope(deal.asker.id):
        first = today() + dt.timedelta(days=10)
        return hours_left(deal.person.person_id, first, first + dt.timedelta(days=100))


def booked(deal: Deal) -> list[tuple]:
    with deal.as_person():
        rows = db.session.scalars(sa.select(BookedHours))
        return [(row.source_id, row.hours) for row in rows]


def thread_of(deal: Deal, request_id) -> list[str]:
    with deal.as_asker() as actor:
        return [line.kind for line in list_thread(queries.get_request(actor, request_id))]


def test_from_the_draft_to_the_engagement_the_hours_are_held_once(deal):
    assert left(deal) == 40
    request_id = deal.drafted()
    assert left(deal) == 40, "a draft holds nothing"
    deal.asks(request_id, requests.send_request)
    assert booked(deal) == [(request_id, 10)]
    deal.answers(request_id, requests.approve_request, 1, Names())
    deal.says(request_id, shares.accept_request, 1, deal.person.email)
    assert deal.status(request_id) is S.ACCEPTED
    assert booked(deal) == [(request_id, 10)]
    deal.begin(request_id)
    assert deal.status(request_id) is S.ACTIVE
    assert booked(deal) == [(request_id, 10)], "the engagement books what the request held"
    with deal.as_asker() as actor:
        engagement = get_engagement(actor, request_id)
        assert engagement.status is EngagementStatus.ACTIVE
        assert engagement.hours_a_month == 10
        assert "覚書（第1版）" in engagement.paper_note
        talent = talent_of_person(actor, deal.person.person_id)
        assert talent is not None
        assert talent.source is TalentSource.SHARED
        assert talent.name == deal.person.name
        assert talent.can_do == "広報紙とチラシの編集"
        assert (talent.affiliation, talent.bio, talent.wants) == ("", "", ""), "not agreed to"
        row = queries.get_request(actor, request_id)
        assert (row.shown, row.email) == ({}, "")
    assert thread_of(deal, request_id) == [
        *("ShareSent", "ShareApproved", "ShareAccepted", "ShareStarted")
    ]


def test_a_profile_saved_later_shows_the_asking_town_no_more_than_was_agreed(deal):
    deal.running()

    with deal.as_person() as me:
        profile = own_profile(me, lock=True)
        said = {"hours_offered": 40, "bio": "新しい経歴", "can_do": "動画の編集"}
        save_profile(
            profile, draft(me.name, revision=profile.revision, **said), actor=me, now=now()
        )
    for town, bio in ((deal.asker, ""), (deal.home, "新しい経歴")):
        actor = Actor.system(town.id, "tests")
        with tenant_scope(town.id):
            talent = talent_of_person(actor, deal.person.person_id)
            assert talent is not None
            assert (talent.can_do, talent.bio) == ("動画の編集", bio)


def test_the_request_is_refused_with_what_is_left(deal):
    request_id = deal.drafted(hours_a_month=41)
    with pytest.raises(InvalidInput) as refused:
        deal.asks(request_id, requests.send_request)
    assert "あと40時間" in refused.value.errors["hours_a_month"][0]
    assert deal.status(request_id) is S.DRAFT
    assert booked(deal) == []


def test_of_two_towns_that_want_the_last_hours_one_gets_them(app, deal):
    third = make_town("三の町")
    join(deal.network_id, deal.home, third)
    other = make_deal(third, deal.home, deal.network_id, listed=(deal.person, deal.listing_id))
    asked = [(deal, deal.drafted(hours_a_month=30)), (other, other.drafted(hours_a_month=30))]
    gate, outcome = threading.Barrier(2), {}

    def go(one: Deal, request_id) -> None:
        with app.app_context():
            gate.wait()
            try:
                one.asks(request_id, requests.send_request)
                outcome[request_id] = "sent"
            except InvalidInput as refusal:
                outcome[request_id] = refusal.errors["hours_a_month"][0]
            finally:
                db.session.remove()

    threads = [threading.Thread(target=go, args=pair) for pair in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    words = sorted(outcome.values())
    assert words[1] == "sent"
    assert "あと10時間" in words[0]
    assert [hours for _id, hours in booked(deal)] == [30]
    assert sorted(one.status(request_id) for one, request_id in asked) == ["draft", "sent"]


@pytest.mark.parametrize(
    ("made", "step"),
    [
        ("sent", lambda d, r: d.answers(r, requests.decline_request, "いまは難しい")),
        ("approved", lambda d, r: d.answers(r, requests.decline_request, "事情が変わった")),
        ("sent", lambda d, r: d.asks(r, requests.withdraw_request, "取りやめ")),
        ("accepted", lambda d, r: d.asks(r, requests.withdraw_request, "取りやめ")),
        ("approved", lambda d, r: d.says(r, shares.refuse_request, "忙しい")),
        ("approved", lambda d, r: take_back(d.person, d.network_id)),
        ("sent", lambda d, r: take_back(d.person, d.network_id)),
        ("approved", lambda d, r: leave(d.network_id, d.home)),
        ("sent", lambda d, r: suspend(d.network_id, d.asker)),
    ],
)
def test_wherever_it_ends_the_hours_are_free_again_and_both_are_told(app, deal, made, step):
    request_id = getattr(deal, made)()
    assert booked(deal) == [(request_id, 10)]
    step(deal, request_id)
    jobs.run_worker(app, wait=False)
    assert booked(deal) == []
    with tenant_scope(deal.asker.id):
        row = queries.get_request(Actor.system(deal.asker.id, "t"), request_id)
        assert row.ended_at is not None
        assert row.end_reason
    with deal.as_home() as actor:
        last = list_thread(queries.get_request(actor, request_id))[-1]
        assert last.told_asker_at is not None
        assert last.told_home_at is not None
    for town, side in ((deal.asker, Side.ASKER), (deal.home, Side.HOME)):
        with tenant_scope(town.id):
            letters = db.session.scalars(sa.select(Mail.subject)).all()
            told = any(last.label in letter for letter in letters)
            # Whoever did it knows; the home town also tells the person.
            assert told == (last.side is not side or side is Side.HOME), town.name


def test_mails_say_what_happened_and_not_what_was_written(app, deal):
    request_id = deal.approved()
    deal.asks(request_id, talks.invite_person)
    deal.asks(request_id, talks.post_message, "秘密の相談です", Audience.TOWNS)
    deal.asks(request_id, talks.post_message, "みなさんへ秘密", Audience.ALL)
    jobs.run_worker(app, wait=False)
    with tenant_scope(deal.home.id):
        letters = db.session.scalars(sa.select(Mail)).all()
        to_person = [
            one for one in letters if one.to == deal.person.email and "人材シェア" in one.subject
        ]
        to_office = [one for one in letters if one.to == deal.boss.email]
    assert not [one for one in letters if "秘密" in one.subject + one.body]
    # Sent, approved, invited, and the one message that is for all.
    assert len(to_person) == 4
    assert any(f"/exchange/shares/{request_id}" in one.body for one in to_office)
    assert all(f"/me/shares/{request_id}" in one.body for one in to_person)


def test_telling_twice_writes_once(app, deal):

    request_id = deal.sent()
    jobs.run_worker(app, wait=False)
    with tenant_scope(deal.home.id):
        before = len(db.session.scalars(sa.select(Mail)).all())
    with deal.as_home() as actor:
        (step,) = list_thread(queries.get_request(actor, request_id))
        jobs.enqueue(
            tell,
            tenant_id=str(deal.home.id),
            request_id=str(request_id),
            step_id=str(step.id),
        )
    jobs.run_worker(app, wait=False)
    with tenant_scope(deal.home.id):
        assert len(db.session.scalars(sa.select(Mail)).all()) == before


class Killed(BaseException):
    """The worker is gone."""


@pytest.mark.parametrize(
    "where", ["join_as_talent", "offer_engagement", "record", "talent_of_person"]
)
def test_a_worker_killed_between_steps_leaves_each_step_done_once(app, deal, monkeypatch, where):
    request_id = deal.accepted()
    whole = getattr(shares, where)

    def killed(*args, **kwargs):
        whole(*args, **kwargs)
        db.session.flush()
        raise Killed

    monkeypatch.setattr(shares, where, killed)
    with pytest.raises(Killed):
        deal.begin(request_id)
    db.session.remove()
    assert deal.status(request_id) is S.ACCEPTED
    assert booked(deal) == [(request_id, 10)], "never a moment without the hours"
    with deal.as_asker() as actor:
        assert talent_of_person(actor, deal.person.person_id) is None
    monkeypatch.setattr(shares, where, whole)
    jobs.run_worker(app, wait=False)
    jobs.run_worker(app, wait=False)
    assert deal.status(request_id) is S.ACTIVE
    assert thread_of(deal, request_id).count("ShareStarted") == 1
    with deal.as_asker() as actor:
        assert talent_of_person(actor, deal.person.person_id) is not None
        assert get_engagement(actor, request_id).status is EngagementStatus.ACTIVE


def test_beginning_twice_begins_once(app, deal):

    request_id = deal.accepted()
    with deal.as_asker():
        jobs.enqueue(begin, tenant_id=str(deal.asker.id), request_id=str(request_id))
    jobs.run_worker(app, wait=False)
    assert thread_of(deal, request_id).count("ShareStarted") == 1


def test_what_keeps_the_engagement_from_being_made_is_said_and_can_be_mended(app, deal):

    boss = make_member(deal.asker, Role.ADMIN)
    request_id = deal.accepted()
    with tenant_scope(deal.asker.id):
        member = get_member(boss.actor, deal.clerk.membership_id)
        member.deactivated_at = now()
        db.session.commit()
    jobs.run_worker(app, wait=False)
    row = deal.row(request_id)
    assert row.status is S.ACCEPTED
    assert "担当の職員" in row.problem
    assert booked(deal) == [(request_id, 10)]
    with tenant_scope(deal.asker.id):
        member = get_member(boss.actor, deal.clerk.membership_id)
        member.deactivated_at = None
        one = queries.get_request(boss.actor, request_id, lock=True)
        shares.retry_share(one, actor=boss.actor, now=now())
        db.session.commit()
    jobs.run_worker(app, wait=False)
    assert deal.status(request_id) is S.ACTIVE


def test_each_yes_names_the_version_it_is_for(deal):
    request_id = deal.sent()
    terms = {name: f"{name}を改めた" for name in requests.TERMS}
    deal.answers(request_id, requests.propose_terms, terms, 1)
    with pytest.raises(RuleViolation, match="第2版"):
        deal.answers(request_id, requests.approve_request, 1, Names())
    deal.answers(request_id, requests.approve_request, 2, Names())
    with pytest.raises(RuleViolation, match="確かめています"):
        deal.says(request_id, shares.accept_request, 2, deal.person.email)
    with pytest.raises(RuleViolation, match="第2版"):
        deal.asks(request_id, requests.confirm_paper, 1)
    deal.asks(request_id, requests.confirm_paper, 2)
    deal.says(request_id, shares.accept_request, 2, deal.person.email)
    row = deal.row(request_id)
    assert (row.asker_version, row.home_version, row.person_version) == (2, 2, 2)
    # Both towns and the person have the very same paper.
    seen = set()
    for scope_of, get in (
        (deal.as_asker, queries.get_request),
        (deal.as_home, queries.get_request),
        (deal.as_person, queries.get_own_request),
    ):
        with scope_of() as actor:
            seen.add(queries.pdf_of(get(actor, request_id), 2))
    assert len(seen) == 1


def test_the_memorandum_is_a_readable_pdf(deal, tmp_path):
    request_id = deal.sent(purpose="広報 #strong[印] の編集")
    with deal.as_home() as actor:
        pdf = queries.pdf_of(queries.get_request(actor, request_id), 1)
    (tmp_path / "m.pdf").write_bytes(pdf)
    reader = pypdf.PdfReader(tmp_path / "m.pdf")
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.metadata.title == "人材シェアに関する覚書"
    text = "".join(page.extract_text() for page in reader.pages)
    text = "".join(text.split())
    assert "横の町" in text
    assert "#strong[印]" in text
    assert "月に10時間" in text


def test_nothing_changes_after_the_approval(deal):
    request_id = deal.approved()
    for step, given in (
        (requests.revise_request, (deal.draft(hours_a_month=20),)),
        (requests.send_request, ()),
    ):
        with pytest.raises(RuleViolation):
            deal.asks(request_id, step, *given)
    assert deal.row(request_id).hours_a_month == 10


def test_changing_what_is_asked_books_it_anew(deal):
    request_id = deal.sent()
    deal.asks(request_id, requests.revise_request, deal.draft(hours_a_month=25))
    assert booked(deal) == [(request_id, 25)]
    assert deal.row(request_id).paper_version == 2
    with pytest.raises(InvalidInput):
        deal.asks(request_id, requests.revise_request, deal.draft(hours_a_month=41))
    assert booked(deal) == [(request_id, 25)]


def test_who_keeps_it_waiting_is_asked_again_and_then_it_lapses(app, deal):
    request_id = deal.sent()
    system = Actor.system(deal.asker.id, "shares.follow")

    def nights(days: int) -> None:
        moment = now() + dt.timedelta(days=days)
        with frozen(moment), tenant_scope(deal.asker.id):
            follow_town(system, moment)
            db.session.commit()

    nights(6)
    assert thread_of(deal, request_id) == ["ShareSent"]
    nights(7)
    nights(8)
    assert thread_of(deal, request_id) == ["ShareSent", "ShareReminded"]
    nights(30)
    assert deal.status(request_id) is S.LAPSED
    assert booked(deal) == []


def test_what_runs_goes_on_when_the_consent_goes_and_when_a_town_leaves(app, deal):
    request_id = deal.running()
    take_back(deal.person, deal.network_id)
    leave(deal.network_id, deal.home)
    jobs.run_worker(app, wait=False)
    assert deal.status(request_id) is S.ACTIVE
    assert booked(deal) == [(request_id, 10)]
    ends_on = deal.row(request_id).ends_on
    after = dt.datetime.combine(ends_on + dt.timedelta(days=2), dt.time(3), dt.UTC)
    with frozen(after), tenant_scope(deal.asker.id):
        follow_town(Actor.system(deal.asker.id, "shares.follow"), after)
        db.session.commit()
    assert deal.status(request_id) is S.ENDED


def test_leaving_says_before_what_it_ends(deal):

    deal.running(hours_a_month=1)
    deal.sent(hours_a_month=1)
    deal.drafted(hours_a_month=1)
    with deal.as_asker() as actor:
        said = {one.what: one.count for one in effects_of_leaving(actor, deal.network_id)}
    assert said["答えの出ていない人材シェアの依頼を取りやめ、相手に知らせます"] == 2
    assert said["始まっている人材シェアは、決めた終わりの日まで続きます"] == 1
    with deal.as_home() as actor:
        said = {one.what: one.count for one in effects_of_leaving(actor, deal.network_id)}
    assert said["答えの出ていない人材シェアの依頼を取りやめ、相手に知らせます"] == 1


def test_nobody_approves_or_accepts_once_a_town_is_out(deal):

    sent, approved = deal.sent(hours_a_month=1), deal.approved(hours_a_month=1)
    # The day has come, and the nightly job has not.
    announce(deal.network_id, deal.asker)
    with pytest.raises(RuleViolation):
        deal.answers(sent, requests.approve_request, 1, Names())
    with pytest.raises(RuleViolation):
        deal.says(approved, shares.accept_request, 1, deal.person.email)


@pytest.mark.parametrize("side", ["asker", "home"])
def test_either_town_ends_it_early_and_the_engagement_ends_with_it(app, deal, side):
    request_id = deal.running()
    last = deal.row(request_id).starts_on + dt.timedelta(days=5)
    step = deal.asks if side == "asker" else deal.answers
    step(request_id, shares.shorten_share, last, "体制が変わるため")
    jobs.run_worker(app, wait=False)
    row = deal.row(request_id)
    assert (row.ends_on, row.end_reason) == (last, "体制が変わるため")
    with deal.as_asker() as actor:
        engagement = get_engagement(actor, request_id)
        assert engagement.ends_on == last
    assert thread_of(deal, request_id).count("ShareShortened") == 1


def test_shortening_the_engagement_shortens_the_share(deal):
    request_id = deal.running()
    last = deal.row(request_id).starts_on + dt.timedelta(days=5)
    with deal.as_asker() as actor:
        engagement = get_engagement(actor, request_id, lock=True)
        shorten_engagement(engagement, last, "予算のため", actor=actor, now=now())
    assert deal.row(request_id).ends_on == last
    assert thread_of(deal, request_id).count("ShareShortened") == 1


def test_the_home_town_sees_the_sum_of_a_month_and_no_entry(deal):

    request_id = deal.running(starts_on=today(), ends_on=today() + dt.timedelta(days=60))
    log_hours(deal.person, {(request_id, today()): 90})
    log_hours(deal.person, {(request_id, today()): 120})
    for view in (deal.as_asker, deal.as_home):
        with view() as actor:
            (month,) = list_months(queries.get_request(actor, request_id))
            assert (month.month, month.minutes) == (today().replace(day=1), 120)
    with member_scope(deal.home.id):
        assert db.session.scalars(sa.select(WorkHours)).all() == []


def test_each_of_the_three_looks_back_once_and_all_read_it(deal):
    request_id = deal.running()
    with pytest.raises(RuleViolation, match="終わってから"):
        deal.asks(request_id, shares.review_share, "よかった", True)
    deal.answers(request_id, shares.close_share, "終わり")
    deal.asks(request_id, shares.review_share, "助かりました", True)
    deal.answers(request_id, shares.review_share, "元気に帰ってきました", True)
    deal.says(request_id, shares.review_as_person, "学びました", False)
    with pytest.raises(RuleViolation, match="もう書いて"):
        deal.asks(request_id, shares.review_share, "もう一度", True)
    with deal.as_person() as me:
        found = list_reviews(queries.get_own_request(me, request_id))
        assert [one.side for one in found] == [Side.ASKER, Side.HOME, Side.PERSON]


def test_the_person_writes_only_where_invited(deal):
    request_id = deal.sent()
    with pytest.raises(RuleViolation, match="招かれ"):
        deal.says(request_id, talks.reply_as_person, "こんにちは")
    with pytest.raises(RuleViolation, match="まだ"):
        deal.asks(request_id, talks.post_message, "みんなへ", Audience.ALL)
    deal.answers(request_id, talks.post_message, "町だけの話", Audience.TOWNS)
    deal.answers(request_id, talks.invite_person)
    deal.says(request_id, talks.reply_as_person, "こんにちは")
    with deal.as_person() as me:
        lines = [line.text for line in list_thread(queries.get_own_request(me, request_id))]
    assert "町だけの話" not in lines
    assert "こんにちは" in lines


def test_a_stay_needs_the_administrator_the_other_town_and_the_person(app, deal):

    lent = make_member(deal.home, Role.STAFF, name="旅野 公子（見本）")
    office = make_member(deal.home, Role.SECRETARIAT)
    request_id = ask_for_stay(deal)
    deal.asks(request_id, requests.send_request)
    names = Names(membership_id=lent.membership_id)
    with member_scope(deal.home.id):
        one = queries.get_request(office.actor, request_id, lock=True)
        with pytest.raises(Forbidden):
            requests.approve_request(one, 1, names, actor=office.actor, now=now())
        db.session.rollback()
    deal.answers(request_id, requests.approve_request, 1, names)
    row = deal.row(request_id)
    assert (row.person_name, row.paper_version, row.asker_version) == ("旅野 公子（見本）", 2, 1)

    def says_yes() -> None:
        with scope(Scope(person_id=lent.person_id)):
            one = queries.get_own_request(lent.oneself, request_id, lock=True)
            shares.accept_request(one, 2, lent.email, actor=lent.oneself, now=now())
            db.session.commit()

    with pytest.raises(RuleViolation, match="確かめて"):
        says_yes()
    deal.asks(request_id, requests.confirm_paper, 2)
    says_yes()
    jobs.run_worker(app, wait=False)
    row = deal.row(request_id)
    assert row.status is S.ACTIVE
    assert (row.email, row.shown) == ("", {})
    with deal.as_asker() as actor:
        assert talent_of_person(actor, lent.person_id) is None, "no register, no engagement"
    assert booked(deal) == []


def test_nobody_asks_their_own_town_or_a_stranger(app, deal):

    with deal.as_home() as actor:
        listing, said = get_listing(deal.listing_id, deal.network_id), deal.draft()
        with pytest.raises(RuleViolation, match="自分の町"):
            requests.draft_request(said, listing, request_id=new_id(), actor=actor, now=now())
    stranger = make_town("よその町")
    with member_scope(stranger.id), pytest.raises(NotFound):
        get_listing(deal.listing_id, deal.network_id)
