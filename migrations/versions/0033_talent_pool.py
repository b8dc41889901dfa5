"""Create listings of people and of needs, saved searches, and the functions that find the former."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033_talent_pool"
down_revision = "0032_consultations"

TOWN = "NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"
NETWORKS = "string_to_array(NULLIF(current_setting('kyoso.network_ids', true), ''), ',')::uuid[]"
ME = "NULLIF(current_setting('kyoso.person_id', true), '')::uuid"
#: The database's own clock: a consent ends by its date, whatever job did not run.
TODAY = "(now() AT TIME ZONE 'Asia/Tokyo')::date"
FIXED = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"

AWARE = sa.DateTime(timezone=True)

FUNCTIONS = (
    "index_listing(uuid, uuid, uuid, text, text, text[], bigint[], date)",
    "search_by_hours(text[], bigint[], text[], text[], integer, date, integer, uuid, integer,"
    " boolean)",
    "needs_for_me(date)",
)


def close(table: str, grants: str, **policies: str) -> None:
    """Let a transaction see and write only what the policies say."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    for name, policy in policies.items():
        op.execute(f"CREATE POLICY {name} ON {table} {policy}")
    op.execute(f"GRANT {grants} ON {table} TO kyoso_app")


def town_key() -> tuple[sa.Column, sa.Column]:
    """Return the two columns of every town's primary key."""
    return (
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
    )


def words(name: str) -> sa.Column:
    """Return a column of text that is empty where nothing was said."""
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def several(name: str, kind: type = sa.Text) -> sa.Column:
    """Return a column of several texts or ids."""
    return sa.Column(name, postgresql.ARRAY(kind), nullable=False, server_default=sa.text("'{}'"))


def of_member() -> sa.ForeignKeyConstraint:
    """Return the key that lets nobody publish in a network where they never were."""
    return sa.ForeignKeyConstraint(
        ["tenant_id", "network_id"],
        ["exchange.network_members.tenant_id", "exchange.network_members.network_id"],
    )


def upgrade() -> None:
    make_listings()
    make_needs()
    make_saved_searches()
    make_functions()


def make_listings() -> None:
    op.create_table(
        "listings",
        *town_key(),
        sa.Column("network_id", sa.Uuid, primary_key=True),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("talent_id", sa.Uuid, nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        words("programme"),
        words("introduction"),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("asked_at", AWARE, nullable=False),
        sa.Column("published_at", AWARE),
        sa.Column("consent_id", sa.Uuid),
        sa.Column("until", sa.Date),
        sa.Column("ended_at", AWARE),
        words("end_reason"),
        several("hidden_in", sa.Uuid),
        several("parts"),
        words("name"),
        words("affiliation"),
        words("bio"),
        several("skills"),
        several("free_skills"),
        several("fields"),
        words("can_do"),
        words("wants"),
        several("languages"),
        sa.Column("hours_offered", sa.Integer),
        sa.Column("mode", sa.String(40)),
        words("places"),
        words("conditions"),
        sa.Column("links", postgresql.JSONB, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("photo", sa.LargeBinary),
        sa.ForeignKeyConstraint(
            ["tenant_id", "talent_id", "person_id"],
            [
                "municipal.talents.tenant_id",
                "municipal.talents.id",
                "municipal.talents.person_id",
            ],
        ),
        of_member(),
        sa.ForeignKeyConstraint(
            ["person_id", "consent_id"], ["identity.consents.person_id", "identity.consents.id"]
        ),
        sa.UniqueConstraint("tenant_id", "talent_id", "network_id"),
        sa.UniqueConstraint("tenant_id", "id", "network_id", "person_id"),
        sa.CheckConstraint(
            "status <> 'published' OR (consent_id IS NOT NULL AND until IS NOT NULL"
            " AND published_at IS NOT NULL)",
            name="agreed_if_published",
        ),
        sa.CheckConstraint(
            "(status = 'published') = (cardinality(parts) > 0)", name="shows_only_if_published"
        ),
        schema="exchange",
    )
    op.create_index("ix_listings_id", "listings", ["id"], schema="exchange")
    op.create_index(
        "ix_listings_person_id_network_id",
        "listings",
        ["person_id", "network_id"],
        schema="exchange",
    )
    # What is hidden, and whom a row is about, is not the application's to change.
    changes = (
        "status, programme, introduction, asked_by, asked_at, published_at, consent_id, until,"
        " ended_at, end_reason, parts, name, affiliation, bio, skills, free_skills, fields, can_do,"
        " wants, languages, hours_offered, mode, places, conditions, links, photo"
    )
    close(
        "exchange.listings",
        f"SELECT, INSERT, UPDATE ({changes})",
        own_rows=f"FOR SELECT USING (tenant_id = {TOWN} OR person_id = {ME})",
        shown_to_members=(
            f"FOR SELECT USING (status = 'published' AND until >= {TODAY}"
            " AND NOT network_id = ANY (hidden_in) AND exchange.shown(network_id, tenant_id))"
        ),
        # A town asks and takes down; nobody but the person publishes.
        asking=(
            f"FOR INSERT WITH CHECK (tenant_id = {TOWN} AND network_id = ANY ({NETWORKS})"
            " AND status = 'asked' AND hidden_in = '{}')"
        ),
        taking_down=(
            f"FOR UPDATE USING (tenant_id = {TOWN})"
            f" WITH CHECK (tenant_id = {TOWN} AND status <> 'published')"
        ),
        answering=f"FOR UPDATE USING (person_id = {ME}) WITH CHECK (person_id = {ME})",
        functions="FOR ALL TO CURRENT_USER USING (true) WITH CHECK (true)",
    )


def make_needs() -> None:
    op.create_table(
        "listed_needs",
        *town_key(),
        sa.Column("network_id", sa.Uuid, nullable=False),
        sa.Column("need_id", sa.Uuid, nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("department_name", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        several("skills"),
        sa.Column("hours_a_month", sa.Integer),
        sa.Column("budget_yen", sa.BigInteger),
        sa.Column("field_offered", sa.Text, nullable=False),
        sa.Column("opens_on", sa.Date),
        sa.Column("closes_on", sa.Date),
        sa.Column("mode", sa.String(40)),
        sa.Column("listed_by", sa.Text, nullable=False),
        sa.Column("listed_at", AWARE, nullable=False),
        sa.Column("ended_at", AWARE),
        words("end_reason"),
        several("hidden_in", sa.Uuid),
        sa.ForeignKeyConstraint(
            ["tenant_id", "need_id"], ["municipal.needs.tenant_id", "municipal.needs.id"]
        ),
        of_member(),
        sa.UniqueConstraint("tenant_id", "need_id", "network_id"),
        schema="exchange",
    )
    op.create_index(
        "ix_listed_needs_network_id_id", "listed_needs", ["network_id", "id"], schema="exchange"
    )
    changes = (
        "status, title, department_name, purpose, outcome, skills, hours_a_month, budget_yen,"
        " field_offered, opens_on, closes_on, mode, listed_by, listed_at, ended_at, end_reason"
    )
    close(
        "exchange.listed_needs",
        f"SELECT, INSERT, UPDATE ({changes})",
        own_rows=f"FOR SELECT USING (tenant_id = {TOWN})",
        shown_to_members=(
            f"FOR SELECT USING (status = 'listed' AND (closes_on IS NULL OR closes_on >= {TODAY})"
            " AND NOT network_id = ANY (hidden_in) AND exchange.shown(network_id, tenant_id))"
        ),
        listing=(
            f"FOR INSERT WITH CHECK (tenant_id = {TOWN} AND network_id = ANY ({NETWORKS})"
            " AND hidden_in = '{}')"
        ),
        changing=f"FOR UPDATE USING (tenant_id = {TOWN}) WITH CHECK (tenant_id = {TOWN})",
        functions="FOR ALL TO CURRENT_USER USING (true) WITH CHECK (true)",
    )


def make_saved_searches() -> None:
    op.create_table(
        "saved_searches",
        *town_key(),
        sa.Column("membership_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("digest", sa.Boolean, nullable=False),
        sa.Column("created_at", AWARE, nullable=False),
        sa.Column("told_until", AWARE, nullable=False),
        sa.Column("removed_at", AWARE),
        sa.ForeignKeyConstraint(
            ["tenant_id", "membership_id"],
            ["identity.memberships.tenant_id", "identity.memberships.id"],
        ),
        schema="exchange",
    )
    op.create_index(
        "ix_saved_searches_tenant_id_person_id",
        "saved_searches",
        ["tenant_id", "person_id"],
        schema="exchange",
    )
    # A colleague's searches are the colleague's; the weekly job has no person.
    mine = f"(tenant_id = {TOWN} AND ({ME} IS NULL OR person_id = {ME}))"
    close(
        "exchange.saved_searches",
        "SELECT, INSERT, UPDATE (name, digest, told_until, removed_at)",
        own_rows=f"USING {mine} WITH CHECK {mine}",
        own_person=f"FOR SELECT USING (person_id = {ME})",
    )


def make_functions() -> None:
    # Whose it is and where it is shown stands in the listing, not in what the caller says: so
    # a person can publish without being in any town's scope. Taken down, it is found no more.
    op.execute(
        f"""
        CREATE FUNCTION exchange.index_listing(
            p_town uuid, p_listing uuid, p_network uuid, p_title text, p_words text,
            p_facets text[], p_grams bigint[], p_today date
        ) RETURNS boolean LANGUAGE plpgsql {FIXED} AS $$
        DECLARE
            v_listing exchange.listings;
            v_place integer;
            v_prefix bigint;
        BEGIN
            SELECT l.* INTO v_listing FROM exchange.listings l
            WHERE l.tenant_id = p_town AND l.id = p_listing AND l.network_id = p_network
              AND (l.tenant_id = {TOWN} OR l.person_id = {ME});
            IF v_listing.id IS NULL THEN
                RAISE insufficient_privilege USING MESSAGE = 'not a listing of the scope';
            END IF;
            SELECT n.number INTO v_place FROM exchange.networks n WHERE n.id = p_network;
            DELETE FROM exchange.search_entries e
            WHERE e.place = v_place AND e.kind = 1 AND e.item_id = p_listing
              AND e.owner_id = p_town;
            IF v_listing.status <> 'published' OR v_listing.until < p_today
               OR p_network = ANY (v_listing.hidden_in)
               OR NOT EXISTS (SELECT FROM exchange.standing(p_town, p_today) s
                              WHERE s.network_id = p_network) THEN
                RETURN false;
            END IF;
            v_prefix := (1::bigint << 60) | (v_place::bigint << 42);
            INSERT INTO exchange.search_entries VALUES (
                v_place, 1, p_listing, p_town, v_listing.person_id, p_title, p_words, p_facets,
                ARRAY(SELECT v_prefix | gram FROM unnest(p_grams) AS gram
                      UNION ALL
                      SELECT -(v_prefix | exchange.facet_token(f)) FROM unnest(p_facets) AS f));
            RETURN true;
        END $$
        """  # noqa: S608 (constants of this file only)
    )
    # The same as exchange.search, of those only who have so many hours left in a month; the
    # ledger's numbers are compared here and not told. Who does not show their hours is left out.
    op.execute(
        f"""
        CREATE FUNCTION exchange.search_by_hours(
            p_words text[], p_grams bigint[], p_patterns text[], p_facets text[],
            p_hours integer, p_month date, p_after_rank integer, p_after uuid,
            p_limit integer, p_counts boolean
        ) RETURNS TABLE (item_id uuid, rank integer, facet text, found bigint)
        LANGUAGE sql STABLE {FIXED} AS $$
            WITH hit AS MATERIALIZED (
                SELECT s.item_id, s.rank, e.facets
                FROM exchange.search(
                    1::smallint, false, p_words, p_grams, p_patterns,
                    p_facets || 'hours:shown'::text, NULL, NULL, 1000000, false) s
                CROSS JOIN LATERAL (
                    SELECT one.facets, one.subject_id FROM exchange.search_entries one
                    WHERE one.kind = 1 AND one.item_id = s.item_id AND one.place IN (
                        SELECT n.number FROM exchange.networks n WHERE n.id = ANY ({NETWORKS}))
                    LIMIT 1) e
                JOIN identity.profiles p ON p.person_id = e.subject_id
                WHERE p.hours_offered >= p_hours + COALESCE((
                    SELECT sum(b.hours) FROM identity.booked_hours b
                    WHERE b.person_id = e.subject_id AND b.from_month <= p_month
                      AND (b.until_month IS NULL OR b.until_month >= p_month)), 0)
            ), page AS (
                SELECT h.item_id, h.rank FROM hit h
                WHERE p_after IS NULL OR (h.rank, h.item_id) < (p_after_rank, p_after)
                ORDER BY h.rank DESC, h.item_id DESC LIMIT p_limit
            )
            SELECT page.item_id, page.rank, NULL::text, NULL::bigint FROM page
            UNION ALL SELECT NULL, NULL, NULL, count(*) FROM hit WHERE p_counts
            UNION ALL (SELECT NULL, NULL, f.f, count(*) FROM hit, unnest(hit.facets) AS f(f)
                       WHERE p_counts GROUP BY f.f)
        $$
        """  # noqa: S608 (constants of this file only)
    )
    # A person is in no town and so in no network: they see what towns need where they are listed.
    op.execute(
        f"""
        CREATE FUNCTION exchange.needs_for_me(p_today date) RETURNS SETOF exchange.listed_needs
        LANGUAGE sql STABLE {FIXED} AS $$
            SELECT n.* FROM exchange.listed_needs n
            WHERE n.status = 'listed' AND (n.closes_on IS NULL OR n.closes_on >= p_today)
              AND NOT n.network_id = ANY (n.hidden_in)
              AND n.network_id IN (
                  SELECT l.network_id FROM exchange.listings l
                  WHERE l.person_id = {ME} AND l.status = 'published' AND l.until >= p_today
                    AND NOT l.network_id = ANY (l.hidden_in)
                    AND EXISTS (SELECT FROM exchange.standing(l.tenant_id, p_today) s
                                WHERE s.network_id = l.network_id))
              AND EXISTS (SELECT FROM exchange.standing(n.tenant_id, p_today) s
                          WHERE s.network_id = n.network_id)
        $$
        """  # noqa: S608 (constants of this file only)
    )
    for function in FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION exchange.{function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION exchange.{function} TO kyoso_app")


def downgrade() -> None:
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION exchange.{function}")
    for table in ("saved_searches", "listed_needs", "listings"):
        op.drop_table(table, schema="exchange")
