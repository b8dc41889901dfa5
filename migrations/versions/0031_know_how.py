"""Create know-how, its versions, what is published of it, and who uses it.

What is published lies in a table of its own, of which the application may not read `owner_id`:
a policy may, and so decides by it, but no query can ask whose it is. The name of the town is in
`author_id`, or it is not there at all.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031_know_how"
down_revision = "0030_search"

OUR_TOWN = "NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"
OUR_NETWORKS = (
    "string_to_array(NULLIF(current_setting('kyoso.network_ids', true), ''), ',')::uuid[]"
)
OWN_ROWS = f"tenant_id = {OUR_TOWN}"
FIXED = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"
AWARE = sa.DateTime(timezone=True)

#: What a published item says, for whoever may read it.
SAID = (
    *("network_ids", "is_public", "author_id", "version", "genre", "title", "summary", "body"),
    *("field", "tactic", "licence", "terms", "files", "note", "origin_id", "origin_words"),
    *("published_at",),
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


def networks(name: str) -> sa.Column:
    """Return a column of several networks."""
    return sa.Column(
        name, postgresql.ARRAY(sa.Uuid), nullable=False, server_default=sa.text("'{}'")
    )


def files() -> sa.Column:
    """Return a column that says which files belong to something."""
    return sa.Column("files", postgresql.JSONB, nullable=False, server_default=sa.text("'[]'"))


def own_key(column: str, table: str) -> sa.ForeignKeyConstraint:
    """Return a key to another row of the same town."""
    return sa.ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"])


def upgrade() -> None:
    make_know_how()
    make_listings()
    make_reuses()
    make_functions()


def make_know_how() -> None:
    op.create_table(
        "know_how",
        *town_key(),
        sa.Column("genre", sa.String(40), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        words("summary"),
        words("body"),
        sa.Column("field", sa.String(40), nullable=False),
        sa.Column("tactic_id", sa.Uuid),
        sa.Column("licence", sa.String(40), nullable=False),
        words("terms"),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("saves", sa.Integer, nullable=False, server_default="0"),
        sa.Column("version", sa.Integer, nullable=False, server_default="0"),
        networks("network_ids"),
        sa.Column("is_public", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("nameless", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("project_id", sa.Uuid),
        sa.Column("origin_id", sa.Uuid),
        words("origin_words"),
        sa.Column("written_by", sa.Text, nullable=False),
        sa.Column("created_at", AWARE, nullable=False, server_default=sa.func.now()),
        sa.Column("saved_at", AWARE, nullable=False),
        sa.Column("published_at", AWARE),
        own_key("tactic_id", "municipal.tactics"),
        own_key("project_id", "municipal.projects"),
        sa.CheckConstraint("NOT (nameless AND is_public)", name="public_has_a_name"),
        sa.CheckConstraint(
            "(status = 'published') = (is_public OR cardinality(network_ids) > 0)",
            name="published_somewhere",
        ),
        sa.CheckConstraint(
            "(version > 0) = (published_at IS NOT NULL)", name="counts_what_was_published"
        ),
        schema="exchange",
    )
    op.create_index(
        "ix_know_how_tenant_id_project_id",
        "know_how",
        ["tenant_id", "project_id"],
        schema="exchange",
    )
    close(
        "exchange.know_how",
        "SELECT, INSERT, UPDATE",
        own_rows=f"USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})",
    )

    op.create_table(
        "know_how_versions",
        *town_key(),
        sa.Column("know_how_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        words("summary"),
        words("body"),
        files(),
        words("note"),
        sa.Column("published_by", sa.Text, nullable=False),
        sa.Column("published_at", AWARE, nullable=False),
        own_key("know_how_id", "exchange.know_how"),
        sa.UniqueConstraint("tenant_id", "know_how_id", "version"),
        schema="exchange",
    )
    close(
        "exchange.know_how_versions",
        "SELECT, INSERT",
        own_rows=f"USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})",
    )

    op.create_table(
        "know_how_files",
        *town_key(),
        sa.Column("know_how_id", sa.Uuid, nullable=False),
        words("words"),
        own_key("know_how_id", "exchange.know_how"),
        own_key("id", "core.files"),
        schema="exchange",
    )
    op.create_index(
        "ix_know_how_files_tenant_id_know_how_id",
        "know_how_files",
        ["tenant_id", "know_how_id"],
        schema="exchange",
    )
    close(
        "exchange.know_how_files",
        "SELECT, INSERT",
        own_rows=f"USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})",
    )


def make_listings() -> None:
    op.create_table(
        "know_how_listings",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("owner_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), nullable=False),
        sa.Column("author_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id")),
        networks("network_ids"),
        networks("hidden_in"),
        sa.Column("is_public", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("genre", sa.String(40), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        words("summary"),
        words("body"),
        sa.Column("field", sa.String(40), nullable=False),
        words("tactic"),
        sa.Column("licence", sa.String(40), nullable=False),
        words("terms"),
        files(),
        words("note"),
        sa.Column("origin_id", sa.Uuid),
        words("origin_words"),
        sa.Column("uses", sa.Integer, nullable=False, server_default="0"),
        sa.Column("published_at", AWARE, nullable=False),
        sa.CheckConstraint("author_id = owner_id", name="author_is_owner"),
        # A file's own data, a tactic of the plan or an origin could say the name.
        sa.CheckConstraint(
            "author_id IS NOT NULL OR (NOT is_public AND files = '[]' AND tactic = ''"
            " AND terms = '' AND origin_id IS NULL AND origin_words = '')",
            name="nameless_says_nothing",
        ),
        # Perhaps only one town is in both of two networks.
        sa.CheckConstraint(
            "author_id IS NOT NULL OR cardinality(network_ids) <= 1", name="nameless_in_one_network"
        ),
        schema="exchange",
    )
    op.create_index(
        "ix_know_how_listings_author_id", "know_how_listings", ["author_id"], schema="exchange"
    )
    ours = f"owner_id = {OUR_TOWN}"
    close(
        "exchange.know_how_listings",
        f"SELECT (id, hidden_in, uses, {', '.join(SAID)}),"
        f" INSERT (id, owner_id, {', '.join(SAID)}), UPDATE ({', '.join(SAID)})",
        own_rows=(
            f"USING ({ours}) WITH CHECK ({ours}"
            f" AND network_ids <@ COALESCE({OUR_NETWORKS}, '{{}}'))"
        ),
        published=(
            "FOR SELECT USING (EXISTS (SELECT FROM unnest(network_ids) AS one"
            " WHERE one <> ALL (hidden_in) AND exchange.shown(one, owner_id)))"
        ),
        # What is hidden in a network of ours is not shown to us as public either.
        everybody=(
            f"FOR SELECT USING (is_public AND NOT COALESCE(hidden_in && {OUR_NETWORKS}, false))"
        ),
        functions="FOR ALL TO CURRENT_USER USING (true) WITH CHECK (true)",
    )


def make_reuses() -> None:
    op.create_table(
        "reuses",
        *town_key(),
        sa.Column("know_how_id", sa.Uuid, nullable=False),
        sa.Column("origin_id", sa.Uuid, nullable=False),
        sa.Column("origin_title", sa.Text, nullable=False),
        words("origin_town"),
        sa.Column("origin_version", sa.Integer, nullable=False),
        words("origin_body"),
        sa.Column("told_version", sa.Integer, nullable=False),
        sa.Column("network_id", sa.Uuid),
        sa.Column("borrowed_by", sa.Text, nullable=False),
        sa.Column("person_id", sa.Uuid),
        sa.Column("borrowed_at", AWARE, nullable=False),
        sa.Column("ask_on", sa.Date, nullable=False),
        sa.Column("asked_at", AWARE),
        sa.Column("outcome", sa.String(40)),
        words("changes"),
        words("result"),
        words("thanks"),
        sa.Column("reported_at", AWARE),
        sa.Column("reported_by", sa.Text, nullable=False, server_default=""),
        sa.Column("ended_at", AWARE),
        own_key("know_how_id", "exchange.know_how"),
        sa.UniqueConstraint("tenant_id", "know_how_id"),
        sa.CheckConstraint("(reported_at IS NULL) = (outcome IS NULL)", name="outcome_if_reported"),
        schema="exchange",
    )
    op.create_index(
        "ix_reuses_tenant_id_origin_id", "reuses", ["tenant_id", "origin_id"], schema="exchange"
    )
    close(
        "exchange.reuses",
        "SELECT, INSERT, UPDATE",
        own_rows=f"USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})",
        functions="FOR SELECT TO CURRENT_USER USING (true)",
    )

    op.create_table(
        "received_reuses",
        *town_key(),
        sa.Column("know_how_id", sa.Uuid, nullable=False),
        sa.Column("network_id", sa.Uuid),
        sa.Column("by_tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id")),
        sa.Column("town_name", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("borrowed_at", AWARE, nullable=False),
        sa.Column("outcome", sa.String(40)),
        words("changes"),
        words("result"),
        words("thanks"),
        sa.Column("reported_at", AWARE),
        sa.Column("ended_at", AWARE),
        own_key("know_how_id", "exchange.know_how"),
        sa.CheckConstraint("(ended_at IS NULL) = (by_tenant_id IS NOT NULL)", name="name_if_ended"),
        schema="exchange",
    )
    op.create_index(
        "ix_received_reuses_tenant_id_know_how_id",
        "received_reuses",
        ["tenant_id", "know_how_id"],
        schema="exchange",
    )
    op.create_index(
        "ix_received_reuses_by_tenant_id", "received_reuses", ["by_tenant_id"], schema="exchange"
    )
    # Written by the two functions below only: whose it is, the town that uses it need not know.
    close(
        "exchange.received_reuses",
        "SELECT",
        own_rows=f"FOR SELECT USING ({OWN_ROWS})",
        functions="FOR ALL TO CURRENT_USER USING (true) WITH CHECK (true)",
    )


def make_functions() -> None:
    # Tells the author's town of a use of the town in scope, first or again. The settings say who
    # asks, as everywhere; only what that town can see now can be used.
    op.execute(
        f"""
        CREATE FUNCTION exchange.tell_author(p_reuse uuid) RETURNS void
        LANGUAGE plpgsql {FIXED} AS $$
        DECLARE
            v_reuse exchange.reuses;
            v_owner uuid;
        BEGIN
            SELECT * INTO v_reuse FROM exchange.reuses r
            WHERE r.tenant_id = {OUR_TOWN} AND r.id = p_reuse AND r.ended_at IS NULL;
            IF v_reuse.id IS NULL THEN
                RAISE insufficient_privilege USING MESSAGE = 'no use of the town in scope';
            END IF;
            UPDATE exchange.received_reuses g
            SET outcome = v_reuse.outcome, changes = v_reuse.changes, result = v_reuse.result,
                thanks = v_reuse.thanks, reported_at = v_reuse.reported_at
            WHERE g.id = p_reuse AND g.by_tenant_id = v_reuse.tenant_id;
            IF FOUND THEN
                RETURN;
            END IF;
            UPDATE exchange.know_how_listings l SET uses = l.uses + 1
            WHERE l.id = v_reuse.origin_id AND l.owner_id <> v_reuse.tenant_id
              AND (l.is_public AND v_reuse.network_id IS NULL
                   OR v_reuse.network_id = ANY (l.network_ids)
                      AND v_reuse.network_id <> ALL (l.hidden_in)
                      AND exchange.shown(v_reuse.network_id, l.owner_id))
            RETURNING l.owner_id INTO v_owner;
            IF v_owner IS NULL THEN
                RAISE insufficient_privilege USING MESSAGE = 'not shown to the town in scope';
            END IF;
            INSERT INTO exchange.received_reuses
                (tenant_id, id, know_how_id, network_id, by_tenant_id, town_name, version,
                 borrowed_at)
            SELECT v_owner, p_reuse, v_reuse.origin_id, v_reuse.network_id, t.id, t.name,
                   v_reuse.origin_version, v_reuse.borrowed_at
            FROM tenancy.tenants t WHERE t.id = v_reuse.tenant_id;
        END $$
        """  # noqa: S608 (constants of this file only)
    )
    # When the town in scope leaves a network: of each use there, by it or of its own, the name
    # of the town stays and that it was.
    op.execute(
        f"""
        CREATE FUNCTION exchange.sever_reuses(p_network uuid, p_at timestamptz) RETURNS void
        LANGUAGE sql {FIXED} AS $$
            UPDATE exchange.received_reuses g
            SET by_tenant_id = NULL, changes = '', result = '', thanks = '', ended_at = p_at
            WHERE g.network_id = p_network AND g.ended_at IS NULL
              AND (g.tenant_id = {OUR_TOWN} OR g.by_tenant_id = {OUR_TOWN})
        $$
        """  # noqa: S608 (constants of this file only)
    )
    for function in ("tell_author(uuid)", "sever_reuses(uuid, timestamptz)"):
        op.execute(f"REVOKE ALL ON FUNCTION exchange.{function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION exchange.{function} TO kyoso_app")


def downgrade() -> None:
    op.execute("DROP FUNCTION exchange.sever_reuses(uuid, timestamptz)")
    op.execute("DROP FUNCTION exchange.tell_author(uuid)")
    for table in (
        *("received_reuses", "reuses", "know_how_listings", "know_how_files"),
        *("know_how_versions", "know_how"),
    ):
        op.drop_table(table, schema="exchange")
