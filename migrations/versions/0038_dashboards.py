"""Create what coordinators add to a network's numbers: targets, and notes on the time line."""

import sqlalchemy as sa
from alembic import op

revision = "0038_dashboards"
down_revision = "0037_snapshots"

OUR_NETWORKS = (
    "string_to_array(NULLIF(current_setting('kyoso.network_ids', true), ''), ',')::uuid[]"
)
COORDINATED = "NULLIF(current_setting('kyoso.coordinated_network_id', true), '')::uuid"
OF_OUR_NETWORK = f"(network_id = ANY ({OUR_NETWORKS}) OR network_id = {COORDINATED})"

AWARE = sa.DateTime(timezone=True)


def close(table: str) -> None:
    """Let members and coordinators of the network read; only its coordinators write."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    for name, policy in {
        "of_our_network": f"FOR SELECT USING {OF_OUR_NETWORK}",
        "by_coordinators": f"FOR INSERT WITH CHECK (network_id = {COORDINATED})",
        "changed_by_coordinators": (
            f"FOR UPDATE USING (network_id = {COORDINATED}) WITH CHECK (network_id = {COORDINATED})"
        ),
    }.items():
        op.execute(f"CREATE POLICY {name} ON {table} {policy}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO kyoso_app")


def upgrade() -> None:
    op.create_table(
        "network_targets",
        sa.Column("network_id", sa.Uuid, sa.ForeignKey("exchange.networks.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("metric_id", sa.Text, nullable=False),
        sa.Column("fiscal_year", sa.Integer, nullable=False),
        sa.Column("value", sa.Numeric(15, 2)),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        sa.Column("set_by", sa.Text, nullable=False),
        sa.Column("set_at", AWARE, nullable=False),
        sa.UniqueConstraint("network_id", "metric_id", "fiscal_year"),
        sa.CheckConstraint("fiscal_year BETWEEN 2000 AND 2200", name="year_is_sensible"),
        schema="joint_metrics",
    )
    close("joint_metrics.network_targets")
    op.create_table(
        "network_notes",
        sa.Column("network_id", sa.Uuid, sa.ForeignKey("exchange.networks.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("month", sa.Date, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("town_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id")),
        sa.Column("written_by", sa.Text, nullable=False),
        sa.Column("written_at", AWARE, nullable=False),
        sa.Column("removed_at", AWARE),
        sa.CheckConstraint("kind IN ('note', 'merger', 'other')", name="kind"),
        sa.CheckConstraint("EXTRACT(day FROM month) = 1", name="month_is_its_first_day"),
        schema="joint_metrics",
    )
    op.create_index(
        "ix_network_notes_network_id_month",
        "network_notes",
        ["network_id", "month"],
        schema="joint_metrics",
    )
    close("joint_metrics.network_notes")


def downgrade() -> None:
    for table in ("network_notes", "network_targets"):
        op.drop_table(table, schema="joint_metrics")
