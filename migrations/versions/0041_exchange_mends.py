"""Let a single answer be hidden, and networks be closed by the town that founded them.

Take out of networks' journals what towns had there.
"""

from alembic import op

revision = "0041_exchange_mends"
down_revision = "0040_allocations"

OUR_TOWN = "NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"
COORDINATED = "NULLIF(current_setting('kyoso.coordinated_network_id', true), '')::uuid"
OUR_NETWORKS = (
    "string_to_array(NULLIF(current_setting('kyoso.network_ids', true), ''), ',')::uuid[]"
)
FIXED = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"

#: As in 0036: by the kind its table, the column of its owner, and that it is published in $2.
MODERATED = {
    1: ("exchange.listings", "tenant_id", "network_id = $2 AND status = ''published''"),
    2: ("exchange.know_how_listings", "owner_id", "$2 = ANY (network_ids)"),
    3: ("exchange.consultations", "owner_id", "network_id = $2 AND status <> ''withdrawn''"),
    4: ("exchange.listed_needs", "tenant_id", "network_id = $2 AND status = ''listed''"),
}
#: A coordinator's own words have no owner; they withdraw nothing, and nobody hides them.
ANSWERS = (
    "exchange.consultation_answers",
    "owner_id",
    "network_id = $2 AND owner_id IS NOT NULL AND withdrawn_at IS NULL AND taken_down_at IS NULL",
)

Kinds = dict[int, tuple[str, str, str]]


def of_kind(kinds: Kinds, place: int) -> str:
    """Return the SQL that chooses a part of what can be hidden by p_kind."""
    cases = " ".join(f"WHEN {kind} THEN '{row[place]}'" for kind, row in kinds.items())
    return f"CASE p_kind {cases} END"


def put_functions(kinds: Kinds) -> None:
    """Write the two functions of 0036 anew, for these kinds of things."""
    op.execute(
        f"""
        CREATE OR REPLACE FUNCTION exchange.hide_item(
            p_kind smallint, p_item uuid, p_network uuid, p_hiding uuid,
            p_title text, p_reason text, p_by text, p_at timestamptz
        ) RETURNS boolean LANGUAGE plpgsql {FIXED} AS $$
        DECLARE
            v_town uuid := {OUR_TOWN};
            v_coordinated boolean := COALESCE({COORDINATED} = p_network, false);
            v_table text := {of_kind(kinds, 0)};
            v_owner_column text := {of_kind(kinds, 1)};
            v_published text := {of_kind(kinds, 2)};
            v_owner uuid;
        BEGIN
            IF v_table IS NULL OR (v_town IS NULL AND NOT v_coordinated) THEN
                RAISE insufficient_privilege USING MESSAGE = 'nobody who may hide this';
            END IF;
            EXECUTE 'UPDATE ' || v_table || ' SET hidden_in = array_append(hidden_in, $2)'
                ' WHERE id = $1 AND NOT $2 = ANY (hidden_in) AND ' || v_published ||
                ' AND ($3 OR ' || v_owner_column || ' = $4) RETURNING ' || v_owner_column
                INTO v_owner USING p_item, p_network, v_coordinated, v_town;
            IF v_owner IS NULL THEN
                RETURN false;
            END IF;
            INSERT INTO exchange.hidings VALUES (
                p_hiding, v_owner, p_network, p_kind, p_item, p_title, p_reason, v_coordinated,
                p_by, p_at, NULL, '');
            DELETE FROM exchange.search_entries e
            WHERE e.kind = p_kind AND e.item_id = p_item AND (e.place = 0 OR e.place = (
                SELECT n.number FROM exchange.networks n WHERE n.id = p_network));
            RETURN true;
        END $$
        """  # noqa: S608 (constants of this file only)
    )
    op.execute(
        f"""
        CREATE OR REPLACE FUNCTION exchange.show_item(p_hiding uuid, p_by text, p_at timestamptz)
        RETURNS boolean LANGUAGE plpgsql {FIXED} AS $$
        DECLARE
            v_hiding exchange.hidings;
            p_kind smallint;
        BEGIN
            UPDATE exchange.hidings h SET lifted_at = p_at, lifted_by = p_by
            WHERE h.id = p_hiding AND h.lifted_at IS NULL
              AND CASE WHEN h.by_coordinator THEN h.network_id = {COORDINATED}
                       ELSE h.owner_id = {OUR_TOWN} END
            RETURNING * INTO v_hiding;
            IF v_hiding.id IS NULL THEN
                RETURN false;
            END IF;
            p_kind := v_hiding.kind;
            EXECUTE 'UPDATE ' || {of_kind(kinds, 0)} || ' SET hidden_in = array_remove(hidden_in, $2)'
                ' WHERE id = $1' USING v_hiding.item_id, v_hiding.network_id;
            RETURN true;
        END $$
        """  # noqa: S608 (constants of this file only)
    )


def upgrade() -> None:
    put_functions({**MODERATED, 5: ANSWERS})
    # Who subtracts what was seen with a town's name would know what was published without. The
    # town's own journal has it all.
    op.execute("ALTER TABLE core.network_journal NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "UPDATE core.network_journal SET facts = facts - 'ended' - 'foreseen' WHERE kind IN"
        " ('LeavingAnnounced', 'TownLeftNetwork', 'TownSuspendedInNetwork')"
    )
    op.execute("ALTER TABLE core.network_journal FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE exchange.networks ADD COLUMN closing_reason text NOT NULL DEFAULT ''")
    op.execute("GRANT UPDATE (closing_reason) ON exchange.networks TO kyoso_app")
    # Once its day is set, only the founder changes the row: to set it, and to take it back.
    ours = f"(id = ANY ({OUR_NETWORKS}) OR id = {COORDINATED})"
    mine = f"(closed_on IS NULL OR founded_by = {OUR_TOWN})"
    op.execute(f"ALTER POLICY our_networks ON exchange.networks USING ({ours} AND {mine})")


def downgrade() -> None:
    ours = f"id = ANY ({OUR_NETWORKS}) OR id = {COORDINATED}"
    op.execute(f"ALTER POLICY our_networks ON exchange.networks USING ({ours})")
    op.execute("ALTER TABLE exchange.networks DROP COLUMN closing_reason")
    put_functions(MODERATED)
