"""Create the projects."""

import sqlalchemy as sa
from alembic import op

revision = "0010_projects"
down_revision = "0009_reviews"

OWN_ROWS = "tenant_id = NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"


def close_to_others(table: str, grants: str) -> None:
    """Let a transaction see and write only the rows of the municipality in scope."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_rows ON {table} USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})")
    op.execute(f"GRANT {grants} ON {table} TO kyoso_app")


def text(name: str) -> sa.Column:
    """Return a column of words that is empty rather than NULL."""
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def yes_or_no(name: str) -> sa.Column:
    """Return a column that is false unless said otherwise."""
    return sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false())


def moment(name: str) -> sa.Column:
    """Return a column with a moment that may not have come yet."""
    return sa.Column(name, sa.DateTime(timezone=True))


def upgrade() -> None:
    op.create_table(
        "projects",
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        text("summary"),
        text("content"),
        text("proposer_name"),
        text("team"),
        sa.Column("stage", sa.String(40), nullable=False),
        yes_or_no("recruiting"),
        text("recruiting_text"),
        sa.Column("proposal_id", sa.Uuid),
        sa.Column("department_id", sa.Uuid),
        sa.Column("decided_on", sa.Date),
        yes_or_no("adopted_with_conditions"),
        moment("published_at"),
        moment("unpublished_at"),
        sa.Column("unpublished_reason", sa.Text),
        moment("edited_at"),
        sa.Column(
            "changed_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
        ),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
        ),
        text("search_key"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "proposal_id"],
            ["municipal.proposals.tenant_id", "municipal.proposals.id"],
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "department_id"],
            ["tenancy.departments.tenant_id", "tenancy.departments.id"],
        ),
        sa.UniqueConstraint("tenant_id", "number"),
        sa.UniqueConstraint("tenant_id", "proposal_id"),
        sa.CheckConstraint("number > 0", name="number_counts_from_one"),
        sa.CheckConstraint(
            "(unpublished_at IS NULL) = (unpublished_reason IS NULL)", name="reason_if_unpublished"
        ),
        sa.CheckConstraint(
            "unpublished_at IS NULL OR published_at IS NOT NULL", name="published_before_taken_off"
        ),
        sa.CheckConstraint(
            "NOT recruiting OR stage NOT IN ('concluded', 'cancelled')",
            name="ended_recruits_nobody",
        ),
        schema="municipal",
    )
    close_to_others("municipal.projects", "SELECT, INSERT, UPDATE")


def downgrade() -> None:
    op.drop_table("projects", schema="municipal")
