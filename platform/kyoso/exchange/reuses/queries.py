"""Every read of reuses. A caller passes the actor; a query never guesses the town."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.differences import Piece, compare
from kyoso.core.errors import NotFound
from kyoso.core.journal import JournalEntry
from kyoso.core.metrics import Month
from kyoso.exchange.know_how.events import KnowHowPublished
from kyoso.exchange.know_how.queries import KnowHowListing, find_know_how, whole_text
from kyoso.exchange.reuses.models import (
    ReceivedReuse as ReceivedReuse,
)
from kyoso.exchange.reuses.models import (
    Reuse as Reuse,
)


def get_reuse(actor: Actor, reuse_id: uuid.UUID, *, lock: bool = False) -> Reuse:
    """Return a reuse of ours, or NotFound; `lock` before changing it."""
    query = sa.select(Reuse).where(Reuse.tenant_id == actor.tenant_id, Reuse.id == reuse_id)
    found = db.session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def find_reuse(actor: Actor, reuse_id: uuid.UUID, *, lock: bool = False) -> Reuse | None:
    """Return a reuse of ours, if there is one: also what a form made already."""
    query = sa.select(Reuse).where(Reuse.tenant_id == actor.tenant_id, Reuse.id == reuse_id)
    return db.session.scalar(query.with_for_update() if lock else query)


def find_of_copy(actor: Actor, know_how_id: uuid.UUID) -> Reuse | None:
    """Return the reuse that a copy of ours belongs to, if it is one."""
    return db.session.scalar(
        sa.select(Reuse).where(Reuse.tenant_id == actor.tenant_id, Reuse.know_how_id == know_how_id)
    )


def list_of_origin(actor: Actor, origin_id: uuid.UUID) -> Sequence[Reuse]:
    """Return our own uses of a published piece."""
    return db.session.scalars(
        sa.select(Reuse)
        .where(Reuse.tenant_id == actor.tenant_id, Reuse.origin_id == origin_id)
        .order_by(Reuse.id)
    ).all()


def list_reuses(actor: Actor, limit: int = 300) -> Sequence[Reuse]:
    """Return what we use of others, newest first."""
    return db.session.scalars(
        sa.select(Reuse)
        .where(Reuse.tenant_id == actor.tenant_id)
        .order_by(Reuse.id.desc())
        .limit(limit)
    ).all()


def list_received(
    actor: Actor, know_how_id: uuid.UUID | None = None, limit: int = 300
) -> Sequence[ReceivedReuse]:
    """Return who uses what of ours, newest first."""
    query = sa.select(ReceivedReuse).where(ReceivedReuse.tenant_id == actor.tenant_id)
    if know_how_id is not None:
        query = query.where(ReceivedReuse.know_how_id == know_how_id)
    return db.session.scalars(query.order_by(ReceivedReuse.id.desc()).limit(limit)).all()


def list_to_ask(actor: Actor, today: dt.date) -> Sequence[Reuse]:
    """Return the reuses of ours whose day to be asked has come, the rows held."""
    return db.session.scalars(
        sa.select(Reuse)
        .where(
            Reuse.tenant_id == actor.tenant_id,
            Reuse.ask_on <= today,
            Reuse.asked_at.is_(None),
            Reuse.reported_at.is_(None),
            Reuse.ended_at.is_(None),
        )
        .order_by(Reuse.id)
        .with_for_update()
    ).all()


def list_for_today(actor: Actor, today: dt.date, since: dt.datetime) -> Sequence[Any]:
    """Return what waits at the desk, in one statement, as rows.

    part: "report" (say what came of it), "update" (the original has a new version), "thanks"
    (another town said what came of ours); id, title, town, at.
    """
    ours = sa.and_(Reuse.tenant_id == actor.tenant_id, Reuse.ended_at.is_(None))
    columns = (Reuse.origin_title.label("title"), Reuse.origin_town.label("town"))
    report = sa.select(
        sa.literal("report").label("part"), Reuse.id, *columns, Reuse.borrowed_at.label("at")
    ).where(ours, Reuse.reported_at.is_(None), Reuse.ask_on <= today)
    update = sa.select(sa.literal("update"), Reuse.id, *columns, Reuse.borrowed_at).where(
        ours, Reuse.told_version > Reuse.origin_version
    )
    thanks = sa.select(
        sa.literal("thanks"),
        ReceivedReuse.know_how_id,
        sa.literal(""),
        ReceivedReuse.town_name,
        ReceivedReuse.reported_at,
    ).where(
        ReceivedReuse.tenant_id == actor.tenant_id,
        ReceivedReuse.ended_at.is_(None),
        ReceivedReuse.reported_at >= since,
    )
    return db.session.execute(
        sa.union_all(report, update, thanks).order_by(sa.text('"at" DESC')).limit(30)
    ).all()


def list_users(actor: Actor, know_how_id: uuid.UUID) -> Sequence[Any]:
    """Return which towns use a piece of ours now, as rows: by_tenant_id, id (of the reuse)."""
    return db.session.execute(
        sa.select(ReceivedReuse.by_tenant_id, ReceivedReuse.id).where(
            ReceivedReuse.tenant_id == actor.tenant_id,
            ReceivedReuse.know_how_id == know_how_id,
            ReceivedReuse.ended_at.is_(None),
        )
    ).all()


def list_in_network(actor: Actor, network_id: uuid.UUID) -> Sequence[Reuse]:
    """Return what we use through a network, the rows held."""
    return db.session.scalars(
        sa.select(Reuse)
        .where(
            Reuse.tenant_id == actor.tenant_id,
            Reuse.network_id == network_id,
            Reuse.ended_at.is_(None),
        )
        .with_for_update()
    ).all()


def count_in_network(actor: Actor, network_id: uuid.UUID) -> tuple[int, int]:
    """Return how many reuses a network has: by us, and of ours."""
    by_us = sa.select(sa.func.count()).where(
        Reuse.tenant_id == actor.tenant_id,
        Reuse.network_id == network_id,
        Reuse.ended_at.is_(None),
    )
    of_ours = sa.select(sa.func.count()).where(
        ReceivedReuse.tenant_id == actor.tenant_id,
        ReceivedReuse.network_id == network_id,
        ReceivedReuse.ended_at.is_(None),
    )
    row = db.session.execute(sa.select(by_us.scalar_subquery(), of_ours.scalar_subquery())).one()
    return row[0], row[1]


def count_begun(actor: Actor, month: Month, network_id: uuid.UUID) -> dict[str, int]:
    """Return how many uses of ours began in a month, by the town's name; "" where it gave none."""
    rows = db.session.execute(
        sa.select(Reuse.origin_town, sa.func.count())
        .where(
            Reuse.tenant_id == actor.tenant_id,
            Reuse.network_id == network_id,
            Reuse.borrowed_at >= month.begins,
            Reuse.borrowed_at < month.ends,
        )
        .group_by(Reuse.origin_town)
    )
    return {row[0]: row[1] for row in rows}


def count_received(actor: Actor, month: Month, network_id: uuid.UUID) -> int:
    """Return how many uses of ours by others began in a month, of what had our name on it then."""
    entry = JournalEntry
    nameless = (
        sa.select(entry.facts["nameless"].as_boolean())
        .where(
            entry.tenant_id == ReceivedReuse.tenant_id,
            entry.subject_id == ReceivedReuse.know_how_id,
            entry.kind == KnowHowPublished.__name__,
            entry.at <= ReceivedReuse.borrowed_at,
        )
        .order_by(entry.at.desc(), entry.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = sa.select(sa.func.count()).where(
        ReceivedReuse.tenant_id == actor.tenant_id,
        ReceivedReuse.network_id == network_id,
        ReceivedReuse.borrowed_at >= month.begins,
        ReceivedReuse.borrowed_at < month.ends,
        nameless.is_(False),
    )
    return db.session.scalars(query).one()


def text_of(listing: KnowHowListing) -> str:
    """Return what of a published piece is kept, to be compared with a later version."""
    return whole_text(listing.title, listing.summary, listing.body)


def changes_since(reuse: Reuse, listing: KnowHowListing) -> tuple[Piece, ...]:
    """Return what the published version says other than the one we know."""
    return compare(reuse.origin_body, text_of(listing))


def is_own(actor: Actor, item_id: uuid.UUID) -> bool:
    """Tell whether a published piece is our own."""
    return find_know_how(actor, item_id) is not None
