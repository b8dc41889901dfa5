"""Create the towns' months: what a town counts, what it publishes, and what a network makes of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0037_snapshots"
down_revision = "0036_moderation"

OUR_TOWN = "NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"
OUR_NETWORKS = (
    "string_to_array(NULLIF(current_setting('kyoso.network_ids', true), ''), ',')::uuid[]"
)
COORDINATED = "NULLIF(current_setting('kyoso.coordinated_network_id', true), '')::uuid"
OF_OUR_NETWORK = f"(network_id = ANY ({OUR_NETWORKS}) OR network_id = {COORDINATED})"
OWN = f"tenant_id = {OUR_TOWN}"

AWARE = sa.DateTime(timezone=True)


def close(table: str, grants: str, **policies: str) -> None:
    """Let a transaction see and write only what the policies say."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    for name, policy in policies.items():
        op.execute(f"CREATE POLICY {name} ON {table} {policy}")
    op.execute(f"GRANT {grants} ON {table} TO kyoso_app")


def town_month() -> list[sa.schema.SchemaItem]:
    """Return what both tables of a town's months begin with."""
    return [
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("network_id", sa.Uuid, nullable=False),
        sa.Column("month", sa.Date, nullable=False),
        sa.Column("figures", postgresql.JSONB, nullable=False),
        sa.Column("comment", sa.Text, nullable=False, server_default=""),
        sa.ForeignKeyConstraint(
            ["tenant_id", "network_id"],
            ["exchange.network_members.tenant_id", "exchange.network_members.network_id"],
        ),
        sa.CheckConstraint("EXTRACT(day FROM month) = 1", name="month_is_its_first_day"),
    ]


def upgrade() -> None:
    op.execute("CREATE SCHEMA joint_metrics")
    op.execute("GRANT USAGE ON SCHEMA joint_metrics TO kyoso_app")

    op.create_table(
        "measurements",
        *town_month(),
        sa.Column("measured_at", AWARE, nullable=False),
        sa.Column("withheld", postgresql.ARRAY(sa.Text), nullable=False, server_default="{}"),
        sa.UniqueConstraint("tenant_id", "network_id", "month"),
        schema="joint_metrics",
    )
    # Not even the network's coordinators: a town looks at its numbers first.
    close(
        "joint_metrics.measurements",
        "SELECT, INSERT, UPDATE",
        own_rows=f"USING ({OWN}) WITH CHECK ({OWN})",
    )

    op.create_table(
        "snapshots",
        *town_month(),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        sa.Column("published_by", sa.Text, nullable=False),
        sa.Column("published_at", AWARE, nullable=False),
        sa.UniqueConstraint("tenant_id", "network_id", "month", "version"),
        sa.CheckConstraint("version > 0", name="counts_from_one"),
        sa.CheckConstraint("version = 1 OR reason <> ''", name="reason_if_corrected"),
        schema="joint_metrics",
    )
    op.create_index(
        "ix_snapshots_network_id_month",
        "snapshots",
        ["network_id", "month"],
        schema="joint_metrics",
    )
    # What was published stays, also of a town that left: nothing in it is changed or deleted.
    close(
        "joint_metrics.snapshots",
        "SELECT, INSERT",
        own_rows=f"FOR SELECT USING ({OWN})",
        of_our_network=f"FOR SELECT USING {OF_OUR_NETWORK}",
        publishing=f"FOR INSERT WITH CHECK ({OWN} AND network_id = ANY ({OUR_NETWORKS}))",
        look_up="FOR SELECT TO CURRENT_USER USING (true)",
    )

    op.create_table(
        "publishing_choices",
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("network_id", sa.Uuid, nullable=False),
        sa.Column("automatic", sa.Boolean, nullable=False),
        sa.Column("chosen_by", sa.Text, nullable=False),
        sa.Column("chosen_at", AWARE, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "network_id"],
            ["exchange.network_members.tenant_id", "exchange.network_members.network_id"],
        ),
        sa.UniqueConstraint("tenant_id", "network_id"),
        schema="joint_metrics",
    )
    close(
        "joint_metrics.publishing_choices",
        "SELECT, INSERT, UPDATE",
        own_rows=f"USING ({OWN}) WITH CHECK ({OWN})",
    )

    op.create_table(
        "network_months",
        sa.Column("network_id", sa.Uuid, sa.ForeignKey("exchange.networks.id"), primary_key=True),
        sa.Column("month", sa.Date, primary_key=True),
        sa.Column("revision", sa.Uuid, nullable=False),
        sa.Column("towns", postgresql.ARRAY(sa.Uuid), nullable=False),
        sa.Column("figures", postgresql.JSONB, nullable=False),
        schema="joint_metrics",
    )
    close(
        "joint_metrics.network_months",
        "SELECT",
        of_our_network=f"FOR SELECT USING {OF_OUR_NETWORK}",
        putting_together="FOR ALL TO CURRENT_USER USING (true) WITH CHECK (true)",
    )
    # The only hand that writes a network's months: whoever may publish in the network asks, and
    # what comes out is what the snapshots say. One after the other for each month.
    op.execute(
        f"""
        CREATE FUNCTION joint_metrics.roll_up(p_network uuid, p_month date) RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
        AS $$
        BEGIN
            IF NOT COALESCE(p_network = ANY ({OUR_NETWORKS}), false) THEN
                RAISE insufficient_privilege USING MESSAGE = 'not a network of the town in scope';
            END IF;
            PERFORM pg_advisory_xact_lock(
                hashtextextended('joint_metrics:' || p_network::text || p_month::text, 0));
            INSERT INTO joint_metrics.network_months AS old
                (network_id, month, revision, towns, figures)
            WITH newest AS MATERIALIZED (
                SELECT DISTINCT ON (s.tenant_id) s.tenant_id, s.figures
                FROM joint_metrics.snapshots s
                WHERE s.network_id = p_network AND s.month = p_month
                ORDER BY s.tenant_id, s.version DESC
            ), single AS MATERIALIZED (
                SELECT n.tenant_id, f.key AS metric, f.value AS v
                FROM newest n, jsonb_each(n.figures) f
            ), samples AS (
                SELECT s.metric, jsonb_agg(x.value ORDER BY x.value) AS found
                FROM single s, jsonb_array_elements(s.v -> 's') x
                GROUP BY s.metric
            ), pooled AS (
                SELECT s.metric, jsonb_strip_nulls(jsonb_build_object(
                    'n', sum((s.v ->> 'n')::numeric),
                    'd', sum((s.v ->> 'd')::numeric),
                    's', (SELECT m.found FROM samples m WHERE m.metric = s.metric),
                    'w', jsonb_object_agg(s.tenant_id, s.v -> 'w') FILTER (WHERE s.v ? 'w'),
                    't', count(*),
                    'f', jsonb_build_array(min((s.v ->> 'f')::int), max((s.v ->> 'f')::int))
                )) AS v
                FROM single s GROUP BY s.metric
            )
            SELECT p_network, p_month, gen_random_uuid(),
                ARRAY(SELECT n.tenant_id FROM newest n ORDER BY n.tenant_id),
                COALESCE((SELECT jsonb_object_agg(p.metric, p.v) FROM pooled p), '{{}}')
            ON CONFLICT (network_id, month) DO UPDATE
            SET revision = excluded.revision, towns = excluded.towns, figures = excluded.figures;
        END $$
        """  # noqa: S608 (constants of this file only)
    )
    op.execute("REVOKE ALL ON FUNCTION joint_metrics.roll_up(uuid, date) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION joint_metrics.roll_up(uuid, date) TO kyoso_app")


def downgrade() -> None:
    op.execute("DROP FUNCTION joint_metrics.roll_up(uuid, date)")
    for table in ("network_months", "publishing_choices", "snapshots", "measurements"):
        op.drop_table(table, schema="joint_metrics")
    op.execute("DROP SCHEMA joint_metrics")
