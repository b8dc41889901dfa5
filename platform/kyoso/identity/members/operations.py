"""Every change to members and invitations."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Protocol

from kyoso.core.access import Actor, Role, authorise
from kyoso.core.config import settings
from kyoso.core.db import db, new_id
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import record
from kyoso.core.mail import write_mail
from kyoso.core.tokens import new_token, token_hash
from kyoso.identity.accounts.models import Person
from kyoso.identity.members import queries, rules
from kyoso.identity.members.events import (
    InvitationAccepted,
    InvitationResent,
    InvitationRevoked,
    MemberDeactivated,
    MemberInvited,
    MemberReactivated,
    MemberUpdated,
)
from kyoso.identity.members.models import Invitation, Membership, MembershipDepartment
from kyoso.identity.members.permissions import IdentityPermission
from kyoso.tenancy.queries import department_names


class Sender(Protocol):
    """The town in whose name a mail goes out."""

    @property
    def id(self) -> uuid.UUID:
        """Which town."""

    @property
    def slug(self) -> str:
        """Its place in addresses."""

    @property
    def name(self) -> str:
        """As people call it."""

    @property
    def sender_name(self) -> str:
        """Whom the mail is from."""


@dataclass(frozen=True, slots=True)
class Invite:
    """Whom to invite, and as what."""

    email: str
    name: str
    roles: tuple[Role, ...]
    department_ids: tuple[uuid.UUID, ...] = ()
    locale: str = "ja"


@dataclass(frozen=True, slots=True)
class MemberUpdate:
    """What an administrator may change of a member."""

    name: str
    roles: tuple[Role, ...]
    department_ids: tuple[uuid.UUID, ...] = ()


def invite_member(
    invite: Invite, *, town: Sender, actor: Actor, now: dt.datetime, by_mail: bool = True
) -> tuple[Invitation, str]:
    """Invite somebody, by mail unless the link goes another way; return invitation and link."""
    authorise(actor, IdentityPermission.INVITE)
    rules.check_roles(invite.roles)
    _check_not_there(actor, invite.email)
    _check_departments(actor, invite.department_ids)

    token = new_token()
    invitation = Invitation(
        id=new_id(),
        tenant_id=actor.tenant_id,
        email=invite.email.lower(),
        name=invite.name,
        roles=[role.value for role in rules.sorted_roles(invite.roles)],
        department_ids=list(invite.department_ids),
        locale=invite.locale,
        token_hash=token_hash(token),
        invited_by=actor.name,
        sent_at=now,
        expires_at=now + rules.INVITATION_LASTS,
    )
    db.session.add(invitation)
    url = _link(town, token)
    if by_mail:
        _mail_link(invitation, url, town)

    record(
        MemberInvited(invitation.id, invite.name, invitation.email, tuple(invite.roles)),
        actor=actor,
        now=now,
    )
    return invitation, url


def resend_invitation(
    invitation: Invitation, *, town: Sender, actor: Actor, now: dt.datetime
) -> str:
    """Mail the invitation again and return its new link; the old link stops working."""
    authorise(actor, IdentityPermission.INVITE, invitation)

    token = new_token()
    invitation.token_hash = token_hash(token)
    invitation.sent_at = now
    invitation.expires_at = now + rules.INVITATION_LASTS
    url = _link(town, token)
    _mail_link(invitation, url, town)

    record(InvitationResent(invitation.id, invitation.name, invitation.email), actor=actor, now=now)
    return url


def revoke_invitation(invitation: Invitation, *, actor: Actor, now: dt.datetime) -> None:
    """Take an invitation back; its link stops working."""
    authorise(actor, IdentityPermission.INVITE, invitation)

    invitation.revoked_at = now

    record(
        InvitationRevoked(invitation.id, invitation.name, invitation.email), actor=actor, now=now
    )


def accept_invitation(
    invitation: Invitation, person: Person, *, actor: Actor, now: dt.datetime
) -> Membership:
    """Make the invited person a member; `actor` holds the link.

    The account must be the one the invitation was addressed to.
    """
    authorise(actor, IdentityPermission.ACCEPT, invitation)
    if invitation.accepted_at or invitation.revoked_at or invitation.expires_at <= now:
        raise RuleViolation(
            _("この招待は使えなくなりました。招待した方に送り直しを依頼してください。")
        )
    if person.email != invitation.email:
        raise RuleViolation(
            _(
                "この招待は%(email)s宛てです。そのアカウントでお進みください。",
                email=invitation.email,
            )
        )

    member = queries.find_member(actor, person_id=person.id)
    if member is None:
        member = Membership(
            id=new_id(), tenant_id=actor.tenant_id, person_id=person.id, departments=[]
        )
        db.session.add(member)
    member.name = person.name
    member.email = person.email
    member.roles = list(invitation.roles)
    member.deactivated_at = None
    _set_departments(member, invitation.department_ids)
    invitation.accepted_at = now

    roles = tuple(Role(role) for role in member.roles)
    record(InvitationAccepted(member.id, member.name, roles), actor=actor, now=now)
    return member


def update_member(
    member: Membership, update: MemberUpdate, *, actor: Actor, now: dt.datetime
) -> None:
    """Change a member's name, roles and departments."""
    authorise(actor, IdentityPermission.UPDATE, member)
    rules.check_roles(update.roles)
    _check_departments(actor, update.department_ids)
    before = tuple(Role(role) for role in member.roles)
    _check_admin_stays(member, stays=Role.ADMIN in update.roles, actor=actor)

    member.name = update.name
    member.roles = [role.value for role in rules.sorted_roles(update.roles)]
    _set_departments(member, update.department_ids)

    record(MemberUpdated(member.id, member.name, tuple(update.roles), before), actor=actor, now=now)


def deactivate_member(member: Membership, *, actor: Actor, now: dt.datetime) -> None:
    """Shut a member out of this town from the next click on; what they did stays."""
    authorise(actor, IdentityPermission.DEACTIVATE, member)
    if member.deactivated_at is not None:
        raise RuleViolation(_("この担当者はすでに停止しています。"))
    _check_admin_stays(member, stays=False, actor=actor)

    member.deactivated_at = now

    record(MemberDeactivated(member.id, member.name), actor=actor, now=now)


def reactivate_member(member: Membership, *, actor: Actor, now: dt.datetime) -> None:
    """Let a member back in, with the roles they had."""
    authorise(actor, IdentityPermission.DEACTIVATE, member)
    if member.deactivated_at is None:
        raise RuleViolation(_("この担当者は停止していません。"))

    member.deactivated_at = None

    record(MemberReactivated(member.id, member.name), actor=actor, now=now)


def _check_not_there(actor: Actor, email: str) -> None:
    email = email.lower()
    member = queries.find_member(actor, email=email)
    if member is not None and member.deactivated_at is not None:
        problem = _("この方は停止中の担当者です。担当者の画面で停止を解いてください。")
    elif member is not None:
        problem = _("この方はすでに担当者です。")
    elif queries.find_open_invitation(actor, email) is not None:
        problem = _("この方はすでに招待しています。届いていないときは、招待を送り直してください。")
    else:
        return
    raise InvalidInput({"email": [problem]})


def _check_departments(actor: Actor, wanted: tuple[uuid.UUID, ...]) -> None:
    # An invitation keeps them in a list, where no foreign key watches over them.
    if wanted and not set(wanted) <= department_names(actor).keys():
        raise InvalidInput({"department_ids": [_("この自治体にない課・室が選ばれています。")]})


def _check_admin_stays(member: Membership, *, stays: bool, actor: Actor) -> None:
    was_admin = Role.ADMIN in member.roles and member.deactivated_at is None
    if was_admin and not stays:
        rules.check_admin_left(queries.count_active_admins(actor))


def _set_departments(member: Membership, wanted: tuple[uuid.UUID, ...] | list[uuid.UUID]) -> None:
    kept = [entry for entry in member.departments if entry.department_id in wanted]
    known = {entry.department_id for entry in kept}
    member.departments = kept + [
        MembershipDepartment(
            tenant_id=member.tenant_id,
            membership_id=member.id,
            department_id=department_id,
            person_id=member.person_id,
        )
        for department_id in dict.fromkeys(wanted)
        if department_id not in known
    ]


def _link(town: Sender, token: str) -> str:
    return f"{settings().base_url}/{town.slug}/invitations/{token}"


def _mail_link(invitation: Invitation, url: str, town: Sender) -> None:
    write_mail(
        invitation.tenant_id,
        to=invitation.email,
        template="members/mail/invitation",
        sender_name=town.sender_name,
        locale=invitation.locale,
        subject_id=invitation.id,
        invitation=invitation,
        town=town.name,
        url=url,
    )
