"""Create what leaves a network's numbers: reports, public figures, the monthly letter."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0039_reports"
down_revision = "0038_dashboards"

OUR_TOWN = "NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"
OUR_NETWORKS = (
    "string_to_array(NULLIF(current_setting('kyoso.network_ids', true), ''), ',')::uuid[]"
)
COORDINATED = "NULLIF(current_setting('kyoso.coordinated_network_id', true), '')::uuid"
OF_OUR_NETWORK = f"(network_id = ANY ({OUR_NETWORKS}) OR network_id = {COORDINATED})"
BY_COORDINATORS = f"network_id = {COORDINATED}"
OWN = f"tenant_id = {OUR_TOWN}"

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


def texts(name: str) -> sa.Column:
    """Return a column of several texts."""
    return sa.Column(name, postgresql.ARRAY(sa.Text), nullable=False, server_default="{}")


def network_id() -> sa.Column:
    """Return the network that a row belongs to."""
    key = sa.ForeignKey("exchange.networks.id")
    return sa.Column("network_id", sa.Uuid, key, primary_key=True)


def upgrade() -> None:
    reports()
    public_figures()
    letters()


def reports() -> None:
    op.create_table(
        "network_reports",
        network_id(),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("first_month", sa.Date, nullable=False),
        sa.Column("last_month", sa.Date, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        texts("metric_ids"),
        sa.Column("picture_id", sa.Text, nullable=False),
        texts("notes"),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("progress", sa.Integer, nullable=False, server_default="0"),
        sa.Column("requested_by", sa.Text, nullable=False),
        sa.Column("requested_at", AWARE, nullable=False),
        sa.Column("finished_at", AWARE),
        sa.Column("content", postgresql.JSONB),
        sa.CheckConstraint("first_month <= last_month", name="ends_after_it_began"),
        sa.CheckConstraint("language IN ('ja', 'en')", name="language_is_known"),
        sa.CheckConstraint("status <> 'done' OR content IS NOT NULL", name="content_if_done"),
        schema="joint_metrics",
    )
    # The members read what is finished: it says only what they published to each other.
    close(
        "joint_metrics.network_reports",
        "SELECT, INSERT, UPDATE",
        of_coordinators=f"USING ({BY_COORDINATORS}) WITH CHECK ({BY_COORDINATORS})",
        finished=f"FOR SELECT USING (network_id = ANY ({OUR_NETWORKS}) AND status = 'done')",
    )
    op.create_table(
        "network_report_files",
        network_id(),
        sa.Column("report_id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(
            ["network_id", "report_id"],
            ["joint_metrics.network_reports.network_id", "joint_metrics.network_reports.id"],
        ),
        schema="joint_metrics",
    )
    close(
        "joint_metrics.network_report_files",
        "SELECT, INSERT",
        of_our_network=f"FOR SELECT USING {OF_OUR_NETWORK}",
        making=f"FOR INSERT WITH CHECK ({BY_COORDINATORS})",
    )


def public_figures() -> None:
    op.create_table(
        "public_pages",
        network_id(),
        sa.Column("is_public", sa.Boolean, nullable=False),
        text("introduction"),
        texts("metric_ids"),
        sa.Column("changed_at", AWARE, nullable=False),
        schema="joint_metrics",
    )
    close(
        "joint_metrics.public_pages",
        "SELECT, INSERT, UPDATE",
        of_our_network=f"FOR SELECT USING {OF_OUR_NETWORK}",
        shown_to_all="FOR SELECT USING (is_public)",
        writing=f"FOR INSERT WITH CHECK ({BY_COORDINATORS})",
        changing=f"FOR UPDATE USING ({BY_COORDINATORS}) WITH CHECK ({BY_COORDINATORS})",
        look_up="FOR SELECT TO CURRENT_USER USING (true)",
    )
    # Totals of chosen metrics only: whoever reads this table learns what the page says.
    op.create_table(
        "public_figures",
        network_id(),
        sa.Column("metric_id", sa.Text, primary_key=True),
        sa.Column("month", sa.Date, primary_key=True),
        sa.Column("figure", postgresql.JSONB, nullable=False),
        sa.Column("members", sa.Integer, nullable=False),
        schema="joint_metrics",
    )
    close(
        "joint_metrics.public_figures",
        "SELECT",
        for_all="FOR SELECT USING (true)",
        showing="FOR ALL TO CURRENT_USER USING (true) WITH CHECK (true)",
    )
    # What is public is always what is chosen, of what the members published: whoever asks only
    # has it done again. m and y are the medians of the month and of its fiscal year so far: the
    # single values stay inside. No flows: they name towns. No month of fewer than three towns: of
    # one it would be that town's number, of two either could take its own off.
    op.execute(
        """
        CREATE FUNCTION joint_metrics.show_publicly(p_network uuid, p_from date, p_until date)
        RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
        AS $$
        BEGIN
            PERFORM pg_advisory_xact_lock(
                hashtextextended('joint_metrics.public:' || p_network::text, 0));
            DELETE FROM joint_metrics.public_figures
            WHERE network_id = p_network AND month BETWEEN p_from AND p_until;
            INSERT INTO joint_metrics.public_figures (network_id, metric_id, month, figure, members)
            SELECT p_network, chosen.metric, m.month, jsonb_strip_nulls(jsonb_build_object(
                    'n', f.v -> 'n', 'd', f.v -> 'd', 't', f.v -> 't', 'f', f.v -> 'f',
                    'm', (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x.value::float)
                          FROM jsonb_array_elements_text(f.v -> 's') x),
                    'y', (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x.value::float)
                          FROM joint_metrics.network_months y,
                               jsonb_array_elements_text(y.figures -> chosen.metric -> 's') x
                          WHERE y.network_id = p_network AND f.v ? 's'
                            AND y.month BETWEEN
                                (date_trunc('year', m.month - interval '3 months')
                                 + interval '3 months')::date AND m.month
                            AND (y.figures -> chosen.metric ->> 't')::int >= 3))),
                (SELECT count(*) FROM exchange.network_members b
                 WHERE b.network_id = p_network AND b.status IN ('active', 'suspended', 'left')
                   AND b.joined_on < (m.month + interval '1 month')::date
                   AND (b.left_on IS NULL OR b.left_on > m.month))
            FROM joint_metrics.public_pages p
            CROSS JOIN LATERAL unnest(p.metric_ids) AS chosen (metric)
            JOIN joint_metrics.network_months m ON m.network_id = p.network_id
            CROSS JOIN LATERAL (SELECT m.figures -> chosen.metric AS v) f
            WHERE p.network_id = p_network AND p.is_public
              AND m.month BETWEEN p_from AND p_until
              AND f.v IS NOT NULL AND NOT f.v ? 'w' AND (f.v ->> 't')::int >= 3;
        END $$
        """
    )
    # Publishing goes on to what is public, in the same transaction: the whole fiscal year, as a
    # correction moves the medians of the months after it.
    op.execute("ALTER FUNCTION joint_metrics.roll_up(uuid, date) RENAME TO put_together")
    op.execute("REVOKE EXECUTE ON FUNCTION joint_metrics.put_together(uuid, date) FROM kyoso_app")
    op.execute(
        """
        CREATE FUNCTION joint_metrics.roll_up(p_network uuid, p_month date) RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
        AS $$
        BEGIN
            -- One after the other in a network: what becomes public misses nobody's month.
            PERFORM pg_advisory_xact_lock(
                hashtextextended('joint_metrics.public:' || p_network::text, 0));
            PERFORM joint_metrics.put_together(p_network, p_month);
            PERFORM joint_metrics.show_publicly(
                p_network, p_month,
                (date_trunc('year', p_month - interval '3 months') + interval '14 months')::date);
        END $$
        """
    )
    for function in ("show_publicly(uuid, date, date)", "roll_up(uuid, date)"):
        op.execute(f"REVOKE ALL ON FUNCTION joint_metrics.{function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION joint_metrics.{function} TO kyoso_app")


def letters() -> None:
    op.create_table(
        "letter_settings",
        network_id(),
        sa.Column("is_on", sa.Boolean, nullable=False),
        texts("metric_ids"),
        sa.Column("changed_at", AWARE, nullable=False),
        schema="joint_metrics",
    )
    close(
        "joint_metrics.letter_settings",
        "SELECT, INSERT, UPDATE",
        of_our_network=f"FOR SELECT USING {OF_OUR_NETWORK}",
        writing=f"FOR INSERT WITH CHECK ({BY_COORDINATORS})",
        changing=f"FOR UPDATE USING ({BY_COORDINATORS}) WITH CHECK ({BY_COORDINATORS})",
    )
    op.create_table(
        "letter_addresses",
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("network_id", sa.Uuid, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("registered_by", sa.Text, nullable=False),
        sa.Column("registered_at", AWARE, nullable=False),
        sa.Column("removed_at", AWARE),
        sa.ForeignKeyConstraint(
            ["tenant_id", "network_id"],
            ["exchange.network_members.tenant_id", "exchange.network_members.network_id"],
        ),
        sa.CheckConstraint("(removed_at IS NULL) = (email <> '')", name="no_address_if_removed"),
        schema="joint_metrics",
    )
    op.create_index(
        "uq_letter_addresses_current",
        "letter_addresses",
        ["tenant_id", "network_id", "email"],
        unique=True,
        postgresql_where=sa.text("removed_at IS NULL"),
        schema="joint_metrics",
    )
    # Only its own town's: not the network's coordinators, nor the other towns.
    close(
        "joint_metrics.letter_addresses",
        "SELECT, INSERT, UPDATE",
        own_rows=f"USING ({OWN}) WITH CHECK ({OWN})",
    )
    # Whom a month's letter was written to, once over all towns: the key is what makes it once.
    op.create_table(
        "letters",
        network_id(),
        sa.Column("month", sa.Date, primary_key=True),
        sa.Column("recipient_id", sa.Uuid, primary_key=True),
        sa.Column("by_tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), nullable=False),
        sa.Column("written_at", AWARE, nullable=False),
        schema="joint_metrics",
    )
    close(
        "joint_metrics.letters",
        "SELECT, INSERT",
        of_our_network=f"FOR SELECT USING {OF_OUR_NETWORK}",
        writing=(
            f"FOR INSERT WITH CHECK (by_tenant_id = {OUR_TOWN}"
            f" AND network_id = ANY ({OUR_NETWORKS}))"
        ),
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION joint_metrics.roll_up(uuid, date)")
    op.execute("ALTER FUNCTION joint_metrics.put_together(uuid, date) RENAME TO roll_up")
    op.execute("GRANT EXECUTE ON FUNCTION joint_metrics.roll_up(uuid, date) TO kyoso_app")
    op.execute("DROP FUNCTION joint_metrics.show_publicly(uuid, date, date)")
    for table in (
        "letters",
        "letter_addresses",
        "letter_settings",
        "public_figures",
        "public_pages",
        "network_report_files",
        "network_reports",
    ):
        op.drop_table(table, schema="joint_metrics")
