"""Create the requests of people to be erased."""

import sqlalchemy as sa
from alembic import op

revision = "0028_person_data"
down_revision = "0027_posts"

ME = "NULLIF(current_setting('kyoso.person_id', true), '')::uuid"

AWARE = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "erasure_requests",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("identity.people.id"), nullable=False),
        sa.Column("requested_at", AWARE, nullable=False),
        sa.Column("withdrawn_at", AWARE),
        sa.Column("carried_out_at", AWARE),
        sa.CheckConstraint("withdrawn_at IS NULL OR carried_out_at IS NULL", name="one_end"),
        schema="identity",
    )
    op.create_index(
        "uq_erasure_requests_open",
        "erasure_requests",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL AND carried_out_at IS NULL"),
        schema="identity",
    )
    op.execute("ALTER TABLE identity.erasure_requests ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE identity.erasure_requests FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY own_rows ON identity.erasure_requests"
        f" USING (person_id = {ME}) WITH CHECK (person_id = {ME})"
    )
    op.execute("GRANT SELECT, INSERT ON identity.erasure_requests TO kyoso_app")
    op.execute(
        "GRANT UPDATE (withdrawn_at, carried_out_at) ON identity.erasure_requests TO kyoso_app"
    )

    # The operator must learn who waits. Only this function may look over all people, as the
    # owner, for whom FORCE needs a policy of its own; it tells who and since when.
    op.execute(
        "CREATE POLICY look_over ON identity.erasure_requests FOR SELECT TO CURRENT_USER"
        " USING (true)"
    )
    op.execute(
        """
        CREATE FUNCTION identity.open_erasures()
        RETURNS TABLE (person_id uuid, requested_at timestamptz)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
        AS $$
            SELECT r.person_id, r.requested_at FROM identity.erasure_requests r
            WHERE r.withdrawn_at IS NULL AND r.carried_out_at IS NULL
            ORDER BY r.requested_at
        $$
        """
    )
    op.execute("REVOKE ALL ON FUNCTION identity.open_erasures() FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION identity.open_erasures() TO kyoso_app")


def downgrade() -> None:
    op.execute("DROP FUNCTION identity.open_erasures()")
    op.drop_table("erasure_requests", schema="identity")
