"""Create the agreements, their clauses, drafts, ties to projects, and reminders."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013_agreements"
down_revision = "0012_documents"

OWN_ROWS = "tenant_id = NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"


def close_to_others(table: str, grants: str) -> None:
    """Let a transaction see and write only the rows of the municipality in scope."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_rows ON {table} USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})")
    op.execute(f"GRANT {grants} ON {table} TO kyoso_app")


def town() -> sa.Column:
    """Return the column that says whose row it is."""
    return sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), primary_key=True)


def words(name: str) -> sa.Column:
    """Return a column of words that is always said."""
    return sa.Column(name, sa.Text, nullable=False)


def text(name: str) -> sa.Column:
    """Return a column of words that is empty rather than NULL."""
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def kind(name: str) -> sa.Column:
    """Return a column for one of an enum's words."""
    return sa.Column(name, sa.String(40), nullable=False)


def created_at() -> sa.Column:
    """Return the column that says when the row was made."""
    return sa.Column(
        "created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
    )


def own_key(column: str, table: str) -> sa.ForeignKeyConstraint:
    """Return a key to another row of the same town."""
    return sa.ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"])


def upgrade() -> None:
    op.create_table(
        "agreements",
        town(),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        kind("kind"),
        words("title"),
        sa.Column("parties", JSONB, nullable=False),
        sa.Column("fields", sa.ARRAY(sa.Text), nullable=False),
        kind("status"),
        sa.Column("signed_on", sa.Date),
        sa.Column("starts_on", sa.Date),
        sa.Column("ends_on", sa.Date),
        kind("renewal"),
        sa.Column("renewal_months", sa.Integer),
        sa.Column("notice_months", sa.Integer),
        sa.Column("department_id", sa.Uuid),
        words("contact"),
        sa.Column("ended_on", sa.Date),
        text("end_reason"),
        sa.Column("declared_key", sa.Text),
        sa.Column("edited_at", sa.DateTime(timezone=True)),
        created_at(),
        words("created_by"),
        words("search_key"),
        own_key("department_id", "tenancy.departments"),
        sa.UniqueConstraint("tenant_id", "number"),
        sa.UniqueConstraint("tenant_id", "declared_key"),
        sa.CheckConstraint("number > 0", name="number_counts_from_one"),
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
        sa.CheckConstraint(
            "(renewal = 'automatic') = (renewal_months IS NOT NULL)", name="months_if_renewed"
        ),
        sa.CheckConstraint(
            "renewal_months > 0 AND ends_on IS NOT NULL OR renewal_months IS NULL",
            name="renews_a_term",
        ),
        sa.CheckConstraint("notice_months >= 0", name="no_negative_notice"),
        sa.CheckConstraint("status <> 'draft' OR signed_on IS NULL", name="draft_is_not_signed"),
        sa.CheckConstraint(
            "(status IN ('ended', 'terminated')) = (ended_on IS NOT NULL)", name="ended_on_if_ended"
        ),
        sa.CheckConstraint(
            "status <> 'terminated' OR end_reason <> ''", name="reason_if_terminated"
        ),
        schema="municipal",
    )
    op.create_index(
        "ix_agreements_tenant_id_status", "agreements", ["tenant_id", "status"], schema="municipal"
    )
    close_to_others("municipal.agreements", "SELECT, INSERT, UPDATE")

    op.create_table(
        "agreement_clauses",
        town(),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("agreement_id", sa.Uuid, nullable=False),
        kind("clause"),
        sa.Column("position", sa.Integer, nullable=False),
        kind("state"),
        text("text"),
        text("reason"),
        own_key("agreement_id", "municipal.agreements"),
        sa.UniqueConstraint("tenant_id", "agreement_id", "clause"),
        sa.CheckConstraint("state <> 'not_needed' OR reason <> ''", name="reason_if_not_needed"),
        schema="municipal",
    )
    close_to_others("municipal.agreement_clauses", "SELECT, INSERT, UPDATE")

    op.create_table(
        "agreement_drafts",
        town(),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("agreement_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        words("content"),
        created_at(),
        words("created_by"),
        own_key("agreement_id", "municipal.agreements"),
        sa.UniqueConstraint("tenant_id", "agreement_id", "version"),
        sa.CheckConstraint("version > 0", name="version_counts_from_one"),
        schema="municipal",
    )
    # A version is never changed, and a reminder never taken back.
    close_to_others("municipal.agreement_drafts", "SELECT, INSERT")

    op.create_table(
        "agreement_projects",
        town(),
        sa.Column("agreement_id", sa.Uuid, primary_key=True),
        sa.Column("project_id", sa.Uuid, primary_key=True),
        own_key("agreement_id", "municipal.agreements"),
        own_key("project_id", "municipal.projects"),
        schema="municipal",
    )
    op.create_index(
        "ix_agreement_projects_tenant_id_project_id",
        "agreement_projects",
        ["tenant_id", "project_id"],
        schema="municipal",
    )
    close_to_others("municipal.agreement_projects", "SELECT, INSERT, DELETE")

    op.create_table(
        "agreement_reminders",
        town(),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("agreement_id", sa.Uuid, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("threshold", sa.Integer, nullable=False),
        created_at(),
        own_key("agreement_id", "municipal.agreements"),
        sa.UniqueConstraint("tenant_id", "agreement_id", "ends_on", "threshold"),
        schema="municipal",
    )
    close_to_others("municipal.agreement_reminders", "SELECT, INSERT")


def downgrade() -> None:
    for table in (
        "agreement_reminders",
        "agreement_projects",
        "agreement_drafts",
        "agreement_clauses",
        "agreements",
    ):
        op.drop_table(table, schema="municipal")
