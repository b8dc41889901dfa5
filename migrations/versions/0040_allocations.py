"""Create allocation plans and their lines, and the numbers that a plan may know."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0040_allocations"
down_revision = "0039_reports"

OUR_TOWN = "NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"
OUR_NETWORKS = (
    "string_to_array(NULLIF(current_setting('kyoso.network_ids', true), ''), ',')::uuid[]"
)
COORDINATED = "NULLIF(current_setting('kyoso.coordinated_network_id', true), '')::uuid"
#: The database's own clock: a consent ends by its date, whatever job did not run.
TODAY = "(now() AT TIME ZONE 'Asia/Tokyo')::date"
FIXED = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"

AWARE = sa.DateTime(timezone=True)

FUNCTIONS = (
    "absent_from(uuid, date)",
    "needs_shown(date)",
    "hours_of_listed(uuid, date, integer)",
    "lines_under_way(uuid, date)",
)


def close(table: str, grants: str, **policies: str) -> None:
    """Let a transaction see and write only what the policies say."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    for name, policy in policies.items():
        op.execute(f"CREATE POLICY {name} ON {table} {policy}")
    op.execute(f"GRANT {grants} ON {table} TO kyoso_app")


def upgrade() -> None:
    op.create_table(
        "allocation_plans",
        sa.Column("network_id", sa.Uuid, sa.ForeignKey("exchange.networks.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("title", sa.Text, nullable=False, server_default=""),
        sa.Column("terms", postgresql.JSONB, nullable=False),
        sa.Column("base_id", sa.Uuid),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("stage", sa.Integer, nullable=False, server_default="0"),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("asked_at", AWARE, nullable=False),
        sa.Column("heard_at", AWARE, nullable=False),
        sa.Column("finished_at", AWARE),
        sa.Column("result", postgresql.JSONB, nullable=False, server_default=sa.text("'{}'")),
        sa.Column("offered_by", sa.Text, nullable=False, server_default=""),
        sa.Column("offered_at", AWARE),
        sa.ForeignKeyConstraint(
            ["network_id", "base_id"],
            [
                "joint_metrics.allocation_plans.network_id",
                "joint_metrics.allocation_plans.id",
            ],
        ),
        sa.CheckConstraint(
            "(status IN ('offered', 'replaced')) = (offered_at IS NOT NULL)",
            name="offered_at_if_offered",
        ),
        sa.CheckConstraint(
            "(status IN ('queued', 'running')) = (finished_at IS NULL)",
            name="finished_if_not_at_work",
        ),
        schema="joint_metrics",
    )
    op.create_index(
        "uq_allocation_plans_offered",
        "allocation_plans",
        ["network_id"],
        unique=True,
        postgresql_where=sa.text("status = 'offered'"),
        schema="joint_metrics",
    )
    # Towns see what the coordinators show them; drafts and what-ifs are the coordinators' own.
    close(
        "joint_metrics.allocation_plans",
        "SELECT, INSERT, UPDATE (status, stage, heard_at, finished_at, result, offered_by,"
        " offered_at)",
        coordinated=f"USING (network_id = {COORDINATED}) WITH CHECK (network_id = {COORDINATED})",
        offered_to_members=(
            f"FOR SELECT USING (network_id = ANY ({OUR_NETWORKS}) AND offered_at IS NOT NULL)"
        ),
    )

    op.create_table(
        "allocation_lines",
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("network_id", sa.Uuid, nullable=False),
        sa.Column("plan_id", sa.Uuid, nullable=False),
        sa.Column("listed_need_id", sa.Uuid, nullable=False),
        sa.Column("home_tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), nullable=False),
        sa.Column("listing_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("hours", sa.Integer, nullable=False),
        sa.Column("reasons", postgresql.JSONB, nullable=False),
        sa.Column("stays", sa.Boolean, nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("offered", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("accepted_at", AWARE),
        sa.Column("accepted_by", sa.Text, nullable=False, server_default=""),
        sa.ForeignKeyConstraint(
            ["network_id", "plan_id"],
            [
                "joint_metrics.allocation_plans.network_id",
                "joint_metrics.allocation_plans.id",
            ],
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "listed_need_id"],
            ["exchange.listed_needs.tenant_id", "exchange.listed_needs.id"],
        ),
        sa.ForeignKeyConstraint(
            ["home_tenant_id", "listing_id", "network_id"],
            [
                "exchange.listings.tenant_id",
                "exchange.listings.id",
                "exchange.listings.network_id",
            ],
        ),
        # A job that runs twice writes nothing twice.
        sa.UniqueConstraint("tenant_id", "plan_id", "listed_need_id", "listing_id"),
        sa.CheckConstraint("tenant_id <> home_tenant_id", name="two_towns"),
        sa.CheckConstraint("hours BETWEEN 1 AND 744", name="hours_fit_in_a_month"),
        sa.CheckConstraint(
            "(status = 'accepted') = (accepted_at IS NOT NULL)", name="accepted_at_if_accepted"
        ),
        sa.CheckConstraint("status <> 'accepted' OR offered", name="accepted_if_offered"),
        schema="joint_metrics",
    )
    op.create_index(
        "ix_allocation_lines_network_id_plan_id",
        "allocation_lines",
        ["network_id", "plan_id"],
        schema="joint_metrics",
    )
    # A coordinator offers and replaces; only the need's own town accepts, and only what is offered.
    close(
        "joint_metrics.allocation_lines",
        "SELECT, INSERT, UPDATE (status, offered, accepted_at, accepted_by)",
        coordinated=f"FOR SELECT USING (network_id = {COORDINATED})",
        writing=(
            f"FOR INSERT WITH CHECK (network_id = {COORDINATED} AND status = 'proposed'"
            " AND NOT offered)"
        ),
        offering=(
            f"FOR UPDATE USING (network_id = {COORDINATED} AND status <> 'accepted')"
            f" WITH CHECK (network_id = {COORDINATED} AND status <> 'accepted')"
        ),
        offered_to_members=(f"FOR SELECT USING (network_id = ANY ({OUR_NETWORKS}) AND offered)"),
        accepting=(
            f"FOR UPDATE USING (tenant_id = {OUR_TOWN} AND network_id = ANY ({OUR_NETWORKS})"
            " AND offered)"
            f" WITH CHECK (tenant_id = {OUR_TOWN} AND network_id = ANY ({OUR_NETWORKS})"
            " AND status = 'accepted')"
        ),
        look_up="FOR SELECT TO CURRENT_USER USING (true)",
    )
    make_functions()


def make_functions() -> None:
    # Asked before a scope is entered, as exchange.standing() is, for a network that no town acts
    # in: who was or may become a member of it, but is none today. NULL if it is closed.
    op.execute(
        f"""
        CREATE FUNCTION joint_metrics.absent_from(p_network uuid, p_today date) RETURNS uuid[]
        LANGUAGE sql STABLE {FIXED} AS $$
            SELECT ARRAY(
                SELECT m.tenant_id FROM exchange.network_members m
                JOIN tenancy.tenants t ON t.id = m.tenant_id
                WHERE m.network_id = n.id AND NOT (
                    m.status = 'active' AND m.joined_on <= p_today
                    AND (m.left_on IS NULL OR m.left_on > p_today)
                    AND t.status = 'active'))
            FROM exchange.networks n
            WHERE n.id = p_network AND (n.closed_on IS NULL OR n.closed_on > p_today)
        $$
        """  # noqa: S608 (constants of this file only)
    )
    # What a coordinator weighs up: the needs that towns show to the network, as they show them.
    op.execute(
        f"""
        CREATE FUNCTION joint_metrics.needs_shown(p_today date)
        RETURNS TABLE (id uuid, tenant_id uuid, title text, skills text[], hours_a_month integer,
                       mode text, opens_on date, closes_on date)
        LANGUAGE sql STABLE {FIXED} AS $$
            SELECT l.id, l.tenant_id, l.title, l.skills, l.hours_a_month, l.mode::text,
                   l.opens_on, l.closes_on
            FROM exchange.listed_needs l
            WHERE l.network_id = {COORDINATED} AND l.status = 'listed'
              AND (l.closes_on IS NULL OR l.closes_on >= p_today)
              AND NOT l.network_id = ANY (l.hidden_in)
              AND NOT l.tenant_id = ANY (joint_metrics.absent_from({COORDINATED}, p_today))
            ORDER BY l.tenant_id, l.id
        $$
        """  # noqa: S608 (constants of this file only)
    )
    # What is left of the hours of those whom a network of the scope shows, and who show their
    # hours: numbers by listing and month, never a booking.
    op.execute(
        f"""
        CREATE FUNCTION joint_metrics.hours_of_listed(
            p_network uuid, p_first date, p_months integer
        ) RETURNS TABLE (tenant_id uuid, listing_id uuid, hours_left integer[])
        LANGUAGE sql STABLE {FIXED} AS $$
            SELECT l.tenant_id, l.id, ARRAY(
                SELECT (p.hours_offered - COALESCE((
                    SELECT sum(b.hours) FROM identity.booked_hours b
                    WHERE b.person_id = l.person_id AND b.from_month <= m.month
                      AND (b.until_month IS NULL OR b.until_month >= m.month)), 0))::integer
                FROM (SELECT (p_first + n * interval '1 month')::date AS month
                      FROM generate_series(0, p_months - 1) AS n) m
                ORDER BY m.month)
            FROM exchange.listings l
            JOIN identity.profiles p ON p.person_id = l.person_id
            WHERE l.network_id = p_network AND l.network_id = ANY ({OUR_NETWORKS})
              AND l.status = 'published' AND l.until >= {TODAY}
              AND NOT l.network_id = ANY (l.hidden_in)
              AND exchange.shown(l.network_id, l.tenant_id)
              AND l.hours_offered IS NOT NULL AND p.hours_offered IS NOT NULL
        $$
        """  # noqa: S608 (constants of this file only)
    )
    # Accepted lines that are still on their way or running: numbers by need and listing. `held`
    # tells whether the ledger has their hours already.
    op.execute(
        f"""
        CREATE FUNCTION joint_metrics.lines_under_way(p_network uuid, p_today date)
        RETURNS TABLE (tenant_id uuid, listed_need_id uuid, home_tenant_id uuid, listing_id uuid,
                       hours integer, held boolean)
        LANGUAGE sql STABLE {FIXED} AS $$
            SELECT l.tenant_id, l.listed_need_id, l.home_tenant_id, l.listing_id,
                   r.hours_a_month, r.status <> 'draft'
            FROM joint_metrics.allocation_lines l
            JOIN exchange.share_requests r
              ON r.tenant_id = l.tenant_id AND (r.id = l.id OR r.renews_id = l.id)
            WHERE l.network_id = p_network AND l.network_id = {COORDINATED}
              AND l.status = 'accepted' AND r.ends_on >= p_today
              AND r.status IN ('draft', 'sent', 'approved', 'accepted', 'active')
        $$
        """  # noqa: S608 (constants of this file only)
    )
    # The owner is under the policies of the requests too.
    op.execute(
        "CREATE POLICY for_plans ON exchange.share_requests FOR SELECT TO CURRENT_USER USING (true)"
    )
    for function in FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION joint_metrics.{function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION joint_metrics.{function} TO kyoso_app")


def downgrade() -> None:
    op.execute("DROP POLICY for_plans ON exchange.share_requests")
    for function in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION joint_metrics.{function}")
    for table in ("allocation_lines", "allocation_plans"):
        op.drop_table(table, schema="joint_metrics")
