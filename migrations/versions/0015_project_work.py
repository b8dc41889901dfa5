"""Say more of projects, and keep the work on them: team, dates, reports, people who join."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0015_project_work"
down_revision = "0014_fit_sheets"

OWN_ROWS = "tenant_id = NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"


def close_to_others(table: str, grants: str) -> None:
    """Let a transaction see and write only the rows of the municipality in scope."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_rows ON {table} USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})")
    op.execute(f"GRANT {grants} ON {table} TO kyoso_app")


def text(name: str) -> sa.Column:
    """Return a column of words that is empty rather than NULL."""
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def words(name: str) -> sa.Column:
    """Return a column of words that are there."""
    return sa.Column(name, sa.Text, nullable=False)


def day(name: str) -> sa.Column:
    """Return a column with a day that may not be known."""
    return sa.Column(name, sa.Date)


def moment(name: str) -> sa.Column:
    """Return a column with a moment that may not have come yet."""
    return sa.Column(name, sa.DateTime(timezone=True))


def made() -> sa.Column:
    """Return the column with the moment at which a row was made."""
    return sa.Column(
        "created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
    )


def own(column: str, table: str) -> sa.ForeignKeyConstraint:
    """Return the foreign key to another row of the same town."""
    return sa.ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"])


def town_table(name: str, grants: str, *parts: sa.schema.SchemaItem) -> None:
    """Create a table of a town's rows, closed to the others."""
    op.create_table(
        name,
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        *parts,
        schema="municipal",
    )
    close_to_others(f"municipal.{name}", grants)


def index(table: str, *columns: str) -> None:
    """Create the index of these columns, named as the models name it."""
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns), schema="municipal")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column(
        "projects",
        sa.Column("own_initiative", sa.Boolean, nullable=False, server_default=sa.false()),
        schema="municipal",
    )
    for column in (
        day("pilot_starts_on"),
        day("pilot_ends_on"),
        text("pilot_field"),
        text("exit_conditions"),
    ):
        op.add_column("projects", column, schema="municipal")
    op.create_check_constraint(
        "pilot_has_both_ends",
        "projects",
        "(pilot_starts_on IS NULL) = (pilot_ends_on IS NULL)",
        schema="municipal",
    )
    op.create_check_constraint(
        "pilot_ends_after_it_starts",
        "projects",
        "pilot_ends_on >= pilot_starts_on",
        schema="municipal",
    )
    op.create_check_constraint(
        "initiative_has_no_proposal",
        "projects",
        "NOT own_initiative OR proposal_id IS NULL",
        schema="municipal",
    )
    _projects()
    _activities()
    _recruiting()
    _calendars()


def _projects() -> None:
    town_table(
        "project_tactics",
        "SELECT, INSERT, DELETE",
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("tactic_id", sa.Uuid, nullable=False),
        own("project_id", "municipal.projects"),
        own("tactic_id", "municipal.tactics"),
        sa.UniqueConstraint("tenant_id", "project_id", "tactic_id"),
    )
    index("project_tactics", "tenant_id", "tactic_id")
    town_table(
        "project_decisions",
        "SELECT, INSERT",
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("decided_on", sa.Date, nullable=False),
        words("decision"),
        words("decided_by"),
        words("reason"),
        words("noted_by"),
        made(),
        own("project_id", "municipal.projects"),
    )
    index("project_decisions", "tenant_id", "project_id")


def _activities() -> None:
    town_table(
        "team_members",
        "SELECT, INSERT, UPDATE",
        sa.Column("project_id", sa.Uuid, nullable=False),
        words("name"),
        words("role"),
        text("organisation"),
        sa.Column("side", sa.String(40), nullable=False),
        sa.Column("membership_id", sa.Uuid),
        day("starts_on"),
        day("ends_on"),
        moment("removed_at"),
        own("project_id", "municipal.projects"),
        own("membership_id", "identity.memberships"),
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
        sa.CheckConstraint("membership_id IS NULL OR side = 'inside'", name="members_are_inside"),
    )
    index("team_members", "tenant_id", "project_id")
    town_table(
        "project_steps",
        "SELECT, INSERT, UPDATE",
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        words("title"),
        text("assignee"),
        day("due_on"),
        day("done_on"),
        moment("removed_at"),
        own("project_id", "municipal.projects"),
    )
    index("project_steps", "tenant_id", "project_id")
    town_table(
        "activity_reports",
        "SELECT, INSERT, UPDATE",
        sa.Column("project_id", sa.Uuid, nullable=False),
        words("title"),
        words("body"),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("photos", JSONB, nullable=False),
        words("created_by"),
        made(),
        moment("published_at"),
        moment("withdrawn_at"),
        own("project_id", "municipal.projects"),
        sa.CheckConstraint(
            "(status = 'draft') = (published_at IS NULL)", name="published_at_unless_draft"
        ),
        sa.CheckConstraint(
            "(status = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn_at_if_withdrawn"
        ),
    )
    index("activity_reports", "tenant_id", "project_id")
    index("activity_reports", "tenant_id", "status", "published_at")


def _recruiting() -> None:
    town_table(
        "openings",
        "SELECT, INSERT, UPDATE",
        sa.Column("project_id", sa.Uuid, nullable=False),
        words("role"),
        text("text"),
        day("until"),
        made(),
        moment("closed_at"),
        own("project_id", "municipal.projects"),
    )
    index("openings", "tenant_id", "project_id")
    town_table(
        "join_answers",
        "SELECT, INSERT, UPDATE",
        sa.Column("project_id", sa.Uuid, nullable=False),
        sa.Column("opening_id", sa.Uuid),
        words("name"),
        words("email"),
        words("message"),
        sa.Column("locale", sa.Text, nullable=False, server_default="ja"),
        sa.Column("state", sa.String(40), nullable=False),
        made(),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        own("project_id", "municipal.projects"),
        own("opening_id", "municipal.openings"),
    )
    index("join_answers", "tenant_id", "project_id")
    index("join_answers", "tenant_id", "state")


def _calendars() -> None:
    town_table(
        "calendar_links",
        "SELECT, INSERT, UPDATE",
        sa.Column("membership_id", sa.Uuid, nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        made(),
        moment("revoked_at"),
        own("membership_id", "identity.memberships"),
        sa.UniqueConstraint("tenant_id", "token_hash"),
    )
    index("calendar_links", "tenant_id", "membership_id")


def downgrade() -> None:
    for table in (
        "calendar_links",
        "join_answers",
        "openings",
        "activity_reports",
        "project_steps",
        "team_members",
        "project_decisions",
        "project_tactics",
    ):
        op.drop_table(table, schema="municipal")
    for name in (
        "initiative_has_no_proposal",
        "pilot_ends_after_it_starts",
        "pilot_has_both_ends",
    ):
        op.drop_constraint(f"ck_projects_{name}", "projects", schema="municipal")
    for name in (
        "exit_conditions",
        "pilot_field",
        "pilot_ends_on",
        "pilot_starts_on",
        "own_initiative",
    ):
        op.drop_column("projects", name, schema="municipal")
