"""Every change to proposals: one function for each verb, each guards, changes, records."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from kyoso.core import clock, files
from kyoso.core.access import Actor, authorise
from kyoso.core.db import db, new_id
from kyoso.core.errors import RuleViolation
from kyoso.core.files import CheckedFile, StoredFile
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import locale
from kyoso.core.journal import record
from kyoso.core.search import search_key
from kyoso.municipal.intake.queries import get_intake, get_policy
from kyoso.municipal.intake.rules import check_accepting
from kyoso.municipal.proposals import events, queries, rules
from kyoso.municipal.proposals.mails import new_link, tell_desk, tell_proposer
from kyoso.municipal.proposals.models import MessageKind, Proposal, ProposalRevision
from kyoso.municipal.proposals.permissions import ProposalPermission as May
from kyoso.municipal.proposals.rules import ProposalStatus as S
from kyoso.municipal.proposals.rules import ProposerKind, Source

MAX_FILES = 10


@dataclass(frozen=True, slots=True)
class Who:
    """Who proposes, and how to reach them."""

    proposer_kind: ProposerKind
    proposer_name: str
    contact_name: str
    email: str
    phone: str
    area: str
    public_name: str


@dataclass(frozen=True, slots=True)
class Idea:
    """What the proposer wants to do and can do."""

    title: str
    wish: str
    ability: str


@dataclass(frozen=True, slots=True)
class Merits:
    """What is asked of the town, and what is good for whom."""

    expectation: str
    merit_proposer: str
    merit_residents: str
    merit_town: str


def start_draft(
    who: Who,
    need_id: uuid.UUID | None,
    *,
    form_id: uuid.UUID,
    actor: Actor,
    now: dt.datetime,
    token: str = "",
) -> tuple[Proposal, str]:
    """Begin a proposal on the portal; return it with the secret of its private link.

    `form_id` becomes its id, so that the same form sent twice begins one proposal; `token`
    is the secret that the visitor holds already, see portal/first_form.py.
    """
    authorise(actor, May.START)
    today = now.astimezone(clock.JST).date()
    check_accepting(get_intake(actor, today), has_need=need_id is not None)

    proposal = _draft(who, need_id, form_id, Source.WEB, actor=actor, now=now)
    token = new_link(proposal, now=now, token=token)

    record(events.ProposalStarted(proposal.id), actor=_as_proposer(proposal), now=now)
    return proposal, token


def enter_proposal(
    who: Who,
    idea: Idea,
    merits: Merits,
    source: Source,
    need_id: uuid.UUID | None,
    *,
    form_id: uuid.UUID,
    actor: Actor,
    now: dt.datetime,
    language: str = "ja",
    token: str = "",
) -> tuple[Proposal, str]:
    """Write down a paper or spoken proposal; it counts once the proposer confirms it.

    `language` is the proposer's, whatever the screen of whoever writes it down speaks.
    Returns the secret of a link to hand over, too; '' where the proposer alone gets it, by mail.
    `token` is a secret that the proposer has already: of a proposal that another town referred.
    """
    authorise(actor, May.ENTER)

    proposal = _draft(who, need_id, form_id, source, actor=actor, now=now)
    proposal.locale = language
    proposal.entered_by = actor.name
    _apply(proposal, idea)
    _apply(proposal, merits)
    if token or not proposal.email:
        token = new_link(proposal, now=now, token=token)
    if source is not Source.REFERRED:
        tell_proposer(proposal, "entered", now=now)

    record(events.ProposalEntered(proposal.id, source), actor=actor, now=now)
    return proposal, token


def save_part(
    proposal: Proposal, part: Who | Idea | Merits, *, actor: Actor, now: dt.datetime
) -> None:
    """Keep one part of what the proposer writes."""
    authorise(actor, May.WRITE, proposal)
    rules.check_editable(proposal.status)
    if isinstance(part, Who) and proposal.submitted_at and part.email != proposal.email:
        raise RuleViolation(
            _("提出後は、メールアドレスを変更できません。変更が必要なときは町へご連絡ください。")
        )

    _apply(proposal, part)

    record(events.ProposalSaved(proposal.id, type(part).__name__.lower()), actor=actor, now=now)


def submit_proposal(proposal: Proposal, *, actor: Actor, now: dt.datetime) -> None:
    """Send the proposal to the town: it gets its number, and its proposer a receipt."""
    authorise(actor, May.WRITE, proposal)
    rules.check_move(proposal.status, S.SUBMITTED)
    rules.check_complete(proposal.content)
    today = now.astimezone(clock.JST).date()
    if proposal.source is Source.WEB:
        check_accepting(get_intake(actor, today), has_need=proposal.need_id is not None)

    policy = get_policy(actor, today)
    proposal.number = queries.next_number(actor)
    proposal.policy_id = policy.id
    proposal.answer_by = today + dt.timedelta(days=policy.answer_within_days)
    proposal.submitted_at = now
    _move(proposal, S.SUBMITTED, now=now)
    _keep_revision(proposal, now=now)
    tell_proposer(proposal, "received", now=now)
    tell_desk(proposal, "arrived", now=now)

    # The one who acts was not known to the town until now.
    actor = _as_proposer(proposal)
    record(events.ProposalSubmitted(proposal.id, proposal.number), actor=actor, now=now)


def resubmit_proposal(proposal: Proposal, *, actor: Actor, now: dt.datetime) -> None:
    """Send the revised proposal; the earlier content stays readable."""
    authorise(actor, May.WRITE, proposal)
    rules.check_move(proposal.status, S.RESUBMITTED)
    rules.check_complete(proposal.content)

    _move(proposal, S.RESUBMITTED, now=now)
    _keep_revision(proposal, now=now)
    _answer_questions(proposal, actor=actor, now=now)
    tell_desk(proposal, "resubmitted", now=now)

    record(events.ProposalResubmitted(proposal.id, proposal.revision), actor=actor, now=now)


def start_screening(proposal: Proposal, *, actor: Actor, now: dt.datetime) -> None:
    """Begin to check a proposal; from here on its proposer no longer changes it unasked."""
    authorise(actor, May.SCREEN, proposal)
    rules.check_move(proposal.status, S.SCREENING)

    _move(proposal, S.SCREENING, now=now)
    if proposal.revision and _changed_since_revision(proposal, actor):
        _keep_revision(proposal, now=now)

    record(events.ScreeningStarted(proposal.id), actor=actor, now=now)


def ask_question(proposal: Proposal, body: str, *, actor: Actor, now: dt.datetime) -> None:
    """Ask the proposer something; they answer through the private link."""
    authorise(actor, May.SCREEN, proposal)
    rules.check_in_talk(proposal.status)
    rules.check_new_question(
        body, [q.body for q in queries.list_open_questions(actor, proposal.id)]
    )

    _say(proposal, MessageKind.QUESTION, body, actor=actor, now=now)
    tell_proposer(proposal, "question", now=now, body=body)

    record(events.QuestionAsked(proposal.id), actor=actor, now=now)


def give_reply(proposal: Proposal, body: str, *, actor: Actor, now: dt.datetime) -> None:
    """Answer the town's questions, or add something, as the proposer."""
    authorise(actor, May.WRITE, proposal)
    rules.check_in_talk(proposal.status)

    _answer_questions(proposal, actor=actor, now=now)
    _say(proposal, MessageKind.REPLY, body, actor=actor, now=now)
    tell_desk(proposal, "replied", now=now)

    record(events.ReplyGiven(proposal.id), actor=actor, now=now)


def request_revision(proposal: Proposal, body: str, *, actor: Actor, now: dt.datetime) -> None:
    """Ask for a revised proposal, saying what should change."""
    authorise(actor, May.SCREEN, proposal)
    rules.check_move(proposal.status, S.REVISION_REQUESTED)

    _move(proposal, S.REVISION_REQUESTED, now=now)
    _say(proposal, MessageKind.REVISION, body, actor=actor, now=now)
    tell_proposer(proposal, "revision", now=now, body=body)

    record(events.RevisionRequested(proposal.id), actor=actor, now=now)


def start_review(proposal: Proposal, *, actor: Actor, now: dt.datetime) -> None:
    """Hand the proposal to its reviewers."""
    authorise(actor, May.SCREEN, proposal)
    rules.check_move(proposal.status, S.IN_REVIEW)
    if proposal.status not in {S.SCREENING, S.RESUBMITTED}:
        raise RuleViolation(_("決定を取り消すには、決定の欄から理由を添えて行ってください。"))

    _move(proposal, S.IN_REVIEW, now=now)

    record(events.ReviewStarted(proposal.id), actor=actor, now=now)


def withdraw_proposal(proposal: Proposal, reason: str, *, actor: Actor, now: dt.datetime) -> None:
    """Take a proposal back before it is decided."""
    authorise(actor, May.WRITE, proposal)
    rules.check_move(proposal.status, S.WITHDRAWN)

    _move(proposal, S.WITHDRAWN, now=now)
    if proposal.submitted_at:
        tell_desk(proposal, "withdrawn", now=now)

    record(events.ProposalWithdrawn(proposal.id, reason), actor=actor, now=now)


def cancel_proposal(proposal: Proposal, reason: str, *, actor: Actor, now: dt.datetime) -> None:
    """End an adopted proposal as its proposer (中止届)."""
    authorise(actor, May.WRITE, proposal)
    rules.check_move(proposal.status, S.CANCELLED)

    _move(proposal, S.CANCELLED, now=now)
    tell_desk(proposal, "cancelled", now=now)

    record(events.ProposalCancelled(proposal.id, reason), actor=actor, now=now)


def revoke_adoption(proposal: Proposal, grounds: str, *, actor: Actor, now: dt.datetime) -> None:
    """Take an adoption back as the town (取消し), and tell the proposer on what grounds."""
    authorise(actor, May.REVOKE, proposal)
    rules.check_move(proposal.status, S.REVOKED)

    _move(proposal, S.REVOKED, now=now)
    tell_proposer(proposal, "revoked", now=now, body=grounds)

    record(events.ProposalRevoked(proposal.id, grounds), actor=actor, now=now)


def resend_link(proposal: Proposal, *, actor: Actor, now: dt.datetime) -> None:
    """Send a new private link to the address that the proposal has, and to no other."""
    authorise(actor, May.FOLLOW, proposal)

    tell_proposer(proposal, "link", now=now)

    record(events.LinkResent(proposal.id), actor=actor, now=now)


def reissue_link(proposal: Proposal, *, actor: Actor, now: dt.datetime) -> str:
    """Make a new private link for somebody without a mail address; return its secret."""
    authorise(actor, May.REISSUE, proposal)
    rules.check_no_address(proposal.email)

    token = new_link(proposal, now=now)

    record(events.LinkReissued(proposal.id), actor=actor, now=now)
    return token


def add_files(
    proposal: Proposal, uploads: Sequence[CheckedFile], *, actor: Actor, now: dt.datetime
) -> None:
    """Add files to a proposal that is being written or talked about."""
    authorise(actor, May.WRITE, proposal)
    if proposal.status not in rules.EDITABLE | rules.IN_TALK:
        rules.check_editable(proposal.status)
    if len(files.list_files(actor, proposal.id)) + len(uploads) > MAX_FILES:
        raise RuleViolation(_("ファイルは全部で%(n)s個までです。", n=MAX_FILES))

    files.keep_files(uploads, subject_id=proposal.id, actor=actor)

    names = tuple(upload.name for upload in uploads)
    record(events.FilesAdded(proposal.id, names), actor=actor, now=now)


def remove_file(proposal: Proposal, file: StoredFile, *, actor: Actor, now: dt.datetime) -> None:
    """Take a file out again while the content may be changed."""
    authorise(actor, May.WRITE, proposal)
    rules.check_editable(proposal.status)

    file.removed_at = now

    record(events.FileRemoved(proposal.id, file.name), actor=actor, now=now)


def _draft(
    who: Who,
    need_id: uuid.UUID | None,
    form_id: uuid.UUID,
    source: Source,
    *,
    actor: Actor,
    now: dt.datetime,
) -> Proposal:
    proposal = Proposal(
        id=form_id,
        tenant_id=actor.tenant_id,
        status=S.DRAFT,
        source=source,
        need_id=need_id,
        locale=locale(),
        revision=0,
        created_at=now,
        moved_at=now,
        **dict.fromkeys(rules.CONTENT, ""),
    )
    _apply(proposal, who)
    db.session.add(proposal)
    return proposal


def _apply(proposal: Proposal, part: Who | Idea | Merits) -> None:
    for field in dataclasses.fields(part):
        setattr(proposal, field.name, getattr(part, field.name))
    words = (proposal.proposer_name, proposal.contact_name, *proposal.content.values())
    proposal.search_key = search_key("\n".join(words))


def _move(proposal: Proposal, to: S, *, now: dt.datetime) -> None:
    proposal.status = to
    proposal.moved_at = now


def _as_proposer(proposal: Proposal) -> Actor:
    return Actor.link_holder(proposal.tenant_id, proposal.id, proposal.known_as)


def _keep_revision(proposal: Proposal, *, now: dt.datetime) -> None:
    proposal.revision += 1
    db.session.add(
        ProposalRevision(
            id=new_id(),
            tenant_id=proposal.tenant_id,
            proposal_id=proposal.id,
            number=proposal.revision,
            content=proposal.content,
            submitted_at=now,
        )
    )


def _changed_since_revision(proposal: Proposal, actor: Actor) -> bool:
    latest = next(iter(queries.list_revisions(actor, proposal.id)), None)
    return latest is not None and latest.content != proposal.content


def _say(
    proposal: Proposal, kind: MessageKind, body: str, *, actor: Actor, now: dt.datetime
) -> None:
    db.session.add(
        queries.ProposalMessage(
            id=new_id(),
            tenant_id=proposal.tenant_id,
            proposal_id=proposal.id,
            kind=kind,
            body=body,
            author_name=actor.name,
            at=now,
        )
    )


def _answer_questions(proposal: Proposal, *, actor: Actor, now: dt.datetime) -> None:
    for question in queries.list_open_questions(actor, proposal.id):
        question.answered_at = now
