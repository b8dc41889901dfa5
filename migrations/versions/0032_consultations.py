"""Create consultations, whose town nobody learns who need not, their answers, and who follows them.

What is published has an `owner_id` that the application may write and never read: policies read
it, so that what a town asked is gone with it, and nobody else can. Whoever asks keeps a row of
their own (`consultation_cases`), which the coordinators of the network may read.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032_consultations"
down_revision = "0031_know_how"

OUR_TOWN = "NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"
OUR_NETWORKS = (
    "string_to_array(NULLIF(current_setting('kyoso.network_ids', true), ''), ',')::uuid[]"
)
COORDINATED = "NULLIF(current_setting('kyoso.coordinated_network_id', true), '')::uuid"
OWN_ROWS = f"tenant_id = {OUR_TOWN}"
AWARE = sa.DateTime(timezone=True)


def close(table: str, *grants: str, **policies: str) -> None:
    """Let a transaction see and write only what the policies say."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    for name, policy in policies.items():
        op.execute(f"CREATE POLICY {name} ON {table} {policy}")
    for grant in grants:
        op.execute(f"GRANT {grant} ON {table} TO kyoso_app")


def text(name: str) -> sa.Column:
    """Return a column of text that may be empty but not missing."""
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def ids(name: str) -> sa.Column:
    """Return a column of ids, none at first."""
    return sa.Column(name, postgresql.ARRAY(sa.Uuid), nullable=False, server_default="{}")


def in_network(column: str) -> sa.ForeignKeyConstraint:
    """Return the key that lets nobody publish where they never were a member."""
    return sa.ForeignKeyConstraint(
        [column, "network_id"],
        ["exchange.network_members.tenant_id", "exchange.network_members.network_id"],
    )


def of_consultation(column: str) -> sa.ForeignKeyConstraint:
    """Return the key to a consultation of the same network."""
    return sa.ForeignKeyConstraint(
        ["network_id", column], ["exchange.consultations.network_id", "exchange.consultations.id"]
    )


def upgrade() -> None:
    op.create_table(
        "consultations",
        sa.Column("network_id", sa.Uuid, sa.ForeignKey("exchange.networks.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("owner_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), nullable=False),
        sa.Column("town_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id")),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("asked_at", AWARE, nullable=False),
        sa.Column("edited_at", AWARE),
        sa.Column("closed_at", AWARE),
        sa.Column("accepted_id", sa.Uuid),
        text("closing_note"),
        sa.Column("escalated_at", AWARE),
        ids("hidden_in"),
        in_network("owner_id"),
        sa.CheckConstraint("town_id = owner_id", name="named_as_its_own"),
        sa.CheckConstraint("(status = 'open') = (closed_at IS NULL)", name="closed_unless_open"),
        schema="exchange",
    )
    op.create_index(
        "ix_consultations_network_id_status",
        "consultations",
        ["network_id", "status"],
        schema="exchange",
    )
    readable = (
        "network_id, id, town_id, title, body, tags, status, asked_at, edited_at, closed_at,"
        " accepted_id, closing_note, escalated_at, hidden_in"
    )
    close(
        "exchange.consultations",
        f"SELECT ({readable})",
        "INSERT",
        "UPDATE (title, body, tags, status, edited_at, closed_at, accepted_id, closing_note,"
        " escalated_at)",
        own_rows=f"FOR SELECT USING (owner_id = {OUR_TOWN})",
        published=(
            "FOR SELECT USING (exchange.shown(network_id, owner_id) AND status <> 'withdrawn'"
            " AND NOT network_id = ANY (hidden_in))"
        ),
        coordinated=f"FOR SELECT USING (network_id = {COORDINATED} AND status <> 'withdrawn')",
        asking=(
            f"FOR INSERT WITH CHECK (owner_id = {OUR_TOWN} AND network_id = ANY ({OUR_NETWORKS})"
            " AND hidden_in = '{}')"
        ),
        own_change=f"FOR UPDATE USING (owner_id = {OUR_TOWN})",
        functions="FOR ALL TO CURRENT_USER USING (true)",
    )

    op.create_table(
        "consultation_cases",
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("network_id", sa.Uuid, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("know_how_id", sa.Uuid),
        in_network("tenant_id"),
        of_consultation("id"),
        schema="exchange",
    )
    close(
        "exchange.consultation_cases",
        "SELECT, INSERT, UPDATE (know_how_id)",
        own_rows=f"USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})",
        coordinated=f"FOR SELECT USING (network_id = {COORDINATED})",
    )

    op.create_table(
        "consultation_answers",
        sa.Column("network_id", sa.Uuid, sa.ForeignKey("exchange.networks.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("consultation_id", sa.Uuid, nullable=False),
        sa.Column("owner_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id")),
        sa.Column("town_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id")),
        sa.Column("asker_of", sa.Uuid),
        text("author_name"),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("at", AWARE, nullable=False),
        sa.Column("edited_at", AWARE),
        sa.Column("withdrawn_at", AWARE),
        sa.Column("taken_down_at", AWARE),
        ids("hidden_in"),
        in_network("owner_id"),
        of_consultation("consultation_id"),
        # Only whoever asked may write as whoever asked.
        sa.ForeignKeyConstraint(
            ["owner_id", "asker_of"],
            ["exchange.consultation_cases.tenant_id", "exchange.consultation_cases.id"],
        ),
        sa.CheckConstraint("asker_of = consultation_id", name="asker_of_this_one"),
        sa.CheckConstraint("town_id = owner_id", name="named_as_its_own"),
        sa.CheckConstraint(
            "owner_id IS NULL OR town_id IS NOT NULL OR asker_of IS NOT NULL AND author_name = ''",
            name="named_unless_asker",
        ),
        sa.CheckConstraint(
            "owner_id IS NOT NULL OR town_id IS NULL AND asker_of IS NULL",
            name="coordinators_are_in_no_town",
        ),
        sa.CheckConstraint("withdrawn_at IS NULL OR body = ''", name="withdrawn_is_erased"),
        schema="exchange",
    )
    op.create_index(
        "ix_consultation_answers_network_id_consultation_id",
        "consultation_answers",
        ["network_id", "consultation_id"],
        schema="exchange",
    )
    readable = (
        "network_id, id, consultation_id, town_id, asker_of, author_name, body, at, edited_at,"
        " withdrawn_at, taken_down_at, hidden_in"
    )
    close(
        "exchange.consultation_answers",
        f"SELECT ({readable})",
        "INSERT",
        "UPDATE (body, edited_at, withdrawn_at, taken_down_at, author_name)",
        own_rows=f"FOR SELECT USING (owner_id = {OUR_TOWN})",
        published=(
            "FOR SELECT USING ((exchange.shown(network_id, owner_id)"
            f" OR owner_id IS NULL AND network_id = ANY ({OUR_NETWORKS}))"
            " AND taken_down_at IS NULL AND NOT network_id = ANY (hidden_in))"
        ),
        coordinated=f"FOR SELECT USING (network_id = {COORDINATED} AND taken_down_at IS NULL)",
        answering=(
            "FOR INSERT WITH CHECK (hidden_in = '{}' AND"
            f" (owner_id = {OUR_TOWN} AND network_id = ANY ({OUR_NETWORKS})"
            f" OR owner_id IS NULL AND network_id = {COORDINATED}))"
        ),
        own_change=f"FOR UPDATE USING (owner_id = {OUR_TOWN})",
        functions="FOR ALL TO CURRENT_USER USING (true)",
    )

    op.create_table(
        "consultation_follows",
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("network_id", sa.Uuid, nullable=False),
        sa.Column("consultation_id", sa.Uuid, nullable=False),
        sa.Column("membership_id", sa.Uuid, nullable=False),
        ids("told"),
        sa.Column("ended_at", AWARE),
        of_consultation("consultation_id"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "membership_id"],
            ["identity.memberships.tenant_id", "identity.memberships.id"],
        ),
        sa.UniqueConstraint("tenant_id", "consultation_id", "membership_id"),
        schema="exchange",
    )
    close(
        "exchange.consultation_follows",
        "SELECT, INSERT, UPDATE (told, ended_at)",
        own_rows=f"USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})",
    )


def downgrade() -> None:
    for table in (
        "consultation_follows",
        "consultation_answers",
        "consultation_cases",
        "consultations",
    ):
        op.drop_table(table, schema="exchange")
