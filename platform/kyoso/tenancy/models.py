"""The municipalities, their departments and their programme, each with its periods.

A period has its first and its last day, both included. No first day: since before our records.
No last day: still so.
"""

from __future__ import annotations

import datetime as dt
import enum
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import CreatedAt, Id, Json, Model, TenantOwned, own_fk
from kyoso.core.i18n import lazy_gettext as _l


class TenantStatus(enum.StrEnum):
    """Whether a municipality takes part; changed by the operator, never by its folder."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        """The word a user sees."""
        return str(_LABELS[self])


_LABELS = {
    TenantStatus.ACTIVE: _l("利用中"),
    TenantStatus.SUSPENDED: _l("停止中"),
    TenantStatus.CLOSED: _l("終了"),
}


class Tenant(Model):
    """A municipality, as its folder under tenants/ declares it.

    A shared look-up table: everybody may read every row, because a town's public pages are
    found by it; a row is written only in the scope of its own town.
    """

    __tablename__ = "tenants"
    __table_args__ = (
        sa.UniqueConstraint("code"),
        sa.UniqueConstraint("slug"),
        {"schema": "tenancy"},
    )

    #: Made from the code, the same in every installation: see codes.py.
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    code: Mapped[str]
    slug: Mapped[str]
    name: Mapped[str]
    name_kana: Mapped[str]
    name_en: Mapped[str | None]
    prefecture: Mapped[str]
    status: Mapped[TenantStatus] = mapped_column(default=TenantStatus.ACTIVE)
    hosts: Mapped[list[str]] = mapped_column(default=list)
    #: What is only shown, never joined: mail, contact, theme, faq, programme, figures, roles …
    declaration: Mapped[Json]
    created_at: Mapped[CreatedAt]
    synced_at: Mapped[dt.datetime | None]

    def __repr__(self) -> str:
        """Name the row."""
        return f"<Tenant {self.code} {self.slug}>"


class Department(TenantOwned, Model):
    """A unit (課・室) of the town; what it is called and where it stands is in its periods."""

    __tablename__ = "departments"
    __table_args__ = (
        sa.UniqueConstraint("tenant_id", "slug"),
        {"schema": "tenancy"},
    )

    id: Mapped[Id]
    #: The name that never changes, by which the files mean this unit.
    slug: Mapped[str]
    #: Its place in the organisation chart.
    position: Mapped[int]


class DepartmentPeriod(TenantOwned, Model):
    """A unit under one name and one parent, for a time; what ended stays."""

    __tablename__ = "department_periods"
    __table_args__ = (
        own_fk("department_id", "tenancy.departments"),
        own_fk("parent_id", "tenancy.departments"),
        sa.UniqueConstraint(
            "tenant_id", "department_id", "starts_on", postgresql_nulls_not_distinct=True
        ),
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
        {"schema": "tenancy"},
    )

    id: Mapped[Id]
    department_id: Mapped[uuid.UUID]
    name: Mapped[str]
    parent_id: Mapped[uuid.UUID | None]
    starts_on: Mapped[dt.date | None]
    ends_on: Mapped[dt.date | None]
    #: 時限組織: set up for a limited time, whether or not its end is known yet.
    time_limited: Mapped[bool]
    note: Mapped[str | None]


class Programme(TenantOwned, Model):
    """The town's co-creation programme (ばんだい宝ラボ); one for each town."""

    __tablename__ = "programmes"
    __table_args__ = (
        sa.UniqueConstraint("tenant_id"),
        {"schema": "tenancy"},
    )

    id: Mapped[Id]
    name: Mapped[str]
    theme: Mapped[str | None]
    since: Mapped[dt.date | None]


class ProgrammeOwner(TenantOwned, Model):
    """Which unit was in charge (所管) of the programme, and when."""

    __tablename__ = "programme_owners"
    __table_args__ = (
        own_fk("programme_id", "tenancy.programmes"),
        own_fk("department_id", "tenancy.departments"),
        sa.UniqueConstraint(
            "tenant_id", "programme_id", "starts_on", postgresql_nulls_not_distinct=True
        ),
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
        {"schema": "tenancy"},
    )

    id: Mapped[Id]
    programme_id: Mapped[uuid.UUID]
    department_id: Mapped[uuid.UUID]
    starts_on: Mapped[dt.date | None]
    ends_on: Mapped[dt.date | None]
