"""Every read of the monthly letter: what it says, and to whom a town still has to write."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from kyoso.core.access import Actor, NetworkActor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.journal import NetworkJournalEntry
from kyoso.core.metrics import Month
from kyoso.exchange.coordination.events import CoordinatorNamed
from kyoso.exchange.coordination.queries import list_coordinators
from kyoso.exchange.networks.queries import Network, list_towns
from kyoso.joint_metrics.letters import rules
from kyoso.joint_metrics.letters.models import Letter, LetterAddress, LetterSetting


def find_setting(network_id: uuid.UUID, *, lock: bool = False) -> LetterSetting | None:
    """Return what a network chose of its letter; `lock` holds the row."""
    query = sa.select(LetterSetting).where(LetterSetting.network_id == network_id)
    return db.session.scalar(query.with_for_update() if lock else query)


def list_addresses(actor: Actor, network_id: uuid.UUID) -> Sequence[LetterAddress]:
    """Return the offices of the town that get a network's letter, in their order."""
    return db.session.scalars(
        sa.select(LetterAddress)
        .where(
            LetterAddress.tenant_id == actor.tenant_id,
            LetterAddress.network_id == network_id,
            LetterAddress.removed_at.is_(None),
        )
        .order_by(LetterAddress.id)
    ).all()


def find_registered(actor: Actor, form_id: uuid.UUID) -> LetterAddress | None:
    """Return what a form registered already, if it was sent twice."""
    return db.session.scalar(
        sa.select(LetterAddress).where(
            LetterAddress.tenant_id == actor.tenant_id, LetterAddress.id == form_id
        )
    )


def get_address(actor: Actor, network_id: uuid.UUID, letter_address_id: uuid.UUID) -> LetterAddress:
    """Return an office of the town, its row held, or NotFound: another town's looks like none."""
    found = db.session.scalar(
        sa.select(LetterAddress)
        .where(
            LetterAddress.tenant_id == actor.tenant_id,
            LetterAddress.network_id == network_id,
            LetterAddress.id == letter_address_id,
            LetterAddress.removed_at.is_(None),
        )
        .with_for_update()
    )
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to whom a town still has to write a month's letter."""

    #: The id of an address or of a coordinator.
    id: uuid.UUID
    #: The office, or the coordinator's name.
    name: str
    email: str
    language: str
    is_coordinator: bool


def list_waiting(actor: Actor, network: Network, month: Month) -> list[Recipient]:
    """Return to whom the town has to write: its own offices, and coordinators for whom it does."""
    found = [
        Recipient(one.id, one.label, one.email, one.language, False)
        for one in list_addresses(actor, network.id)
    ]
    members = [town.tenant_id for town in list_towns(network.id) if town.in_force]
    coordinators = list_coordinators(network.id)
    named_by = _named_by(network.id, [one.id for one in coordinators])
    found += [
        Recipient(one.id, one.name, one.email, "ja", True)
        for one in coordinators
        if rules.sender_of(named_by.get(one.id), network.founded_by, members) == actor.tenant_id
    ]
    written = set(
        db.session.scalars(
            sa.select(Letter.recipient_id).where(
                Letter.network_id == network.id, Letter.month == month.first
            )
        )
    )
    return [one for one in found if one.id not in written]


def _named_by(
    network_id: uuid.UUID, coordinator_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, uuid.UUID]:
    """Return which town named each coordinator, as the network's journal says."""
    rows = db.session.execute(
        sa.select(NetworkJournalEntry.subject_id, NetworkJournalEntry.by_tenant_id).where(
            NetworkJournalEntry.network_id == network_id,
            NetworkJournalEntry.kind == CoordinatorNamed.__name__,
            NetworkJournalEntry.subject_id.in_(coordinator_ids),
        )
    )
    return {row.subject_id: row.by_tenant_id for row in rows}


def count_written(actor: NetworkActor, month: Month) -> int:
    """Return to how many a month's letter was written."""
    count = db.session.scalar(
        sa.select(sa.func.count()).where(
            Letter.network_id == actor.network_id, Letter.month == month.first
        )
    )
    return count or 0
