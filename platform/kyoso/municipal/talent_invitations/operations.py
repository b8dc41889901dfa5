"""Every change to invitations: one function for each verb, each guards, changes, records."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from kyoso.core.access import Actor, PersonActor, authorise
from kyoso.core.config import settings
from kyoso.core.db import db, new_id
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import record
from kyoso.core.mail import forget_mails, write_mail
from kyoso.core.tokens import new_token, token_hash
from kyoso.identity.profiles.operations import ProfileDraft, save_profile
from kyoso.identity.profiles.queries import own_profile, shown_to_towns
from kyoso.identity.profiles.rules import COLUMNS
from kyoso.municipal.talent_invitations import events, queries, rules
from kyoso.municipal.talent_invitations.models import TalentInvitation
from kyoso.municipal.talent_invitations.permissions import TalentInvitationPermission as May
from kyoso.municipal.talents.operations import join_as_talent
from kyoso.municipal.talents.queries import talent_of_person
from kyoso.municipal.talents.rules import TalentSource
from kyoso.tenancy.queries import TenantInfo, get_tenant


@dataclass(frozen=True, slots=True)
class TalentInvite:
    """Whom to invite."""

    email: str
    name: str
    kana: str = ""
    locale: str = "ja"


@dataclass(frozen=True, slots=True)
class Offer:
    """What the invited say of themselves before they come in; the rest is in their profile."""

    kana: str
    #: A month, over all towns.
    hours: int


class Invited(Protocol):
    """The account of whoever takes an invitation up."""

    @property
    def id(self) -> uuid.UUID:
        """Who."""

    @property
    def name(self) -> str:
        """As they call themselves."""

    @property
    def email(self) -> str:
        """To which the invitation must have been addressed."""


def invite_talents(
    invites: Sequence[TalentInvite],
    message: str = "",
    source: TalentSource = TalentSource.INVITED,
    *,
    batch_id: uuid.UUID,
    actor: Actor,
    now: dt.datetime,
) -> list[TalentInvitation]:
    """Invite some people by mail, all or none; `message` is what the town writes to them.

    Refused (InvalidInput on ``email``) where one of them is in the register or invited already.
    """
    authorise(actor, May.SEND)
    standing = queries.standing_of(actor, [invite.email for invite in invites])
    if standing:
        known = {invite.email: invite.name for invite in invites}
        raise InvalidInput(
            {"email": [f"{known[email]}：{found.problem}" for email, found in standing.items()]}
        )

    town, invited = get_tenant(actor.tenant_id), []
    for invite in invites:
        invitation = TalentInvitation(
            id=new_id(),
            tenant_id=actor.tenant_id,
            batch_id=batch_id,
            source=source,
            email=invite.email,
            name=invite.name,
            kana=invite.kana,
            message=message,
            locale=invite.locale,
            invited_by=actor.name,
        )
        db.session.add(invitation)
        _send(invitation, town, now)
        invited.append(invitation)

    names = tuple(name for name, _email in map(_told, invited) if name)
    record(events.TalentsInvited(batch_id, len(invited), names), actor=actor, now=now)
    return invited


def resend_invitation(invitation: TalentInvitation, *, actor: Actor, now: dt.datetime) -> None:
    """Mail an invitation again with a new link; the old link stops working."""
    authorise(actor, May.SEND, invitation)
    rules.check_waiting(invitation)

    _send(invitation, get_tenant(actor.tenant_id), now)

    event = events.TalentInvitationResent(invitation.id, *_told(invitation))
    record(event, actor=actor, now=now)


def withdraw_invitation(invitation: TalentInvitation, *, actor: Actor, now: dt.datetime) -> None:
    """Take an invitation back; its link stops working."""
    authorise(actor, May.SEND, invitation)
    rules.check_waiting(invitation)

    invitation.withdrawn_at = now

    event = events.TalentInvitationWithdrawn(invitation.id, *_told(invitation))
    record(event, actor=actor, now=now)


def forget_invitation(invitation: TalentInvitation, *, actor: Actor, now: dt.datetime) -> None:
    """Leave nothing of whom an invitation was for but that it was sent; its link stops working."""
    authorise(actor, May.FORGET, invitation)

    forget_mails(actor, invitation.id)
    invitation.email = invitation.name = invitation.kana = invitation.message = ""
    if invitation.accepted_at is None:
        invitation.withdrawn_at = invitation.withdrawn_at or now

    record(events.TalentInvitationForgotten(invitation.id), actor=actor, now=now)


def accept_invitation(
    invitation: TalentInvitation,
    person: Invited,
    offer: Offer,
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Let the invited person into the register; `actor` holds the link and acts for them.

    The account must be the one the invitation was addressed to. What they offer goes into
    their profile first, and what the profile shows to towns into the register.
    """
    authorise(actor, May.ACCEPT, invitation)
    rules.check_usable(invitation, now)
    if person.email != invitation.email:
        raise RuleViolation(
            _(
                "この招待は%(email)s宛てです。そのアカウントでお進みください。",
                email=invitation.email,
            )
        )

    myself = PersonActor(person.id, person.name)
    _offer(offer, myself, now)
    talent = talent_of_person(actor, person.id)
    if talent is None or talent.left_at is not None:
        talent = join_as_talent(
            person.id,
            person.email,
            shown_to_towns(myself),
            invitation.source,
            actor=actor,
            now=now,
        )
    invitation.accepted_at = now
    invitation.talent_id = talent.id

    record(events.TalentInvitationAccepted(invitation.id, invitation.name), actor=actor, now=now)


def _told(invitation: TalentInvitation) -> tuple[str, str]:
    """Return the name and address that the journal keeps for ever: none of who only applied."""
    if invitation.source is TalentSource.APPLIED:
        return "", ""
    return invitation.name, invitation.email


def _offer(offer: Offer, myself: PersonActor, now: dt.datetime) -> None:
    profile = own_profile(myself, lock=True)
    said = {column: getattr(profile, column) for column in COLUMNS}
    said |= {"kana": offer.kana, "hours_offered": offer.hours}
    draft = ProfileDraft(revision=profile.revision, **said)
    save_profile(profile, draft, actor=myself, now=now)


def _send(invitation: TalentInvitation, town: TenantInfo, now: dt.datetime) -> None:
    token = new_token()
    invitation.token_hash = token_hash(token)
    invitation.sent_at = now
    invitation.expires_at = now + rules.INVITATION_LASTS
    write_mail(
        invitation.tenant_id,
        to=invitation.email,
        template="talent_invitations/mail/invitation",
        sender_name=town.sender_name,
        locale=invitation.locale,
        subject_id=invitation.id,
        invitation=invitation,
        town=town.name,
        url=f"{settings().base_url}/{town.slug}/talent-invitations/{token}",
    )
