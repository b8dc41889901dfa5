"""Every change to a proposal: who may, when, what is written down, and what is sent."""

import datetime as dt
import threading
from dataclasses import replace

import pytest
import sqlalchemy as sa

from kyoso.core import files
from kyoso.core.access import Actor, Role
from kyoso.core.clock import JST
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, RuleViolation
from kyoso.core.files import CheckedFile
from kyoso.core.journal import list_history
from kyoso.core.mail import Mail
from kyoso.core.scope import tenant_scope
from kyoso.municipal.intake.rules import Stance
from kyoso.municipal.proposals import operations, queries
from kyoso.municipal.proposals.models import MessageKind, Proposal, ProposalLink
from kyoso.municipal.proposals.operations import Idea
from kyoso.municipal.proposals.rules import ProposalStatus as S
from kyoso.municipal.proposals.rules import Source
from support.intake import make_policy
from support.people import Town, actor_of
from support.proposals import IDEA, MERITS, NOON, WAYS, WHO, Made, desk, holder, make, start
from support.uploads import PDF

FILE = CheckedFile("計画書.pdf", "application/pdf", PDF)


@pytest.fixture
def town(hinode: Town) -> Town:
    make_policy(hinode)
    return hinode


def load(town: Town, made: Made) -> Proposal:
    return queries.get_proposal(desk(town), made.id, lock=True)


def mailed(town: Town) -> list[str]:
    return list(db.session.scalars(sa.select(Mail.subject).order_by(Mail.id)))


ACTIONS = {
    "save": lambda p, a: operations.save_part(p, IDEA, actor=a, now=NOON),
    "submit": lambda p, a: operations.submit_proposal(p, actor=a, now=NOON),
    "resubmit": lambda p, a: operations.resubmit_proposal(p, actor=a, now=NOON),
    "screen": lambda p, a: operations.start_screening(p, actor=a, now=NOON),
    "ask": lambda p, a: operations.ask_question(p, "どこですか。", actor=a, now=NOON),
    "reply": lambda p, a: operations.give_reply(p, "ここです。", actor=a, now=NOON),
    "revise": lambda p, a: operations.request_revision(p, "直してください。", actor=a, now=NOON),
    "review": lambda p, a: operations.start_review(p, actor=a, now=NOON),
    "withdraw": lambda p, a: operations.withdraw_proposal(p, "x", actor=a, now=NOON),
    "cancel": lambda p, a: operations.cancel_proposal(p, "x", actor=a, now=NOON),
    "revoke": lambda p, a: operations.revoke_adoption(p, "x", actor=a, now=NOON),
    "resend": lambda p, a: operations.resend_link(p, actor=a, now=NOON),
    "files": lambda p, a: operations.add_files(p, [FILE], actor=a, now=NOON),
}
THE_PROPOSERS = {"save", "submit", "resubmit", "reply", "withdraw", "cancel", "resend", "files"}
#: For each state, what is possible in it; everything else is refused and changes nothing.
POSSIBLE = {
    S.DRAFT: "save submit withdraw resend files",
    S.SUBMITTED: "save screen ask reply withdraw resend files",
    S.SCREENING: "ask reply revise review withdraw resend files",
    S.REVISION_REQUESTED: "save ask reply resubmit withdraw resend files",
    S.RESUBMITTED: "ask reply revise review withdraw resend files",
    S.IN_REVIEW: "ask reply withdraw resend files",
    S.ADOPTED: "cancel revoke resend",
    S.ADOPTED_WITH_CONDITIONS: "cancel revoke resend",
    S.DECLINED: "resend",
    S.WITHDRAWN: "resend",
}


@pytest.mark.parametrize("status", WAYS)
def test_each_state_allows_what_the_table_says(town: Town, status: S) -> None:
    made = make(town, status)
    for name, act in ACTIONS.items():
        with tenant_scope(town.id):
            proposal = load(town, made)
            actor = holder(town, made) if name in THE_PROPOSERS else desk(town)
            if name in POSSIBLE[status].split():
                act(proposal, actor)
                db.session.flush()
            else:
                with pytest.raises(RuleViolation):
                    act(proposal, actor)
                assert not db.session.dirty
                assert not db.session.new


@pytest.mark.parametrize("name", ACTIONS)
def test_only_those_with_the_right_may(town: Town, name: str) -> None:
    made, other = make(town, S.DRAFT), make(town, S.DRAFT)
    refused = [
        Actor.guest(town.id),
        actor_of(town, Role.AUDITOR),
        actor_of(town, Role.STAFF),
        holder(town, other),
        desk(town) if name in THE_PROPOSERS else holder(town, made),
    ]
    with tenant_scope(town.id):
        proposal = load(town, made)
        for actor in refused:
            with pytest.raises(Forbidden):
                ACTIONS[name](proposal, actor)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.SECRETARIAT, Role.STAFF, Role.AUDITOR])
def test_only_visitors_begin_on_the_portal(town: Town, role: Role) -> None:
    with tenant_scope(town.id):
        for actor in (actor_of(town, role), Actor.link_holder(town.id, new_id(), "x")):
            with pytest.raises(Forbidden):
                operations.start_draft(WHO, None, form_id=new_id(), actor=actor, now=NOON)


def test_a_town_that_takes_nothing_in_gets_no_draft(hinode: Town) -> None:
    with tenant_scope(hinode.id), pytest.raises(RuleViolation, match="受付の準備"):
        operations.start_draft(WHO, None, form_id=new_id(), actor=Actor.guest(hinode.id), now=NOON)


def test_a_focused_town_wants_a_need(hinode: Town) -> None:
    make_policy(hinode, stance=Stance.FOCUSED)
    with tenant_scope(hinode.id), pytest.raises(RuleViolation, match="求めていること"):
        operations.start_draft(WHO, None, form_id=new_id(), actor=Actor.guest(hinode.id), now=NOON)


def test_only_a_hash_of_the_links_secret_is_kept(town: Town) -> None:
    made = start(town)
    with tenant_scope(town.id):
        link = db.session.scalars(sa.select(ProposalLink)).one()
        assert made.token.encode() not in link.token_hash
        assert len(link.token_hash) == 32
        assert queries.get_link(town.id, made.token).proposal_id == made.id
        assert link.expires_at == NOON + dt.timedelta(days=180)


def test_submission_numbers_dates_keeps_and_tells(town: Town, minato: Town) -> None:
    make_policy(minato, answer_within_days=45)
    evening = dt.datetime(2026, 12, 31, 16, tzinfo=dt.UTC)
    made = [make(place, now=evening) for place in (town, town, minato)]
    for place, one, number, days in zip(
        (town, town, minato), made, (1, 2, 1), (30, 30, 45), strict=True
    ):
        with tenant_scope(place.id):
            proposal = load(place, one)
            assert proposal.receipt == f"2027-000{number}"
            today = evening.astimezone(JST).date()
            assert proposal.answer_by == today + dt.timedelta(days=days)
            (revision,) = queries.list_revisions(desk(place), one.id)
            assert revision.content["wish"] == IDEA.wish
            assert f"【{place.name}】提案を受け付けました（受付番号 2027-000{number}）" in mailed(
                place
            )


def test_a_revision_never_overwrites_the_one_before(town: Town) -> None:
    made = make(town, S.REVISION_REQUESTED)
    with tenant_scope(town.id):
        proposal, us = load(town, made), holder(town, made)
        changed = Idea(IDEA.title, "駅前三丁目で開く。", IDEA.ability)
        operations.save_part(proposal, changed, actor=us, now=NOON)
        operations.resubmit_proposal(proposal, actor=us, now=NOON)
        db.session.flush()
        wishes = [r.content["wish"] for r in queries.list_revisions(us, made.id)]
        assert wishes == ["駅前三丁目で開く。", IDEA.wish]


def test_a_change_before_screening_is_kept_as_its_own_revision(town: Town) -> None:
    made = make(town, S.SUBMITTED)
    with tenant_scope(town.id):
        proposal = load(town, made)
        changed = Idea("新しい件名", IDEA.wish, IDEA.ability)
        operations.save_part(proposal, changed, actor=holder(town, made), now=NOON)
        operations.start_screening(proposal, actor=desk(town), now=NOON)
        db.session.flush()
        titles = [r.content["title"] for r in queries.list_revisions(desk(town), made.id)]
        assert titles == ["新しい件名", IDEA.title]


def test_an_answer_settles_every_open_question(town: Town) -> None:
    made = make(town, S.SCREENING)
    with tenant_scope(town.id):
        proposal = load(town, made)
        operations.ask_question(proposal, "どこですか。", actor=desk(town), now=NOON)
        operations.ask_question(proposal, "いつですか。", actor=desk(town), now=NOON)
        db.session.flush()
        assert len(queries.list_open_questions(desk(town), made.id)) == 2
        operations.give_reply(proposal, "駅前で春に。", actor=holder(town, made), now=NOON)
        db.session.flush()
        assert queries.list_open_questions(desk(town), made.id) == []
        kinds = [m.kind for m in queries.list_messages(desk(town), made.id)]
        assert kinds == [MessageKind.QUESTION, MessageKind.QUESTION, MessageKind.REPLY]


def test_a_review_is_not_a_way_to_undo_a_decision(town: Town) -> None:
    made = make(town, S.DECLINED)
    with tenant_scope(town.id), pytest.raises(RuleViolation, match="決定を取り消すには"):
        operations.start_review(load(town, made), actor=desk(town), now=NOON)


def test_the_address_is_fixed_once_it_was_sent(town: Town) -> None:
    made = make(town, S.SUBMITTED)
    with tenant_scope(town.id):
        proposal = load(town, made)
        other = replace(WHO, email="other@example.jp")
        with pytest.raises(RuleViolation, match="メールアドレスを変更できません"):
            operations.save_part(proposal, other, actor=holder(town, made), now=NOON)
        phone = replace(WHO, phone="0242-00-0000")
        operations.save_part(proposal, phone, actor=holder(town, made), now=NOON)


def test_what_staff_write_down_is_the_proposers_only_once_confirmed(town: Town) -> None:
    with tenant_scope(town.id):
        proposal, token = operations.enter_proposal(
            WHO,
            IDEA,
            MERITS,
            Source.PAPER,
            None,
            form_id=new_id(),
            actor=actor_of(town, Role.STAFF, name="見本 職員（見本）"),
            now=NOON,
        )
        db.session.flush()
        assert token == "", "the proposer has an address, and alone gets the link"
        assert (proposal.status, proposal.number) == (S.DRAFT, None)
        assert proposal.entered_by == "見本 職員（見本）"
        assert queries.list_inbox(desk(town), queries.InboxFilter()) == []
        assert mailed(town) == [f"【{town.name}】お預かりした提案のご確認のお願い"]
        for outsider in (Actor.guest(town.id), actor_of(town, Role.AUDITOR)):
            with pytest.raises(Forbidden):
                operations.enter_proposal(
                    WHO,
                    IDEA,
                    MERITS,
                    Source.PAPER,
                    None,
                    form_id=new_id(),
                    actor=outsider,
                    now=NOON,
                )


def test_files_are_counted_and_leave_a_trace(town: Town) -> None:
    made = make(town, S.DRAFT)
    with tenant_scope(town.id):
        proposal, us = load(town, made), holder(town, made)
        operations.add_files(proposal, [FILE] * 10, actor=us, now=NOON)
        with pytest.raises(RuleViolation, match="全部で10個まで"):
            operations.add_files(proposal, [FILE], actor=us, now=NOON)
        file = files.list_files(us, made.id)[0]
        operations.remove_file(proposal, file, actor=us, now=NOON)
        assert len(files.list_files(us, made.id)) == 9
        assert file.path.exists()


def test_the_history_names_each_step_and_who(town: Town) -> None:
    made = make(town, S.REVISION_REQUESTED)
    with tenant_scope(town.id):
        steps = [(e.kind, e.actor_name) for e in reversed(list_history(desk(town), [made.id]))]
    us, them = WHO.proposer_name, "見本 事務（見本）"
    assert steps == [
        # Nobody's name while it was a draft: the journal is read by others than the desk.
        ("ProposalStarted", ""),
        ("ProposalSaved", us),
        ("ProposalSaved", us),
        ("ProposalSubmitted", us),
        ("ScreeningStarted", them),
        ("RevisionRequested", them),
    ]


def test_a_proposer_without_a_mail_address_gets_no_mail(town: Town) -> None:
    made = make(town, S.SUBMITTED, email="")
    with tenant_scope(town.id):
        operations.resend_link(load(town, made), actor=holder(town, made), now=NOON)
        assert mailed(town) == []


def test_mail_speaks_the_language_the_proposer_began_in(town: Town) -> None:
    made = start(town)
    with tenant_scope(town.id):
        proposal = load(town, made)
        assert proposal.locale == "ja"
        proposal.locale = "en"
        operations.resend_link(proposal, actor=holder(town, made), now=NOON)
        body = db.session.scalars(sa.select(Mail.body)).one()
        assert "?lang=en" in body


def test_two_submissions_at_once_get_two_numbers(town: Town, app) -> None:
    drafts = [make(town, S.DRAFT) for _ in range(2)]
    ready = threading.Barrier(2)

    def send(made: Made) -> None:
        with app.app_context(), tenant_scope(town.id):
            proposal = load(town, made)
            ready.wait(timeout=10)
            operations.submit_proposal(proposal, actor=holder(town, made), now=NOON)
            db.session.commit()

    threads = [threading.Thread(target=send, args=(made,)) for made in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    with tenant_scope(town.id):
        assert sorted(db.session.scalars(sa.select(Proposal.number))) == [1, 2]


def test_a_refused_step_leaves_nothing_behind(town: Town) -> None:
    made = start(town)
    with tenant_scope(town.id):
        with pytest.raises(RuleViolation, match="件名"):
            operations.submit_proposal(load(town, made), actor=holder(town, made), now=NOON)
        db.session.commit()
    with tenant_scope(town.id):
        proposal = load(town, made)
        assert (proposal.status, proposal.number, proposal.revision) == (S.DRAFT, None, 0)
        assert mailed(town) == []


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"number": 9}, "number_if_submitted"),
        ({"submitted_at": NOON}, "number_if_submitted"),
        ({"status": S.IN_REVIEW}, "number_after_draft"),
    ],
)
def test_the_database_refuses_what_may_never_be(
    town: Town, change: dict[str, object], constraint: str
) -> None:
    made = start(town)
    with tenant_scope(town.id):
        proposal = load(town, made)
        for name, value in change.items():
            setattr(proposal, name, value)
        with pytest.raises(sa.exc.IntegrityError, match=constraint):
            db.session.flush()
