"""Create what every town keeps: its journal, the mail it sent, the files handed in."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003_records"
down_revision = "0002_tenancy"

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


def upgrade() -> None:
    op.create_table(
        "journal",
        *town_key(),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid),
        sa.Column("actor_name", sa.Text, nullable=False),
        sa.Column("facts", postgresql.JSONB, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        schema="core",
    )
    op.create_index(
        "ix_journal_tenant_id_subject_id_id",
        "journal",
        ["tenant_id", "subject_id", "id"],
        schema="core",
    )
    # Append-only by grant: what was done cannot be changed, not even by the application.
    close_to_others("core.journal", "SELECT, INSERT")

    op.create_table(
        "mails",
        *town_key(),
        sa.Column("subject_id", sa.Uuid),
        sa.Column("to", sa.Text, nullable=False),
        sa.Column("sender_name", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.func.now(),
        ),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("error", sa.Text),
        schema="core",
    )
    op.create_index(
        "ix_mails_tenant_id_subject_id", "mails", ["tenant_id", "subject_id"], schema="core"
    )
    close_to_others("core.mails", "SELECT, INSERT, UPDATE")

    op.create_table(
        "files",
        *town_key(),
        sa.Column("subject_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("given_by", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True)),
        schema="core",
    )
    op.create_index(
        "ix_files_tenant_id_subject_id", "files", ["tenant_id", "subject_id"], schema="core"
    )
    close_to_others("core.files", "SELECT, INSERT, UPDATE")


def downgrade() -> None:
    for table in ("files", "mails", "journal"):
        op.drop_table(table, schema="core")
