"""Create what a town's departments look for: needs."""

import sqlalchemy as sa
from alembic import op

revision = "0006_needs"
down_revision = "0005_identity"

OWN_ROWS = "tenant_id = NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"


def close_to_others(table: str) -> None:
    """Let a transaction see and write only the rows of the municipality in scope."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_rows ON {table} USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO kyoso_app")


def upgrade() -> None:
    op.create_table(
        "needs",
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("department_id", sa.Uuid, nullable=False),
        sa.Column("tactic_id", sa.Uuid),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("skills", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("hours_a_month", sa.Integer),
        sa.Column("budget_yen", sa.BigInteger),
        sa.Column("field_offered", sa.Text, nullable=False),
        sa.Column("opens_on", sa.Date),
        sa.Column("closes_on", sa.Date),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
        ),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True)),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("closing_note", sa.Text, nullable=False),
        sa.Column("search_key", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "department_id"],
            ["tenancy.departments.tenant_id", "tenancy.departments.id"],
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "tactic_id"], ["municipal.tactics.tenant_id", "municipal.tactics.id"]
        ),
        sa.UniqueConstraint("tenant_id", "number"),
        sa.CheckConstraint(
            "(status = 'draft') = (published_at IS NULL)", name="published_at_unless_draft"
        ),
        sa.CheckConstraint(
            "(status = 'closed') = (closed_at IS NOT NULL)", name="closed_at_if_closed"
        ),
        sa.CheckConstraint("closes_on >= opens_on", name="closes_after_it_opens"),
        sa.CheckConstraint("hours_a_month > 0", name="some_hours"),
        sa.CheckConstraint("budget_yen >= 0", name="no_negative_budget"),
        schema="municipal",
    )
    for column in ("status", "department_id"):
        op.create_index(
            f"ix_needs_tenant_id_{column}", "needs", ["tenant_id", column], schema="municipal"
        )
    close_to_others("municipal.needs")


def downgrade() -> None:
    op.drop_table("needs", schema="municipal")
