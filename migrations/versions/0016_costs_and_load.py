"""Create the running-cost plans, the workloads of departments and their digital promoters."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016_costs_and_load"
down_revision = "0015_project_work"

OWN_ROWS = "tenant_id = NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"
TABLES = ("cost_plans", "cost_items", "workloads", "workload_capacities", "digital_promoters")


def close_to_others(table: str, grants: str) -> None:
    """Let a transaction see and write only the rows of the municipality in scope."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_rows ON {table} USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})")
    op.execute(f"GRANT {grants} ON {table} TO kyoso_app")


def keys() -> list[sa.Column]:
    """Return the columns that every town's table begins with."""
    return [
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
    ]


def needed(name: str, kind: object) -> sa.Column:
    """Return a column that is never empty."""
    return sa.Column(name, kind, nullable=False)


def text(name: str) -> sa.Column:
    """Return a column of words that is empty rather than NULL."""
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def moment(name: str) -> sa.Column:
    """Return a column with a moment that may not have come yet."""
    return sa.Column(name, sa.DateTime(timezone=True))


def created_at() -> sa.Column:
    """Return the column that says when the row was made."""
    return sa.Column(
        "created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
    )


def own_fk(column: str, table: str) -> sa.ForeignKeyConstraint:
    """Return the key to another row of the same town."""
    return sa.ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"])


def index(table: str, *columns: str) -> None:
    """Find a town's rows by columns."""
    name = "_".join(("ix", table, "tenant_id", *columns))
    op.create_index(name, table, ["tenant_id", *columns], schema="municipal")


def upgrade() -> None:
    op.create_table(
        "cost_plans",
        *keys(),
        needed("project_id", sa.Uuid),
        needed("state", sa.String(40)),
        needed("version", sa.Integer),
        sa.Column("starts_on", sa.Date),
        needed("staff_hours", postgresql.ARRAY(sa.Integer)),
        sa.Column("exit_yen", sa.BigInteger),
        text("exit_note"),
        text("budget_source"),
        text("assumptions"),
        sa.Column("requested_on", sa.Date),
        sa.Column("reminded_days", sa.Integer),
        needed("changed_at", sa.DateTime(timezone=True)),
        needed("changed_by", sa.Text),
        created_at(),
        own_fk("project_id", "municipal.projects"),
        sa.UniqueConstraint("tenant_id", "project_id"),
        sa.CheckConstraint("version > 0", name="version_counts_from_one"),
        sa.CheckConstraint("exit_yen >= 0", name="exit_costs_no_less_than_nothing"),
        sa.CheckConstraint("cardinality(staff_hours) = 5", name="five_years_of_hours"),
        sa.CheckConstraint("0 <= ALL (staff_hours)", name="hours_not_negative"),
        sa.CheckConstraint(
            "state = 'draft' OR (starts_on IS NOT NULL AND exit_yen IS NOT NULL)",
            name="complete_says_when_and_exit",
        ),
        schema="municipal",
    )
    op.create_table(
        "cost_items",
        *keys(),
        needed("plan_id", sa.Uuid),
        needed("position", sa.Integer),
        needed("name", sa.Text),
        needed("category", sa.String(40)),
        sa.Column("source", sa.String(40)),
        sa.Column("pilot_yen", sa.BigInteger),
        needed("yearly_yen", postgresql.ARRAY(sa.BigInteger)),
        moment("removed_at"),
        own_fk("plan_id", "municipal.cost_plans"),
        sa.CheckConstraint("pilot_yen >= 0", name="pilot_costs_no_less_than_nothing"),
        sa.CheckConstraint("cardinality(yearly_yen) = 5", name="five_years"),
        sa.CheckConstraint("0 <= ALL (yearly_yen)", name="yen_not_negative"),
        schema="municipal",
    )
    index("cost_items", "plan_id")
    op.create_table(
        "workloads",
        *keys(),
        needed("project_id", sa.Uuid),
        needed("department_id", sa.Uuid),
        needed("from_month", sa.Date),
        needed("until_month", sa.Date),
        needed("hours_added", sa.Integer),
        needed("hours_removed", sa.Integer),
        needed("reason", sa.Text),
        needed("consent", sa.String(40)),
        text("answered_by"),
        moment("answered_at"),
        text("hesitation"),
        needed("created_by", sa.Text),
        created_at(),
        moment("withdrawn_at"),
        own_fk("project_id", "municipal.projects"),
        own_fk("department_id", "tenancy.departments"),
        sa.CheckConstraint("hours_added >= 0 AND hours_removed >= 0", name="hours_not_negative"),
        sa.CheckConstraint("hours_added + hours_removed > 0", name="some_hours"),
        sa.CheckConstraint(
            "EXTRACT(DAY FROM from_month) = 1 AND EXTRACT(DAY FROM until_month) = 1",
            name="whole_months",
        ),
        sa.CheckConstraint("until_month >= from_month", name="ends_after_it_starts"),
        sa.CheckConstraint(
            "(consent = 'none') = (answered_at IS NULL) AND (consent = 'none') = (answered_by = '')",
            name="answer_has_name_and_date",
        ),
        sa.CheckConstraint(
            "(consent = 'hesitating') = (hesitation <> '')", name="hesitation_has_reason"
        ),
        schema="municipal",
    )
    index("workloads", "project_id")
    index("workloads", "department_id")
    op.create_table(
        "workload_capacities",
        *keys(),
        needed("department_id", sa.Uuid),
        needed("from_month", sa.Date),
        needed("hours_a_month", sa.Integer),
        needed("said_by", sa.Text),
        needed("said_at", sa.DateTime(timezone=True)),
        own_fk("department_id", "tenancy.departments"),
        sa.CheckConstraint("hours_a_month >= 0", name="hours_not_negative"),
        sa.CheckConstraint("EXTRACT(DAY FROM from_month) = 1", name="whole_months"),
        schema="municipal",
    )
    index("workload_capacities", "department_id", "from_month")
    op.create_table(
        "digital_promoters",
        *keys(),
        needed("department_id", sa.Uuid),
        needed("membership_id", sa.Uuid),
        needed("starts_on", sa.Date),
        sa.Column("ends_on", sa.Date),
        own_fk("department_id", "tenancy.departments"),
        own_fk("membership_id", "identity.memberships"),
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
        schema="municipal",
    )
    index("digital_promoters", "department_id")
    for table in TABLES:
        close_to_others(f"municipal.{table}", "SELECT, INSERT, UPDATE")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table, schema="municipal")
