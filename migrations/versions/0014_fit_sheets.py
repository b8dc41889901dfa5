"""Create the fit sheets with their items, aims and versions, closed to other towns."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014_fit_sheets"
down_revision = "0013_agreements"

OWN_ROWS = "tenant_id = NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"
MOMENT = sa.DateTime(timezone=True)


def close_to_others(table: str, grants: str) -> None:
    """Let a transaction see and write only the rows of the municipality in scope."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_rows ON {table} USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})")
    op.execute(f"GRANT {grants} ON {table} TO kyoso_app")


def town_key() -> tuple[sa.Column, sa.Column]:
    """Return the two columns of every town's primary key."""
    town = sa.ForeignKey("tenancy.tenants.id")
    return (
        sa.Column("tenant_id", sa.Uuid, town, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
    )


def own_fk(column: str, table: str) -> sa.ForeignKeyConstraint:
    """Return a foreign key within the town."""
    return sa.ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"])


def words(name: str) -> sa.Column:
    """Return a column of text that is empty rather than NULL."""
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def yes_or_no(name: str) -> sa.Column:
    """Return a column that is false unless said otherwise."""
    return sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false())


def upgrade() -> None:
    op.create_table(
        "fit_sheets",
        *town_key(),
        sa.Column("proposal_id", sa.Uuid),
        sa.Column("project_id", sa.Uuid),
        sa.Column("version", sa.Integer, nullable=False),
        words("alignment"),
        words("mission"),
        words("win_town"),
        words("win_proposer"),
        sa.Column("created_at", MOMENT, nullable=False, server_default=sa.func.now()),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.Column("town_told_at", MOMENT),
        yes_or_no("town_untold"),
        sa.Column("proposer_told_at", MOMENT),
        yes_or_no("proposer_untold"),
        own_fk("proposal_id", "municipal.proposals"),
        own_fk("project_id", "municipal.projects"),
        sa.UniqueConstraint("tenant_id", "proposal_id"),
        sa.UniqueConstraint("tenant_id", "project_id"),
        sa.CheckConstraint("num_nonnulls(proposal_id, project_id) = 1", name="of_one_thing"),
        sa.CheckConstraint("version > 0", name="version_counts_from_one"),
        schema="municipal",
    )
    close_to_others("municipal.fit_sheets", "SELECT, INSERT, UPDATE")

    op.create_table(
        "fit_sheet_items",
        *town_key(),
        sa.Column("sheet_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        words("wanted"),
        words("wish"),
        words("proposer_can"),
        words("town_can"),
        words("agreement"),
        sa.Column("owner_side", sa.String(40)),
        words("owner_name"),
        sa.Column("due_on", sa.Date),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("closed_on", sa.Date),
        words("town_agreed_by"),
        sa.Column("town_agreed_at", MOMENT),
        words("proposer_agreed_by"),
        sa.Column("proposer_agreed_at", MOMENT),
        words("out_reason"),
        sa.Column("proposed_state", sa.String(40)),
        words("proposed_reason"),
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
        schema="municipal",
    )
    op.create_index(
        "ix_fit_sheet_items_tenant_id_sheet_id_position",
        "fit_sheet_items",
        ["tenant_id", "sheet_id", "position"],
        schema="municipal",
    )
    close_to_others("municipal.fit_sheet_items", "SELECT, INSERT, UPDATE")

    op.create_table(
        "fit_sheet_aims",
        *town_key(),
        sa.Column("sheet_id", sa.Uuid, nullable=False),
        sa.Column("vision_id", sa.Uuid),
        sa.Column("strategy_id", sa.Uuid),
        sa.Column("tactic_id", sa.Uuid),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("dropped_at", MOMENT),
        own_fk("sheet_id", "municipal.fit_sheets"),
        own_fk("vision_id", "municipal.visions"),
        own_fk("strategy_id", "municipal.strategies"),
        own_fk("tactic_id", "municipal.tactics"),
        sa.CheckConstraint(
            "num_nonnulls(vision_id, strategy_id, tactic_id) = 1", name="aims_at_one_thing"
        ),
        schema="municipal",
    )
    op.create_index(
        "ix_fit_sheet_aims_tenant_id_sheet_id",
        "fit_sheet_aims",
        ["tenant_id", "sheet_id"],
        schema="municipal",
    )
    close_to_others("municipal.fit_sheet_aims", "SELECT, INSERT, UPDATE")

    op.create_table(
        "fit_sheet_versions",
        *town_key(),
        sa.Column("sheet_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("snapshot", postgresql.JSONB, nullable=False),
        sa.Column("side", sa.String(40), nullable=False),
        sa.Column("saved_by", sa.Text, nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        own_fk("sheet_id", "municipal.fit_sheets"),
        sa.UniqueConstraint("tenant_id", "sheet_id", "number"),
        schema="municipal",
    )
    close_to_others("municipal.fit_sheet_versions", "SELECT, INSERT")


def downgrade() -> None:
    for table in ("fit_sheet_versions", "fit_sheet_aims", "fit_sheet_items", "fit_sheets"):
        op.drop_table(table, schema="municipal")
