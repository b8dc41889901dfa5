"""Create share requests, their threads and memoranda, and what two towns keep of a share."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0034_share_requests"
down_revision = "0033_talent_pool"

TOWN = "NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"
NETWORKS = "string_to_array(NULLIF(current_setting('kyoso.network_ids', true), ''), ',')::uuid[]"
ME = "NULLIF(current_setting('kyoso.person_id', true), '')::uuid"

#: What was not sent yet is seen by the town that writes it, and by nobody else.
TWO_TOWNS = (
    f"(tenant_id = {TOWN} AND (sent_at IS NOT NULL OR opened_by = 'asker')"
    f" OR home_tenant_id = {TOWN} AND (sent_at IS NOT NULL OR opened_by = 'home'))"
)
EITHER_TOWN = f"(tenant_id = {TOWN} OR home_tenant_id = {TOWN})"
IN_ITS_OWN_NAME = (
    f"(tenant_id = {TOWN} AND side IN ('asker', 'platform')"
    f" OR home_tenant_id = {TOWN} AND side IN ('home', 'platform')"
    f" OR person_id = {ME} AND side = 'person')"
)

AWARE = sa.DateTime(timezone=True)


def close(table: str, grants: str, **policies: str) -> None:
    """Let a transaction see and write only what the policies say."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    for name, policy in policies.items():
        op.execute(f"CREATE POLICY {name} ON {table} {policy}")
    op.execute(f"GRANT {grants} ON {table} TO kyoso_app")


def two_towns() -> tuple[sa.Column, ...]:
    """Return the columns that every row of two towns begins with."""
    return (
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("home_tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), nullable=False),
    )


def words(name: str) -> sa.Column:
    """Return a column of words that may be empty."""
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def of_request() -> tuple[sa.schema.SchemaItem, ...]:
    """Return what ties a row to a request, to its two towns and to its person."""
    return (
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid),
        sa.ForeignKeyConstraint(
            ["tenant_id", "request_id", "home_tenant_id"],
            [
                "exchange.share_requests.tenant_id",
                "exchange.share_requests.id",
                "exchange.share_requests.home_tenant_id",
            ],
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "request_id", "person_id"],
            [
                "exchange.share_requests.tenant_id",
                "exchange.share_requests.id",
                "exchange.share_requests.person_id",
            ],
        ),
    )


def index(table: str, *columns: str) -> None:
    """Index some columns."""
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns), schema="exchange")


def of_member(column: str) -> sa.ForeignKeyConstraint:
    """Return the key that asks for both towns to be, or have been, in the network."""
    return sa.ForeignKeyConstraint(
        [column, "network_id"],
        ["exchange.network_members.tenant_id", "exchange.network_members.network_id"],
    )


def upgrade() -> None:
    # Whoever is in a register by a share shows that town what they agreed to, and no more.
    op.add_column("talents", sa.Column("only_parts", postgresql.ARRAY(sa.Text)), schema="municipal")
    op.create_table(
        "share_requests",
        *two_towns(),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("opened_by", sa.String(40), nullable=False),
        sa.Column("asker_name", sa.Text, nullable=False),
        sa.Column("home_name", sa.Text, nullable=False),
        sa.Column("network_id", sa.Uuid, nullable=False),
        sa.Column("listing_id", sa.Uuid),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("identity.people.id")),
        words("person_name"),
        sa.Column("membership_id", sa.Uuid),
        sa.Column("department_id", sa.Uuid),
        words("department_name"),
        sa.Column("responsible_membership_id", sa.Uuid),
        words("responsible_name"),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("hours_a_month", sa.Integer),
        sa.Column("days", sa.Integer),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("agreed_ends_on", sa.Date),
        sa.Column("mode", sa.String(40), nullable=False),
        words("place"),
        words("conditions"),
        sa.Column("payer", sa.String(40), nullable=False),
        sa.Column("pay_unit", sa.String(40), nullable=False),
        sa.Column("pay_yen", sa.Integer, nullable=False, server_default="0"),
        words("travel"),
        words("insurance"),
        words("rights"),
        words("confidentiality"),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", AWARE, nullable=False, server_default=sa.func.now()),
        sa.Column("sent_at", AWARE),
        sa.Column("waiting_since", AWARE),
        sa.Column("reminded_at", AWARE),
        sa.Column("paper_version", sa.Integer, nullable=False, server_default="0"),
        sa.Column("asker_version", sa.Integer),
        sa.Column("home_version", sa.Integer),
        sa.Column("person_version", sa.Integer),
        sa.Column("invited", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("ended_at", AWARE),
        words("end_reason"),
        sa.Column("shown", postgresql.JSONB, nullable=False, server_default=sa.text("'{}'")),
        words("email"),
        words("problem"),
        sa.Column("renews_id", sa.Uuid),
        of_member("tenant_id"),
        of_member("home_tenant_id"),
        sa.ForeignKeyConstraint(
            ["home_tenant_id", "listing_id", "network_id", "person_id"],
            [
                "exchange.listings.tenant_id",
                "exchange.listings.id",
                "exchange.listings.network_id",
                "exchange.listings.person_id",
            ],
        ),
        sa.ForeignKeyConstraint(
            ["home_tenant_id", "membership_id", "person_id"],
            [
                "identity.memberships.tenant_id",
                "identity.memberships.id",
                "identity.memberships.person_id",
            ],
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "department_id"],
            ["tenancy.departments.tenant_id", "tenancy.departments.id"],
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "responsible_membership_id"],
            ["identity.memberships.tenant_id", "identity.memberships.id"],
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "renews_id"],
            ["exchange.share_requests.tenant_id", "exchange.share_requests.id"],
        ),
        sa.UniqueConstraint("tenant_id", "id", "home_tenant_id"),
        sa.UniqueConstraint("tenant_id", "id", "person_id"),
        sa.CheckConstraint("tenant_id <> home_tenant_id", name="two_towns"),
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
        sa.CheckConstraint("opened_by IN ('asker', 'home')", name="opened_by_a_town"),
        sa.CheckConstraint(
            "CASE kind WHEN 'hours' THEN opened_by = 'asker' AND listing_id IS NOT NULL"
            " AND person_id IS NOT NULL AND hours_a_month BETWEEN 1 AND 744"
            " AND days IS NULL AND membership_id IS NULL"
            " ELSE listing_id IS NULL AND hours_a_month IS NULL AND days BETWEEN 3 AND 7 END",
            name="hours_or_days",
        ),
        sa.CheckConstraint("(membership_id IS NULL) OR person_id IS NOT NULL", name="who_is_lent"),
        sa.CheckConstraint(
            "status NOT IN ('approved', 'accepted', 'active', 'ended') OR (person_id IS NOT NULL"
            " AND department_id IS NOT NULL AND paper_version > 0)",
            name="complete_if_approved",
        ),
        sa.CheckConstraint(
            "status NOT IN ('accepted', 'active', 'ended') OR (asker_version = paper_version"
            " AND home_version = paper_version AND person_version = paper_version)",
            name="all_three_agreed",
        ),
        sa.CheckConstraint(
            "(status IN ('sent', 'approved')) = (waiting_since IS NOT NULL)",
            name="waits_if_pending",
        ),
        sa.CheckConstraint(
            "(ended_at IS NOT NULL) = (status IN ('ended', 'declined', 'refused', 'withdrawn',"
            " 'lapsed', 'cancelled'))",
            name="ended_at_if_over",
        ),
        schema="exchange",
    )
    index("share_requests", "tenant_id", "status")
    index("share_requests", "home_tenant_id", "status")
    index("share_requests", "person_id")
    close(
        "exchange.share_requests",
        "SELECT, INSERT, UPDATE",
        two_towns=f"FOR SELECT USING {TWO_TOWNS}",
        own_person=f"FOR SELECT USING (person_id = {ME} AND sent_at IS NOT NULL)",
        opening=(
            f"FOR INSERT WITH CHECK (network_id = ANY ({NETWORKS}) AND status = 'draft'"
            f" AND (tenant_id = {TOWN} AND opened_by = 'asker'"
            f" OR home_tenant_id = {TOWN} AND opened_by = 'home'))"
        ),
        two_towns_change=f"FOR UPDATE USING {TWO_TOWNS} WITH CHECK {TWO_TOWNS}",
        # The person answers, and takes back the consent on which it rests.
        own_answer=(
            f"FOR UPDATE USING (person_id = {ME} AND sent_at IS NOT NULL)"
            f" WITH CHECK (person_id = {ME}"
            " AND status IN ('accepted', 'active', 'refused', 'cancelled'))"
        ),
    )

    op.create_table(
        "share_messages",
        *two_towns(),
        *of_request(),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("side", sa.String(40), nullable=False),
        sa.Column("author_name", sa.Text, nullable=False),
        sa.Column("audience", sa.String(40), nullable=False),
        words("text"),
        sa.Column("at", AWARE, nullable=False),
        sa.Column("told_asker_at", AWARE),
        sa.Column("told_home_at", AWARE),
        sa.CheckConstraint("audience = 'all' OR side <> 'person'", name="a_person_tells_both"),
        schema="exchange",
    )
    op.create_table(
        "share_papers",
        *two_towns(),
        *of_request(),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("side", sa.String(40), nullable=False),
        sa.Column("written_by", sa.Text, nullable=False),
        sa.Column("written_at", AWARE, nullable=False),
        sa.Column("pdf", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("tenant_id", "request_id", "version"),
        sa.CheckConstraint("version > 0", name="counts_from_one"),
        schema="exchange",
    )
    op.create_table(
        "share_hours",
        *two_towns(),
        *of_request(),
        sa.Column("month", sa.Date, nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("pushed_at", AWARE, nullable=False),
        sa.UniqueConstraint("tenant_id", "request_id", "month"),
        sa.CheckConstraint("month = date_trunc('month', month)", name="whole_month"),
        sa.CheckConstraint("minutes >= 0", name="minutes_are_counted"),
        schema="exchange",
    )
    op.create_table(
        "share_reviews",
        *two_towns(),
        *of_request(),
        sa.Column("side", sa.String(40), nullable=False),
        sa.Column("again", sa.Boolean, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("author_name", sa.Text, nullable=False),
        sa.Column("at", AWARE, nullable=False),
        sa.UniqueConstraint("tenant_id", "request_id", "side"),
        sa.CheckConstraint("side <> 'platform'", name="by_somebody"),
        schema="exchange",
    )
    for table in ("share_messages", "share_papers", "share_hours", "share_reviews"):
        index(table, "tenant_id", "request_id")
        index(table, "person_id")
    close(
        "exchange.share_messages",
        "SELECT, INSERT, UPDATE (told_asker_at, told_home_at)",
        two_towns=f"FOR SELECT USING {EITHER_TOWN}",
        own_person=f"FOR SELECT USING (person_id = {ME} AND audience = 'all')",
        writing=f"FOR INSERT WITH CHECK {IN_ITS_OWN_NAME}",
        telling=f"FOR UPDATE USING {EITHER_TOWN}",
    )
    close(
        "exchange.share_papers",
        "SELECT, INSERT",
        two_towns=f"FOR SELECT USING {EITHER_TOWN}",
        own_person=f"FOR SELECT USING (person_id = {ME})",
        writing=f"FOR INSERT WITH CHECK {IN_ITS_OWN_NAME}",
    )
    # The sum of a month is the person's to say, as the hours are; both towns read it.
    close(
        "exchange.share_hours",
        "SELECT, INSERT, UPDATE (minutes, pushed_at)",
        two_towns=f"FOR SELECT USING {EITHER_TOWN}",
        own_person=f"USING (person_id = {ME}) WITH CHECK (person_id = {ME})",
    )
    close(
        "exchange.share_reviews",
        "SELECT, INSERT",
        two_towns=f"FOR SELECT USING {EITHER_TOWN}",
        own_person=f"FOR SELECT USING (person_id = {ME})",
        writing=f"FOR INSERT WITH CHECK {IN_ITS_OWN_NAME}",
    )


def downgrade() -> None:
    for table in (
        "share_reviews",
        "share_hours",
        "share_papers",
        "share_messages",
        "share_requests",
    ):
        op.drop_table(table, schema="exchange")
    op.drop_column("talents", "only_parts", schema="municipal")
