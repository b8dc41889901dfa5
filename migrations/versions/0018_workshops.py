"""Create the town's workshops."""

import sqlalchemy as sa
from alembic import op

revision = "0018_workshops"
down_revision = "0017_gates"

OWN_ROWS = "tenant_id = NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"


def close_to_others(table: str) -> None:
    """Let a transaction see and write only the rows of the municipality in scope."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_rows ON {table} USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO kyoso_app")


def own_fk(column: str, table: str) -> sa.ForeignKeyConstraint:
    """Return a foreign key within the town."""
    return sa.ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"])


def upgrade() -> None:
    op.create_table(
        "workshops",
        # The town comes first in the key: a foreign key to this table is (tenant_id, id).
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("held_on", sa.Date, nullable=False),
        sa.Column("place", sa.Text, nullable=False, server_default=""),
        sa.Column("department_id", sa.Uuid, nullable=False),
        sa.Column("participants", sa.Integer, nullable=False),
        sa.Column("theme", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False, server_default=""),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
        ),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "(status = 'draft') = (published_at IS NULL)", name="published_at_unless_draft"
        ),
        sa.CheckConstraint(
            "(status = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn_at_if_withdrawn"
        ),
        sa.CheckConstraint("participants >= 0", name="participants_are_counted"),
        own_fk("department_id", "tenancy.departments"),
        schema="municipal",
    )
    op.create_index(
        "ix_workshops_tenant_id_held_on", "workshops", ["tenant_id", "held_on"], schema="municipal"
    )
    close_to_others("municipal.workshops")

    op.create_table(
        "workshop_ideas",
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("workshop_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("group_name", sa.Text, nullable=False, server_default=""),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("fate", sa.String(40), nullable=False),
        sa.Column("tactic_id", sa.Uuid),
        sa.Column("need_id", sa.Uuid),
        sa.Column("project_id", sa.Uuid),
        sa.Column("answer", sa.Text, nullable=False, server_default=""),
        sa.Column("settled_by", sa.Text, nullable=False, server_default=""),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        own_fk("workshop_id", "municipal.workshops"),
        own_fk("tactic_id", "municipal.tactics"),
        own_fk("need_id", "municipal.needs"),
        own_fk("project_id", "municipal.projects"),
        sa.UniqueConstraint("tenant_id", "workshop_id", "number"),
        sa.CheckConstraint(
            "(fate = 'tactic') = (tactic_id IS NOT NULL)"
            " AND (fate = 'need') = (need_id IS NOT NULL)"
            " AND (fate = 'project') = (project_id IS NOT NULL)",
            name="points_at_its_fate",
        ),
        sa.CheckConstraint("fate <> 'answered' OR answer <> ''", name="answer_if_answered"),
        schema="municipal",
    )
    close_to_others("municipal.workshop_ideas")


def downgrade() -> None:
    for table in ("workshop_ideas", "workshops"):
        op.drop_table(table, schema="municipal")
