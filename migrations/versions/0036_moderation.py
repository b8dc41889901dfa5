"""Create reports and hidings, and the two functions that hide what is published and show it again."""

import sqlalchemy as sa
from alembic import op

revision = "0036_moderation"
down_revision = "0035_referrals"

OUR_TOWN = "NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"
OUR_NETWORKS = (
    "string_to_array(NULLIF(current_setting('kyoso.network_ids', true), ''), ',')::uuid[]"
)
COORDINATED = "NULLIF(current_setting('kyoso.coordinated_network_id', true), '')::uuid"
FIXED = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"
AWARE = sa.DateTime(timezone=True)

#: What can be hidden, by the kind of finding.Kind: its table, the column of its owner, and the
#: condition that it is published in network $2. Each table has `id` and `hidden_in uuid[]`, which
#: the application may read but not write, and a policy that lets its owner (CURRENT_USER) read
#: and update: these functions run as the owner.
MODERATED = {
    1: ("exchange.listings", "tenant_id", "network_id = $2 AND status = ''published''"),
    2: ("exchange.know_how_listings", "owner_id", "$2 = ANY (network_ids)"),
    3: ("exchange.consultations", "owner_id", "network_id = $2 AND status <> ''withdrawn''"),
    4: ("exchange.listed_needs", "tenant_id", "network_id = $2 AND status = ''listed''"),
}


def close(table: str, grants: str, **policies: str) -> None:
    """Let a transaction see and write only what the policies say."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    for name, policy in policies.items():
        op.execute(f"CREATE POLICY {name} ON {table} {policy}")
    op.execute(f"GRANT {grants} ON {table} TO kyoso_app")


def text(name: str) -> sa.Column:
    """Return a column of text that may be empty but not missing."""
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def of_kind(place: int) -> str:
    """Return the SQL that chooses a part of MODERATED by p_kind."""
    cases = " ".join(f"WHEN {kind} THEN '{row[place]}'" for kind, row in MODERATED.items())
    return f"CASE p_kind {cases} END"


def upgrade() -> None:
    op.create_table(
        "item_reports",
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("network_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.SmallInteger, nullable=False),
        sa.Column("item_id", sa.Uuid, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("excerpt", sa.Text, nullable=False),
        sa.Column("ground", sa.String(40), nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("reported_by", sa.Text, nullable=False),
        sa.Column("reported_at", AWARE, nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        text("answer"),
        text("answered_by"),
        sa.Column("answered_at", AWARE),
        sa.ForeignKeyConstraint(
            ["tenant_id", "network_id"],
            ["exchange.network_members.tenant_id", "exchange.network_members.network_id"],
        ),
        sa.CheckConstraint(
            "(status = 'open') = (answered_at IS NULL)", name="answered_if_not_open"
        ),
        schema="exchange",
    )
    op.create_index(
        "ix_item_reports_network_id_status",
        "item_reports",
        ["network_id", "status"],
        schema="exchange",
    )
    close(
        "exchange.item_reports",
        "SELECT, INSERT, UPDATE (status, answer, answered_by, answered_at)",
        own_rows=f"FOR SELECT USING (tenant_id = {OUR_TOWN})",
        of_our_network=f"FOR SELECT USING (network_id = {COORDINATED})",
        reporting=(
            f"FOR INSERT WITH CHECK (tenant_id = {OUR_TOWN} AND network_id = ANY ({OUR_NETWORKS})"
            " AND status = 'open')"
        ),
        answering=f"FOR UPDATE USING (network_id = {COORDINATED})",
    )

    op.create_table(
        "hidings",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("owner_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), nullable=False),
        sa.Column("network_id", sa.Uuid, sa.ForeignKey("exchange.networks.id"), nullable=False),
        sa.Column("kind", sa.SmallInteger, nullable=False),
        sa.Column("item_id", sa.Uuid, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("by_coordinator", sa.Boolean, nullable=False),
        sa.Column("hidden_by", sa.Text, nullable=False),
        sa.Column("hidden_at", AWARE, nullable=False),
        sa.Column("lifted_at", AWARE),
        text("lifted_by"),
        sa.CheckConstraint("(lifted_at IS NULL) = (lifted_by = '')", name="lifted_by_somebody"),
        schema="exchange",
    )
    op.create_index(
        "ix_hidings_owner_id_kind_item_id",
        "hidings",
        ["owner_id", "kind", "item_id"],
        schema="exchange",
    )
    op.create_index("ix_hidings_network_id", "hidings", ["network_id"], schema="exchange")
    # Not owner_id: what was published without a name stays so for whoever hides it.
    close(
        "exchange.hidings",
        "SELECT (id, network_id, kind, item_id, title, reason, by_coordinator, hidden_by,"
        " hidden_at, lifted_at, lifted_by)",
        own_rows=f"FOR SELECT USING (owner_id = {OUR_TOWN})",
        of_our_network=f"FOR SELECT USING (network_id = {COORDINATED} AND by_coordinator)",
        functions="FOR ALL TO CURRENT_USER USING (true) WITH CHECK (true)",
    )
    op.execute(
        f"""
        CREATE FUNCTION exchange.hide_item(
            p_kind smallint, p_item uuid, p_network uuid, p_hiding uuid,
            p_title text, p_reason text, p_by text, p_at timestamptz
        ) RETURNS boolean LANGUAGE plpgsql {FIXED} AS $$
        DECLARE
            v_town uuid := {OUR_TOWN};
            v_coordinated boolean := COALESCE({COORDINATED} = p_network, false);
            v_table text := {of_kind(0)};
            v_owner_column text := {of_kind(1)};
            v_published text := {of_kind(2)};
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
        CREATE FUNCTION exchange.show_item(p_hiding uuid, p_by text, p_at timestamptz)
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
            EXECUTE 'UPDATE ' || {of_kind(0)} || ' SET hidden_in = array_remove(hidden_in, $2)'
                ' WHERE id = $1' USING v_hiding.item_id, v_hiding.network_id;
            RETURN true;
        END $$
        """  # noqa: S608 (constants of this file only)
    )
    for function in (
        "hide_item(smallint, uuid, uuid, uuid, text, text, text, timestamptz)",
        "show_item(uuid, text, timestamptz)",
    ):
        op.execute(f"REVOKE ALL ON FUNCTION exchange.{function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION exchange.{function} TO kyoso_app")


def downgrade() -> None:
    op.execute("DROP FUNCTION exchange.show_item(uuid, text, timestamptz)")
    op.execute(
        "DROP FUNCTION exchange.hide_item"
        "(smallint, uuid, uuid, uuid, text, text, text, timestamptz)"
    )
    op.drop_table("hidings", schema="exchange")
    op.drop_table("item_reports", schema="exchange")
