"""Create the town's annual reports."""

import sqlalchemy as sa
from alembic import op

revision = "0019_annual_reports"
down_revision = "0018_workshops"

OWN_ROWS = "tenant_id = NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"
MOMENT = sa.DateTime(timezone=True)


def close_to_others(table: str) -> None:
    """Let a transaction see and write only the rows of the municipality in scope."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_rows ON {table} USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO kyoso_app")


def own_fk(column: str, table: str) -> sa.ForeignKeyConstraint:
    """Return a foreign key within the town."""
    return sa.ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"])


def upgrade() -> None:
    op.create_table(
        "annual_reports",
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("fiscal_year", sa.Integer, nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("progress", sa.Integer, nullable=False, server_default="0"),
        sa.Column("requested_by", sa.Text, nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT),
        sa.Column("pdf_id", sa.Uuid),
        sa.Column("xlsx_id", sa.Uuid),
        own_fk("pdf_id", "core.files"),
        own_fk("xlsx_id", "core.files"),
        sa.CheckConstraint(
            "(status = 'done') = (pdf_id IS NOT NULL AND xlsx_id IS NOT NULL)",
            name="files_if_done",
        ),
        sa.CheckConstraint("fiscal_year >= 2019", name="year_is_reiwa"),
        schema="municipal",
    )
    op.create_index(
        "ix_annual_reports_tenant_id_requested_at",
        "annual_reports",
        ["tenant_id", "requested_at"],
        schema="municipal",
    )
    close_to_others("municipal.annual_reports")


def downgrade() -> None:
    op.drop_table("annual_reports", schema="municipal")
