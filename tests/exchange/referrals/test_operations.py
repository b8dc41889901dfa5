"""A referral from the question to the proposer to the other town's own proposal."""

import datetime as dt

import pytest
import sqlalchemy as sa

from kyoso.core.access import Actor, Role
from kyoso.core.clock import frozen, now
from kyoso.core.db import db
from kyoso.core.errors import Forbidden, InvalidInput, RuleViolation
from kyoso.core.files import list_files
from kyoso.core.mail import Mail
from kyoso.core.scope import member_scope, tenant_scope
from kyoso.exchange.leaving import effects_of_leaving
from kyoso.exchange.networks.queries import list_member_towns
from kyoso.exchange.referrals import operations, queries, subscribers
from kyoso.exchange.referrals.models import (
    Referral,
    ReferralContent,
    ReferralFile,
    ReferralIntake,
    ReferralOffer,
)
from kyoso.exchange.referrals.rules import OfferStatus, Part, ReferralStatus
from kyoso.municipal.decisions.operations import announce_decision, decide_proposal, undo_decision
from kyoso.municipal.decisions.queries import get_current
from kyoso.municipal.decisions.rules import Choice, Outcome
from kyoso.municipal.proposals import operations as proposals
from kyoso.municipal.proposals.queries import get_link, get_proposal
from kyoso.municipal.proposals.rules import ProposalStatus, Source
from support.members import make_member
from support.networks import announce, leave, suspend
from support.people import actor_of, make_town
from support.proposals import IDEA, WHO, desk
from support.referrals import (
    accept,
    consent,
    decline,
    hand_over,
    look,
    make_pair,
    propose,
    refer,
    settle,
    take_back,
    turn_down,
)


@pytest.fixture
def pair(app):
    return make_pair()


def status_in(town, proposal_id):
    with tenant_scope(town.id):
        return get_proposal(desk(town), proposal_id).status


def referral_of(town, referral_id):
    with tenant_scope(town.id):
        return queries.find_shared(desk(town), referral_id)


def mails_to(town, address):
    with tenant_scope(town.id):
        return db.session.scalars(sa.select(Mail).where(Mail.to == address)).all()


def everything_of(town):
    """Return what the town can read of referrals at all."""
    with member_scope(town.id):
        return {
            table.__tablename__: db.session.scalars(sa.select(table)).all()
            for table in (Referral, ReferralContent, ReferralFile)
        }


def test_only_the_desk_asks_and_only_about_what_was_declined_and_told(pair):
    actor = actor_of(pair.ours, Role.STAFF)
    with member_scope(pair.ours.id):
        proposal = get_proposal(actor, pair.proposal.id)
        with pytest.raises(Forbidden):
            operations.propose_referral(proposal, [], "", actor=actor, now=now())
    from support.proposals import make

    for status, told in ((ProposalStatus.IN_REVIEW, True), (ProposalStatus.DECLINED, False)):
        made = make(pair.ours, status, announced=told, now=now())
        with pytest.raises(RuleViolation):
            propose(pair.ours, made.id, pair.theirs)
    with pytest.raises(InvalidInput):
        propose(pair.ours, pair.proposal.id)


def test_before_the_consent_nothing_goes(pair):
    propose(pair.ours, pair.proposal.id, pair.theirs, words="にし町は食堂に力を入れています。")
    assert not any(everything_of(pair.theirs).values())
    (mail,) = [m for m in mails_to(pair.ours, WHO.email) if "ご紹介についてのご確認" in m.subject]
    assert "にし町" in mail.body
    with pytest.raises(InvalidInput, match="入力内容"):
        propose(pair.ours, pair.proposal.id, pair.theirs)


def test_a_town_that_was_not_chosen_gets_nothing(app, pair):
    third = make_town("みなみ町")
    from support.networks import join

    join(pair.network_id, pair.ours, third)
    propose(pair.ours, pair.proposal.id, pair.theirs, third)
    (chosen,) = consent(pair.ours, pair.proposal, [Part.TEXT], pair.theirs)
    hand_over(pair.ours, chosen)
    assert not any(everything_of(third).values())
    assert everything_of(pair.theirs)["referrals"]
    with tenant_scope(pair.ours.id):
        sent = queries.list_sent_of(desk(pair.ours), pair.proposal.id)
    assert {one.town: one.offer.status for one in sent} == {
        "にし町": OfferStatus.CONSENTED,
        "みなみ町": OfferStatus.REFUSED,
    }


@pytest.mark.parametrize(
    "parts",
    [
        [Part.TEXT],
        [Part.TEXT, Part.NAME],
        [Part.TEXT, Part.EMAIL],
        [Part.TEXT, Part.FILES],
        list(Part),
    ],
)
def test_only_what_was_ticked_arrives(pair, parts):
    refer(pair, parts)
    seen = everything_of(pair.theirs)
    (lent,) = seen["referral_contents"]
    assert lent.content["title"] == IDEA.title
    assert ("name" in lent.content) == (Part.NAME in parts)
    assert ("email" in lent.content) == (Part.EMAIL in parts)
    assert len(seen["referral_files"]) == (Part.FILES in parts)
    said = str(lent.content)
    assert (WHO.proposer_name in said) == (Part.NAME in parts)
    assert (WHO.email in said) == (Part.EMAIL in parts)
    assert WHO.area not in said
    assert set(lent.content) <= {
        *("kind", "locale", "name", "email", "title", "wish", "ability", "expectation"),
        *("merit_proposer", "merit_residents", "merit_town"),
    }


def test_without_the_text_there_is_no_consent(pair):
    propose(pair.ours, pair.proposal.id, pair.theirs)
    with pytest.raises(InvalidInput) as refused:
        consent(pair.ours, pair.proposal, [Part.NAME])
    assert "parts" in refused.value.errors


def test_the_wording_of_the_consent_is_kept(pair):
    referral_id = refer(pair, [Part.TEXT])
    with tenant_scope(pair.ours.id):
        offer = db.session.scalars(
            sa.select(ReferralOffer).where(ReferralOffer.id == referral_id)
        ).one()
    assert offer.wording == "2026-11"
    assert offer.parts == ["text"]
    assert offer.answered_at is not None


def test_it_is_accepted_as_a_proposal_of_its_own_with_number_link_and_file(pair):
    referral_id = refer(pair)
    their_id = accept(pair.theirs, referral_id)
    actor = desk(pair.theirs)
    with tenant_scope(pair.theirs.id):
        theirs = get_proposal(actor, their_id)
        assert theirs.status is ProposalStatus.SUBMITTED
        assert theirs.source is Source.REFERRED
        assert theirs.receipt
        assert (theirs.title, theirs.email) == (IDEA.title, WHO.email)
        assert (theirs.phone, theirs.area) == ("", "")
        assert [file.name for file in list_files(actor, their_id)] == ["見積.csv"]
        link = get_link(pair.theirs.id, queries.secret_of(referral_id))
        assert link.proposal_id == their_id
        origin = queries.find_origin(actor, theirs)
        assert origin is not None
        assert origin.from_tenant_id == pair.ours.id
    settle(pair.ours, referral_id)
    assert status_in(pair.ours, pair.proposal.id) is ProposalStatus.REFERRED
    (told,) = [m for m in mails_to(pair.ours, WHO.email) if "受け取りました" in m.subject]
    assert "にし町" in told.body
    # What was lent is gone, on both sides.
    for town in (pair.ours, pair.theirs):
        seen = everything_of(town)
        assert all(one.content == {} for one in seen["referral_contents"])
        assert all(one.name == "" for one in seen["referral_files"])


def test_an_unnamed_proposal_is_taken_in_without_name_and_address(pair):
    their_id = accept(pair.theirs, refer(pair, [Part.TEXT]))
    with tenant_scope(pair.theirs.id):
        theirs = get_proposal(desk(pair.theirs), their_id)
        assert theirs.proposer_name == "匿名の提案者（ひがし町からの紹介）"
        assert theirs.email == ""
        assert list_files(desk(pair.theirs), their_id) == []


def test_the_intake_stance_does_not_stand_in_the_way(app, pair):
    from kyoso.municipal.intake.operations import PausePlan, pause_intake

    referral_id = refer(pair)
    today = now().date()
    with tenant_scope(pair.theirs.id):
        from kyoso.core.db import new_id

        plan = PausePlan(today, today + dt.timedelta(days=9), "予算の査定のため")
        pause_intake(plan, pause_id=new_id(), actor=desk(pair.theirs), now=now())
        db.session.commit()
    accept(pair.theirs, referral_id)
    staff = actor_of(pair.theirs, Role.STAFF)
    with member_scope(pair.theirs.id):
        received = queries.get_received(staff, referral_id)
        with pytest.raises(Forbidden):
            operations.accept_referral(received, actor=staff, now=now())


def test_it_is_accepted_or_declined_once(pair):
    referral_id = refer(pair)
    accept(pair.theirs, referral_id)
    for step in (accept, turn_down):
        with pytest.raises(RuleViolation):
            step(pair.theirs, referral_id)
    with pytest.raises(RuleViolation):
        take_back(pair.ours, pair.proposal, referral_id)


def test_a_decline_brings_words_to_the_proposer_and_ends_it(pair):
    referral_id = refer(pair)
    assert status_in(pair.ours, pair.proposal.id) is ProposalStatus.REFERRED
    turn_down(pair.theirs, referral_id, "よい案ですが、今は人手が足りません。")
    settle(pair.ours, referral_id)
    assert status_in(pair.ours, pair.proposal.id) is ProposalStatus.DECLINED
    (told,) = [m for m in mails_to(pair.ours, WHO.email) if "紹介先で見送り" in m.subject]
    assert "よい案ですが、今は人手が足りません。" in told.body
    seen = everything_of(pair.theirs)
    assert seen["referral_contents"] == seen["referral_files"] == []


def test_taking_the_consent_back_takes_everything_back_at_once(pair):
    reader = make_member(pair.theirs, Role.ADMIN)
    referral_id = refer(pair)
    take_back(pair.ours, pair.proposal, referral_id)
    seen = everything_of(pair.theirs)
    assert seen["referral_contents"] == seen["referral_files"] == []
    with pytest.raises(RuleViolation):
        accept(pair.theirs, referral_id)
    settle(pair.ours, referral_id)
    assert status_in(pair.ours, pair.proposal.id) is ProposalStatus.DECLINED
    look(pair.theirs, referral_id)
    assert any("取り下げられました" in mail.body for mail in mails_to(pair.theirs, reader.email))


def test_a_consent_taken_back_before_the_job_came_sends_nothing(pair):
    propose(pair.ours, pair.proposal.id, pair.theirs)
    (offer_id,) = consent(pair.ours, pair.proposal)
    take_back(pair.ours, pair.proposal, offer_id)
    hand_over(pair.ours, offer_id)
    assert not any(everything_of(pair.theirs).values())
    assert status_in(pair.ours, pair.proposal.id) is ProposalStatus.DECLINED


def test_each_step_happens_once_though_every_job_runs_twice(pair):
    reader = make_member(pair.theirs, Role.SECRETARIAT)
    propose(pair.ours, pair.proposal.id, pair.theirs)
    (offer_id,) = consent(pair.ours, pair.proposal)
    for _ in range(2):
        hand_over(pair.ours, offer_id)
    for _ in range(2):
        look(pair.theirs, offer_id)
    turn_down(pair.theirs, offer_id)
    for _ in range(2):
        settle(pair.ours, offer_id)
        look(pair.theirs, offer_id)
    with tenant_scope(pair.ours.id):
        assert len(db.session.scalars(sa.select(Referral)).all()) == 1
        assert len(db.session.scalars(sa.select(ReferralFile)).all()) == 1
    assert len(mails_to(pair.theirs, reader.email)) == 1
    told = [m for m in mails_to(pair.ours, WHO.email) if "ご紹介のその後" in m.subject]
    assert len(told) == 1
    with tenant_scope(pair.theirs.id):
        assert len(db.session.scalars(sa.select(ReferralIntake)).all()) == 1


def test_a_step_that_breaks_leaves_nothing(pair, monkeypatch):
    """Also the last step's failure undoes the first: the row, the file, the status, the mail."""
    propose(pair.ours, pair.proposal.id, pair.theirs)
    (offer_id,) = consent(pair.ours, pair.proposal)

    def killed(*_a, **_kw):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(operations, "record", killed)
        with pytest.raises(KeyboardInterrupt):
            hand_over(pair.ours, offer_id)
    assert status_in(pair.ours, pair.proposal.id) is ProposalStatus.DECLINED
    with tenant_scope(pair.ours.id):
        for table in (Referral, ReferralContent, ReferralFile):
            assert db.session.scalars(sa.select(table)).all() == []
    hand_over(pair.ours, offer_id)
    with monkeypatch.context() as patch:
        patch.setattr(operations, "record", killed)
        with pytest.raises(KeyboardInterrupt):
            accept(pair.theirs, offer_id)
    with tenant_scope(pair.theirs.id):
        from kyoso.municipal.proposals.models import Proposal

        assert db.session.scalars(sa.select(Proposal)).all() == []
    assert referral_of(pair.ours, offer_id).status is ReferralStatus.OFFERED
    accept(pair.theirs, offer_id)


def test_the_first_town_learns_of_an_adoption_and_of_nothing_before(pair):
    referral_id = refer(pair)
    their_id = accept(pair.theirs, referral_id)
    settle(pair.ours, referral_id)
    actor = desk(pair.theirs)
    choice = Choice(Outcome.ADOPTED, "目指す姿に合うため", "", "", "食堂を開きます。", "急ぎのため")
    with member_scope(pair.theirs.id):
        theirs = get_proposal(actor, their_id, lock=True)
        proposals.start_screening(theirs, actor=actor, now=now())
        proposals.start_review(theirs, actor=actor, now=now())
        db.session.flush()
        decision = decide_proposal(theirs, choice, actor=actor, now=now())
        db.session.commit()
        assert queries.find_shared(actor, referral_id).status is ReferralStatus.ACCEPTED
    with tenant_scope(pair.theirs.id):
        theirs = get_proposal(actor, their_id, lock=True)
        decision = get_current(actor, their_id)
        assert decision is not None
        announce_decision(theirs, decision, decision.seal, actor=actor, now=now())
        db.session.commit()
    settle(pair.ours, referral_id)
    assert referral_of(pair.ours, referral_id).status is ReferralStatus.ADOPTED
    assert any("紹介先で採択" in m.subject for m in mails_to(pair.ours, WHO.email))
    with tenant_scope(pair.theirs.id):
        theirs = get_proposal(actor, their_id, lock=True)
        decision = get_current(actor, their_id)
        assert decision is not None
        undo_decision(theirs, decision, "誤りのため", actor=actor, now=now())
        db.session.commit()
    assert referral_of(pair.ours, referral_id).status is ReferralStatus.ACCEPTED


def test_undoing_the_decline_takes_back_what_waits(pair):
    referral_id = refer(pair)
    actor = desk(pair.ours)
    with tenant_scope(pair.ours.id):
        proposal = get_proposal(actor, pair.proposal.id, lock=True)
        decision = get_current(actor, proposal.id)
        assert decision is not None
        undo_decision(proposal, decision, "もう一度審査するため", actor=actor, now=now())
        db.session.commit()
    assert referral_of(pair.ours, referral_id).status is ReferralStatus.TAKEN_BACK
    settle(pair.ours, referral_id)
    assert status_in(pair.ours, pair.proposal.id) is ProposalStatus.IN_REVIEW


def test_after_thirty_days_without_an_answer_it_lapses_with_a_message(pair):
    referral_id = refer(pair)
    other = decline(pair.ours)
    propose(pair.ours, other.id, pair.theirs)
    with frozen(now() + dt.timedelta(days=29)):
        subscribers.lapse_what_is_old()
    assert referral_of(pair.ours, referral_id).status is ReferralStatus.OFFERED
    with frozen(now() + dt.timedelta(days=30, minutes=1)):
        for _ in range(2):
            subscribers.lapse_what_is_old()
        settle(pair.ours, referral_id)
    assert referral_of(pair.ours, referral_id).status is ReferralStatus.LAPSED
    assert any("期限切れ" in m.subject for m in mails_to(pair.ours, WHO.email))
    assert everything_of(pair.theirs)["referral_contents"] == []
    with tenant_scope(pair.ours.id):
        (sent,) = queries.list_sent_of(desk(pair.ours), other.id)
    assert sent.offer.status is OfferStatus.LAPSED


@pytest.mark.parametrize("who", ["ours", "theirs"])
@pytest.mark.parametrize("how", [leave, suspend])
def test_when_a_town_goes_what_waits_lapses_as_the_preview_says(pair, who, how):
    waiting = refer(pair)
    town = getattr(pair, who)
    with member_scope(town.id):
        effects = {e.what: e.count for e in effects_of_leaving(desk(town), pair.network_id)}
    assert effects["返事を待つ紹介が終わり、渡した内容は消えます"] == 1
    how(pair.network_id, town)
    settle(pair.ours, waiting)
    assert referral_of(pair.ours, waiting).status is ReferralStatus.LAPSED
    assert everything_of(pair.theirs)["referral_contents"] == []
    assert status_in(pair.ours, pair.proposal.id) is ProposalStatus.DECLINED


def test_what_was_taken_in_goes_on_when_a_town_leaves(pair):
    referral_id = refer(pair)
    their_id = accept(pair.theirs, referral_id)
    settle(pair.ours, referral_id)
    leave(pair.network_id, pair.theirs)
    assert referral_of(pair.ours, referral_id).status is ReferralStatus.ACCEPTED
    assert status_in(pair.theirs, their_id) is ProposalStatus.SUBMITTED


def test_on_the_day_of_leaving_nothing_can_be_read_or_accepted(pair):
    referral_id = refer(pair)
    announce(pair.network_id, pair.theirs)
    seen = everything_of(pair.theirs)
    assert seen["referral_contents"] == seen["referral_files"] == []
    with pytest.raises(RuleViolation):
        accept(pair.theirs, referral_id)


def test_a_town_that_left_meanwhile_gets_nothing(pair):
    propose(pair.ours, pair.proposal.id, pair.theirs)
    (offer_id,) = consent(pair.ours, pair.proposal)
    leave(pair.network_id, pair.theirs)
    hand_over(pair.ours, offer_id)
    assert not any(everything_of(pair.theirs).values())
    with tenant_scope(pair.ours.id):
        offer = queries.get_offer(desk(pair.ours), offer_id)
        assert offer.status is OfferStatus.LAPSED


def test_one_town_that_says_no_does_not_end_it_with_another(pair):
    from support.intake import make_policy
    from support.networks import join

    third = make_town("みなみ町")
    make_policy(third)
    join(pair.network_id, pair.ours, third)
    propose(pair.ours, pair.proposal.id, pair.theirs, third)
    offers = consent(pair.ours, pair.proposal)
    for offer_id in offers:
        hand_over(pair.ours, offer_id)
    with tenant_scope(pair.ours.id):
        sent = queries.list_sent_of(desk(pair.ours), pair.proposal.id)
        ids = {one.town: one.offer.id for one in sent}
    turn_down(pair.theirs, ids["にし町"])
    settle(pair.ours, ids["にし町"])
    assert status_in(pair.ours, pair.proposal.id) is ProposalStatus.REFERRED
    accept(third, ids["みなみ町"])


def test_a_desk_takes_a_question_back_and_nobody_answers_twice(pair):
    propose(pair.ours, pair.proposal.id, pair.theirs)
    actor = desk(pair.ours)
    with tenant_scope(pair.ours.id):
        (sent,) = queries.list_sent_of(actor, pair.proposal.id)
        offer = queries.get_offer(actor, sent.offer.id)
        operations.withdraw_offer(offer, actor=actor, now=now())
        db.session.commit()
    assert consent(pair.ours, pair.proposal) == []
    propose(pair.ours, pair.proposal.id, pair.theirs)


def test_only_the_proposer_consents(pair):
    propose(pair.ours, pair.proposal.id, pair.theirs)
    for actor in (desk(pair.ours), Actor.link_holder(pair.ours.id, pair.theirs.id, "x")):
        with tenant_scope(pair.ours.id):
            proposal = get_proposal(actor, pair.proposal.id)
            with pytest.raises(Forbidden):
                operations.answer_offers(proposal, [], [], [], actor=actor, now=now())


def test_only_member_towns_are_offered(pair):
    with member_scope(pair.ours.id):
        actor = desk(pair.ours)
        assert set(list_member_towns(actor)) == {pair.theirs.id}
        assert queries.list_referable_towns(actor, pair.proposal.id) == [(pair.theirs.id, "にし町")]
