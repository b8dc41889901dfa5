"""Every read of municipalities, their departments and their programme."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa

from kyoso.core import clock
from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.tenancy.models import (
    Department,
    DepartmentPeriod,
    Programme,
    ProgrammeOwner,
    Tenant,
    TenantStatus,
)

#: How long a process may answer from what it last read of a municipality, in seconds.
_FRESH_FOR = 5.0


@dataclass(frozen=True, slots=True)
class TenantInfo:
    """A municipality as the edge, the mail and the templates know it."""

    id: uuid.UUID
    code: str
    slug: str
    name: str
    name_kana: str
    name_en: str | None
    prefecture: str
    status: TenantStatus
    declaration: dict[str, Any]

    @property
    def programme_name(self) -> str:
        """The name of the co-creation programme: ばんだい宝ラボ."""
        return str(self.declaration.get("programme", {}).get("name") or self.name)

    @property
    def sender_name(self) -> str:
        """The name that the town's mail comes from."""
        return str(self.declaration.get("mail", {}).get("sender_name") or self.name)

    @property
    def key_color(self) -> str:
        """The token of the town's colour, from the closed list in themes.py."""
        return str(self.declaration.get("theme", {}).get("key_color") or "blue-900")

    @property
    def logo(self) -> str | None:
        """The town's logo as a ``data:`` URL, if it has one."""
        logo: str | None = self.declaration.get("theme", {}).get("logo")
        return logo


_COLUMNS = (
    Tenant.id,
    Tenant.code,
    Tenant.slug,
    Tenant.name,
    Tenant.name_kana,
    Tenant.name_en,
    Tenant.prefecture,
    Tenant.status,
    Tenant.declaration,
)

_by_slug: dict[str, tuple[float, TenantInfo]] = {}


def tenant_by_slug(slug: str) -> TenantInfo:
    """Return the municipality of an address, or NotFound; a closed one looks like a missing one.

    Kept for a few seconds in each process, because every request begins here. Whose row that
    is: nobody's. The table is a public look-up, its key is the public part of the address, and
    nothing that a town keeps to itself is in it, so one visitor's entry may serve the next.
    Only what exists is kept: made-up slugs must not fill the memory.
    """
    kept = _by_slug.get(slug)
    if kept is not None and time.monotonic() - kept[0] < _FRESH_FOR:
        return kept[1]
    # On a connection of its own: the request's transaction must not begin before its scope.
    with db.engine.connect() as connection:
        row = connection.execute(
            sa.select(*_COLUMNS).where(Tenant.slug == slug, Tenant.status != TenantStatus.CLOSED)
        ).one_or_none()
    if row is None:
        _by_slug.pop(slug, None)
        raise NotFound
    info = TenantInfo(*row)
    _by_slug[slug] = (time.monotonic(), info)
    return info


def forget_tenants() -> None:
    """Read every municipality anew at the next request of this process."""
    _by_slug.clear()


def get_tenant(tenant_id: uuid.UUID) -> TenantInfo:
    """Return a municipality by its id, or NotFound."""
    row = db.session.execute(sa.select(*_COLUMNS).where(Tenant.id == tenant_id)).one_or_none()
    if row is None:
        raise NotFound
    return TenantInfo(*row)


def list_tenants() -> list[TenantInfo]:
    """Return the municipalities that take part, in the order of their codes."""
    query = sa.select(*_COLUMNS).where(Tenant.status == TenantStatus.ACTIVE).order_by(Tenant.code)
    return [TenantInfo(*row) for row in db.session.execute(query)]


def slug_of_host(host: str) -> str | None:
    """Return the place in addresses of the town that has this host name, if one has."""
    return db.session.scalar(
        sa.select(Tenant.slug).where(
            sa.literal(host) == sa.any_(Tenant.hosts), Tenant.status == TenantStatus.ACTIVE
        )
    )


def list_tenant_codes() -> dict[str, str]:
    """Return the name of every municipality ever synced, by its code."""
    query = sa.select(Tenant.code, Tenant.name).order_by(Tenant.code)
    return {row.code: row.name for row in db.session.execute(query)}


class Period(Protocol):
    """A table whose rows hold from a first to a last day, both included."""

    starts_on: Any
    ends_on: Any


def in_force(period: type[Period], on: dt.date) -> sa.ColumnElement[bool]:
    """Return the condition that a row holds on a day; an unknown end of a period is open."""
    return sa.and_(
        sa.or_(period.starts_on.is_(None), period.starts_on <= on),
        sa.or_(period.ends_on.is_(None), period.ends_on >= on),
    )


@dataclass(frozen=True, slots=True)
class DepartmentInfo:
    """A unit as it is called on some day."""

    id: uuid.UUID
    slug: str
    name: str
    parent_id: uuid.UUID | None
    starts_on: dt.date | None
    ends_on: dt.date | None
    time_limited: bool
    note: str | None

    def holds_on(self, day: dt.date) -> bool:
        """Tell whether the unit is called so on a day."""
        return (self.starts_on or day) <= day <= (self.ends_on or day)


def list_departments(actor: Actor, on: dt.date | None = None) -> list[DepartmentInfo]:
    """Return the units there are on a day (today), in the order of the organisation chart."""
    periods = _periods(actor).where(in_force(DepartmentPeriod, on or clock.today()))
    return list(_latest(db.session.execute(periods).all()).values())


def list_department_periods(actor: Actor, department_id: uuid.UUID) -> list[DepartmentInfo]:
    """Return everything a unit was called, latest first."""
    query = _periods(actor).where(Department.id == department_id)
    return [DepartmentInfo(*row) for row in db.session.execute(query)]


def department_names(actor: Actor, on: dt.date | None = None) -> dict[uuid.UUID, str]:
    """Return the name of every unit there ever was, in the order of the organisation chart.

    The name is the one of a day (today), or the latest of a unit that is no more: for lists and
    history.
    """
    day = on or clock.today()
    names: dict[uuid.UUID, str] = {}
    then: set[uuid.UUID] = set()
    for row in db.session.execute(_periods(actor)):
        info = DepartmentInfo(*row)
        names.setdefault(info.id, info.name)
        if info.id not in then and info.holds_on(day):
            names[info.id] = info.name
            then.add(info.id)
    return names


def department_ids(actor: Actor) -> dict[str, uuid.UUID]:
    """Return every unit's id by the slug that the files use."""
    query = sa.select(Department.slug, Department.id).where(Department.tenant_id == actor.tenant_id)
    return {row.slug: row.id for row in db.session.execute(query)}


def get_department(actor: Actor, department_id: uuid.UUID) -> DepartmentInfo:
    """Return a unit under its latest name, or NotFound, as for another town's."""
    periods = list_department_periods(actor, department_id)
    if not periods:
        raise NotFound
    return periods[0]


def programme_owner(actor: Actor, on: dt.date | None = None) -> DepartmentInfo | None:
    """Return the unit in charge of the programme on a day (today), under its name then."""
    day = on or clock.today()
    query = (
        _periods(actor)
        .join(
            ProgrammeOwner,
            sa.and_(
                ProgrammeOwner.tenant_id == Department.tenant_id,
                ProgrammeOwner.department_id == Department.id,
            ),
        )
        .where(in_force(ProgrammeOwner, day), in_force(DepartmentPeriod, day))
    )
    row = db.session.execute(query).first()
    return None if row is None else DepartmentInfo(*row)


@dataclass(frozen=True, slots=True)
class OwnerInfo:
    """Who was in charge of the programme, and when."""

    department_id: uuid.UUID
    starts_on: dt.date | None
    ends_on: dt.date | None


def list_programme_owners(actor: Actor) -> list[OwnerInfo]:
    """Return who was in charge of the programme, earliest first."""
    query = (
        sa.select(ProgrammeOwner.department_id, ProgrammeOwner.starts_on, ProgrammeOwner.ends_on)
        .where(ProgrammeOwner.tenant_id == actor.tenant_id)
        .order_by(ProgrammeOwner.starts_on.asc().nulls_first())
    )
    return [OwnerInfo(*row) for row in db.session.execute(query)]


def _periods(actor: Actor) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            Department.id,
            Department.slug,
            DepartmentPeriod.name,
            DepartmentPeriod.parent_id,
            DepartmentPeriod.starts_on,
            DepartmentPeriod.ends_on,
            DepartmentPeriod.time_limited,
            DepartmentPeriod.note,
        )
        .join(
            DepartmentPeriod,
            sa.and_(
                DepartmentPeriod.tenant_id == Department.tenant_id,
                DepartmentPeriod.department_id == Department.id,
            ),
        )
        .where(Department.tenant_id == actor.tenant_id)
        .order_by(
            Department.position, Department.slug, DepartmentPeriod.starts_on.desc().nulls_last()
        )
    )


def _latest(rows: Sequence[Any]) -> dict[uuid.UUID, DepartmentInfo]:
    """Keep the first row of each unit: the order puts the latest period first.

    Two may hold on one day after a file lost an entry that was never given an end.
    """
    latest: dict[uuid.UUID, DepartmentInfo] = {}
    for row in rows:
        latest.setdefault(row[0], DepartmentInfo(*row))
    return latest


# What the sync changes


def load_tenant(tenant_id: uuid.UUID) -> Tenant | None:
    """Return the municipality's row to change, or None if it was never synced."""
    return db.session.get(Tenant, tenant_id)


def load_departments(actor: Actor) -> dict[str, Department]:
    """Return the units to change, by slug."""
    query = sa.select(Department).where(Department.tenant_id == actor.tenant_id)
    return {row.slug: row for row in db.session.scalars(query)}


def load_department_periods(actor: Actor) -> Sequence[DepartmentPeriod]:
    """Return the units' periods to change, earliest first."""
    return db.session.scalars(
        sa.select(DepartmentPeriod)
        .where(DepartmentPeriod.tenant_id == actor.tenant_id)
        .order_by(DepartmentPeriod.starts_on.asc().nulls_first())
    ).all()


def load_programme(actor: Actor) -> Programme | None:
    """Return the programme to change."""
    return db.session.scalar(sa.select(Programme).where(Programme.tenant_id == actor.tenant_id))


def load_programme_owners(actor: Actor) -> Sequence[ProgrammeOwner]:
    """Return the programme's owners to change, earliest first."""
    return db.session.scalars(
        sa.select(ProgrammeOwner)
        .where(ProgrammeOwner.tenant_id == actor.tenant_id)
        .order_by(ProgrammeOwner.starts_on.asc().nulls_first())
    ).all()
