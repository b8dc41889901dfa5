"""Create networks of towns: members, coordinators, rules, journal; and who sees what in them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029_networks"
down_revision = "0028_person_data"

OUR_TOWN = "NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"
OUR_NETWORKS = (
    "string_to_array(NULLIF(current_setting('kyoso.network_ids', true), ''), ',')::uuid[]"
)
COORDINATED = "NULLIF(current_setting('kyoso.coordinated_network_id', true), '')::uuid"
ME = "NULLIF(current_setting('kyoso.person_id', true), '')::uuid"

OF_OUR_NETWORK = f"(network_id = ANY ({OUR_NETWORKS}) OR network_id = {COORDINATED})"

AWARE = sa.DateTime(timezone=True)


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


def upgrade() -> None:
    op.execute("CREATE SCHEMA exchange")
    op.execute("GRANT USAGE ON SCHEMA exchange TO kyoso_app")

    op.create_table(
        "networks",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        text("purpose"),
        sa.Column("agreement_title", sa.Text, nullable=False),
        sa.Column("agreement_signed_on", sa.Date),
        sa.Column("parties", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("notice_months", sa.Integer, nullable=False),
        sa.Column("founded_by", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), nullable=False),
        sa.Column("created_at", AWARE, nullable=False, server_default=sa.func.now()),
        sa.Column("closed_on", sa.Date),
        sa.UniqueConstraint("slug"),
        sa.UniqueConstraint("id", "founded_by"),
        sa.CheckConstraint("slug ~ '^[a-z][a-z0-9]*(-[a-z0-9]+)*$'", name="slug_fits_an_address"),
        sa.CheckConstraint("notice_months BETWEEN 0 AND 60", name="notice_is_sensible"),
        schema="exchange",
    )
    # Which networks there are is public, as which towns there are: an address leads to one.
    close(
        "exchange.networks",
        "SELECT, INSERT, UPDATE (name, purpose, notice_months, closed_on)",
        public_look_up="FOR SELECT USING (true)",
        founding=f"FOR INSERT WITH CHECK (founded_by = {OUR_TOWN})",
        our_networks=f"FOR UPDATE USING (id = ANY ({OUR_NETWORKS}) OR id = {COORDINATED})",
    )

    op.create_table(
        "network_members",
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("network_id", sa.Uuid, sa.ForeignKey("exchange.networks.id"), nullable=False),
        sa.Column("founder_of", sa.Uuid),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("invited_at", AWARE),
        text("invited_by"),
        text("message"),
        sa.Column("rules_version", sa.Integer),
        text("rules_text"),
        sa.Column("answered_at", AWARE),
        text("answered_by"),
        sa.Column("joined_on", sa.Date),
        sa.Column("notice_on", sa.Date),
        sa.Column("left_on", sa.Date),
        text("leave_reason"),
        sa.Column("suspended_on", sa.Date),
        text("suspension_reason"),
        sa.Column("agreement_id", sa.Uuid),
        sa.ForeignKeyConstraint(
            ["tenant_id", "agreement_id"],
            ["municipal.agreements.tenant_id", "municipal.agreements.id"],
        ),
        # Only the town that founded a network may be a member without an invitation.
        sa.ForeignKeyConstraint(
            ["founder_of", "tenant_id"], ["exchange.networks.id", "exchange.networks.founded_by"]
        ),
        # What a town publishes points here, so that no other town can publish in the network.
        sa.UniqueConstraint("tenant_id", "network_id"),
        sa.CheckConstraint("founder_of = network_id", name="founder_of_this_one"),
        sa.CheckConstraint(
            "status NOT IN ('active', 'suspended', 'left') OR joined_on IS NOT NULL",
            name="joined_if_member",
        ),
        sa.CheckConstraint("(notice_on IS NULL) = (left_on IS NULL)", name="leaves_with_notice"),
        sa.CheckConstraint("left_on >= notice_on", name="leaves_after_notice"),
        sa.CheckConstraint("status <> 'left' OR left_on IS NOT NULL", name="day_if_left"),
        sa.CheckConstraint(
            "(status = 'suspended') = (suspended_on IS NOT NULL)", name="day_if_suspended"
        ),
        schema="exchange",
    )
    op.create_index(
        "ix_network_members_network_id", "network_members", ["network_id"], schema="exchange"
    )
    close(
        "exchange.network_members",
        "SELECT, INSERT, UPDATE",
        own_row=f"FOR SELECT USING (tenant_id = {OUR_TOWN})",
        of_our_network=f"FOR SELECT USING {OF_OUR_NETWORK}",
        founding=(
            f"FOR INSERT WITH CHECK (tenant_id = {OUR_TOWN} AND founder_of = network_id"
            " AND status = 'active')"
        ),
        inviting=f"FOR INSERT WITH CHECK ({OF_OUR_NETWORK} AND status = 'invited')",
        # Only a sync is in the scope of a network that its town is not yet a member of.
        declared=(
            f"FOR INSERT WITH CHECK (tenant_id = {OUR_TOWN}"
            f" AND network_id = ANY ({OUR_NETWORKS}) AND status = 'active')"
        ),
        own_change=(
            f"FOR UPDATE USING (tenant_id = {OUR_TOWN}) WITH CHECK (tenant_id = {OUR_TOWN})"
        ),
        # Others invite, invite again and take an invitation back, and no more.
        inviting_again=(
            f"FOR UPDATE USING ({OF_OUR_NETWORK}"
            " AND status IN ('invited', 'declined', 'revoked', 'left'))"
            f" WITH CHECK ({OF_OUR_NETWORK} AND status IN ('invited', 'revoked'))"
        ),
        look_up="FOR SELECT TO CURRENT_USER USING (true)",
    )

    op.create_table(
        "coordinators",
        sa.Column("network_id", sa.Uuid, sa.ForeignKey("exchange.networks.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("identity.people.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("named_by", sa.Text, nullable=False),
        sa.Column("named_at", AWARE, nullable=False),
        sa.Column("ended_at", AWARE),
        text("ended_by"),
        schema="exchange",
    )
    op.create_index(
        "uq_coordinators_current",
        "coordinators",
        ["network_id", "person_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
        schema="exchange",
    )
    op.create_index("ix_coordinators_person_id", "coordinators", ["person_id"], schema="exchange")
    close(
        "exchange.coordinators",
        "SELECT, INSERT, UPDATE",
        of_our_network=f"FOR SELECT USING ({OF_OUR_NETWORK} OR person_id = {ME})",
        naming=f"FOR INSERT WITH CHECK (network_id = ANY ({OUR_NETWORKS}))",
        ending=f"FOR UPDATE USING (network_id = ANY ({OUR_NETWORKS}))",
    )

    op.create_table(
        "network_rules",
        sa.Column("network_id", sa.Uuid, sa.ForeignKey("exchange.networks.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        text("note"),
        sa.Column("written_by", sa.Text, nullable=False),
        sa.Column("written_at", AWARE, nullable=False),
        sa.UniqueConstraint("network_id", "version"),
        sa.CheckConstraint("version > 0", name="counts_from_one"),
        schema="exchange",
    )
    close(
        "exchange.network_rules",
        "SELECT, INSERT",
        of_our_network=f"USING {OF_OUR_NETWORK} WITH CHECK {OF_OUR_NETWORK}",
    )

    op.create_table(
        "network_journal",
        sa.Column("network_id", sa.Uuid, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("by_tenant_id", sa.Uuid),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid),
        sa.Column("actor_name", sa.Text, nullable=False),
        sa.Column("facts", postgresql.JSONB, nullable=False),
        sa.Column("at", AWARE, nullable=False),
        schema="core",
    )
    # A town says in its own name what it did: also the one that accepts, declines or has left.
    close(
        "core.network_journal",
        "SELECT, INSERT",
        of_our_network=f"FOR SELECT USING {OF_OUR_NETWORK}",
        in_our_name=(
            f"FOR INSERT WITH CHECK (by_tenant_id = {OUR_TOWN}"
            f" OR by_tenant_id IS NULL AND network_id = {COORDINATED})"
        ),
    )

    # Asked before a scope is entered, so past the policies: ids only. A town is absent where its
    # row does not hold today; what it once published there is not shown.
    op.execute(
        """
        CREATE FUNCTION exchange.standing(town uuid, today date)
        RETURNS TABLE (network_id uuid, absent uuid[])
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
        AS $$
            SELECT own.network_id, ARRAY(
                SELECT other.tenant_id
                FROM exchange.network_members other
                JOIN tenancy.tenants t ON t.id = other.tenant_id
                WHERE other.network_id = own.network_id AND NOT (
                    other.status = 'active' AND other.joined_on <= today
                    AND (other.left_on IS NULL OR other.left_on > today)
                    AND t.status = 'active'))
            FROM exchange.network_members own
            JOIN exchange.networks n ON n.id = own.network_id
            JOIN tenancy.tenants t ON t.id = own.tenant_id
            WHERE own.tenant_id = town AND t.status = 'active'
              AND own.status = 'active' AND own.joined_on <= today
              AND (own.left_on IS NULL OR own.left_on > today)
              AND (n.closed_on IS NULL OR n.closed_on > today)
            ORDER BY own.network_id
        $$
        """
    )
    # For every policy on what is published: is it in a network of ours, by a town that is in it
    # today? Inlined by the planner, and run with the rights of whoever asks.
    op.execute(
        f"""
        CREATE FUNCTION exchange.shown(network uuid, owner uuid) RETURNS boolean
        LANGUAGE sql STABLE PARALLEL SAFE
        AS $$
            SELECT network = ANY ({OUR_NETWORKS})
                AND (COALESCE(current_setting('kyoso.absent_members', true), '') = ''
                     OR NOT (network::text || ':' || owner::text) = ANY (
                         string_to_array(current_setting('kyoso.absent_members', true), ',')))
        $$
        """
    )
    op.execute(
        # Constants of this file only.
        f"""
        CREATE FUNCTION exchange.shown(networks uuid[], owner uuid) RETURNS boolean
        LANGUAGE sql STABLE PARALLEL SAFE
        AS $$
            SELECT networks && {OUR_NETWORKS}
                AND (COALESCE(current_setting('kyoso.absent_members', true), '') = ''
                     OR EXISTS (SELECT FROM unnest(networks) one WHERE exchange.shown(one, owner)))
        $$
        """  # noqa: S608
    )
    for function in (
        "standing(uuid, date)",
        "shown(uuid, uuid)",
        "shown(uuid[], uuid)",
    ):
        op.execute(f"REVOKE ALL ON FUNCTION exchange.{function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION exchange.{function} TO kyoso_app")


def downgrade() -> None:
    op.execute("DROP FUNCTION exchange.shown(uuid[], uuid)")
    op.execute("DROP FUNCTION exchange.shown(uuid, uuid)")
    op.execute("DROP FUNCTION exchange.standing(uuid, date)")
    op.drop_table("network_journal", schema="core")
    for table in ("network_rules", "coordinators", "network_members", "networks"):
        op.drop_table(table, schema="exchange")
    op.execute("DROP SCHEMA exchange")
