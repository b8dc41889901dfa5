"""Every read of the register. A caller passes the actor; a query never guesses the town."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from kyoso.core.access import Actor, PersonActor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.municipal.talents.models import Talent
from kyoso.tenancy.models import Tenant


def get_talent(actor: Actor, talent_id: uuid.UUID, *, lock: bool = False) -> Talent:
    """Return the talent, or NotFound: another town's looks just like a missing one.

    `lock` holds the row until the transaction ends; take it before changing the row.
    """
    query = sa.select(Talent).where(Talent.tenant_id == actor.tenant_id, Talent.id == talent_id)
    talent = db.session.scalar(query.with_for_update() if lock else query)
    if talent is None:
        raise NotFound
    return talent


def talent_of_person(actor: Actor, person_id: uuid.UUID, *, lock: bool = False) -> Talent | None:
    """Return what a person is in the town's register, also when they left; or None."""
    query = sa.select(Talent).where(
        Talent.tenant_id == actor.tenant_id, Talent.person_id == person_id
    )
    return db.session.scalar(query.with_for_update() if lock else query)


def list_talents(actor: Actor) -> Sequence[Any]:
    """Return (id, name, kana) of everybody in the register today, by kana: for a list to choose from."""
    return db.session.execute(
        sa.select(Talent.id, Talent.name, Talent.kana)
        .where(Talent.tenant_id == actor.tenant_id, Talent.left_at.is_(None))
        .order_by(Talent.kana, Talent.id)
    ).all()


def list_own_talents(me: PersonActor) -> Sequence[Any]:
    """Return (talent, the town's name, its slug) of the person's own rows in all towns."""
    return db.session.execute(
        sa.select(Talent, Tenant.name, Tenant.slug)
        .join(Tenant, Tenant.id == Talent.tenant_id)
        .where(Talent.person_id == me.person_id)
        .order_by(Tenant.code)
    ).all()


def registered_emails(actor: Actor, emails: Sequence[str]) -> Sequence[str]:
    """Return which of some addresses are those of people in the register today."""
    return db.session.scalars(
        sa.select(Talent.email).where(
            Talent.tenant_id == actor.tenant_id,
            Talent.email.in_(emails),
            Talent.left_at.is_(None),
        )
    ).all()
