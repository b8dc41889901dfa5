"""Every change to a request from the person's answer on: each guards, changes, records."""

from __future__ import annotations

import datetime as dt

from kyoso.core.access import Actor, PersonActor, authorise, authorise_self
from kyoso.core.clock import JST
from kyoso.core.db import db, new_id
from kyoso.core.errors import RuleViolation
from kyoso.core.events import Event
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import record
from kyoso.exchange.share_requests import events as told
from kyoso.exchange.share_requests import queries as requests
from kyoso.exchange.share_requests import rules
from kyoso.exchange.share_requests.queries import ShareRequest
from kyoso.exchange.share_requests.rules import (
    EndReason,
    Payer,
    ShareKind,
    ShareStatus,
    Side,
    kept_profile,
)
from kyoso.exchange.shares import events, queries
from kyoso.exchange.shares.models import ShareHours, ShareReview
from kyoso.exchange.shares.permissions import RunningPermission as May
from kyoso.exchange.shares.rules import check_reviewable
from kyoso.municipal.engagements.operations import EngagementDraft, offer_engagement
from kyoso.municipal.engagements.rules import ContractKind
from kyoso.municipal.talents.operations import join_as_talent
from kyoso.municipal.talents.queries import talent_of_person
from kyoso.municipal.talents.rules import TalentSource

#: What the engagement in the asking town is called.
ROLE = "複業人材"


def lapse_request(request: ShareRequest, *, actor: Actor, now: dt.datetime) -> None:
    """End a request that nobody answered for too long."""
    authorise(actor, May.FOLLOW, request.seen_by(actor))
    rules.check_move(request.status, ShareStatus.LAPSED, request.who(Side.PLATFORM))
    if not rules.has_lapsed(request, now):
        raise RuleViolation(_("まだ返事を待つ期間です。"))

    request.finish(ShareStatus.LAPSED, EndReason.UNANSWERED.label, now)
    step = request.note(told.ShareLapsed, Side.PLATFORM, actor.name, now)

    record(told.ShareLapsed(*step.key), actor=actor, now=now)


def remind_request(request: ShareRequest, *, actor: Actor, now: dt.datetime) -> None:
    """Ask whoever keeps a request waiting once more."""
    authorise(actor, May.FOLLOW, request.seen_by(actor))
    if not rules.is_to_remind(request, now):
        raise RuleViolation(_("まだお知らせする時期ではありません。"))

    request.reminded_at = now
    step = request.note(told.ShareReminded, Side.PLATFORM, actor.name, now)

    record(told.ShareReminded(*step.key), actor=actor, now=now)


def cancel_request(
    request: ShareRequest,
    *,
    reason: EndReason = EndReason.TOWN_LEFT,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """End what is open because one of the towns leaves the network, or the person the register."""
    authorise(actor, May.CANCEL, request.seen_by(actor))
    rules.check_move(request.status, ShareStatus.CANCELLED, request.who(Side.PLATFORM))

    request.finish(ShareStatus.CANCELLED, reason.label, now)
    ended: Event = told.ShareDropped(request.id)
    if request.sent_at is not None:
        why = request.end_reason
        step = request.note(told.ShareCancelled, Side.PLATFORM, actor.name, now, why)
        ended = told.ShareCancelled(*step.key, reason.value)

    record(ended, actor=actor, now=now)


def end_by_person(
    request: ShareRequest, reason: EndReason, *, actor: PersonActor, now: dt.datetime
) -> None:
    """End what is pending because the person took back the consent on which it rests, or left."""
    authorise_self(actor, request.person_id or request.id)
    rules.check_move(request.status, ShareStatus.CANCELLED, request.who(Side.PERSON))

    request.finish(ShareStatus.CANCELLED, reason.label, now)
    step = request.note(told.ShareCancelled, Side.PERSON, actor.name, now, request.end_reason)

    record(told.ShareCancelled(*step.key, reason.value), actor=actor, now=now)


def accept_request(
    request: ShareRequest, read: int, email: str, *, actor: PersonActor, now: dt.datetime
) -> None:
    """Agree as the person; the asking town then makes the engagement, in a job of its own."""
    authorise_self(actor, request.person_id or request.id)
    to = ShareStatus.ACCEPTED if request.kind is ShareKind.HOURS else ShareStatus.ACTIVE
    rules.check_move(request.status, to, request.who(Side.PERSON))
    rules.check_acceptable(request, read, request.ends_on, _day(now))
    if not requests.both_within(request):
        raise RuleViolation(_("町がネットワークを離れたため、いまは承諾できません。"))

    request.move(to, now)
    request.person_version = read
    if request.kind is ShareKind.HOURS:
        shown, parts = requests.own_shown(actor, request)
        request.shown, request.email = {"profile": shown, "parts": parts}, email
        request.person_name = actor.name
    step = request.note(told.ShareAccepted, Side.PERSON, actor.name, now, _("第%(n)s版", n=read))

    record(told.ShareAccepted(*step.key, read, request.kind), actor=actor, now=now)


def refuse_request(
    request: ShareRequest, note: str, *, actor: PersonActor, now: dt.datetime
) -> None:
    """Say no as the person, with a word why; the hours are free again."""
    authorise_self(actor, request.person_id or request.id)
    rules.check_move(request.status, ShareStatus.REFUSED, request.who(Side.PERSON))

    request.finish(ShareStatus.REFUSED, note, now)
    step = request.note(told.ShareRefused, Side.PERSON, actor.name, now, note)

    record(told.ShareRefused(*step.key), actor=actor, now=now)


def begin_share(request: ShareRequest, *, actor: Actor, now: dt.datetime) -> None:
    """Take the person into the asking town's register and make the engagement, all at once.

    The engagement has the request's id, so the hours that were held are the ones it books:
    the ledger has no moment without them.
    """
    authorise(actor, May.FOLLOW, request.seen_by(actor))
    rules.check_move(request.status, ShareStatus.ACTIVE, request.who(Side.PLATFORM))
    assert request.person_id is not None

    talent = talent_of_person(actor, request.person_id, lock=True)
    if talent is None or talent.left_at is not None:
        talent = join_as_talent(
            request.person_id,
            request.email,
            kept_profile(request.shown["profile"], request.person_name),
            TalentSource.SHARED,
            only_parts=request.shown["parts"],
            actor=actor,
            now=now,
        )
    offer_engagement(
        _engagement(request), talent.id, engagement_id=request.id, actor=actor, now=now
    )
    request.move(ShareStatus.ACTIVE, now)
    request.shown, request.email, request.problem = {}, "", ""
    step = request.note(told.ShareStarted, Side.PLATFORM, actor.name, now)

    record(told.ShareStarted(*step.key), actor=actor, now=now)


def note_problem(request: ShareRequest, problem: str, *, actor: Actor, now: dt.datetime) -> None:
    """Keep why the engagement could not be made, for the asking town to mend."""
    authorise(actor, May.FOLLOW, request.seen_by(actor))

    request.problem = problem

    record(events.ShareStuck(request.id, problem), actor=actor, now=now)


def retry_share(request: ShareRequest, *, actor: Actor, now: dt.datetime) -> None:
    """Ask for the engagement again, once what was in the way is mended."""
    authorise(actor, May.RETRY, request)
    if request.status is not ShareStatus.ACCEPTED or not request.problem:
        raise RuleViolation(_("いまは、やり直すことがありません。"))

    request.problem = ""

    record(events.ShareRetried(request.id), actor=actor, now=now)


def shorten_share(
    request: ShareRequest, last_day: dt.date, reason: str, *, actor: Actor, now: dt.datetime
) -> None:
    """End a share before the agreed day, as either town; until then it goes on as it was."""
    authorise(actor, May.END, request.seen_by(actor))
    side = request.side_of(actor.tenant_id)
    rules.check_move(request.status, ShareStatus.ENDED, request.who(side))

    record(_shorten(request, last_day, reason, side, actor.name, now), actor=actor, now=now)


def leave_share(
    request: ShareRequest, last_day: dt.date, reason: str, *, actor: PersonActor, now: dt.datetime
) -> None:
    """End a share before the agreed day, as the person; both towns read why."""
    authorise_self(actor, request.person_id or request.id)
    rules.check_move(request.status, ShareStatus.ENDED, request.who(Side.PERSON))
    rules.check_last_day(last_day, request.starts_on, request.ends_on, _day(now))

    shortened = _shorten(request, last_day, reason, Side.PERSON, actor.name, now)

    record(shortened, actor=actor, now=now)


def close_share(request: ShareRequest, reason: str, *, actor: Actor, now: dt.datetime) -> None:
    """Call a share ended: its last day is over, or its engagement was taken back."""
    authorise(actor, May.END, request.seen_by(actor))
    rules.check_move(request.status, ShareStatus.ENDED, request.who(Side.PLATFORM))

    request.finish(ShareStatus.ENDED, reason, now)
    step = request.note(told.ShareEnded, Side.PLATFORM, actor.name, now, reason)

    record(told.ShareEnded(*step.key), actor=actor, now=now)


def push_hours(
    request: ShareRequest, months: dict[dt.date, int], *, actor: PersonActor, now: dt.datetime
) -> None:
    """Write what the person worked in some months, as sums, for both towns to see."""
    authorise_self(actor, request.person_id or request.id)

    for month, minutes in months.items():
        row = queries.find_month(request, month)
        if row is None:
            row = ShareHours(
                tenant_id=request.tenant_id,
                id=new_id(),
                request_id=request.id,
                home_tenant_id=request.home_tenant_id,
                person_id=request.person_id,
                month=month,
            )
            db.session.add(row)
        row.minutes, row.pushed_at = minutes, now
        db.session.flush()

    record(events.HoursPushed(request.id, tuple(map(str, months))), actor=actor, now=now)


def review_share(
    request: ShareRequest, text: str, again: bool, *, actor: Actor, now: dt.datetime
) -> None:
    """Look back on a share that is over, for one of the two towns."""
    authorise(actor, May.REVIEW, request.seen_by(actor))
    side = request.side_of(actor.tenant_id)
    check_reviewable(request.status, {one.side for one in queries.list_reviews(request)}, side)

    _review(request, side, text, again, actor.name, now)
    step = request.note(told.ShareReviewed, side, actor.name, now)

    record(told.ShareReviewed(*step.key), actor=actor, now=now)


def review_as_person(
    request: ShareRequest, text: str, again: bool, *, actor: PersonActor, now: dt.datetime
) -> None:
    """Look back on a share that is over, as the person."""
    authorise_self(actor, request.person_id or request.id)
    written = {one.side for one in queries.list_reviews(request)}
    check_reviewable(request.status, written, Side.PERSON)

    _review(request, Side.PERSON, text, again, actor.name, now)
    step = request.note(told.ShareReviewed, Side.PERSON, actor.name, now)

    record(told.ShareReviewed(*step.key), actor=actor, now=now)


def _shorten(
    request: ShareRequest,
    last_day: dt.date,
    reason: str,
    side: Side,
    author: str,
    now: dt.datetime,
) -> told.ShareShortened:
    request.agreed_ends_on = request.agreed_ends_on or request.ends_on
    request.ends_on, request.end_reason = last_day, reason
    step = request.note(told.ShareShortened, side, author, now, reason)
    return told.ShareShortened(*step.key, last_day.isoformat(), reason)


def _review(
    request: ShareRequest, side: Side, text: str, again: bool, author: str, now: dt.datetime
) -> None:
    db.session.add(
        ShareReview(
            tenant_id=request.tenant_id,
            id=new_id(),
            request_id=request.id,
            home_tenant_id=request.home_tenant_id,
            person_id=request.person_id,
            side=side,
            again=again,
            text=text,
            author_name=author,
            at=now,
        )
    )


def _engagement(request: ShareRequest) -> EngagementDraft:
    """Return what the asking town keeps of a share in its own register of engagements."""
    paid = request.payer is Payer.ASKER
    unpaid = request.payer is Payer.NOBODY
    assert request.department_id is not None
    assert request.responsible_membership_id is not None
    return EngagementDraft(
        role=ROLE,
        title=f"人材シェア（{request.home_name}から）",
        department_id=request.department_id,
        contract_kind=ContractKind.PRO_BONO if unpaid else ContractKind.COMMISSION,
        starts_on=request.starts_on,
        ends_on=request.ends_on,
        hours_a_month=request.hours_a_month or 1,
        mode=request.mode,
        place=request.place,
        purpose=request.purpose,
        pay_unit=request.pay_unit,
        pay_yen=request.pay_yen if paid else 0,
        responsible_membership_id=request.responsible_membership_id,
        on_paper=True,
        paper_note=f"人材シェアに関する覚書（第{request.paper_version}版）",
    )


def _day(now: dt.datetime) -> dt.date:
    return now.astimezone(JST).date()
