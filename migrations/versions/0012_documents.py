"""Create the documents that a town issues, and the wording of each kind."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012_documents"
down_revision = "0011_notices"

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
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
    )


def upgrade() -> None:
    op.create_table(
        "documents",
        *town_key(),
        sa.Column("subject_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("locale", sa.Text, nullable=False, server_default="ja"),
        sa.Column("fiscal_year", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False, server_default=""),
        sa.Column("template_version", sa.Integer, nullable=False),
        sa.Column("values", postgresql.JSONB, nullable=False),
        sa.Column("file_id", sa.Uuid, nullable=False),
        sa.Column("issued_by", sa.Text, nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True)),
        sa.Column("voided_reason", sa.Text),
        sa.ForeignKeyConstraint(
            ["tenant_id", "file_id"], ["core.files.tenant_id", "core.files.id"]
        ),
        sa.UniqueConstraint("tenant_id", "fiscal_year", "number"),
        sa.CheckConstraint("number > 0", name="number_positive"),
        sa.CheckConstraint("(voided_at IS NULL) = (voided_reason IS NULL)", name="reason_if_void"),
        schema="municipal",
    )
    op.create_index(
        "ix_documents_tenant_id_subject_id_id",
        "documents",
        ["tenant_id", "subject_id", "id"],
        schema="municipal",
    )
    op.create_index(
        "ix_documents_tenant_id_issued_at",
        "documents",
        ["tenant_id", "issued_at"],
        schema="municipal",
    )
    close_to_others("municipal.documents", "SELECT, INSERT")
    # Kept as sent: only that it lost its force can be added.
    op.execute("GRANT UPDATE (voided_at, voided_reason) ON municipal.documents TO kyoso_app")

    op.create_table(
        "document_templates",
        *town_key(),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("is_reset", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("edited_by", sa.Text, nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("tenant_id", "kind", "locale", "version"),
        sa.CheckConstraint("version > 0", name="version_positive"),
        schema="municipal",
    )
    close_to_others("municipal.document_templates", "SELECT, INSERT")


def downgrade() -> None:
    op.drop_table("document_templates", schema="municipal")
    op.drop_table("documents", schema="municipal")
