"""Create what a town says about taking proposals in: policies, windows, pauses, guidelines."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007_intake"
down_revision = "0006_needs"

OWN_ROWS = "tenant_id = NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"
TABLES = ("intake_policies", "intake_windows", "intake_pauses", "guidelines")


def close_to_others(table: str) -> None:
    """Let a transaction see and write only the rows of the municipality in scope."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_rows ON {table} USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO kyoso_app")


def town_key() -> tuple[sa.Column, sa.Column]:
    """Return the two columns of every town's primary key."""
    return (
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
    )


def created_at() -> sa.Column:
    """Return the column that says when the row came to be."""
    return sa.Column(
        "created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
    )


def upgrade() -> None:
    op.create_table(
        "intake_policies",
        *town_key(),
        sa.Column("effective_on", sa.Date, nullable=False),
        sa.Column("stance", sa.String(40), nullable=False),
        sa.Column("answer_within_days", sa.Integer, nullable=False),
        sa.Column("reviewers_needed", sa.Integer, nullable=False),
        sa.Column("proposer_kinds", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("merit_asked_for", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("criteria", postgresql.JSONB, nullable=False),
        sa.Column("decline_grounds", postgresql.JSONB, nullable=False),
        sa.Column("window_kind", sa.String(40), nullable=False),
        sa.Column("month_opens_day", sa.Integer),
        sa.Column("month_closes_day", sa.Integer),
        sa.Column("source_note", sa.Text, nullable=False),
        created_at(),
        sa.UniqueConstraint("tenant_id", "effective_on"),
        sa.CheckConstraint("answer_within_days > 0", name="answer_takes_a_day"),
        sa.CheckConstraint("reviewers_needed > 0", name="somebody_reviews"),
        schema="municipal",
    )
    op.create_table(
        "intake_windows",
        *town_key(),
        sa.Column("opens_on", sa.Date, nullable=False),
        sa.Column("closes_on", sa.Date),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("declared", sa.Boolean, nullable=False),
        sa.Column("added_by", sa.Text, nullable=False),
        created_at(),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_by", sa.Text),
        sa.CheckConstraint("closes_on >= opens_on", name="closes_after_it_opens"),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by_if_ended"),
        schema="municipal",
    )
    op.create_index(
        "ix_intake_windows_tenant_id_opens_on",
        "intake_windows",
        ["tenant_id", "opens_on"],
        schema="municipal",
    )
    op.create_table(
        "intake_pauses",
        *town_key(),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("paused_by", sa.Text, nullable=False),
        created_at(),
        sa.Column("lifted_at", sa.DateTime(timezone=True)),
        sa.Column("lifted_by", sa.Text),
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
        sa.CheckConstraint("(lifted_at IS NULL) = (lifted_by IS NULL)", name="lifted_by_if_lifted"),
        schema="municipal",
    )
    op.create_index(
        "ix_intake_pauses_tenant_id_starts_on",
        "intake_pauses",
        ["tenant_id", "starts_on"],
        schema="municipal",
    )
    op.create_table(
        "guidelines",
        *town_key(),
        sa.Column("effective_on", sa.Date, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("title_en", sa.Text),
        sa.Column("body_en", sa.Text),
        created_at(),
        sa.UniqueConstraint("tenant_id", "effective_on"),
        schema="municipal",
    )
    for table in TABLES:
        close_to_others(f"municipal.{table}")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table, schema="municipal")
