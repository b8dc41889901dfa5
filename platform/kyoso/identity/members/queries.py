"""Every read of memberships and invitations, and the journal's page."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from kyoso.core.access import Actor, Role
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.events import routine_kinds
from kyoso.core.journal import JournalEntry
from kyoso.core.search import like_pattern
from kyoso.core.tokens import token_hash
from kyoso.identity.members.models import Invitation, Membership


def list_members(
    actor: Actor, *, search: str = "", role: Role | None = None, active: bool | None = None
) -> Sequence[Membership]:
    """Return the town's members by name, those shut out last."""
    query = (
        sa.select(Membership)
        .where(Membership.tenant_id == actor.tenant_id)
        .options(selectinload(Membership.departments))
        .order_by(Membership.deactivated_at.is_not(None), Membership.name, Membership.id)
    )
    if search:
        pattern = like_pattern(search)
        query = query.where(Membership.name.ilike(pattern) | Membership.email.ilike(pattern))
    if role is not None:
        query = query.where(sa.literal(role.value) == sa.any_(Membership.roles))
    if active is not None:
        query = query.where(Membership.deactivated_at.is_(None) == active)
    return db.session.scalars(query).all()


def get_member(actor: Actor, membership_id: uuid.UUID) -> Membership:
    """Return a member, or NotFound: another town's looks just like a missing one."""
    member = db.session.scalar(
        sa.select(Membership)
        .where(Membership.tenant_id == actor.tenant_id, Membership.id == membership_id)
        .options(selectinload(Membership.departments))
    )
    if member is None:
        raise NotFound
    return member


def find_member(
    actor: Actor, *, person_id: uuid.UUID | None = None, email: str = ""
) -> Membership | None:
    """Return what a person is in the town, by account or by the address the town knows."""
    wanted = Membership.person_id == person_id if person_id else Membership.email == email
    return db.session.scalars(
        sa.select(Membership)
        .where(Membership.tenant_id == actor.tenant_id, wanted)
        .options(selectinload(Membership.departments))
        .limit(1)
    ).first()


def count_active_admins(actor: Actor) -> int:
    """Return how many administrators the town has, and hold their rows.

    Two administrators who demote each other at once must not both succeed.
    """
    return len(
        db.session.scalars(
            sa.select(Membership.id)
            .where(
                Membership.tenant_id == actor.tenant_id,
                Membership.deactivated_at.is_(None),
                sa.literal(Role.ADMIN.value) == sa.any_(Membership.roles),
            )
            .order_by(Membership.id)
            .with_for_update()
        ).all()
    )


def list_open_invitations(actor: Actor) -> Sequence[Invitation]:
    """Return the invitations that wait for an answer, also those whose link ran out."""
    return db.session.scalars(
        sa.select(Invitation)
        .where(
            Invitation.tenant_id == actor.tenant_id,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .order_by(Invitation.id.desc())
    ).all()


def get_invitation(actor: Actor, invitation_id: uuid.UUID) -> Invitation:
    """Return an invitation that waits for an answer, and hold its row; or NotFound."""
    invitation = db.session.scalar(
        sa.select(Invitation)
        .where(
            Invitation.tenant_id == actor.tenant_id,
            Invitation.id == invitation_id,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .with_for_update()
    )
    if invitation is None:
        raise NotFound
    return invitation


def find_open_invitation(actor: Actor, email: str) -> Invitation | None:
    """Return the invitation of an address that waits for an answer."""
    return db.session.scalar(
        sa.select(Invitation).where(
            Invitation.tenant_id == actor.tenant_id,
            Invitation.email == email,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
    )


def find_invitation_by_token(actor: Actor, token: str, *, lock: bool = False) -> Invitation | None:
    """Return the invitation that a link means, whatever became of it."""
    query = sa.select(Invitation).where(
        Invitation.tenant_id == actor.tenant_id, Invitation.token_hash == token_hash(token)
    )
    return db.session.scalar(query.with_for_update() if lock else query)


def list_journal(
    actor: Actor,
    *,
    kind: str = "",
    name: str = "",
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    limit: int,
    offset: int = 0,
) -> tuple[Sequence[JournalEntry], int]:
    """Return one page of the town's journal, newest first, and how many entries there are.

    Without a kind, what is routine is left out: each step of a draft would bury the rest.
    """
    conditions = [JournalEntry.tenant_id == actor.tenant_id]
    if kind:
        conditions.append(JournalEntry.kind == kind)
    else:
        conditions.append(JournalEntry.kind.not_in(routine_kinds()))
    if name:
        conditions.append(JournalEntry.actor_name.ilike(like_pattern(name)))
    if since:
        conditions.append(JournalEntry.at >= since)
    if until:
        conditions.append(JournalEntry.at < until)
    total = db.session.scalar(
        sa.select(sa.func.count()).select_from(JournalEntry).where(*conditions)
    )
    entries = db.session.scalars(
        sa.select(JournalEntry)
        .where(*conditions)
        .order_by(JournalEntry.at.desc(), JournalEntry.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()
    return entries, total or 0


def list_journal_kinds(actor: Actor) -> Sequence[str]:
    """Return the kinds of things that were done in the town so far."""
    return db.session.scalars(
        sa.select(JournalEntry.kind)
        .where(JournalEntry.tenant_id == actor.tenant_id)
        .distinct()
        .order_by(JournalEntry.kind)
    ).all()
