"""Create proposals with their revisions, private links and messages, closed to other towns."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008_proposals"
down_revision = "0007_intake"

OWN_ROWS = "tenant_id = NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"
MOMENT = sa.DateTime(timezone=True)


def close_to_others(table: str) -> None:
    """Let a transaction see and write only the rows of the municipality in scope."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_rows ON {table} USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO kyoso_app")


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


def words(name: str, *, default: bool = True) -> sa.Column:
    """Return a column of text that is never NULL."""
    return sa.Column(name, sa.Text, nullable=False, server_default="" if default else None)


def upgrade() -> None:
    op.create_table(
        "proposals",
        *town_key(),
        sa.Column("number", sa.Integer),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("need_id", sa.Uuid),
        sa.Column("policy_id", sa.Uuid),
        sa.Column("proposer_kind", sa.String(40), nullable=False),
        words("proposer_name", default=False),
        words("contact_name"),
        words("email", default=False),
        words("phone"),
        words("area"),
        words("public_name"),
        sa.Column("locale", sa.Text, nullable=False, server_default="ja"),
        words("title"),
        words("wish"),
        words("ability"),
        words("expectation"),
        words("merit_proposer"),
        words("merit_residents"),
        words("merit_town"),
        words("search_key"),
        sa.Column("revision", sa.Integer, nullable=False, server_default="0"),
        words("entered_by"),
        sa.Column("created_at", MOMENT, nullable=False, server_default=sa.func.now()),
        sa.Column("submitted_at", MOMENT),
        sa.Column("answer_by", sa.Date),
        sa.Column("moved_at", MOMENT, nullable=False),
        own_fk("need_id", "municipal.needs"),
        own_fk("policy_id", "municipal.intake_policies"),
        sa.UniqueConstraint("tenant_id", "number"),
        sa.CheckConstraint(
            "(number IS NOT NULL) = (submitted_at IS NOT NULL)", name="number_if_submitted"
        ),
        sa.CheckConstraint(
            "number IS NOT NULL OR status IN ('draft', 'withdrawn')", name="number_after_draft"
        ),
        schema="municipal",
    )
    op.create_index(
        "ix_proposals_tenant_id_status_submitted_at",
        "proposals",
        ["tenant_id", "status", "submitted_at"],
        schema="municipal",
    )
    op.create_index(
        "ix_proposals_tenant_id_submitted_at",
        "proposals",
        ["tenant_id", "submitted_at"],
        schema="municipal",
    )
    close_to_others("municipal.proposals")

    op.create_table(
        "proposal_revisions",
        *town_key(),
        sa.Column("proposal_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("content", postgresql.JSONB, nullable=False),
        sa.Column("submitted_at", MOMENT, nullable=False),
        own_fk("proposal_id", "municipal.proposals"),
        sa.UniqueConstraint("tenant_id", "proposal_id", "number"),
        schema="municipal",
    )
    close_to_others("municipal.proposal_revisions")

    op.create_table(
        "proposal_links",
        *town_key(),
        sa.Column("proposal_id", sa.Uuid, nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        own_fk("proposal_id", "municipal.proposals"),
        sa.UniqueConstraint("tenant_id", "token_hash"),
        schema="municipal",
    )
    op.create_index(
        "ix_proposal_links_tenant_id_proposal_id",
        "proposal_links",
        ["tenant_id", "proposal_id"],
        schema="municipal",
    )
    close_to_others("municipal.proposal_links")

    op.create_table(
        "proposal_messages",
        *town_key(),
        sa.Column("proposal_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("author_name", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT),
        own_fk("proposal_id", "municipal.proposals"),
        schema="municipal",
    )
    op.create_index(
        "ix_proposal_messages_tenant_id_proposal_id_id",
        "proposal_messages",
        ["tenant_id", "proposal_id", "id"],
        schema="municipal",
    )
    close_to_others("municipal.proposal_messages")


def downgrade() -> None:
    for table in ("proposal_messages", "proposal_links", "proposal_revisions", "proposals"):
        op.drop_table(table, schema="municipal")
