"""Create review assignments, reviews and decisions, closed to other towns."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009_reviews"
down_revision = "0008_proposals"

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
        "review_assignments",
        *town_key(),
        sa.Column("proposal_id", sa.Uuid, nullable=False),
        sa.Column("membership_id", sa.Uuid, nullable=False),
        words("reviewer_name", default=False),
        sa.Column("assigned_at", MOMENT, nullable=False),
        words("assigned_by", default=False),
        sa.Column("due_on", sa.Date),
        sa.Column("withdrawn_at", MOMENT),
        sa.Column("withdrawn_by", sa.Text),
        own_fk("proposal_id", "municipal.proposals"),
        own_fk("membership_id", "identity.memberships"),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn_by_if_withdrawn"
        ),
        schema="municipal",
    )
    op.create_index(
        "uq_review_assignments_open",
        "review_assignments",
        ["tenant_id", "proposal_id", "membership_id"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
        schema="municipal",
    )
    op.create_index(
        "ix_review_assignments_tenant_id_membership_id",
        "review_assignments",
        ["tenant_id", "membership_id"],
        schema="municipal",
    )
    close_to_others("municipal.review_assignments")

    op.create_table(
        "reviews",
        *town_key(),
        sa.Column("assignment_id", sa.Uuid, nullable=False),
        sa.Column("scores", postgresql.JSONB, nullable=False),
        words("note"),
        sa.Column("recommendation", sa.String(40), nullable=False),
        sa.Column("saved_at", MOMENT),
        sa.Column("submitted_at", MOMENT),
        sa.Column("declared_interest", sa.Boolean, nullable=False, server_default=sa.false()),
        words("interest_reason"),
        sa.Column("declared_at", MOMENT),
        own_fk("assignment_id", "municipal.review_assignments"),
        sa.UniqueConstraint("tenant_id", "assignment_id"),
        sa.CheckConstraint(
            "declared_interest = (declared_at IS NOT NULL)", name="declared_at_if_declared"
        ),
        sa.CheckConstraint(
            "NOT (declared_interest AND submitted_at IS NOT NULL)",
            name="interested_hand_in_nothing",
        ),
        sa.CheckConstraint(
            "NOT declared_interest OR interest_reason <> ''", name="interest_has_reason"
        ),
        schema="municipal",
    )
    close_to_others("municipal.reviews")

    op.create_table(
        "decisions",
        *town_key(),
        sa.Column("proposal_id", sa.Uuid, nullable=False),
        sa.Column("outcome", sa.String(40), nullable=False),
        words("grounds", default=False),
        words("conditions"),
        words("ground_key"),
        words("letter_subject", default=False),
        words("letter_body", default=False),
        words("public_summary"),
        words("incomplete_reason"),
        words("decided_by", default=False),
        sa.Column("decided_by_person_id", sa.Uuid),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.Column("announced_at", MOMENT),
        sa.Column("announced_by", sa.Text),
        sa.Column("undone_at", MOMENT),
        sa.Column("undone_by", sa.Text),
        sa.Column("undone_reason", sa.Text),
        own_fk("proposal_id", "municipal.proposals"),
        sa.CheckConstraint(
            "(undone_at IS NULL) = (undone_reason IS NULL)"
            " AND (undone_at IS NULL) = (undone_by IS NULL)",
            name="reason_if_undone",
        ),
        sa.CheckConstraint(
            "(announced_at IS NULL) = (announced_by IS NULL)", name="announced_by_if_announced"
        ),
        sa.CheckConstraint(
            "outcome <> 'adopted_with_conditions' OR conditions <> ''", name="conditions_if_any"
        ),
        sa.CheckConstraint("outcome <> 'declined' OR ground_key <> ''", name="ground_if_declined"),
        schema="municipal",
    )
    op.create_index(
        "uq_decisions_in_force",
        "decisions",
        ["tenant_id", "proposal_id"],
        unique=True,
        postgresql_where=sa.text("undone_at IS NULL"),
        schema="municipal",
    )
    op.create_index(
        "ix_decisions_tenant_id_proposal_id_id",
        "decisions",
        ["tenant_id", "proposal_id", "id"],
        schema="municipal",
    )
    close_to_others("municipal.decisions")


def downgrade() -> None:
    for table in ("decisions", "reviews", "review_assignments"):
        op.drop_table(table, schema="municipal")
