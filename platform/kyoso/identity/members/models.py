"""What people are in a town, and who is invited. A person also sees their own, everywhere."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kyoso.core.access import Role
from kyoso.core.db import CreatedAt, Id, Model, TenantOwned, own_fk


class Membership(TenantOwned, Model):
    """What one person is in one town (担当者)."""

    __tablename__ = "memberships"
    __table_args__ = (
        sa.UniqueConstraint("tenant_id", "person_id"),
        sa.UniqueConstraint("tenant_id", "id", "person_id"),
        sa.Index(None, "person_id"),
        sa.CheckConstraint(
            "cardinality(roles) > 0 AND roles <@"
            " ARRAY['admin', 'secretariat', 'staff', 'auditor', 'talent']",
            name="roles_are_known",
        ),
        sa.CheckConstraint(
            "NOT ('auditor' = ANY (roles)) OR cardinality(roles) = 1", name="auditor_is_alone"
        ),
        {"schema": "identity"},
    )

    id: Mapped[Id]
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("identity.people.id"))
    #: Name and address as this town knows them; the person's own are theirs to change.
    name: Mapped[str]
    email: Mapped[str]
    roles: Mapped[list[str]]
    created_at: Mapped[CreatedAt]
    deactivated_at: Mapped[dt.datetime | None]

    departments: Mapped[list[MembershipDepartment]] = relationship(
        back_populates="membership", cascade="all, delete-orphan"
    )

    @property
    def role_labels(self) -> list[str]:
        """The words for what the person is."""
        return [Role(role).label for role in self.roles]

    @property
    def department_ids(self) -> list[uuid.UUID]:
        """The departments the person works for."""
        return [entry.department_id for entry in self.departments]


class MembershipDepartment(Model):
    """A department that a member works for."""

    __tablename__ = "membership_departments"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "membership_id", "person_id"],
            [
                "identity.memberships.tenant_id",
                "identity.memberships.id",
                "identity.memberships.person_id",
            ],
        ),
        own_fk("department_id", "tenancy.departments"),
        {"schema": "identity"},
    )

    tenant_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("tenancy.tenants.id"), primary_key=True
    )
    membership_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    department_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    #: Repeated from the membership, so that the policy needs no look into it.
    person_id: Mapped[uuid.UUID]

    membership: Mapped[Membership] = relationship(back_populates="departments")


class Invitation(TenantOwned, Model):
    """An offer by mail to become a member (招待)."""

    __tablename__ = "invitations"
    __table_args__ = (
        sa.Index(None, "tenant_id", "token_hash"),
        sa.Index(
            "uq_invitations_open",
            "tenant_id",
            "email",
            unique=True,
            postgresql_where=sa.text("accepted_at IS NULL AND revoked_at IS NULL"),
        ),
        sa.CheckConstraint("accepted_at IS NULL OR revoked_at IS NULL", name="one_end"),
        {"schema": "identity"},
    )

    id: Mapped[Id]
    email: Mapped[str]
    name: Mapped[str]
    roles: Mapped[list[str]]
    department_ids: Mapped[list[uuid.UUID]] = mapped_column(sa.ARRAY(sa.Uuid))
    locale: Mapped[str]
    token_hash: Mapped[bytes]
    #: Name of whoever invited, as they were called then.
    invited_by: Mapped[str]
    created_at: Mapped[CreatedAt]
    sent_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    accepted_at: Mapped[dt.datetime | None]
    revoked_at: Mapped[dt.datetime | None]

    @property
    def role_labels(self) -> list[str]:
        """The words for what the person will be."""
        return [Role(role).label for role in self.roles]
