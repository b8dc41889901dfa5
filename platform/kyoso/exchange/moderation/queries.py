"""Every read of moderation, and what the features above say of their items."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from kyoso.core.access import Actor, NetworkActor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.exchange.finding import Kind
from kyoso.exchange.moderation.models import (
    Hiding as Hiding,
)
from kyoso.exchange.moderation.models import (
    ItemReport as ItemReport,
)
from kyoso.exchange.moderation.rules import ReportStatus

#: What of an item a report keeps, so that the coordinator can judge it.
EXCERPT = 4000


@dataclass(frozen=True, slots=True)
class Item:
    """Something published, as whoever asks may see it."""

    kind: Kind
    id: uuid.UUID
    title: str
    text: str
    #: Those of our networks in which it can be seen; for its own town, where it is published.
    network_ids: tuple[uuid.UUID, ...]
    #: Whether it is our own town's.
    ours: bool
    #: Where its page is.
    url: str


Describer = Callable[[Actor, uuid.UUID], Item]

_describers: dict[Kind, Describer] = {}


def describes(kind: Kind) -> Callable[[Describer], Describer]:
    """Ask the function below what an item of this kind is; NotFound for who may not see it."""

    def register(describer: Describer) -> Describer:
        _describers[kind] = describer
        return describer

    return register


def get_item(actor: Actor, kind: Kind | None, item_id: uuid.UUID) -> Item:
    """Return an item as the town sees it, or NotFound."""
    if kind not in _describers:
        raise NotFound
    return _describers[kind](actor, item_id)


def list_own_reports(actor: Actor, limit: int = 100) -> Sequence[ItemReport]:
    """Return what the town reported, newest first."""
    return db.session.scalars(
        sa.select(ItemReport)
        .where(ItemReport.tenant_id == actor.tenant_id)
        .order_by(ItemReport.id.desc())
        .limit(limit)
    ).all()


def find_own_report(actor: Actor, report_id: uuid.UUID) -> ItemReport | None:
    """Return a report that a form made already, if it did."""
    return db.session.scalar(
        sa.select(ItemReport).where(
            ItemReport.tenant_id == actor.tenant_id, ItemReport.id == report_id
        )
    )


def list_reports(actor: NetworkActor, limit: int = 200) -> Sequence[ItemReport]:
    """Return the reports in a coordinator's network: those that wait first, then the newest."""
    return db.session.scalars(
        sa.select(ItemReport)
        .where(ItemReport.network_id == actor.network_id)
        .order_by(ItemReport.status != ReportStatus.OPEN, ItemReport.id.desc())
        .limit(limit)
    ).all()


def list_open_reports_of(actor: NetworkActor, report: ItemReport) -> Sequence[ItemReport]:
    """Return what waits about the same item in a coordinator's network, the rows held."""
    return db.session.scalars(
        sa.select(ItemReport)
        .where(
            ItemReport.network_id == actor.network_id,
            ItemReport.kind == report.kind,
            ItemReport.item_id == report.item_id,
            ItemReport.status == ReportStatus.OPEN,
        )
        .order_by(ItemReport.id)
        .with_for_update()
    ).all()


def count_open_reports(actor: NetworkActor) -> int:
    """Return how many reports wait for the coordinators of a network."""
    return db.session.scalars(
        sa.select(sa.func.count()).where(
            ItemReport.network_id == actor.network_id, ItemReport.status == ReportStatus.OPEN
        )
    ).one()


def get_report(actor: NetworkActor, report_id: uuid.UUID, *, lock: bool = False) -> ItemReport:
    """Return a report in a coordinator's network, or NotFound."""
    query = sa.select(ItemReport).where(
        ItemReport.network_id == actor.network_id, ItemReport.id == report_id
    )
    report = db.session.scalar(query.with_for_update() if lock else query)
    if report is None:
        raise NotFound
    return report


def list_hidings(actor: NetworkActor, limit: int = 200) -> Sequence[Hiding]:
    """Return what the coordinators of a network hid, newest first."""
    return db.session.scalars(
        sa.select(Hiding)
        .where(Hiding.network_id == actor.network_id, Hiding.by_coordinator)
        .order_by(Hiding.id.desc())
        .limit(limit)
    ).all()


def list_own_hidings(kind: Kind, item_ids: Sequence[uuid.UUID]) -> Sequence[Hiding]:
    """Return what is hidden now of these items of the town in scope; the policies say whose."""
    return db.session.scalars(
        sa.select(Hiding)
        .where(Hiding.kind == kind, Hiding.item_id.in_(item_ids), Hiding.lifted_at.is_(None))
        .order_by(Hiding.id)
    ).all()


def list_hidden_of_town(limit: int = 100) -> Sequence[Hiding]:
    """Return all that is or was hidden of the town in scope, newest first."""
    return db.session.scalars(sa.select(Hiding).order_by(Hiding.id.desc()).limit(limit)).all()


def find_hiding(hiding_id: uuid.UUID) -> Hiding | None:
    """Return a hiding that the scope may see: of its town, or in its network."""
    return db.session.scalar(sa.select(Hiding).where(Hiding.id == hiding_id))


def get_hiding(hiding_id: uuid.UUID) -> Hiding:
    """Return a hiding that the scope may see, or NotFound."""
    hiding = find_hiding(hiding_id)
    if hiding is None:
        raise NotFound
    return hiding
