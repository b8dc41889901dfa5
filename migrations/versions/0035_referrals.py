"""Create referrals: what a proposer is asked, what goes to another town, and what it does there.

A `referral_offer` is the first town's own: that it asked, and what the proposer consented to. Only
with that consent a `referral` appears, which both towns see, with what was consented beside it
(`referral_contents`, `referral_files`: read by the other town while both are in the network,
erased by the first when the referral is answered). A `referral_intake` is the other town's own.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0035_referrals"
down_revision = "0034_share_requests"

OUR_TOWN = "NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"
OUR_NETWORKS = (
    "string_to_array(NULLIF(current_setting('kyoso.network_ids', true), ''), ',')::uuid[]"
)
OWN_ROWS = f"tenant_id = {OUR_TOWN}"
AWARE = sa.DateTime(timezone=True)


def close(table: str, grants: str, **policies: str) -> None:
    """Let a transaction see and write only what the policies say."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    for name, policy in policies.items():
        op.execute(f"CREATE POLICY {name} ON {table} {policy}")
    op.execute(f"GRANT {grants} ON {table} TO kyoso_app")


def key() -> tuple[sa.Column, sa.Column]:
    """Return the key of a town's row."""
    return (
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
    )


def text(name: str) -> sa.Column:
    """Return a column of text that may be empty but not missing."""
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def own_fk(column: str, table: str) -> sa.ForeignKeyConstraint:
    """Return a foreign key within the town."""
    return sa.ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"])


def in_network(column: str) -> sa.ForeignKeyConstraint:
    """Return the key that keeps a row among those who are or were members."""
    return sa.ForeignKeyConstraint(
        [column, "network_id"],
        ["exchange.network_members.tenant_id", "exchange.network_members.network_id"],
    )


def upgrade() -> None:
    op.create_table(
        "referral_offers",
        *key(),
        sa.Column("proposal_id", sa.Uuid, nullable=False),
        sa.Column("network_id", sa.Uuid, nullable=False),
        sa.Column("other_tenant_id", sa.Uuid, nullable=False),
        text("words"),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("asked_at", AWARE, nullable=False),
        sa.Column("parts", postgresql.ARRAY(sa.Text), nullable=False, server_default="{}"),
        sa.Column("wording", sa.Text),
        sa.Column("answered_at", AWARE),
        sa.Column("settled", sa.String(40)),
        own_fk("proposal_id", "municipal.proposals"),
        in_network("tenant_id"),
        in_network("other_tenant_id"),
        sa.CheckConstraint("tenant_id <> other_tenant_id", name="to_another_town"),
        sa.CheckConstraint("(status = 'asked') = (answered_at IS NULL)", name="answered_at_if_so"),
        sa.CheckConstraint(
            "status <> 'consented' OR cardinality(parts) > 0 AND wording IS NOT NULL",
            name="consent_says_to_what",
        ),
        schema="exchange",
    )
    op.create_index(
        "uq_referral_offers_live",
        "referral_offers",
        ["tenant_id", "proposal_id", "other_tenant_id"],
        unique=True,
        postgresql_where=sa.text("status = 'asked'"),
        schema="exchange",
    )
    close(
        "exchange.referral_offers",
        "SELECT, INSERT, UPDATE (status, parts, wording, answered_at, settled)",
        own_rows=f"USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})",
    )

    op.create_table(
        "referrals",
        *key(),
        sa.Column("network_id", sa.Uuid, nullable=False),
        sa.Column("other_tenant_id", sa.Uuid, nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("parts", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("offered_at", AWARE, nullable=False),
        sa.Column("lapses_on", sa.Date, nullable=False),
        sa.Column("answered_at", AWARE),
        text("answer"),
        own_fk("id", "exchange.referral_offers"),
        in_network("tenant_id"),
        in_network("other_tenant_id"),
        sa.CheckConstraint("tenant_id <> other_tenant_id", name="to_another_town"),
        sa.CheckConstraint(
            "(status = 'offered') = (answered_at IS NULL)", name="answered_at_if_so"
        ),
        schema="exchange",
    )
    op.create_index(
        "ix_referrals_other_tenant_id_status",
        "referrals",
        ["other_tenant_id", "status"],
        schema="exchange",
    )
    # Only the first town offers; either town says what became of it.
    close(
        "exchange.referrals",
        "SELECT, INSERT, UPDATE (status, answered_at, answer)",
        either=f"FOR SELECT USING ({OWN_ROWS} OR other_tenant_id = {OUR_TOWN})",
        offering=(
            f"FOR INSERT WITH CHECK ({OWN_ROWS} AND network_id = ANY ({OUR_NETWORKS})"
            " AND status = 'offered')"
        ),
        answering=f"FOR UPDATE USING ({OWN_ROWS} OR other_tenant_id = {OUR_TOWN})",
    )

    op.create_table(
        "referral_contents",
        *key(),
        sa.Column("network_id", sa.Uuid, nullable=False),
        sa.Column("other_tenant_id", sa.Uuid, nullable=False),
        sa.Column("content", postgresql.JSONB, nullable=False),
        sa.Column("erased_at", AWARE),
        own_fk("id", "exchange.referrals"),
        schema="exchange",
    )
    given = (
        f"FOR SELECT USING (other_tenant_id = {OUR_TOWN}"
        " AND exchange.shown(network_id, tenant_id) AND erased_at IS NULL)"
    )
    close(
        "exchange.referral_contents",
        "SELECT, INSERT, UPDATE (content, erased_at)",
        own_rows=f"USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})",
        given=given,
    )

    op.create_table(
        "referral_files",
        *key(),
        sa.Column("network_id", sa.Uuid, nullable=False),
        sa.Column("other_tenant_id", sa.Uuid, nullable=False),
        sa.Column("referral_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("bytes", sa.LargeBinary, nullable=False),
        sa.Column("erased_at", AWARE),
        own_fk("referral_id", "exchange.referrals"),
        schema="exchange",
    )
    op.create_index(
        "ix_referral_files_tenant_id_referral_id",
        "referral_files",
        ["tenant_id", "referral_id"],
        schema="exchange",
    )
    close(
        "exchange.referral_files",
        "SELECT, INSERT, UPDATE (name, bytes, erased_at)",
        own_rows=f"USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})",
        given=given,
    )

    op.create_table(
        "referral_intakes",
        *key(),
        sa.Column("from_tenant_id", sa.Uuid, nullable=False),
        sa.Column("proposal_id", sa.Uuid),
        sa.Column("handled_by", sa.Text, nullable=False, server_default=""),
        sa.Column("told", sa.String(40), nullable=False),
        own_fk("proposal_id", "municipal.proposals"),
        sa.UniqueConstraint("tenant_id", "proposal_id"),
        schema="exchange",
    )
    close(
        "exchange.referral_intakes",
        "SELECT, INSERT, UPDATE (proposal_id, handled_by, told)",
        own_rows=f"USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})",
    )


def downgrade() -> None:
    for table in (
        "referral_intakes",
        "referral_files",
        "referral_contents",
        "referrals",
        "referral_offers",
    ):
        op.drop_table(table, schema="exchange")
