"""Create profiles, their files, and the one ledger of the hours that people are booked for."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020_profiles"
down_revision = "0019_annual_reports"

TOWN = "NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"
ME = "NULLIF(current_setting('kyoso.person_id', true), '')::uuid"

AWARE = sa.DateTime(timezone=True)

FUNCTIONS = (
    "book_hours(uuid, uuid, integer, date, date)",
    "release_hours(uuid, date)",
    "hours_left(uuid, date, date, uuid)",
    "fullest_month(uuid, date, date, uuid, uuid)",
)


def close(table: str, rows: str, grants: str) -> None:
    """Let a transaction see and write only the rows that `rows` describes."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_rows ON {table} USING ({rows}) WITH CHECK ({rows})")
    op.execute(f"GRANT {grants} ON {table} TO kyoso_app")


def words(name: str, *, many: bool = False) -> sa.Column:
    """Return a column for what people write, one text or several; never NULL."""
    kind = postgresql.ARRAY(sa.Text) if many else sa.Text()
    return sa.Column(name, kind, nullable=False, server_default="{}" if many else "")


def upgrade() -> None:
    op.create_table(
        "profiles",
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("identity.people.id"), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        words("kana"),
        words("affiliation"),
        words("bio"),
        words("skills", many=True),
        words("free_skills", many=True),
        words("fields", many=True),
        words("can_do"),
        words("wants"),
        words("languages", many=True),
        sa.Column("hours_offered", sa.Integer),
        sa.Column("mode", sa.String(40)),
        words("places"),
        words("conditions"),
        sa.Column("links", postgresql.JSONB, nullable=False, server_default="[]"),
        sa.Column("photo", sa.LargeBinary),
        words("hidden_from_towns", many=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("updated_at", AWARE, nullable=False),
        sa.CheckConstraint("hours_offered BETWEEN 0 AND 744", name="hours_fit_in_a_month"),
        schema="identity",
    )
    close("identity.profiles", f"person_id = {ME}", "SELECT, INSERT, UPDATE")

    op.create_table(
        "profile_files",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("identity.people.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("shared_with", postgresql.ARRAY(sa.Uuid), nullable=False, server_default="{}"),
        sa.Column("created_at", AWARE, nullable=False),
        sa.Column("removed_at", AWARE),
        schema="identity",
    )
    op.create_index(
        "ix_profile_files_person_id_id", "profile_files", ["person_id", "id"], schema="identity"
    )
    close("identity.profile_files", f"person_id = {ME}", "SELECT, INSERT, UPDATE")
    # The towns stand in the row itself: a policy with a subquery cannot be made on a
    # distributed table.
    op.execute(
        "CREATE POLICY shared_files ON identity.profile_files FOR SELECT"
        f" USING (removed_at IS NULL AND {TOWN} = ANY (shared_with))"
    )

    op.create_table(
        "booked_hours",
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), primary_key=True),
        sa.Column("source_id", sa.Uuid, primary_key=True),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("identity.people.id"), nullable=False),
        sa.Column("hours", sa.Integer, nullable=False),
        sa.Column("from_month", sa.Date, nullable=False),
        sa.Column("until_month", sa.Date),
        sa.CheckConstraint("hours >= 0", name="hours_are_counted"),
        sa.CheckConstraint(
            "from_month = date_trunc('month', from_month)"
            " AND until_month = date_trunc('month', until_month)",
            name="whole_months",
        ),
        sa.CheckConstraint("until_month >= from_month", name="ends_after_it_began"),
        schema="identity",
    )
    op.create_index("ix_booked_hours_person_id", "booked_hours", ["person_id"], schema="identity")
    # Read by both sides, written by neither: only the functions below write.
    close("identity.booked_hours", f"person_id = {ME} OR tenant_id = {TOWN}", "SELECT")

    make_functions()


def make_functions() -> None:
    # FORCE puts the owner under the policies too, so it gets policies of its own.
    for table in ("profiles", "booked_hours"):
        op.execute(
            f"CREATE POLICY keep_hours ON identity.{table} TO CURRENT_USER"
            " USING (true) WITH CHECK (true)"
        )

    # A month is fuller than the one before only if a booking begins in it: others need no look.
    op.execute(
        """
        CREATE FUNCTION identity.fullest_month(
            person uuid, first date, last date, but_town uuid, but_source uuid
        ) RETURNS TABLE (month date, hours bigint)
        LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
        AS $$
            SELECT m.month, coalesce(sum(b.hours), 0)
            FROM (
                SELECT first AS month
                UNION
                SELECT c.from_month FROM identity.booked_hours c
                WHERE c.person_id = person AND c.from_month > first
                  AND (last IS NULL OR c.from_month <= last)
            ) m
            LEFT JOIN identity.booked_hours b
              ON b.person_id = person
             AND (b.tenant_id, b.source_id) IS DISTINCT FROM (but_town, but_source)
             AND b.from_month <= m.month
             AND (b.until_month IS NULL OR b.until_month >= m.month)
            GROUP BY m.month ORDER BY 2 DESC, 1 LIMIT 1
        $$
        """
    )
    # The lock on the profile makes two towns wait for each other, and for the person who
    # changes what is offered; the sum is taken by a later statement, which sees what the other
    # has booked meanwhile. No row comes back when the person has not said any hours.
    op.execute(
        """
        CREATE FUNCTION identity.book_hours(
            person uuid, source uuid, wanted integer, first date, last date
        ) RETURNS TABLE (booked boolean, hours_left integer, fullest date)
        LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
        AS $$
        DECLARE
            town uuid := NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid;
            offered integer;
        BEGIN
            SELECT p.hours_offered INTO offered FROM identity.profiles p
            WHERE p.person_id = person FOR NO KEY UPDATE;
            IF offered IS NULL THEN RETURN; END IF;
            SELECT m.month, offered - m.hours INTO fullest, hours_left
            FROM identity.fullest_month(person, first, last, town, source) m;
            booked := wanted <= hours_left;
            IF booked THEN
                INSERT INTO identity.booked_hours AS b
                VALUES (town, source, person, wanted, first, last)
                ON CONFLICT (tenant_id, source_id) DO UPDATE
                SET hours = excluded.hours, from_month = excluded.from_month,
                    until_month = excluded.until_month
                WHERE b.person_id = excluded.person_id;
                IF NOT FOUND THEN
                    RAISE EXCEPTION 'these hours are booked for somebody else';
                END IF;
            END IF;
            RETURN NEXT;
        END $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION identity.release_hours(source uuid, last date) RETURNS void
        LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
        AS $$
            DELETE FROM identity.booked_hours b
            WHERE b.source_id = source
              AND (b.tenant_id = NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid
                   OR b.person_id = NULLIF(current_setting('kyoso.person_id', true), '')::uuid)
              AND (last IS NULL OR b.from_month > last);
            UPDATE identity.booked_hours b SET until_month = last
            WHERE b.source_id = source
              AND (b.tenant_id = NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid
                   OR b.person_id = NULLIF(current_setting('kyoso.person_id', true), '')::uuid)
              AND (b.until_month IS NULL OR b.until_month > last);
        $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION identity.hours_left(person uuid, first date, last date, but_source uuid)
        RETURNS integer
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
        AS $$
            SELECT p.hours_offered - m.hours::integer
            FROM identity.profiles p,
                 identity.fullest_month(
                     person, first, last,
                     NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid, but_source
                 ) m
            WHERE p.person_id = person
        $$
        """
    )
    for function in FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION identity.{function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION identity.{function} TO kyoso_app")


def downgrade() -> None:
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION identity.{function}")
    for table in ("booked_hours", "profile_files", "profiles"):
        op.drop_table(table, schema="identity")
