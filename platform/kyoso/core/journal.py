"""The append-only record of what was done: one row for each operation."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core import clock
from kyoso.core.access import Actor, NetworkActor, PersonActor
from kyoso.core.db import Id, Json, Model, TenantOwned, db
from kyoso.core.events import Event, NetworkEvent, label_of, publish


class JournalEntry(TenantOwned, Model):
    """One thing that one actor did in one town. The application may add and read, nothing else."""

    __tablename__ = "journal"
    __table_args__ = (
        sa.Index(None, "tenant_id", "subject_id", "id"),
        {"schema": "core"},
    )

    id: Mapped[Id]
    #: The event's class name, such as ``ProposalAdopted``.
    kind: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    #: None for the public, for private links and for automatic changes.
    person_id: Mapped[uuid.UUID | None]
    #: The actor as they were called then: a name, or the rule of an automatic change.
    actor_name: Mapped[str]
    facts: Mapped[Json]
    at: Mapped[dt.datetime]

    @property
    def label(self) -> str:
        """What happened, in the reader's language."""
        return label_of(self.kind)


class PersonJournalEntry(Model):
    """One thing that a person did with their own account, in no town."""

    __tablename__ = "person_journal"
    __table_args__ = (
        sa.Index(None, "person_id", "id"),
        {"schema": "core"},
    )

    id: Mapped[Id]
    person_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    facts: Mapped[Json]
    at: Mapped[dt.datetime]

    @property
    def label(self) -> str:
        """What happened, in the reader's language."""
        return label_of(self.kind)


class NetworkJournalEntry(Model):
    """One thing that concerned a network; its members and its coordinators read it."""

    __tablename__ = "network_journal"
    __table_args__ = ({"schema": "core"},)

    network_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[Id]
    #: The town that acted; None for a coordinator.
    by_tenant_id: Mapped[uuid.UUID | None]
    kind: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    person_id: Mapped[uuid.UUID | None]
    actor_name: Mapped[str]
    facts: Mapped[Json]
    at: Mapped[dt.datetime]

    @property
    def label(self) -> str:
        """What happened, in the reader's language."""
        return label_of(self.kind)


def record(
    event: Event,
    *,
    actor: Actor | PersonActor | NetworkActor,
    now: dt.datetime | None = None,
) -> None:
    """Write the journal's row for `event`, then tell those who listen.

    What a town does in a network stands in the town's journal and in the network's, there without
    what the event says is kept to itself.
    """
    at = now or clock.now()
    facts = {
        field.name: _plain(getattr(event, field.name))
        for field in dataclasses.fields(event)
        if field.name != "subject_id"
    }
    kind = type(event).__name__
    if isinstance(actor, Actor):
        db.session.add(
            JournalEntry(
                tenant_id=actor.tenant_id,
                kind=kind,
                subject_id=event.subject_id,
                person_id=actor.person_id,
                actor_name=actor.name,
                facts=facts,
                at=at,
            )
        )
    elif isinstance(actor, PersonActor):
        db.session.add(PersonJournalEntry(person_id=actor.person_id, kind=kind, facts=facts, at=at))
    if isinstance(actor, NetworkActor):
        db.session.add(_of_network(actor.network_id, event, facts, actor, at))
    elif isinstance(event, NetworkEvent) and isinstance(actor, Actor):
        db.session.add(_of_network(event.network_id, event, facts, actor, at))
    publish(event, actor=actor, now=at)


def _of_network(
    network_id: uuid.UUID,
    event: Event,
    facts: dict[str, Any],
    actor: Actor | NetworkActor,
    at: dt.datetime,
) -> NetworkJournalEntry:
    hidden = event.kept_to_itself if isinstance(event, NetworkEvent) else ()
    return NetworkJournalEntry(
        network_id=network_id,
        by_tenant_id=actor.tenant_id if isinstance(actor, Actor) else None,
        kind=type(event).__name__,
        subject_id=event.subject_id,
        person_id=actor.person_id,
        actor_name=actor.name,
        facts={name: value for name, value in facts.items() if name not in hidden},
        at=at,
    )


def _plain(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return value.value
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return str(value)


def list_history(
    actor: Actor, subject_ids: Sequence[uuid.UUID], *, limit: int = 200
) -> Sequence[JournalEntry]:
    """Return what was done to these things, newest first."""
    return db.session.scalars(
        sa.select(JournalEntry)
        .where(JournalEntry.tenant_id == actor.tenant_id, JournalEntry.subject_id.in_(subject_ids))
        .order_by(JournalEntry.at.desc(), JournalEntry.id.desc())
        .limit(limit)
    ).all()


def last_entry(actor: Actor, subject_id: uuid.UUID, kind: type[Event]) -> JournalEntry | None:
    """Return the newest record of one kind about a thing, if there is one."""
    return db.session.scalar(
        sa.select(JournalEntry)
        .where(
            JournalEntry.tenant_id == actor.tenant_id,
            JournalEntry.subject_id == subject_id,
            JournalEntry.kind == kind.__name__,
        )
        .order_by(JournalEntry.id.desc())
        .limit(1)
    )


def list_recent(
    actor: Actor, *, kinds: Sequence[str] = (), limit: int = 50, offset: int = 0
) -> Sequence[JournalEntry]:
    """Return the town's journal, newest first, of some kinds or of all."""
    query = sa.select(JournalEntry).where(JournalEntry.tenant_id == actor.tenant_id)
    if kinds:
        query = query.where(JournalEntry.kind.in_(kinds))
    return db.session.scalars(
        query.order_by(JournalEntry.at.desc(), JournalEntry.id.desc()).limit(limit).offset(offset)
    ).all()
