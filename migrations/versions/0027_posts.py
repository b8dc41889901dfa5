"""Create posts: who stands where in a unit, and when."""

import sqlalchemy as sa
from alembic import op

revision = "0027_posts"
down_revision = "0026_check_ins"

OWN_ROWS = "tenant_id = NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"


def own_fk(column: str, table: str) -> sa.ForeignKeyConstraint:
    """Return the key to another row of the same town."""
    return sa.ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"])


def upgrade() -> None:
    op.create_table(
        "posts",
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("department_id", sa.Uuid, nullable=False),
        sa.Column("line", sa.String(40), nullable=False),
        sa.Column("position", sa.Integer),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("membership_id", sa.Uuid),
        sa.Column("engagement_id", sa.Uuid),
        sa.Column("holder_name", sa.Text, nullable=False),
        sa.Column("concurrent", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("home_department_id", sa.Uuid),
        sa.Column("part_time", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("online", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date),
        sa.Column("note", sa.Text, nullable=False, server_default=""),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
        ),
        sa.Column("created_by", sa.Text, nullable=False),
        own_fk("department_id", "tenancy.departments"),
        own_fk("home_department_id", "tenancy.departments"),
        own_fk("membership_id", "identity.memberships"),
        own_fk("engagement_id", "municipal.engagements"),
        sa.CheckConstraint("title <> '' AND holder_name <> ''", name="title_and_holder_are_named"),
        sa.CheckConstraint("membership_id IS NULL OR engagement_id IS NULL", name="one_holder"),
        sa.CheckConstraint(
            "home_department_id IS NULL OR (concurrent AND home_department_id <> department_id)",
            name="home_if_concurrent",
        ),
        sa.CheckConstraint("position BETWEEN 1 AND 999", name="position_is_small"),
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
        schema="municipal",
    )
    op.create_index(
        "ix_posts_tenant_id_department_id",
        "posts",
        ["tenant_id", "department_id"],
        schema="municipal",
    )
    op.execute("ALTER TABLE municipal.posts ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE municipal.posts FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY own_rows ON municipal.posts USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON municipal.posts TO kyoso_app")


def downgrade() -> None:
    op.drop_table("posts", schema="municipal")
