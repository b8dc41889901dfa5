"""Every change to engagements: one function for each verb, each guards, changes, records."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from kyoso.core.access import Actor, PersonActor, authorise, authorise_self
from kyoso.core.clock import JST
from kyoso.core.db import db
from kyoso.core.errors import InvalidInput, NotFound, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import jp_date
from kyoso.core.journal import record
from kyoso.identity.hours_budget import HoursExceeded, book_hours, release_hours
from kyoso.identity.members.queries import get_member
from kyoso.municipal.agreements.queries import get_agreement
from kyoso.municipal.engagements import events, mails, queries, rules
from kyoso.municipal.engagements.models import Engagement
from kyoso.municipal.engagements.permissions import EngagementPermission as May
from kyoso.municipal.engagements.rules import AgreedBy, ContractKind, EngagementStatus
from kyoso.municipal.projects.queries import get_project
from kyoso.municipal.talent_programmes.rules import (
    Missed,
    PayUnit,
    Programmes,
    Terms,
    check_missed,
    missed_rules,
)
from kyoso.municipal.talents.queries import get_talent
from kyoso.municipal.talents.rules import WorkMode
from kyoso.tenancy.queries import get_tenant, list_departments


@dataclass(frozen=True, slots=True)
class EngagementDraft:
    """What a town offers, as its form says it."""

    role: str
    department_id: uuid.UUID
    contract_kind: ContractKind
    starts_on: dt.date
    ends_on: dt.date
    hours_a_month: int
    mode: WorkMode
    purpose: str
    pay_unit: PayUnit
    responsible_membership_id: uuid.UUID
    title: str = ""
    project_id: uuid.UUID | None = None
    programme: str | None = None
    employer: str = ""
    days_a_month: int | None = None
    in_town_days: int | None = None
    place: str = ""
    pay_yen: int = 0
    travel_yen_a_year: int = 0
    agreement_id: uuid.UUID | None = None
    check_in_days: int = 30
    public_servant: bool = False
    permit_by: str = ""
    permit_on: dt.date | None = None
    #: Both sides have signed: nothing is asked of the person any more.
    on_paper: bool = False
    paper_note: str = ""
    #: Why a rule of the programme is missed.
    override_reason: str = ""

    @property
    def terms(self) -> Terms:
        """What both sides agree on, as rules ask about it."""
        return Terms(**{name: getattr(self, name) for name in Terms.__slots__})


@dataclass(frozen=True, slots=True)
class Assignment:
    """What may change while an engagement runs without asking the person anew."""

    responsible_membership_id: uuid.UUID
    check_in_days: int
    project_id: uuid.UUID | None = None
    agreement_id: uuid.UUID | None = None


#: What of a draft is kept only through what comes of it.
_NOT_KEPT = {"on_paper", "override_reason"}


def offer_engagement(
    draft: EngagementDraft,
    talent_id: uuid.UUID,
    *,
    engagement_id: uuid.UUID,
    renews: Engagement | None = None,
    actor: Actor,
    now: dt.datetime,
) -> Engagement:
    """Offer an engagement, or enter one agreed on paper; it is kept with its hours, or not at all."""
    authorise(actor, May.WRITE, renews)
    talent = get_talent(actor, talent_id)
    rules.check_registered(talent)
    _check_renewal(draft, talent_id, renews)
    missed, values = _checked(draft, talent_id, engagement_id, renews, actor, now)

    engagement = Engagement(
        id=engagement_id,
        tenant_id=actor.tenant_id,
        talent_id=talent.id,
        person_id=talent.person_id,
        person_name=talent.name,
        status=EngagementStatus.ACTIVE if draft.on_paper else EngagementStatus.OFFERED,
        offered_at=now,
        agreed_by=AgreedBy.PAPER if draft.on_paper else AgreedBy.PERSON,
        answered_at=now if draft.on_paper else None,
        renews_id=renews.id if renews else None,
        revision=1,
        created_by=actor.name,
        **values,
    )
    with db.session.begin_nested():
        db.session.add(engagement)
        db.session.flush()
        # Who was leaving was waited for just now; who leaves from here on waits for us.
        db.session.refresh(talent, ["left_at"])
        rules.check_registered(talent)
        _book(engagement, renews, now)
    mails.tell_person(engagement, "registered" if draft.on_paper else "offered", actor=actor)

    kind = events.EngagementRegistered if draft.on_paper else events.EngagementOffered
    record(
        kind(
            engagement.id,
            engagement.person_id,
            engagement.renews_id,
            tuple(one.key for one in missed),
            draft.override_reason if missed else "",
        ),
        actor=actor,
        now=now,
    )
    return engagement


def revise_engagement(
    engagement: Engagement, draft: EngagementDraft, *, actor: Actor, now: dt.datetime
) -> None:
    """Change what is offered while the person has not answered; the caller holds the row."""
    authorise(actor, May.WRITE, engagement)
    if engagement.status is not EngagementStatus.OFFERED:
        raise RuleViolation(_("返事のあった関与の条件は変えられません。更新してください。"))
    before = engagement.renews_id
    renews = queries.get_engagement(actor, before) if before else None
    _check_renewal(draft, engagement.talent_id, renews)
    missed, values = _checked(draft, engagement.talent_id, engagement.id, renews, actor, now)

    changed = tuple(name for name, value in values.items() if getattr(engagement, name) != value)
    with db.session.begin_nested():
        for name in changed:
            setattr(engagement, name, values[name])
        engagement.revision += 1
        if draft.on_paper:
            engagement.status, engagement.answered_at = EngagementStatus.ACTIVE, now
            engagement.agreed_by = AgreedBy.PAPER
        db.session.flush()
        _book(engagement, renews, now)
    mails.tell_person(engagement, "registered" if draft.on_paper else "revised", actor=actor)

    record(
        events.EngagementRevised(
            engagement.id,
            engagement.revision,
            changed,
            tuple(one.key for one in missed),
            draft.override_reason if missed else "",
        ),
        actor=actor,
        now=now,
    )


def reassign_engagement(
    engagement: Engagement, change: Assignment, *, actor: Actor, now: dt.datetime
) -> None:
    """Change who answers for a running engagement and what it belongs to."""
    authorise(actor, May.WRITE, engagement)
    if engagement.status not in rules.OPEN:
        raise RuleViolation(_("終わった関与の担当は変えられません。"))
    values = _named(change, engagement.terms, actor)

    old = engagement.responsible_name
    engagement.check_in_days = change.check_in_days
    for name, value in values.items():
        setattr(engagement, name, value)

    record(
        events.EngagementReassigned(engagement.id, old, engagement.responsible_name),
        actor=actor,
        now=now,
    )


def withdraw_engagement(
    engagement: Engagement, reason: str, *, actor: Actor, now: dt.datetime
) -> None:
    """Take an offer back, or what was agreed before its first day; the hours are free again."""
    authorise(actor, May.WRITE, engagement)
    rules.check_withdrawable(engagement.status, engagement.starts_on, _day(now))

    engagement.status = EngagementStatus.WITHDRAWN
    engagement.ended_at = now
    engagement.end_reason = reason
    release_hours(engagement.id, None)
    _book_renewal(engagement, None, actor, now)
    mails.tell_person(engagement, "withdrawn", actor=actor)

    record(events.EngagementWithdrawn(engagement.id, reason), actor=actor, now=now)


def shorten_engagement(
    engagement: Engagement, last_day: dt.date, reason: str, *, actor: Actor, now: dt.datetime
) -> None:
    """End an engagement before the agreed day; until the last day it goes on as it was."""
    authorise(actor, May.WRITE, engagement)
    rules.check_move(engagement.status, EngagementStatus.ENDED)
    rules.check_last_day(last_day, engagement.starts_on, engagement.ends_on)

    engagement.agreed_ends_on = engagement.agreed_ends_on or engagement.ends_on
    engagement.ends_on = last_day
    engagement.end_reason = reason
    if last_day < _day(now):
        engagement.status, engagement.ended_at = EngagementStatus.ENDED, now
    release_hours(engagement.id, last_day)
    _book_renewal(engagement, engagement, actor, now)
    mails.tell_person(engagement, "shortened", actor=actor)

    event = events.EngagementShortened(engagement.id, last_day.isoformat(), reason)
    record(event, actor=actor, now=now)


def close_engagement(engagement: Engagement, *, actor: Actor, now: dt.datetime) -> None:
    """Call an engagement ended whose last day is over; the platform does it every night."""
    authorise(actor, May.CLOSE, engagement)
    rules.check_move(engagement.status, EngagementStatus.ENDED)
    if engagement.ends_on >= _day(now):
        raise RuleViolation(_("期間がまだ終わっていません。"))

    engagement.status, engagement.ended_at = EngagementStatus.ENDED, now

    record(events.EngagementEnded(engagement.id), actor=actor, now=now)


def accept_engagement(
    engagement: Engagement, read: int, *, actor: PersonActor, now: dt.datetime
) -> None:
    """Agree to what was offered, in the words that the person read: its revision."""
    authorise_self(actor, engagement.person_id)
    rules.check_move(engagement.status, EngagementStatus.ACTIVE)
    rules.check_answerable(engagement.ends_on, engagement.revision, read, _day(now))

    engagement.status = EngagementStatus.ACTIVE
    engagement.answered_at = now

    event = events.EngagementAnswered(engagement.id, engagement.tenant_id, accepted=True)
    record(event, actor=actor, now=now)


def decline_engagement(
    engagement: Engagement, note: str, *, actor: PersonActor, now: dt.datetime
) -> None:
    """Say no to an offer, with a word why; the hours are free again."""
    authorise_self(actor, engagement.person_id)
    rules.check_move(engagement.status, EngagementStatus.DECLINED)

    engagement.status = EngagementStatus.DECLINED
    engagement.answered_at = now
    engagement.answer_note = note
    release_hours(engagement.id, None)

    event = events.EngagementAnswered(engagement.id, engagement.tenant_id, accepted=False)
    record(event, actor=actor, now=now)


def note_answer(engagement: Engagement, *, actor: Actor, now: dt.datetime) -> None:
    """Take the person's answer over into the town's history, and tell whoever answers for it."""
    authorise(actor, May.ANSWER, engagement)
    declined = engagement.status is EngagementStatus.DECLINED

    mails.tell_responsible(engagement, actor=actor)

    record(
        events.EngagementDeclined(engagement.id, engagement.answer_note)
        if declined
        else events.EngagementAccepted(engagement.id),
        actor=actor,
        now=now,
    )


def _check_renewal(draft: EngagementDraft, talent_id: uuid.UUID, renews: Engagement | None) -> None:
    if renews is None:
        return
    if renews.talent_id != talent_id or renews.status not in rules.RENEWABLE:
        raise RuleViolation(_("この関与は更新できません。"))
    if draft.starts_on <= renews.ends_on:
        words = _("今の関与が終わる%(day)sより後にしてください。", day=jp_date(renews.ends_on))
        raise InvalidInput({"starts_on": [words]})


def _checked(
    draft: EngagementDraft,
    talent_id: uuid.UUID,
    engagement_id: uuid.UUID,
    renews: Engagement | None,
    actor: Actor,
    now: dt.datetime,
) -> tuple[list[Missed], dict[str, Any]]:
    """Return the rules that the draft misses, each with a reason, and the row's values."""
    terms, programmes = draft.terms, Programmes.of(get_tenant(actor.tenant_id).declaration)
    rules.check_terms(terms, draft.contract_kind)
    if terms.programme and terms.programme not in programmes.programmes:
        raise InvalidInput({"programme": [_("制度を選び直してください。")]})
    if draft.on_paper and not draft.agreement_id and not draft.paper_note:
        words = _("紙で合意したときは、協定を選ぶか、どの書類かを書いてください。")
        raise InvalidInput({"paper_note": [words]})
    names = {unit.id: unit.name for unit in list_departments(actor)}
    if draft.department_id not in names:
        raise InvalidInput({"department_id": [_("いまある課を選んでください。")]})
    named = _named(draft, terms, actor)
    # Nobody else of the town offers until this is saved: what is asked now still holds then.
    queries.hold_offers(actor)
    double = queries.find_double(
        actor, terms, talent_id, draft.department_id, except_id=engagement_id
    )
    rules.check_not_doubled(double, terms.role)
    around = queries.surroundings_of(
        actor, terms, talent_id, except_id=engagement_id, renews=renews
    )
    missed = missed_rules(terms, programmes, around)
    check_missed(missed, draft.override_reason)
    values = {
        field.name: getattr(draft, field.name)
        for field in dataclasses.fields(draft)
        if field.name not in _NOT_KEPT
    }
    said = {"reason": draft.override_reason, "by": actor.name, "on": _day(now).isoformat()}
    overrides = {one.key: {"sentence": one.sentence, **said} for one in missed}
    department = {"department_name": names[draft.department_id]}
    return missed, values | named | department | {"overrides": overrides}


def _named(wanted: EngagementDraft | Assignment, terms: Terms, actor: Actor) -> dict[str, Any]:
    """Return what the row keeps of the responsible member, the project and the agreement."""
    try:
        member = get_member(actor, wanted.responsible_membership_id)
    except NotFound:
        member = None
    if member is None or member.deactivated_at is not None:
        raise InvalidInput({"responsible_membership_id": [_("担当の職員を選び直してください。")]})
    project = get_project(actor, wanted.project_id) if wanted.project_id else None
    agreement = get_agreement(actor, wanted.agreement_id) if wanted.agreement_id else None
    if agreement is not None:
        rules.check_agreement(agreement, terms)
    return {
        "responsible_membership_id": member.id,
        "responsible_name": member.name,
        "project_id": project.id if project else None,
        "project_title": f"No.{project.number} {project.title}" if project else "",
        "agreement_id": agreement.id if agreement else None,
        "agreement_title": f"No.{agreement.number} {agreement.title}" if agreement else "",
    }


def _book(engagement: Engagement, renews: Engagement | None, now: dt.datetime) -> None:
    first = rules.booked_from(engagement.terms, _day(now), renews.terms if renews else None)
    person_id, hours, last = engagement.person_id, engagement.hours_a_month, engagement.ends_on
    if last < first:
        # Nothing is left to book, also of what was booked for other words.
        release_hours(engagement.id, None)
        return
    try:
        book_hours(person_id, engagement.id, hours, first, last)
    except HoursExceeded as refusal:
        raise InvalidInput({"hours_a_month": [refusal.message]}) from refusal


def _book_renewal(
    engagement: Engagement, left: Engagement | None, actor: Actor, now: dt.datetime
) -> None:
    """Book anew what follows: the month that both shared is no longer held by the first."""
    renewal = queries.renewal_of(actor, engagement.id)
    if renewal is not None and renewal.status in rules.OPEN:
        _book(renewal, left, now)


def _day(now: dt.datetime) -> dt.date:
    return now.astimezone(JST).date()
