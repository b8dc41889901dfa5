"""Create the index in which the exchange is searched, closed to everyone but its functions.

Operators such as @> and LIKE are not leakproof, so under row level security a role that is not
the owner never gets their index. This table therefore has no policies and no grants at all: the
functions below, which take the scope from the settings themselves, are the only way in. They tell
ids and counts; the rows are then read under the policies.

A token is a number: kind and place (0: public, else the network's number) in the upper bits, the
gram of core/search.py in the lower. So a search costs what its own network holds. Facets are
tokens below zero, by their hash; what shares a hash is told apart by the facets themselves.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030_search"
down_revision = "0029_networks"

#: Where a kind of item stands in the places that may see it.
PREFIX = "((p_kind::bigint << 60) | (v_place::bigint << 42))"
FIXED = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"
ME = "NULLIF(current_setting('kyoso.person_id', true), '')::uuid"
TOWN = "NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"
NETWORKS = "string_to_array(NULLIF(current_setting('kyoso.network_ids', true), ''), ',')::uuid[]"
ABSENT = "string_to_array(NULLIF(current_setting('kyoso.absent_members', true), ''), ',')"
COORDINATED = "NULLIF(current_setting('kyoso.coordinated_network_id', true), '')::uuid"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE exchange.networks ADD number integer GENERATED ALWAYS AS IDENTITY"
        " CONSTRAINT uq_networks_number UNIQUE CONSTRAINT ck_networks_number_is_small"
        " CHECK (number < 262144)"
    )
    op.create_table(
        "search_entries",
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("kind", sa.SmallInteger, primary_key=True),
        sa.Column("item_id", sa.Uuid, primary_key=True),
        sa.Column("owner_id", sa.Uuid, nullable=False),
        sa.Column("subject_id", sa.Uuid),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("facets", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("tokens", postgresql.ARRAY(sa.BigInteger), nullable=False),
        schema="exchange",
    )
    op.create_index(
        "ix_search_entries_kind_item_id", "search_entries", ["kind", "item_id"], schema="exchange"
    )
    op.create_index(
        "ix_search_entries_tokens",
        "search_entries",
        ["tokens"],
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
        schema="exchange",
    )
    op.execute(
        """
        CREATE FUNCTION exchange.facet_token(p_facet text) RETURNS bigint
        LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp
        AS $$ SELECT hashtextextended(p_facet, 0) & 4398046511103 $$
        """
    )
    op.execute(
        f"""
        CREATE FUNCTION exchange.put_in_search(
            p_kind smallint, p_item uuid, p_networks uuid[], p_public boolean,
            p_subject uuid, p_title text, p_words text, p_facets text[], p_grams bigint[]
        ) RETURNS void LANGUAGE plpgsql {FIXED} AS $$
        DECLARE
            v_town uuid := {TOWN};
            v_place integer;
        BEGIN
            IF v_town IS NULL OR EXISTS (
                SELECT FROM exchange.search_entries e
                WHERE e.kind = p_kind AND e.item_id = p_item AND e.owner_id <> v_town
            ) THEN
                RAISE insufficient_privilege USING MESSAGE = 'not an item of the town in scope';
            END IF;
            DELETE FROM exchange.search_entries e WHERE e.kind = p_kind AND e.item_id = p_item;
            FOR v_place IN
                SELECT n.number FROM exchange.networks n
                WHERE n.id = ANY (p_networks) AND n.id = ANY ({NETWORKS})
                UNION ALL SELECT 0 WHERE p_public
            LOOP
                INSERT INTO exchange.search_entries VALUES (
                    v_place, p_kind, p_item, v_town, p_subject, p_title, p_words, p_facets,
                    ARRAY(
                        SELECT {PREFIX} | gram FROM unnest(p_grams) AS gram
                        UNION ALL
                        SELECT -({PREFIX} | exchange.facet_token(f)) FROM unnest(p_facets) AS f
                    )
                );
            END LOOP;
        END $$
        """  # noqa: S608 (constants of this file only)
    )
    op.execute(
        f"""
        CREATE FUNCTION exchange.take_out_of_search(p_kind smallint, p_item uuid) RETURNS void
        LANGUAGE sql {FIXED} AS $$
            DELETE FROM exchange.search_entries e
            WHERE e.kind = p_kind AND e.item_id = p_item AND (
                e.owner_id = {TOWN} OR e.subject_id = {ME} OR e.place = (
                    SELECT n.number FROM exchange.networks n WHERE n.id = {COORDINATED}))
        $$
        """  # noqa: S608 (constants of this file only)
    )
    op.execute(
        f"""
        CREATE FUNCTION exchange.search(
            p_kind smallint, p_public boolean, p_words text[], p_grams bigint[],
            p_patterns text[], p_facets text[], p_after_rank integer, p_after uuid,
            p_limit integer, p_counts boolean
        ) RETURNS TABLE (item_id uuid, rank integer, facet text, found bigint)
        LANGUAGE plpgsql STABLE {FIXED} AS $$
        DECLARE
            v_place integer;
            v_absent uuid[];
            v_part text;
            v_parts text[] := '{{}}';
        BEGIN
            FOR v_place, v_absent IN
                SELECT n.number, ARRAY(
                    SELECT split_part(a, ':', 2)::uuid FROM unnest({ABSENT}) AS a
                    WHERE split_part(a, ':', 1)::uuid = n.id)
                FROM exchange.networks n WHERE n.id = ANY ({NETWORKS})
                UNION ALL SELECT 0, '{{}}' WHERE p_public
            LOOP
                -- Written out, not as parameters: the planner knows how rare these tokens are.
                v_part := format(
                    'SELECT e.item_id, e.title, e.facets FROM exchange.search_entries e'
                    ' WHERE e.place = %s AND e.kind = %s', v_place, p_kind);
                IF cardinality(p_grams) + cardinality(p_facets) > 0 THEN
                    v_part := v_part || format(' AND e.tokens @> %L::bigint[]', ARRAY(
                        SELECT {PREFIX} | gram FROM unnest(p_grams) AS gram
                        UNION ALL
                        SELECT -({PREFIX} | exchange.facet_token(f)) FROM unnest(p_facets) AS f));
                END IF;
                IF cardinality(v_absent) > 0 THEN
                    v_part := v_part || format(' AND e.owner_id <> ALL (%L::uuid[])', v_absent);
                END IF;
                IF cardinality(p_facets) > 0 THEN
                    v_part := v_part || ' AND e.facets @> $2';
                END IF;
                IF cardinality(p_patterns) > 0 THEN
                    v_part := v_part || ' AND e.words LIKE ALL ($3)';
                END IF;
                v_parts := v_parts || v_part;
            END LOOP;
            IF v_parts = '{{}}' THEN
                RETURN;
            END IF;
            RETURN QUERY EXECUTE
                'WITH hit AS MATERIALIZED (SELECT DISTINCT ON (h.item_id) h.item_id, h.facets,'
                ' (SELECT count(*)::integer FROM unnest($1) AS w WHERE strpos(h.title, w) > 0) AS r'
                ' FROM (' || array_to_string(v_parts, ' UNION ALL ') || ') AS h'
                ' ORDER BY h.item_id),'
                ' page AS (SELECT h.item_id, h.r FROM hit h'
                ' WHERE $5 IS NULL OR (h.r, h.item_id) < ($4, $5)'
                ' ORDER BY h.r DESC, h.item_id DESC LIMIT $6)'
                ' SELECT page.item_id, page.r, NULL::text, NULL::bigint FROM page'
                ' UNION ALL SELECT NULL, NULL, NULL, count(*) FROM hit WHERE $7'
                ' UNION ALL (SELECT NULL, NULL, f.f, count(*) FROM hit, unnest(hit.facets) AS f(f)'
                ' WHERE $7 GROUP BY f.f)'
                USING p_words, p_facets, p_patterns, p_after_rank, p_after, p_limit, p_counts;
        END $$
        """  # noqa: S608 (constants of this file only)
    )
    for function in (
        "put_in_search(smallint, uuid, uuid[], boolean, uuid, text, text, text[], bigint[])",
        "take_out_of_search(smallint, uuid)",
        "search(smallint, boolean, text[], bigint[], text[], text[], integer, uuid, integer,"
        " boolean)",
    ):
        op.execute(f"REVOKE ALL ON FUNCTION exchange.{function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION exchange.{function} TO kyoso_app")


def downgrade() -> None:
    for function in ("search", "take_out_of_search", "put_in_search", "facet_token"):
        op.execute(f"DROP FUNCTION exchange.{function}")
    op.drop_table("search_entries", schema="exchange")
    op.execute("ALTER TABLE exchange.networks DROP COLUMN number")
