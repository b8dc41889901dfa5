"""The register of consents: the person's own rows. Whoever is named in one may read it."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.clock import today
from kyoso.core.db import Id, Model
from kyoso.identity.consents import rules
from kyoso.identity.consents.rules import ConsentState, Purpose


class Consent(Model):
    """One consent (同意). What was agreed to never changes: only its end can be added."""

    __tablename__ = "consents"
    __table_args__ = (
        # One for each purpose and recipient: a newer one takes the place of the older.
        sa.Index(
            "uq_consents_running",
            "person_id",
            "purpose",
            "town_id",
            "network_id",
            unique=True,
            postgresql_where=sa.text("withdrawn_at IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
        sa.Index(None, "town_id", "person_id"),
        sa.CheckConstraint("num_nonnulls(town_id, network_id) = 1", name="one_recipient"),
        sa.CheckConstraint("cardinality(fields) > 0", name="covers_something"),
        sa.CheckConstraint(
            "replaced_by IS NULL OR withdrawn_at IS NOT NULL", name="replaced_is_ended"
        ),
        {"schema": "identity"},
    )

    person_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("identity.people.id"), primary_key=True, sort_order=-10
    )
    id: Mapped[Id]
    purpose: Mapped[Purpose]
    #: Not tenant_id: the row is the person's, and names a town or a network.
    town_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("tenancy.tenants.id"))
    network_id: Mapped[uuid.UUID | None]
    #: The town or network, as it was called then.
    recipient: Mapped[str]
    #: The parts of the profile: keys of rules.FIELDS.
    fields: Mapped[list[str]]
    #: The last day.
    until: Mapped[dt.date]
    wording_version: Mapped[str]
    #: The words exactly as they were shown.
    wording: Mapped[str]
    given_at: Mapped[dt.datetime]
    withdrawn_at: Mapped[dt.datetime | None]
    #: The consent that took its place.
    replaced_by: Mapped[uuid.UUID | None]

    @property
    def state(self) -> ConsentState:
        """What it is worth today."""
        return rules.state_of(
            self.until,
            withdrawn=self.withdrawn_at is not None,
            replaced=self.replaced_by is not None,
            today=today(),
        )

    @property
    def field_labels(self) -> list[str]:
        """The words for the parts it covers."""
        return [str(rules.FIELDS[name]) for name in self.fields if name in rules.FIELDS]
