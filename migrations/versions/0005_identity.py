"""Create people and how they sign in, and what they are in each town."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005_identity"
down_revision = "0004_strategy"

OWN_ROWS = "tenant_id = NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"
ME = "NULLIF(current_setting('kyoso.person_id', true), '')::uuid"

AWARE = sa.DateTime(timezone=True)


def close(table: str, rows: str, grants: str) -> None:
    """Let a transaction see and write only the rows that `rows` describes."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_rows ON {table} USING ({rows}) WITH CHECK ({rows})")
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


def created_at() -> sa.Column:
    """Return the column that says when the row was made."""
    return sa.Column("created_at", AWARE, nullable=False, server_default=sa.func.now())


def person_id() -> sa.Column:
    """Return the column that says whose row it is."""
    return sa.Column("person_id", sa.Uuid, sa.ForeignKey("identity.people.id"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("name_kana", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text),
        sa.Column("locale", sa.Text, nullable=False),
        created_at(),
        sa.Column("deactivated_at", AWARE),
        sa.UniqueConstraint("email", name="uq_people_email"),
        sa.CheckConstraint("email = lower(email)", name="email_is_folded"),
        schema="identity",
    )
    close("identity.people", f"id = {ME}", "SELECT, INSERT, UPDATE")

    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid, primary_key=True),
        person_id(),
        sa.Column("secret_hash", sa.LargeBinary, nullable=False),
        created_at(),
        sa.Column("last_seen_at", AWARE, nullable=False),
        sa.Column("user_agent", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("ended_at", AWARE),
        schema="identity",
    )
    op.create_index("ix_sessions_person_id_id", "sessions", ["person_id", "id"], schema="identity")
    close("identity.sessions", f"person_id = {ME}", "SELECT, INSERT, UPDATE")

    op.create_table(
        "password_resets",
        sa.Column("id", sa.Uuid, primary_key=True),
        person_id(),
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        created_at(),
        sa.Column("expires_at", AWARE, nullable=False),
        sa.Column("used_at", AWARE),
        schema="identity",
    )
    op.create_index(
        "ix_password_resets_person_id_id",
        "password_resets",
        ["person_id", "id"],
        schema="identity",
    )
    close("identity.password_resets", f"person_id = {ME}", "SELECT, INSERT, UPDATE")

    op.create_table(
        "memberships",
        *town_key(),
        person_id(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text), nullable=False),
        created_at(),
        sa.Column("deactivated_at", AWARE),
        sa.UniqueConstraint("tenant_id", "person_id", name="uq_memberships_tenant_id_person_id"),
        sa.UniqueConstraint(
            "tenant_id", "id", "person_id", name="uq_memberships_tenant_id_id_person_id"
        ),
        sa.CheckConstraint(
            "cardinality(roles) > 0 AND roles <@"
            " ARRAY['admin', 'secretariat', 'staff', 'auditor', 'talent']",
            name="roles_are_known",
        ),
        sa.CheckConstraint(
            "NOT ('auditor' = ANY (roles)) OR cardinality(roles) = 1",
            name="auditor_is_alone",
        ),
        schema="identity",
    )
    op.create_index("ix_memberships_person_id", "memberships", ["person_id"], schema="identity")
    close("identity.memberships", OWN_ROWS, "SELECT, INSERT, UPDATE")

    # The person is repeated here so that the policy below needs no look into memberships: a
    # policy with a subquery cannot be made on a distributed table.
    op.create_table(
        "membership_departments",
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), primary_key=True),
        sa.Column("membership_id", sa.Uuid, primary_key=True),
        sa.Column("department_id", sa.Uuid, primary_key=True),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "membership_id", "person_id"],
            [
                "identity.memberships.tenant_id",
                "identity.memberships.id",
                "identity.memberships.person_id",
            ],
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "department_id"],
            ["tenancy.departments.tenant_id", "tenancy.departments.id"],
        ),
        schema="identity",
    )
    close("identity.membership_departments", OWN_ROWS, "SELECT, INSERT, DELETE")

    # A person sees what they are in every town, wherever they are: one account, several towns.
    for table in ("memberships", "membership_departments"):
        op.execute(
            f"CREATE POLICY own_memberships ON identity.{table} FOR SELECT USING (person_id = {ME})"
        )

    op.create_table(
        "invitations",
        *town_key(),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("department_ids", postgresql.ARRAY(sa.Uuid), nullable=False),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("invited_by", sa.Text, nullable=False),
        created_at(),
        sa.Column("sent_at", AWARE, nullable=False),
        sa.Column("expires_at", AWARE, nullable=False),
        sa.Column("accepted_at", AWARE),
        sa.Column("revoked_at", AWARE),
        sa.CheckConstraint("accepted_at IS NULL OR revoked_at IS NULL", name="one_end"),
        schema="identity",
    )
    op.create_index(
        "ix_invitations_tenant_id_token_hash",
        "invitations",
        ["tenant_id", "token_hash"],
        schema="identity",
    )
    op.create_index(
        "uq_invitations_open",
        "invitations",
        ["tenant_id", "email"],
        unique=True,
        postgresql_where=sa.text("accepted_at IS NULL AND revoked_at IS NULL"),
        schema="identity",
    )
    close("identity.invitations", OWN_ROWS, "SELECT, INSERT, UPDATE")

    # Who signs in is not known before the address has been looked up. Only these two functions
    # may look, as the owner, and they tell no more than sign-in needs. FORCE puts the owner
    # under the policies as well, so it gets one of its own; the application never has it.
    op.execute("CREATE POLICY look_up ON identity.people FOR SELECT TO CURRENT_USER USING (true)")
    op.execute(
        """
        CREATE FUNCTION identity.find_credentials(wanted text)
        RETURNS TABLE (person_id uuid, password_hash text, name text, deactivated boolean)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
        AS $$
            SELECT p.id, p.password_hash, p.name, p.deactivated_at IS NOT NULL
            FROM identity.people p WHERE p.email = lower(wanted)
        $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION identity.person_of_email(wanted text) RETURNS uuid
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
        AS $$ SELECT p.id FROM identity.people p WHERE p.email = lower(wanted) $$
        """
    )
    for function in ("find_credentials", "person_of_email"):
        op.execute(f"REVOKE ALL ON FUNCTION identity.{function}(text) FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION identity.{function}(text) TO kyoso_app")


def downgrade() -> None:
    for function in ("find_credentials", "person_of_email"):
        op.execute(f"DROP FUNCTION identity.{function}(text)")
    for table in (
        "invitations",
        "membership_departments",
        "memberships",
        "password_resets",
        "sessions",
        "people",
    ):
        op.drop_table(table, schema="identity")
