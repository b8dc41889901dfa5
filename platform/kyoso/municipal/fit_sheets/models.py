"""What the database keeps of a fit sheet, and what it will not let us get wrong."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from kyoso.core.db import CreatedAt, Id, Json, Model, TenantOwned, own_fk
from kyoso.municipal.fit_sheets.rules import ItemState, Side


class FitSheet(TenantOwned, Model):
    """What town and proposer have to bring together (すり合わせシート), of one proposal or project."""

    __tablename__ = "fit_sheets"
    __table_args__ = (
        own_fk("proposal_id", "municipal.proposals"),
        # By name only: projects stand above this feature.
        own_fk("project_id", "municipal.projects"),
        sa.UniqueConstraint("tenant_id", "proposal_id"),
        sa.UniqueConstraint("tenant_id", "project_id"),
        sa.CheckConstraint("num_nonnulls(proposal_id, project_id) = 1", name="of_one_thing"),
        sa.CheckConstraint("version > 0", name="version_counts_from_one"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    #: The proposal, also once it has become a project.
    proposal_id: Mapped[uuid.UUID | None]
    #: A department's own project that comes from no proposal.
    project_id: Mapped[uuid.UUID | None]
    #: One more with each change: a form says which one it was filled in on.
    version: Mapped[int]
    alignment: Mapped[str] = mapped_column(server_default="")
    mission: Mapped[str] = mapped_column(server_default="")
    win_town: Mapped[str] = mapped_column(server_default="")
    win_proposer: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[CreatedAt]
    saved_at: Mapped[dt.datetime]
    #: When each side was last written to about changes, and whether there are new ones since.
    town_told_at: Mapped[dt.datetime | None]
    town_untold: Mapped[bool] = mapped_column(server_default=sa.false())
    proposer_told_at: Mapped[dt.datetime | None]
    proposer_untold: Mapped[bool] = mapped_column(server_default=sa.false())

    @property
    def parent_id(self) -> uuid.UUID | None:
        """What the holder of a private link must hold to write here: see core.access."""
        return self.proposal_id

    @property
    def subject_id(self) -> uuid.UUID:
        """The proposal or project in whose history the sheet's events stand."""
        found = self.proposal_id or self.project_id
        assert found is not None  # the check of_one_thing
        return found


class FitItem(TenantOwned, Model):
    """One line of a sheet: what the town wants, what the proposer wants, what each can do."""

    __tablename__ = "fit_sheet_items"
    __table_args__ = (
        own_fk("sheet_id", "municipal.fit_sheets"),
        sa.CheckConstraint(
            "(state = 'agreed') = (town_agreed_at IS NOT NULL AND proposer_agreed_at IS NOT NULL)",
            name="agreed_by_both",
        ),
        sa.CheckConstraint("state <> 'agreed' OR agreement <> ''", name="agreed_to_something"),
        sa.CheckConstraint("(state = 'out_of_scope') = (out_reason <> '')", name="reason_if_out"),
        sa.CheckConstraint("(state = 'open') = (closed_on IS NULL)", name="closed_on_if_closed"),
        sa.CheckConstraint(
            "(town_agreed_at IS NULL) = (town_agreed_by = '')"
            " AND (proposer_agreed_at IS NULL) = (proposer_agreed_by = '')",
            name="mark_has_name_and_time",
        ),
        sa.CheckConstraint("topic <> ''", name="has_topic"),
        sa.Index(None, "tenant_id", "sheet_id", "position"),
        {"schema": "municipal"},
    )

    #: Given by the form that adds it, so that a form sent twice adds one.
    id: Mapped[Id]
    sheet_id: Mapped[uuid.UUID]
    position: Mapped[int]
    topic: Mapped[str]
    wanted: Mapped[str] = mapped_column(server_default="")
    wish: Mapped[str] = mapped_column(server_default="")
    proposer_can: Mapped[str] = mapped_column(server_default="")
    town_can: Mapped[str] = mapped_column(server_default="")
    #: What both sides agree to, in words.
    agreement: Mapped[str] = mapped_column(server_default="")
    #: Who brings the item to an end, and by when.
    owner_side: Mapped[Side | None]
    owner_name: Mapped[str] = mapped_column(server_default="")
    due_on: Mapped[dt.date | None]
    state: Mapped[ItemState]
    closed_on: Mapped[dt.date | None]
    town_agreed_by: Mapped[str] = mapped_column(server_default="")
    town_agreed_at: Mapped[dt.datetime | None]
    proposer_agreed_by: Mapped[str] = mapped_column(server_default="")
    proposer_agreed_at: Mapped[dt.datetime | None]
    #: Why it is out of scope; the proposer reads it.
    out_reason: Mapped[str] = mapped_column(server_default="")
    #: The proposer's wish for another state, with their reason.
    proposed_state: Mapped[ItemState | None]
    proposed_reason: Mapped[str] = mapped_column(server_default="")


class FitSheetAim(TenantOwned, Model):
    """A vision, strategy or tactic of the town that the sheet's undertaking serves."""

    __tablename__ = "fit_sheet_aims"
    __table_args__ = (
        own_fk("sheet_id", "municipal.fit_sheets"),
        own_fk("vision_id", "municipal.visions"),
        own_fk("strategy_id", "municipal.strategies"),
        own_fk("tactic_id", "municipal.tactics"),
        sa.CheckConstraint(
            "num_nonnulls(vision_id, strategy_id, tactic_id) = 1", name="aims_at_one_thing"
        ),
        sa.Index(None, "tenant_id", "sheet_id"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    sheet_id: Mapped[uuid.UUID]
    vision_id: Mapped[uuid.UUID | None]
    strategy_id: Mapped[uuid.UUID | None]
    tactic_id: Mapped[uuid.UUID | None]
    #: As the town called it when it was chosen.
    label: Mapped[str]
    #: When the town no longer chose it; None while it counts.
    dropped_at: Mapped[dt.datetime | None]

    @property
    def aim_id(self) -> uuid.UUID:
        """What it points at."""
        found = self.vision_id or self.strategy_id or self.tactic_id
        assert found is not None  # the check aims_at_one_thing
        return found


class FitSheetVersion(TenantOwned, Model):
    """The whole sheet as it was after one change; never overwritten."""

    __tablename__ = "fit_sheet_versions"
    __table_args__ = (
        own_fk("sheet_id", "municipal.fit_sheets"),
        sa.UniqueConstraint("tenant_id", "sheet_id", "number"),
        {"schema": "municipal"},
    )

    id: Mapped[Id]
    sheet_id: Mapped[uuid.UUID]
    number: Mapped[int]
    snapshot: Mapped[Json]
    side: Mapped[Side]
    saved_by: Mapped[str]
    saved_at: Mapped[dt.datetime]
