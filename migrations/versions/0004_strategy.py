"""Create the town's strategy: visions, strategies, tactics and whose they are."""

import sqlalchemy as sa
from alembic import op

revision = "0004_strategy"
down_revision = "0003_records"

OWN_ROWS = "tenant_id = NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"


def close_to_others(table: str, grants: str) -> None:
    """Let a transaction see and write only the rows of the municipality in scope."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_rows ON {table} USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})")
    op.execute(f"GRANT {grants} ON {table} TO kyoso_app")


def town_key() -> tuple[sa.Column, sa.Column]:
    """Return the two columns of every town's primary key."""
    return (
        sa.Column(
            "tenant_id",
            sa.Uuid,
            sa.ForeignKey("tenancy.tenants.id"),
            primary_key=True,
        ),
        sa.Column("id", sa.Uuid, primary_key=True),
    )


def own_fk(column: str, table: str) -> sa.ForeignKeyConstraint:
    """Return the foreign key to another row of the same town."""
    return sa.ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"])


def period() -> tuple[sa.Column, sa.Column, sa.CheckConstraint]:
    """Return the first and the last day, both included, both perhaps unknown."""
    return (
        sa.Column("starts_on", sa.Date),
        sa.Column("ends_on", sa.Date),
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
    )


def once_at_a_time(*columns: str) -> sa.UniqueConstraint:
    """Return the key of a thing's periods: one for each first day, the unknown one too."""
    return sa.UniqueConstraint(
        "tenant_id", *columns, "starts_on", postgresql_nulls_not_distinct=True
    )


def upgrade() -> None:
    op.create_table(
        "visions",
        *town_key(),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("reasons", sa.ARRAY(sa.Text), nullable=False),
        *period(),
        once_at_a_time("number"),
        schema="municipal",
    )
    op.create_table(
        "strategies",
        *town_key(),
        sa.Column("vision_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("target_talent", sa.ARRAY(sa.Text), nullable=False),
        *period(),
        own_fk("vision_id", "municipal.visions"),
        once_at_a_time("vision_id", "number"),
        schema="municipal",
    )
    op.create_table(
        "tactics",
        *town_key(),
        sa.Column("strategy_id", sa.Uuid, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("kind", sa.String(40)),
        sa.Column("target_value", sa.Numeric),
        sa.Column("target_unit", sa.Text),
        sa.Column("position", sa.Integer, nullable=False),
        *period(),
        own_fk("strategy_id", "municipal.strategies"),
        once_at_a_time("code"),
        sa.CheckConstraint(
            "(target_value IS NULL) = (target_unit IS NULL)", name="target_has_value_and_unit"
        ),
        schema="municipal",
    )
    op.create_index(
        "ix_tactics_tenant_id_strategy_id",
        "tactics",
        ["tenant_id", "strategy_id"],
        schema="municipal",
    )
    op.create_table(
        "tactic_departments",
        *town_key(),
        sa.Column("tactic_id", sa.Uuid, nullable=False),
        sa.Column("department_id", sa.Uuid, nullable=False),
        *period(),
        own_fk("tactic_id", "municipal.tactics"),
        own_fk("department_id", "tenancy.departments"),
        once_at_a_time("tactic_id", "department_id"),
        schema="municipal",
    )
    for table in ("visions", "strategies", "tactics", "tactic_departments"):
        close_to_others(f"municipal.{table}", "SELECT, INSERT, UPDATE")


def downgrade() -> None:
    for table in ("tactic_departments", "tactics", "strategies", "visions"):
        op.drop_table(table, schema="municipal")
