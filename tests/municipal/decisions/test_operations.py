"""Deciding, telling, and taking back."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.db import db
from kyoso.core.errors import Forbidden, InvalidInput, RuleViolation
from kyoso.core.journal import list_history
from kyoso.core.mail import Mail
from kyoso.core.scope import tenant_scope
from kyoso.identity.members.queries import get_member
from kyoso.municipal.decisions import queries
from kyoso.municipal.decisions.operations import (
    Letter,
    announce_decision,
    decide_proposal,
    edit_letter,
    undo_decision,
)
from kyoso.municipal.decisions.rules import Choice, Outcome
from kyoso.municipal.projects.queries import get_by_proposal
from kyoso.municipal.proposals.queries import get_proposal
from kyoso.municipal.reviews.operations import (
    ReviewDraft,
    assign_reviewers,
    declare_interest,
    submit_review,
)
from kyoso.municipal.reviews.queries import get_own_review
from kyoso.municipal.reviews.rules import Recommendation
from support.intake import make_policy
from support.people import actor_of
from support.proposals import NOON, S, desk, make

ADOPT = Choice(Outcome.ADOPTED, "将来像に合うため。", "", "", "月に一度の食堂。", "急ぎのため。")
CONDITIONS = replace(
    ADOPT, outcome=Outcome.ADOPTED_WITH_CONDITIONS, conditions="講習を受けること。"
)
DECLINE = Choice(Outcome.DECLINED, "来年度に考えます。", "", "no_budget", "", "急ぎのため。")


@pytest.fixture
def town(hinode):
    make_policy(hinode)
    return hinode


@pytest.fixture
def proposal(town):
    """A proposal in review, locked as the views lock it, in the town's scope."""
    made = make(town, S.IN_REVIEW)
    with tenant_scope(town.id):
        yield get_proposal(desk(town), made.id, lock=True)


def decide(proposal, choice, actor):
    decision = decide_proposal(proposal, choice, actor=actor, now=NOON)
    db.session.flush()
    return decision


def announce(proposal, decision, actor):
    announce_decision(proposal, decision, decision.seal, actor=actor, now=NOON)
    db.session.flush()


def mails_about(proposal):
    db.session.flush()
    query = sa.select(Mail).where(Mail.subject_id == proposal.id).order_by(Mail.id.desc())
    return db.session.scalars(query).all()


@pytest.mark.parametrize("role", [Role.STAFF, Role.AUDITOR, Role.LINK_HOLDER, Role.GUEST])
def test_only_the_secretariat_and_administrators_decide(town, proposal, role):
    other = replace(actor_of(town, role), subject_id=proposal.id)
    with pytest.raises(Forbidden):
        decide_proposal(proposal, ADOPT, actor=other, now=NOON)
    decision = decide(proposal, ADOPT, desk(town))
    assert proposal.status is S.ADOPTED

    with pytest.raises(Forbidden):
        announce_decision(proposal, decision, decision.seal, actor=other, now=NOON)
    announce(proposal, decision, desk(town))
    with pytest.raises(Forbidden):
        undo_decision(proposal, decision, "誤り", actor=other, now=NOON)
    undo_decision(proposal, decision, "誤り", actor=actor_of(town, Role.ADMIN), now=NOON)
    assert proposal.status is S.IN_REVIEW


def test_a_decision_is_recorded_before_anybody_outside_hears_of_it(town, proposal):
    before = len(mails_about(proposal))
    decision = decide(proposal, ADOPT, desk(town))

    assert len(mails_about(proposal)) == before
    assert queries.get_current(desk(town), proposal.id) is decision
    assert queries.get_announced(desk(town), proposal.id) is None
    assert get_by_proposal(desk(town), proposal.id) is None
    assert [row.proposal_id for row in queries.list_unannounced(desk(town))] == [proposal.id]

    announce(proposal, decision, desk(town))

    assert queries.get_announced(desk(town), proposal.id) is decision
    assert queries.list_unannounced(desk(town)) == []
    mail = mails_about(proposal)[0]
    assert mail.subject == decision.letter_subject
    assert decision.letter_body.strip() in mail.body
    project = get_by_proposal(desk(town), proposal.id)
    assert (project.number, project.summary, project.is_public) == (1, "月に一度の食堂。", True)
    with pytest.raises(RuleViolation, match="送付・公開しています"):
        announce(proposal, decision, desk(town))


def test_a_decline_thanks_names_the_ground_and_publishes_nothing(town, proposal):
    decision = decide(proposal, DECLINE, desk(town))
    announce(proposal, decision, desk(town))

    assert "ありがとうございました" in decision.letter_body
    assert "費用の見通しが立たないため" in decision.letter_body
    assert "別の道をいっしょに考える" in decision.letter_body
    for word in ("不採択", "不合格", "落選", "失敗", "不備"):
        assert word not in decision.letter_body
    assert get_by_proposal(desk(town), proposal.id) is None


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (ADOPT, "has adopted it"),
        (CONDITIONS, "on the conditions below"),
        (DECLINE, "Thank you for your proposal"),
    ],
)
def test_the_letter_is_in_the_proposers_language(town, proposal, choice, words):
    proposal.locale = "en"
    decision = decide(proposal, choice, desk(town))
    assert words in decision.letter_body
    assert "Sat 21 Nov 2026" in decision.letter_body


def test_conditions_stand_in_the_letter(town, proposal):
    assert "講習を受けること。" in decide(proposal, CONDITIONS, desk(town)).letter_body


def test_missing_reviews_need_a_reason_that_stays(town, proposal):
    with pytest.raises(InvalidInput) as refused:
        decide(proposal, replace(ADOPT, incomplete_reason=""), desk(town))
    assert list(refused.value.errors) == ["incomplete_reason"]
    assert proposal.status is S.IN_REVIEW

    assert decide(proposal, ADOPT, desk(town)).incomplete_reason == "急ぎのため。"


def test_complete_reviews_need_none(town, member_of):
    people = [member_of(town, Role.STAFF), member_of(town, Role.STAFF)]
    made = make(town, S.IN_REVIEW)
    with tenant_scope(town.id):
        proposal = get_proposal(desk(town), made.id, lock=True)
        members = [get_member(desk(town), person.membership_id) for person in people]
        assign_reviewers(proposal, members, None, actor=desk(town), now=NOON)
        db.session.flush()
        draft = ReviewDraft({"vision": 3, "feasible": 3}, "", Recommendation.ADOPT)
        for person in people:
            review = get_own_review(person.actor, proposal.id)
            submit_review(proposal, review, draft, actor=person.actor, now=NOON)
        db.session.flush()

        decision = decide(proposal, ADOPT, desk(town))

        assert decision.incomplete_reason == ""


def test_who_declared_an_interest_does_not_decide(town, member_of):
    person = member_of(town, Role.SECRETARIAT)
    made = make(town, S.IN_REVIEW)
    with tenant_scope(town.id):
        proposal = get_proposal(desk(town), made.id, lock=True)
        member = get_member(desk(town), person.membership_id)
        assign_reviewers(proposal, [member], None, actor=desk(town), now=NOON)
        db.session.flush()
        review = get_own_review(person.actor, proposal.id)
        declare_interest(proposal, review, "役員です。", actor=person.actor, now=NOON)
        db.session.flush()

        with pytest.raises(RuleViolation, match="利害関係"):
            decide(proposal, ADOPT, person.actor)
        decision = decide(proposal, ADOPT, desk(town))
        letter = Letter("件名", "手心を加えました。", "概要")
        with pytest.raises(RuleViolation, match="利害関係"):
            edit_letter(proposal, decision, letter, actor=person.actor, now=NOON)
        with pytest.raises(RuleViolation, match="利害関係"):
            announce(proposal, decision, person.actor)
        with pytest.raises(RuleViolation, match="利害関係"):
            undo_decision(proposal, decision, "不服です。", actor=person.actor, now=NOON)


@pytest.mark.parametrize("status", [S.SUBMITTED, S.SCREENING, S.WITHDRAWN, S.RESUBMITTED])
def test_only_what_is_in_review_is_decided(town, status):
    made = make(town, status)
    with tenant_scope(town.id):
        proposal = get_proposal(desk(town), made.id, lock=True)
        with pytest.raises(RuleViolation):
            decide(proposal, ADOPT, desk(town))


def test_the_letter_changes_until_it_goes_out_and_nothing_unseen_goes_out(town, proposal):
    decision = decide(proposal, ADOPT, desk(town))
    seen = decision.seal
    letter = Letter("件名", "本文を直しました。", "新しい概要")

    with pytest.raises(Forbidden):
        edit_letter(proposal, decision, letter, actor=actor_of(town, Role.STAFF), now=NOON)
    edit_letter(proposal, decision, letter, actor=desk(town), now=NOON)
    with pytest.raises(RuleViolation, match="変わりました"):
        announce_decision(proposal, decision, seen, actor=desk(town), now=NOON)
    with pytest.raises(InvalidInput):
        edit_letter(
            proposal, decision, replace(letter, public_summary=""), actor=desk(town), now=NOON
        )
    announce(proposal, decision, desk(town))

    assert "\n本文を直しました。\n" in mails_about(proposal)[0].body
    with pytest.raises(RuleViolation):
        edit_letter(proposal, decision, letter, actor=desk(town), now=NOON)


def test_an_undone_decision_stays_readable_and_the_project_goes(town, proposal):
    first = decide(proposal, ADOPT, desk(town))
    announce(proposal, first, desk(town))
    undo_decision(proposal, first, "資料の取り違え", actor=desk(town), now=NOON)
    db.session.flush()

    assert "資料の取り違え" in mails_about(proposal)[0].body
    assert not get_by_proposal(desk(town), proposal.id).is_public
    assert queries.get_current(desk(town), proposal.id) is None
    with pytest.raises(RuleViolation, match="取り消されています"):
        undo_decision(proposal, first, "もう一度", actor=desk(town), now=NOON)
    second = decide(proposal, DECLINE, desk(town))

    assert queries.list_decisions(desk(town), proposal.id) == [second, first]
    assert (first.outcome, first.undone_reason) == (Outcome.ADOPTED, "資料の取り違え")
    history = [entry.kind for entry in list_history(desk(town), [proposal.id])]
    kinds = [kind for kind in history if kind.startswith("Decision")]
    assert kinds[:4] == ["DecisionMade", "DecisionUndone", "DecisionAnnounced", "DecisionMade"]


def test_undoing_what_nobody_heard_of_tells_nobody(town, proposal):
    before = len(mails_about(proposal))
    decision = decide(proposal, ADOPT, desk(town))
    undo_decision(proposal, decision, "誤り", actor=desk(town), now=NOON)
    assert len(mails_about(proposal)) == before


def test_of_two_who_decide_at_once_one_wins_and_the_other_is_told(app, town):
    made = make(town, S.IN_REVIEW)
    both_ready = threading.Barrier(2)
    results: dict[str, object] = {}

    def run(name: str, choice: Choice) -> None:
        actor = actor_of(town, Role.SECRETARIAT, name=name)
        with app.app_context(), tenant_scope(town.id):
            both_ready.wait(10)
            try:
                proposal = get_proposal(actor, made.id, lock=True)
                decide_proposal(proposal, choice, actor=actor, now=NOON)
                db.session.commit()
                results[name] = choice.outcome
            except RuleViolation as refusal:
                results[name] = refusal.message

    deciders = {"決定 一": ADOPT, "決定 二": DECLINE}
    threads = [threading.Thread(target=run, args=pair) for pair in deciders.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    winner = next(name for name, found in results.items() if isinstance(found, Outcome))
    loser = next(name for name in deciders if name != winner)
    assert f"{winner}さんが「{results[winner].label}」と決定しています" in str(results[loser])
    with tenant_scope(town.id):
        (decision,) = queries.list_decisions(desk(town), made.id)
        assert decision.decided_by == winner
        assert get_proposal(desk(town), made.id).status is decision.outcome.status


def test_the_database_holds_one_decision_in_force(town, proposal):
    decide(proposal, ADOPT, desk(town))
    proposal.status = S.IN_REVIEW
    with pytest.raises(sa.exc.IntegrityError, match="uq_decisions_in_force"):
        decide(proposal, DECLINE, desk(town))
