"""Every change to a request by its two towns: each guards, changes, records."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from kyoso.core.access import Actor, authorise
from kyoso.core.clock import JST
from kyoso.core.db import db, new_id
from kyoso.core.errors import InvalidInput, NotFound, RuleViolation
from kyoso.core.events import Event
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import record
from kyoso.exchange.networks.queries import check_within
from kyoso.exchange.share_requests import events, queries, rules
from kyoso.exchange.share_requests.models import SharePaper, ShareRequest
from kyoso.exchange.share_requests.permissions import SharePermission as May
from kyoso.exchange.share_requests.rules import (
    Payer,
    PayUnit,
    ShareKind,
    ShareStatus,
    Side,
    WorkMode,
)
from kyoso.exchange.talent_pool.queries import Listing, get_listing
from kyoso.identity.hours_budget import HoursExceeded, book_hours
from kyoso.identity.members.queries import get_member
from kyoso.tenancy.queries import get_tenant, list_departments


@dataclass(frozen=True, slots=True)
class RequestDraft:
    """What is asked for and on what terms, as a form says it."""

    purpose: str
    starts_on: dt.date
    ends_on: dt.date
    mode: WorkMode
    payer: Payer
    pay_unit: PayUnit = PayUnit.NONE
    pay_yen: int = 0
    place: str = ""
    conditions: str = ""
    travel: str = ""
    insurance: str = ""
    rights: str = ""
    confidentiality: str = ""
    hours_a_month: int | None = None
    days: int | None = None
    #: In the asking town; None while the home town offers.
    department_id: uuid.UUID | None = None
    responsible_membership_id: uuid.UUID | None = None
    #: Somebody of the home town's staff; None while the asking town asks for anybody.
    membership_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """What an approval adds: who is lent, or where they go."""

    membership_id: uuid.UUID | None = None
    department_id: uuid.UUID | None = None
    responsible_membership_id: uuid.UUID | None = None


#: What the other town may change: the terms, not what is asked for.
TERMS = ("conditions", "travel", "insurance", "rights", "confidentiality")


def draft_request(
    draft: RequestDraft,
    listing: Listing,
    *,
    request_id: uuid.UUID,
    renews: ShareRequest | None = None,
    actor: Actor,
    now: dt.datetime,
) -> ShareRequest:
    """Begin a request for hours of a listed person; only the own town sees it until it is sent."""
    authorise(actor, May.ASK, renews)
    if listing.tenant_id == actor.tenant_id:
        raise RuleViolation(_("自分の町の人には、「関与」で直接お願いしてください。"))
    check_within(listing.network_id, actor)
    values = _checked(draft, ShareKind.HOURS, Side.ASKER, actor, now)

    request = ShareRequest(
        id=request_id,
        tenant_id=actor.tenant_id,
        kind=ShareKind.HOURS,
        opened_by=Side.ASKER,
        home_tenant_id=listing.tenant_id,
        asker_name=get_tenant(actor.tenant_id).name,
        home_name=get_tenant(listing.tenant_id).name,
        network_id=listing.network_id,
        listing_id=listing.id,
        person_id=listing.person_id,
        person_name=listing.name or _("（お名前は承諾の後に伝わります）"),
        status=ShareStatus.DRAFT,
        created_by=actor.name,
        renews_id=renews.id if renews else None,
        **values,
    )
    db.session.add(request)
    db.session.flush()

    record(events.ShareDrafted(request.id), actor=actor, now=now)
    return request


def draft_stay(
    draft: RequestDraft,
    network_id: uuid.UUID,
    other_id: uuid.UUID,
    opened_by: Side,
    *,
    request_id: uuid.UUID,
    actor: Actor,
    now: dt.datetime,
) -> ShareRequest:
    """Begin a stay of staff (旅する公務員): a town asks for somebody, or offers one of its own."""
    authorise(actor, May.LEND if opened_by is Side.HOME else May.ASK)
    check_within(network_id, actor)
    ours, theirs = get_tenant(actor.tenant_id), get_tenant(other_id)
    asker, home = (ours, theirs) if opened_by is Side.ASKER else (theirs, ours)
    values = _checked(draft, ShareKind.STAY, opened_by, actor, now)

    request = ShareRequest(
        id=request_id,
        tenant_id=asker.id,
        kind=ShareKind.STAY,
        opened_by=opened_by,
        home_tenant_id=home.id,
        asker_name=asker.name,
        home_name=home.name,
        network_id=network_id,
        status=ShareStatus.DRAFT,
        created_by=actor.name,
        **values,
    )
    db.session.add(request)
    db.session.flush()

    record(events.ShareDrafted(request.id), actor=actor, now=now)
    return request


def revise_request(
    request: ShareRequest, draft: RequestDraft, *, actor: Actor, now: dt.datetime
) -> None:
    """Change what is asked for; once it was sent, that is a new version of the memorandum."""
    authorise(actor, _deciding(request, actor), request.seen_by(actor))
    if request.status not in rules.NEGOTIABLE or request.side_of(actor.tenant_id) is not (
        request.opened_by
    ):
        raise RuleViolation(_("承認の後は、内容を変えられません。やり取りで相談してください。"))
    side = request.opened_by
    values = _checked(draft, request.kind, side, actor, now)
    if request.sent_at is not None and values.get("person_id", request.person_id) != (
        request.person_id
    ):
        # Thread and memorandum so far are about the other one, who reads them.
        words = _("送った後は、行く職員を変えられません。取り下げて、もう一度申し出てください。")
        raise InvalidInput({"membership_id": [words]})

    for name, value in values.items():
        setattr(request, name, value)
    if request.status is ShareStatus.DRAFT:
        db.session.flush()
        event: Event = events.ShareRedrafted(request.id)
    else:
        _hold_hours(request, now)
        paper = _write_paper(request, side, actor.name, now)
        step = request.note(events.ShareRevised, side, actor.name, now, _version(paper))
        event = events.ShareRevised(*step.key, paper.version)

    record(event, actor=actor, now=now)


def propose_terms(
    request: ShareRequest, terms: dict[str, str], read: int, *, actor: Actor, now: dt.datetime
) -> None:
    """Word the terms differently, as the town that was asked: a new version of the memorandum."""
    authorise(actor, May.ANSWER, request.seen_by(actor))
    side = request.side_of(actor.tenant_id)
    rules.check_move(request.status, ShareStatus.APPROVED, request.who(side))
    rules.check_version(request, read)

    for name in TERMS:
        setattr(request, name, terms[name])
    paper = _write_paper(request, side, actor.name, now)
    step = request.note(events.ShareRevised, side, actor.name, now, _version(paper))

    record(events.ShareRevised(*step.key, paper.version), actor=actor, now=now)


def confirm_paper(request: ShareRequest, read: int, *, actor: Actor, now: dt.datetime) -> None:
    """Agree to a version of the memorandum that the other town wrote."""
    authorise(actor, _deciding(request, actor), request.seen_by(actor))
    side = request.side_of(actor.tenant_id)
    rules.check_version(request, read)
    if request.status not in rules.PENDING:
        raise RuleViolation(_("いまは、覚書に同意する段階ではありません。"))

    request.agree(side, read)
    step = request.note(events.PaperConfirmed, side, actor.name, now, _("第%(n)s版", n=read))

    record(events.PaperConfirmed(*step.key, read), actor=actor, now=now)


def send_request(request: ShareRequest, *, actor: Actor, now: dt.datetime) -> None:
    """Ask the other town; from now on the hours are held."""
    authorise(actor, _deciding(request, actor), request.seen_by(actor))
    side = request.side_of(actor.tenant_id)
    rules.check_move(request.status, ShareStatus.SENT, request.who(side))
    rules.check_period(request.starts_on, request.ends_on, _day(now))
    _check_within(request)
    _check_listed(request)

    request.move(ShareStatus.SENT, now)
    request.sent_at = now
    _hold_hours(request, now)
    _write_paper(request, side, actor.name, now)
    step = request.note(events.ShareSent, side, actor.name, now)

    record(events.ShareSent(*step.key), actor=actor, now=now)


def approve_request(
    request: ShareRequest, read: int, names: Names, *, actor: Actor, now: dt.datetime
) -> None:
    """Say yes as the other town, to the version of the memorandum that was read."""
    authorise(actor, May.LEND if _lends(request, actor) else May.ANSWER, request.seen_by(actor))
    side = request.side_of(actor.tenant_id)
    rules.check_move(request.status, ShareStatus.APPROVED, request.who(side))
    rules.check_version(request, read)
    _check_within(request)

    if request.kind is ShareKind.STAY:
        # Who comes, or where to, stands in the memorandum: the other town reads it again.
        for name, value in _named(names, side, actor).items():
            setattr(request, name, value)
        _write_paper(request, side, actor.name, now)
    request.agree(side, request.paper_version)
    request.move(ShareStatus.APPROVED, now)
    version = request.paper_version
    step = request.note(events.ShareApproved, side, actor.name, now, _("第%(n)s版", n=version))

    record(events.ShareApproved(*step.key, version), actor=actor, now=now)


def decline_request(request: ShareRequest, reason: str, *, actor: Actor, now: dt.datetime) -> None:
    """Say no as the other town; also after a yes, while the person has not answered."""
    authorise(actor, May.ANSWER, request.seen_by(actor))
    side = request.side_of(actor.tenant_id)
    rules.check_move(request.status, ShareStatus.DECLINED, request.who(side))

    request.finish(ShareStatus.DECLINED, reason, now)
    step = request.note(events.ShareDeclined, side, actor.name, now, reason)

    record(events.ShareDeclined(*step.key), actor=actor, now=now)


def withdraw_request(request: ShareRequest, reason: str, *, actor: Actor, now: dt.datetime) -> None:
    """Take a request back."""
    authorise(actor, May.ASK, request.seen_by(actor))
    side = request.side_of(actor.tenant_id)
    rules.check_move(request.status, ShareStatus.WITHDRAWN, request.who(side))

    request.finish(ShareStatus.WITHDRAWN, reason, now)
    dropped: Event = events.ShareDropped(request.id)
    if request.sent_at is not None:
        step = request.note(events.ShareWithdrawn, side, actor.name, now, reason)
        dropped = events.ShareWithdrawn(*step.key)

    record(dropped, actor=actor, now=now)


def _checked(
    draft: RequestDraft, kind: ShareKind, side: Side, actor: Actor, now: dt.datetime
) -> dict[str, Any]:
    """Return what the row keeps of a draft, checked by the town that writes it."""
    rules.check_period(draft.starts_on, draft.ends_on, _day(now))
    rules.check_pay(draft.payer, draft.pay_unit, draft.pay_yen)
    if kind is ShareKind.STAY:
        rules.check_stay(draft.starts_on, draft.ends_on, draft.days or 0)
    values = {field.name: getattr(draft, field.name) for field in dataclasses.fields(draft)}
    names = Names(draft.membership_id, draft.department_id, draft.responsible_membership_id)
    return values | _named(names, side, actor)


def _named(names: Names, side: Side, actor: Actor) -> dict[str, Any]:
    """Return what the row keeps of the people and the department of the town that acts."""
    if side is Side.HOME:
        member = _member(names.membership_id, "membership_id", actor)
        return {
            "membership_id": member.id,
            "person_id": member.person_id,
            "person_name": member.name,
        }
    units = {unit.id: unit.name for unit in list_departments(actor)}
    if names.department_id not in units:
        raise InvalidInput({"department_id": [_("いまある課を選んでください。")]})
    member = _member(names.responsible_membership_id, "responsible_membership_id", actor)
    return {
        "department_id": names.department_id,
        "department_name": units[names.department_id],
        "responsible_membership_id": member.id,
        "responsible_name": member.name,
    }


def _member(membership_id: uuid.UUID | None, field: str, actor: Actor) -> Any:
    try:
        member = get_member(actor, membership_id) if membership_id else None
    except NotFound:
        member = None
    if member is None or member.deactivated_at is not None:
        raise InvalidInput({field: [_("職員を選び直してください。")]})
    return member


def _lends(request: ShareRequest, actor: Actor) -> bool:
    """Tell whether a town is about to send one of its own staff: its administrator decides."""
    return request.kind is ShareKind.STAY and request.side_of(actor.tenant_id) is Side.HOME


def _deciding(request: ShareRequest, actor: Actor) -> May:
    """Return what one must hold to send a request, or to agree to its memorandum."""
    if _lends(request, actor):
        return May.LEND
    return May.ASK if request.side_of(actor.tenant_id) is request.opened_by else May.ANSWER


def _hold_hours(request: ShareRequest, now: dt.datetime) -> None:
    if request.hours_a_month is None or request.person_id is None:
        return
    first = max(request.starts_on, _day(now))
    try:
        book_hours(request.person_id, request.id, request.hours_a_month, first, request.ends_on)
    except HoursExceeded as refusal:
        raise InvalidInput({"hours_a_month": [refusal.message]}) from refusal


def _write_paper(request: ShareRequest, side: Side, author: str, now: dt.datetime) -> SharePaper:
    """Set the memorandum anew; the town that words it agrees to it."""
    request.paper_version += 1
    request.agree(side, request.paper_version)
    # What the person reads depends on who they are: the row has it first.
    db.session.flush()
    paper = SharePaper(
        tenant_id=request.tenant_id,
        id=new_id(),
        request_id=request.id,
        home_tenant_id=request.home_tenant_id,
        person_id=request.person_id,
        version=request.paper_version,
        side=side,
        written_by=author,
        written_at=now,
        pdf=queries.set_paper(request, request.paper_version, _day(now)),
    )
    db.session.add(paper)
    return paper


def _check_within(request: ShareRequest) -> None:
    if not queries.both_within(request):
        raise RuleViolation(_("いま、二つの町がそろってこのネットワークに加わっていません。"))


def _check_listed(request: ShareRequest) -> None:
    """Refuse to ask for somebody who was listed when the draft was written and is no more."""
    if request.listing_id is None:
        return
    try:
        get_listing(request.listing_id, request.network_id)
    except NotFound as gone:
        raise RuleViolation(_("ご本人の掲載が終わったため、依頼できません。")) from gone


def _version(paper: SharePaper) -> str:
    return _("第%(n)s版", n=paper.version)


def _day(now: dt.datetime) -> dt.date:
    return now.astimezone(JST).date()
