"""Create the outcome indicators, and what is kept at the gates of a project."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0017_gates"
down_revision = "0016_costs_and_load"

OWN_ROWS = "tenant_id = NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"
TABLES = (
    "stage_passages",
    "stage_decisions",
    "closings",
    "evaluations",
    "measurements",
    "indicators",
)


def close_to_others(table: str, grants: str) -> None:
    """Let a transaction see and write only the rows of the municipality in scope."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_rows ON {table} USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})")
    op.execute(f"GRANT {grants} ON {table} TO kyoso_app")


def own_columns() -> tuple[sa.Column, ...]:
    """Return the key that every row of a town has."""
    return (
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
    )


def of(column: str, table: str) -> sa.ForeignKeyConstraint:
    """Return the key to another row of the same town."""
    return sa.ForeignKeyConstraint(
        ["tenant_id", column], [f"municipal.{table}.tenant_id", f"municipal.{table}.id"]
    )


def text(name: str) -> sa.Column:
    """Return a column of words."""
    return sa.Column(name, sa.Text, nullable=False)


def moment(name: str) -> sa.Column:
    """Return a column with the moment at which the row was made, unless said otherwise."""
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now())


def upgrade() -> None:
    op.create_table(
        "indicators",
        *own_columns(),
        sa.Column("project_id", sa.Uuid, nullable=False),
        text("name"),
        text("shows"),
        text("unit"),
        sa.Column("direction", sa.String(40), nullable=False),
        sa.Column("baseline_value", sa.Numeric(16, 4)),
        sa.Column("baseline_on", sa.Date),
        sa.Column("target_value", sa.Numeric(16, 4)),
        sa.Column("target_by", sa.Date),
        moment("created_at"),
        text("created_by"),
        sa.Column("retired_at", sa.DateTime(timezone=True)),
        sa.Column("retired_reason", sa.Text),
        of("project_id", "projects"),
        sa.CheckConstraint(
            "(baseline_value IS NULL) = (baseline_on IS NULL)", name="baseline_has_its_day"
        ),
        sa.CheckConstraint(
            "(target_value IS NULL) = (target_by IS NULL)", name="target_has_its_day"
        ),
        sa.CheckConstraint("target_by > baseline_on", name="target_after_baseline"),
        sa.CheckConstraint(
            "(retired_at IS NULL) = (retired_reason IS NULL)", name="reason_if_retired"
        ),
        schema="municipal",
    )
    op.create_index(
        "ix_indicators_tenant_id_project_id",
        "indicators",
        ["tenant_id", "project_id"],
        schema="municipal",
    )
    op.create_table(
        "measurements",
        *own_columns(),
        sa.Column("indicator_id", sa.Uuid, nullable=False),
        sa.Column("value", sa.Numeric(16, 4), nullable=False),
        sa.Column("measured_on", sa.Date, nullable=False),
        text("note"),
        text("measured_by"),
        moment("created_at"),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_reason", sa.Text),
        of("indicator_id", "indicators"),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)", name="reason_if_withdrawn"
        ),
        schema="municipal",
    )
    op.create_index(
        "ix_measurements_tenant_id_indicator_id_measured_on",
        "measurements",
        ["tenant_id", "indicator_id", "measured_on"],
        schema="municipal",
    )
    for table in ("indicators", "measurements"):
        close_to_others(f"municipal.{table}", "SELECT, INSERT, UPDATE")

    op.create_table(
        "evaluations",
        *own_columns(),
        sa.Column("project_id", sa.Uuid, nullable=False),
        text("learnt"),
        text("result"),
        sa.Column("recommendation", sa.String(40), nullable=False),
        text("reason"),
        text("recorded_by"),
        moment("recorded_at"),
        of("project_id", "projects"),
        schema="municipal",
    )
    op.create_table(
        "closings",
        *own_columns(),
        sa.Column("project_id", sa.Uuid, nullable=False),
        text("lessons"),
        text("handed_over"),
        sa.Column("lessons_offered", sa.Boolean, nullable=False),
        text("recorded_by"),
        moment("recorded_at"),
        of("project_id", "projects"),
        schema="municipal",
    )
    op.create_table(
        "stage_decisions",
        *own_columns(),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        text("grounds"),
        text("decided_by"),
        sa.Column("decided_on", sa.Date, nullable=False),
        text("recorded_by"),
        moment("recorded_at"),
        of("project_id", "projects"),
        schema="municipal",
    )
    op.create_table(
        "stage_passages",
        *own_columns(),
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("from_stage", sa.String(40), nullable=False),
        sa.Column("to_stage", sa.String(40), nullable=False),
        sa.Column("done", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("missing", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("details", JSONB, nullable=False),
        text("reason"),
        text("passed_by"),
        moment("passed_at"),
        of("project_id", "projects"),
        sa.CheckConstraint("cardinality(missing) = 0 OR reason <> ''", name="override_has_reason"),
        schema="municipal",
    )
    for table in ("evaluations", "closings", "stage_decisions", "stage_passages"):
        op.create_index(
            f"ix_{table}_tenant_id_project_id",
            table,
            ["tenant_id", "project_id"],
            schema="municipal",
        )
        # What was judged, decided and passed is added to, never changed.
        close_to_others(f"municipal.{table}", "SELECT, INSERT")


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table, schema="municipal")
