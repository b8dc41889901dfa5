"""Every read of intake. A caller passes the actor; a query never guesses the town."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.municipal.intake import rules
from kyoso.municipal.intake.models import Guideline, IntakePause, IntakePolicy, IntakeWindow
from kyoso.municipal.intake.rules import IntakeState, Span


def find_policy(actor: Actor, on: dt.date) -> IntakePolicy | None:
    """Return the policy in force on a day, or None if the town has declared none at all.

    A day before the first version is answered by the first: a town that started with us in
    May can still enter a paper from April.
    """
    return db.session.scalar(
        sa.select(IntakePolicy)
        .where(IntakePolicy.tenant_id == actor.tenant_id)
        .order_by(
            (IntakePolicy.effective_on <= on).desc(),
            sa.func.abs(IntakePolicy.effective_on - on),
        )
        .limit(1)
    )


def get_policy(actor: Actor, on: dt.date) -> IntakePolicy:
    """Return the policy in force on a day, or NotFound."""
    policy = find_policy(actor, on)
    if policy is None:
        raise NotFound
    return policy


def policy_of(actor: Actor, policy_id: uuid.UUID | None) -> IntakePolicy:
    """Return the version that something was submitted under, or NotFound."""
    policy = db.session.scalar(
        sa.select(IntakePolicy).where(
            IntakePolicy.tenant_id == actor.tenant_id, IntakePolicy.id == policy_id
        )
    )
    if policy is None:
        raise NotFound
    return policy


def list_policies(actor: Actor) -> Sequence[IntakePolicy]:
    """Return every version, latest first."""
    return db.session.scalars(
        sa.select(IntakePolicy)
        .where(IntakePolicy.tenant_id == actor.tenant_id)
        .order_by(IntakePolicy.effective_on.desc())
    ).all()


def get_intake(actor: Actor, on: dt.date) -> IntakeState:
    """Tell whether the town takes proposals in on a day, in two statements."""
    policy = find_policy(actor, on)
    windows, pauses = _open_spans(actor, on)
    return rules.intake_state(policy, windows, pauses, on)


def _open_spans(actor: Actor, since: dt.date) -> tuple[list[Span], list[Span]]:
    """Return the windows and the pauses that nobody ended and that are not over on a day."""
    windows = sa.select(
        sa.literal("window"), IntakeWindow.opens_on, IntakeWindow.closes_on, sa.literal("")
    ).where(
        IntakeWindow.tenant_id == actor.tenant_id,
        IntakeWindow.ended_at.is_(None),
        sa.or_(IntakeWindow.closes_on.is_(None), IntakeWindow.closes_on >= since),
    )
    pauses = sa.select(
        sa.literal("pause"), IntakePause.starts_on, IntakePause.ends_on, IntakePause.reason
    ).where(
        IntakePause.tenant_id == actor.tenant_id,
        IntakePause.lifted_at.is_(None),
        sa.or_(IntakePause.ends_on.is_(None), IntakePause.ends_on >= since),
    )
    found: dict[str, list[Span]] = {"window": [], "pause": []}
    for kind, first, last, reason in db.session.execute(sa.union_all(windows, pauses)):
        found[kind].append(Span(first, last, reason))
    return found["window"], found["pause"]


def list_open_windows(actor: Actor, since: dt.date) -> list[Span]:
    """Return the days of the windows that are not over."""
    return _open_spans(actor, since)[0]


def list_open_pauses(actor: Actor, since: dt.date) -> list[Span]:
    """Return the days of the pauses that are not over."""
    return _open_spans(actor, since)[1]


def list_windows(actor: Actor, *, limit: int = 50) -> Sequence[IntakeWindow]:
    """Return the windows, also those that are over, latest first."""
    return db.session.scalars(
        sa.select(IntakeWindow)
        .where(IntakeWindow.tenant_id == actor.tenant_id)
        .order_by(IntakeWindow.opens_on.desc(), IntakeWindow.id.desc())
        .limit(limit)
    ).all()


def list_pauses(actor: Actor, *, limit: int = 50) -> Sequence[IntakePause]:
    """Return the pauses, also those that are over, latest first."""
    return db.session.scalars(
        sa.select(IntakePause)
        .where(IntakePause.tenant_id == actor.tenant_id)
        .order_by(IntakePause.starts_on.desc(), IntakePause.id.desc())
        .limit(limit)
    ).all()


def get_window(actor: Actor, window_id: uuid.UUID, *, lock: bool = False) -> IntakeWindow:
    """Return a window, or NotFound; `lock` holds it until the transaction ends."""
    query = sa.select(IntakeWindow).where(
        IntakeWindow.tenant_id == actor.tenant_id, IntakeWindow.id == window_id
    )
    window = db.session.scalar(query.with_for_update() if lock else query)
    if window is None:
        raise NotFound
    return window


def get_pause(actor: Actor, pause_id: uuid.UUID, *, lock: bool = False) -> IntakePause:
    """Return a pause, or NotFound; `lock` holds it until the transaction ends."""
    query = sa.select(IntakePause).where(
        IntakePause.tenant_id == actor.tenant_id, IntakePause.id == pause_id
    )
    pause = db.session.scalar(query.with_for_update() if lock else query)
    if pause is None:
        raise NotFound
    return pause


def was_sent(actor: Actor, form_id: uuid.UUID) -> bool:
    """Tell whether a form was saved already; a twin that is being saved is waited for.

    Everything that staff change about intake goes through this, so the lock also keeps two
    of them from adding overlapping windows at once.
    """
    db.session.execute(
        sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"intake:{actor.tenant_id}")))
    )
    windows = sa.select(IntakeWindow.id).where(
        IntakeWindow.tenant_id == actor.tenant_id, IntakeWindow.id == form_id
    )
    pauses = sa.select(IntakePause.id).where(
        IntakePause.tenant_id == actor.tenant_id, IntakePause.id == form_id
    )
    return db.session.execute(sa.union_all(windows, pauses)).first() is not None


def list_guidelines(actor: Actor) -> Sequence[Guideline]:
    """Return every guideline, latest first."""
    return db.session.scalars(
        sa.select(Guideline)
        .where(Guideline.tenant_id == actor.tenant_id)
        .order_by(Guideline.effective_on.desc())
    ).all()


def guideline_on(actor: Actor, day: dt.date) -> Guideline | None:
    """Return the guideline in force on a day."""
    return db.session.scalar(
        sa.select(Guideline)
        .where(Guideline.tenant_id == actor.tenant_id, Guideline.effective_on <= day)
        .order_by(Guideline.effective_on.desc())
        .limit(1)
    )


# What the sync changes


def latest_policy(actor: Actor) -> IntakePolicy | None:
    """Return the last version of the policy, in force or to come."""
    return db.session.scalar(
        sa.select(IntakePolicy)
        .where(IntakePolicy.tenant_id == actor.tenant_id)
        .order_by(IntakePolicy.effective_on.desc())
        .limit(1)
    )


def policy_from(actor: Actor, effective_on: dt.date) -> IntakePolicy | None:
    """Return the version that begins on a day."""
    return db.session.scalar(
        sa.select(IntakePolicy).where(
            IntakePolicy.tenant_id == actor.tenant_id, IntakePolicy.effective_on == effective_on
        )
    )


def list_declared_windows(actor: Actor) -> Sequence[IntakeWindow]:
    """Return the windows that came from the town's folder, earliest first."""
    return db.session.scalars(
        sa.select(IntakeWindow)
        .where(IntakeWindow.tenant_id == actor.tenant_id, IntakeWindow.declared)
        .order_by(IntakeWindow.opens_on)
    ).all()
