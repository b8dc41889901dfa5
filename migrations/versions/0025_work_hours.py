"""Create the hours that people log for their engagements, and what was corrected later."""

import sqlalchemy as sa
from alembic import op

revision = "0025_work_hours"
down_revision = "0024_recruitments"

OWN_ROWS = "tenant_id = NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"
ME = "NULLIF(current_setting('kyoso.person_id', true), '')::uuid"

AWARE = sa.DateTime(timezone=True)


def whole_steps(column: str) -> sa.CheckConstraint:
    """Return the check that minutes are quarters of hours, of one day at most."""
    return sa.CheckConstraint(
        f"{column} BETWEEN 0 AND 1440 AND {column} % 15 = 0", name=f"{column}_in_steps_of_a_day"
    )


def person_key(column: str, table: str) -> sa.ForeignKeyConstraint:
    """Return a foreign key to a row of the same town about the same person."""
    return sa.ForeignKeyConstraint(
        ["tenant_id", column, "person_id"],
        [f"municipal.{table}.{name}" for name in ("tenant_id", "id", "person_id")],
    )


def open_to_its_person(table: str, grants: str) -> None:
    """Let the town read its rows, and the person read and write their own in every town."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    # Hours are the person's word: nobody in the town's scope writes them.
    op.execute(f"CREATE POLICY own_rows ON {table} FOR SELECT USING ({OWN_ROWS})")
    op.execute(
        f"CREATE POLICY own_person ON {table} USING (person_id = {ME})"
        f" WITH CHECK (person_id = {ME})"
    )
    op.execute(f"GRANT {grants} ON {table} TO kyoso_app")


def upgrade() -> None:
    op.create_table(
        "work_hours",
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("engagement_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("identity.people.id"), nullable=False),
        sa.Column("worked_on", sa.Date, nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("in_town", sa.Boolean, nullable=False),
        sa.Column("note", sa.Text, nullable=False, server_default=""),
        sa.Column("created_at", AWARE, nullable=False, server_default=sa.func.now()),
        sa.Column("changed_at", AWARE, nullable=False),
        person_key("engagement_id", "engagements"),
        sa.UniqueConstraint(
            "tenant_id",
            "engagement_id",
            "worked_on",
            name="uq_work_hours_tenant_id_engagement_id_worked_on",
        ),
        sa.UniqueConstraint(
            "tenant_id", "id", "person_id", name="uq_work_hours_tenant_id_id_person_id"
        ),
        whole_steps("minutes"),
        sa.CheckConstraint(
            "minutes > 0 OR (NOT in_town AND note = '')", name="mark_and_note_with_hours"
        ),
        schema="municipal",
    )
    for owner in ("tenant_id", "person_id"):
        op.create_index(
            f"ix_work_hours_{owner}_worked_on",
            "work_hours",
            [owner, "worked_on"],
            schema="municipal",
        )
    op.create_table(
        "work_hours_corrections",
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("work_hours_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("identity.people.id"), nullable=False),
        sa.Column("minutes_before", sa.Integer, nullable=False),
        sa.Column("in_town_before", sa.Boolean, nullable=False),
        sa.Column("note_before", sa.Text, nullable=False, server_default=""),
        sa.Column("minutes_after", sa.Integer, nullable=False),
        sa.Column("in_town_after", sa.Boolean, nullable=False),
        sa.Column("note_after", sa.Text, nullable=False, server_default=""),
        sa.Column("at", AWARE, nullable=False),
        person_key("work_hours_id", "work_hours"),
        whole_steps("minutes_before"),
        whole_steps("minutes_after"),
        schema="municipal",
    )
    for columns in (["tenant_id", "work_hours_id"], ["person_id"]):
        op.create_index(
            f"ix_work_hours_corrections_{'_'.join(columns)}",
            "work_hours_corrections",
            columns,
            schema="municipal",
        )
    open_to_its_person("municipal.work_hours", "SELECT, INSERT, UPDATE")
    # What was corrected can only grow, as the journal.
    open_to_its_person("municipal.work_hours_corrections", "SELECT, INSERT")


def downgrade() -> None:
    for table in ("work_hours_corrections", "work_hours"):
        op.drop_table(table, schema="municipal")
