"""Create the municipalities, their departments and their programme."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002_tenancy"
down_revision = "0001_core"

TENANT_IN_SCOPE = "NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"
OWN_ROWS = f"tenant_id = {TENANT_IN_SCOPE}"


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


def own_fk(column: str, table: str) -> sa.ForeignKeyConstraint:
    """Return the foreign key to another row of the same town."""
    return sa.ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"])


def upgrade() -> None:
    op.create_table(
        "tenants",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("name_kana", sa.Text, nullable=False),
        sa.Column("name_en", sa.Text),
        sa.Column("prefecture", sa.Text, nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("hosts", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("declaration", postgresql.JSONB, nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
        ),
        sa.Column("synced_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("code"),
        sa.UniqueConstraint("slug"),
        schema="tenancy",
    )
    # A public look-up: every row may be read, but written only in its own town's scope.
    op.execute("ALTER TABLE tenancy.tenants ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE tenancy.tenants FORCE ROW LEVEL SECURITY")
    own = f"id = {TENANT_IN_SCOPE}"
    op.execute("CREATE POLICY read_all ON tenancy.tenants FOR SELECT USING (true)")
    op.execute(f"CREATE POLICY add_own ON tenancy.tenants FOR INSERT WITH CHECK ({own})")
    op.execute(
        f"CREATE POLICY change_own ON tenancy.tenants FOR UPDATE USING ({own}) WITH CHECK ({own})"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON tenancy.tenants TO kyoso_app")

    op.create_table(
        "departments",
        *town_key(),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.UniqueConstraint("tenant_id", "slug"),
        schema="tenancy",
    )
    op.create_table(
        "department_periods",
        *town_key(),
        sa.Column("department_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("parent_id", sa.Uuid),
        sa.Column("starts_on", sa.Date),
        sa.Column("ends_on", sa.Date),
        sa.Column("time_limited", sa.Boolean, nullable=False),
        sa.Column("note", sa.Text),
        own_fk("department_id", "tenancy.departments"),
        own_fk("parent_id", "tenancy.departments"),
        sa.UniqueConstraint(
            "tenant_id", "department_id", "starts_on", postgresql_nulls_not_distinct=True
        ),
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
        schema="tenancy",
    )
    op.create_table(
        "programmes",
        *town_key(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("theme", sa.Text),
        sa.Column("since", sa.Date),
        sa.UniqueConstraint("tenant_id"),
        schema="tenancy",
    )
    op.create_table(
        "programme_owners",
        *town_key(),
        sa.Column("programme_id", sa.Uuid, nullable=False),
        sa.Column("department_id", sa.Uuid, nullable=False),
        sa.Column("starts_on", sa.Date),
        sa.Column("ends_on", sa.Date),
        own_fk("programme_id", "tenancy.programmes"),
        own_fk("department_id", "tenancy.departments"),
        sa.UniqueConstraint(
            "tenant_id", "programme_id", "starts_on", postgresql_nulls_not_distinct=True
        ),
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
        schema="tenancy",
    )
    for table in ("departments", "department_periods", "programmes", "programme_owners"):
        close_to_others(f"tenancy.{table}", "SELECT, INSERT, UPDATE")


def downgrade() -> None:
    for table in (
        "programme_owners",
        "programmes",
        "department_periods",
        "departments",
        "tenants",
    ):
        op.drop_table(table, schema="tenancy")
