"""Create recruitments with applications, private links and messages, closed to other towns."""

import sqlalchemy as sa
from alembic import op

revision = "0024_recruitments"
down_revision = "0023_engagements"

OWN_ROWS = "tenant_id = NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"
MOMENT = sa.DateTime(timezone=True)
TABLES = (
    "recruitment_messages",
    "recruitment_links",
    "recruitment_applications",
    "recruitments",
)


def close_to_others(table: str) -> None:
    """Let a transaction see and write only the rows of the municipality in scope."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_rows ON {table} USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO kyoso_app")


def town_key() -> tuple[sa.Column, sa.Column]:
    """Return the two columns of every town's primary key."""
    town = sa.ForeignKey("tenancy.tenants.id")
    return (
        sa.Column("tenant_id", sa.Uuid, town, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
    )


def own_fk(column: str, table: str) -> sa.ForeignKeyConstraint:
    """Return a foreign key within the town."""
    return sa.ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"])


def words(name: str, *, default: bool = False) -> sa.Column:
    """Return a column of text that is never NULL."""
    return sa.Column(name, sa.Text, nullable=False, server_default="" if default else None)


def index(table: str, *columns: str) -> None:
    """Make an index under the name that the models give it."""
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns), schema="municipal")


def upgrade() -> None:
    op.create_table(
        "recruitments",
        *town_key(),
        sa.Column("department_id", sa.Uuid, nullable=False),
        sa.Column("project_id", sa.Uuid),
        sa.Column("need_id", sa.Uuid),
        words("title"),
        words("purpose"),
        words("tasks"),
        sa.Column("skills", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("hours_a_month", sa.Integer, nullable=False),
        sa.Column("starts_on", sa.Date),
        sa.Column("ends_on", sa.Date),
        sa.Column("pay_unit", sa.String(40), nullable=False),
        sa.Column("pay_yen", sa.Integer),
        words("pay_note", default=True),
        sa.Column("mode", sa.String(40), nullable=False),
        words("place", default=True),
        sa.Column("wanted", sa.Integer, nullable=False),
        sa.Column("closes_on", sa.Date),
        sa.Column("status", sa.String(40), nullable=False),
        words("search_key", default=True),
        sa.Column("created_at", MOMENT, nullable=False, server_default=sa.func.now()),
        words("created_by"),
        sa.Column("published_at", MOMENT),
        sa.Column("closed_at", MOMENT),
        own_fk("department_id", "tenancy.departments"),
        own_fk("project_id", "municipal.projects"),
        own_fk("need_id", "municipal.needs"),
        sa.CheckConstraint(
            "(status = 'draft') = (published_at IS NULL)", name="published_at_unless_draft"
        ),
        sa.CheckConstraint(
            "(status IN ('closed', 'filled')) = (closed_at IS NOT NULL)", name="closed_at_if_over"
        ),
        sa.CheckConstraint("hours_a_month > 0", name="some_hours"),
        sa.CheckConstraint("wanted > 0", name="somebody_is_wanted"),
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
        sa.CheckConstraint("(pay_unit = 'none') = (pay_yen IS NULL)", name="pay_has_its_amount"),
        schema="municipal",
    )
    index("recruitments", "tenant_id", "status")

    op.create_table(
        "recruitment_applications",
        *town_key(),
        sa.Column("recruitment_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        words("name"),
        words("kana"),
        words("email"),
        words("affiliation", default=True),
        sa.Column("skills", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("hours_a_month", sa.Integer, nullable=False),
        words("message"),
        sa.Column("links", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("locale", sa.Text, nullable=False, server_default="ja"),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("membership_id", sa.Uuid),
        sa.Column("waiting_since", MOMENT),
        words("letter", default=True),
        sa.Column("told_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sa.Column("keep_days", sa.Integer, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False, server_default=sa.func.now()),
        sa.Column("moved_at", MOMENT, nullable=False),
        sa.Column("erased_at", MOMENT),
        own_fk("recruitment_id", "municipal.recruitments"),
        own_fk("membership_id", "identity.memberships"),
        sa.UniqueConstraint("tenant_id", "number"),
        sa.CheckConstraint(
            "CASE WHEN told_at IS NULL THEN letter = '' ELSE state = 'not_selected' END",
            name="told_by_a_letter",
        ),
        sa.CheckConstraint(
            "(ended_at IS NOT NULL) = (state = 'withdrawn' OR told_at IS NOT NULL)",
            name="ended_at_if_over",
        ),
        sa.CheckConstraint(
            "erased_at IS NULL OR ended_at IS NOT NULL", name="erased_after_it_ended"
        ),
        sa.CheckConstraint(
            "erased_at IS NULL OR (name = '' AND email = '')", name="erased_is_nobodys"
        ),
        schema="municipal",
    )
    index("recruitment_applications", "tenant_id", "recruitment_id")
    index("recruitment_applications", "tenant_id", "waiting_since")

    op.create_table(
        "recruitment_links",
        *town_key(),
        sa.Column("application_id", sa.Uuid, nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        own_fk("application_id", "municipal.recruitment_applications"),
        sa.UniqueConstraint("tenant_id", "token_hash"),
        schema="municipal",
    )
    op.create_table(
        "recruitment_messages",
        *town_key(),
        sa.Column("application_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        words("body"),
        words("author_name"),
        sa.Column("at", MOMENT, nullable=False),
        own_fk("application_id", "municipal.recruitment_applications"),
        schema="municipal",
    )
    index("recruitment_messages", "tenant_id", "application_id", "id")
    for table in TABLES:
        close_to_others(f"municipal.{table}")


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table, schema="municipal")
