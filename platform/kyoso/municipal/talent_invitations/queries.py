"""Every read of invitations. A caller passes the actor; a query never guesses the town."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.search import like_pattern
from kyoso.core.tokens import token_hash
from kyoso.municipal.talent_invitations.models import TalentInvitation
from kyoso.municipal.talent_invitations.rules import InvitationState, Standing
from kyoso.municipal.talents.queries import registered_emails

PER_PAGE = 50


def get_invitation(actor: Actor, invitation_id: uuid.UUID) -> TalentInvitation:
    """Return an invitation, and hold its row; NotFound for another town's and a missing one."""
    invitation = db.session.scalar(
        sa.select(TalentInvitation)
        .where(TalentInvitation.tenant_id == actor.tenant_id, TalentInvitation.id == invitation_id)
        .with_for_update()
    )
    if invitation is None:
        raise NotFound
    return invitation


def list_sent_by(actor: Actor, batch_id: uuid.UUID) -> Sequence[TalentInvitation]:
    """Return what one form, or the choice of one applicant, has sent, and hold its rows."""
    return _held(actor, TalentInvitation.batch_id == batch_id)


def list_taken_up_by(actor: Actor, talent_id: uuid.UUID) -> Sequence[TalentInvitation]:
    """Return the invitations by which a talent came into the register, and hold their rows."""
    return _held(actor, TalentInvitation.talent_id == talent_id)


def _held(actor: Actor, which: sa.ColumnElement[bool]) -> Sequence[TalentInvitation]:
    return db.session.scalars(
        sa.select(TalentInvitation)
        .where(TalentInvitation.tenant_id == actor.tenant_id, which)
        .order_by(TalentInvitation.id)
        .with_for_update()
    ).all()


def find_invitation_by_token(
    actor: Actor, token: str, *, lock: bool = False
) -> TalentInvitation | None:
    """Return the invitation that a link means, whatever became of it."""
    query = sa.select(TalentInvitation).where(
        TalentInvitation.tenant_id == actor.tenant_id,
        TalentInvitation.token_hash == token_hash(token),
    )
    return db.session.scalar(query.with_for_update() if lock else query)


def count_sent(actor: Actor, batch_id: uuid.UUID) -> int:
    """Return how many a form has invited already; a twin that is being saved is waited for."""
    wait = sa.func.hashtext(f"talent_invitations:{actor.tenant_id}")
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(wait)))
    return (
        db.session.scalar(
            sa.select(sa.func.count()).where(
                TalentInvitation.tenant_id == actor.tenant_id,
                TalentInvitation.batch_id == batch_id,
            )
        )
        or 0
    )


def standing_of(actor: Actor, emails: Iterable[str]) -> dict[str, Standing]:
    """Return which of some addresses the town has registered or invited already."""
    wanted = list(emails)
    invited = db.session.scalars(
        sa.select(TalentInvitation.email).where(
            TalentInvitation.tenant_id == actor.tenant_id,
            TalentInvitation.email.in_(wanted),
            _WAITING,
        )
    )
    found = dict.fromkeys(invited, Standing.INVITED)
    return found | dict.fromkeys(registered_emails(actor, wanted), Standing.REGISTERED)


_WAITING = sa.and_(TalentInvitation.accepted_at.is_(None), TalentInvitation.withdrawn_at.is_(None))


def _in_state(state: InvitationState, now: dt.datetime) -> sa.ColumnElement[bool]:
    if state is InvitationState.ACCEPTED:
        return TalentInvitation.accepted_at.is_not(None)
    if state is InvitationState.WITHDRAWN:
        return TalentInvitation.withdrawn_at.is_not(None)
    if state is InvitationState.OPEN:
        return sa.and_(_WAITING, TalentInvitation.expires_at > now)
    return sa.and_(_WAITING, TalentInvitation.expires_at <= now)


def _found(actor: Actor, words: str) -> list[sa.ColumnElement[bool]]:
    mine: list[sa.ColumnElement[bool]] = [TalentInvitation.tenant_id == actor.tenant_id]
    for word in words.split()[:8]:
        pattern = like_pattern(word)
        mine.append(TalentInvitation.name.ilike(pattern) | TalentInvitation.email.ilike(pattern))
    return mine


def count_invitations(
    actor: Actor, now: dt.datetime, *, words: str = ""
) -> dict[InvitationState, int]:
    """Return how many invitations there are in each state, of those that words find."""
    counts = [
        sa.func.count().filter(_in_state(state, now)).label(state.value)
        for state in InvitationState
    ]
    row = db.session.execute(
        sa.select(*counts).select_from(TalentInvitation).where(*_found(actor, words))
    ).one()
    return dict(zip(InvitationState, row, strict=True))


def list_invitations(
    actor: Actor,
    state: InvitationState | None,
    now: dt.datetime,
    *,
    words: str = "",
    page: int = 1,
) -> Sequence[Any]:
    """Return one page of the town's invitations, the latest sent first."""
    query = sa.select(
        TalentInvitation.id,
        TalentInvitation.email,
        TalentInvitation.name,
        TalentInvitation.invited_by,
        TalentInvitation.sent_at,
        TalentInvitation.expires_at,
        TalentInvitation.accepted_at,
        TalentInvitation.withdrawn_at,
        TalentInvitation.talent_id,
    ).where(*_found(actor, words))
    if state is not None:
        query = query.where(_in_state(state, now))
    return db.session.execute(
        query.order_by(TalentInvitation.sent_at.desc(), TalentInvitation.id.desc())
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    ).all()
