"""Create the towns' registers of talents, their notes, and invitations."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022_talents"
down_revision = "0021_consents"

OWN_ROWS = "tenant_id = NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"
ME = "NULLIF(current_setting('kyoso.person_id', true), '')::uuid"

AWARE = sa.DateTime(timezone=True)


def close_to_others(table: str, grants: str) -> None:
    """Let a transaction see and write only the rows of the municipality in scope."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_rows ON {table} USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})")
    op.execute(f"GRANT {grants} ON {table} TO kyoso_app")


def town_key() -> tuple[sa.Column, sa.Column]:
    """Return the two columns of every town's primary key."""
    return (
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
    )


def words(name: str) -> sa.Column:
    """Return a column of text that is empty where nothing was said."""
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def several(name: str) -> sa.Column:
    """Return a column of several texts."""
    return sa.Column(
        name, postgresql.ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'")
    )


def talent_key() -> sa.ForeignKeyConstraint:
    """Return the foreign key to a talent of the same town."""
    return sa.ForeignKeyConstraint(
        ["tenant_id", "talent_id"], ["municipal.talents.tenant_id", "municipal.talents.id"]
    )


def upgrade() -> None:
    op.create_table(
        "talents",
        *town_key(),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("identity.people.id"), nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        words("kana"),
        words("affiliation"),
        words("bio"),
        several("skills"),
        several("free_skills"),
        several("fields"),
        words("can_do"),
        words("wants"),
        several("languages"),
        sa.Column("hours_offered", sa.Integer),
        sa.Column("mode", sa.String(40)),
        words("places"),
        words("conditions"),
        sa.Column("links", postgresql.JSONB, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("photo", sa.LargeBinary),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("joined_at", AWARE, nullable=False),
        sa.Column("left_at", AWARE),
        words("search_key"),
        words("place"),
        sa.UniqueConstraint("tenant_id", "person_id", name="uq_talents_tenant_id_person_id"),
        sa.UniqueConstraint(
            "tenant_id", "id", "person_id", name="uq_talents_tenant_id_id_person_id"
        ),
        sa.CheckConstraint("hours_offered >= 0", name="hours_are_not_negative"),
        schema="municipal",
    )
    op.create_index("ix_talents_person_id", "talents", ["person_id"], schema="municipal")
    op.create_index(
        "ix_talents_tenant_id_place_id", "talents", ["tenant_id", "place", "id"], schema="municipal"
    )
    close_to_others("municipal.talents", "SELECT, INSERT, UPDATE")
    # The person sees what each town holds of them, and what they say of themselves is written
    # anew in all towns at once when they save their profile.
    op.execute(f"CREATE POLICY own_person ON municipal.talents FOR SELECT USING (person_id = {ME})")
    op.execute(
        "CREATE POLICY own_person_writes ON municipal.talents FOR UPDATE"
        f" USING (person_id = {ME}) WITH CHECK (person_id = {ME})"
    )

    op.create_table(
        "talent_notes",
        *town_key(),
        sa.Column("talent_id", sa.Uuid, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("written_by", sa.Text, nullable=False),
        sa.Column("written_at", AWARE, nullable=False),
        talent_key(),
        schema="municipal",
    )
    op.create_index(
        "ix_talent_notes_tenant_id_talent_id_id",
        "talent_notes",
        ["tenant_id", "talent_id", "id"],
        schema="municipal",
    )
    close_to_others("municipal.talent_notes", "SELECT, INSERT")

    op.create_table(
        "talent_invitations",
        *town_key(),
        sa.Column("batch_id", sa.Uuid, nullable=False),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        words("kana"),
        words("message"),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("invited_by", sa.Text, nullable=False),
        sa.Column("created_at", AWARE, nullable=False, server_default=sa.func.now()),
        sa.Column("sent_at", AWARE, nullable=False),
        sa.Column("expires_at", AWARE, nullable=False),
        sa.Column("accepted_at", AWARE),
        sa.Column("withdrawn_at", AWARE),
        sa.Column("talent_id", sa.Uuid),
        talent_key(),
        sa.CheckConstraint("accepted_at IS NULL OR withdrawn_at IS NULL", name="one_end"),
        sa.CheckConstraint(
            "(accepted_at IS NULL) = (talent_id IS NULL)", name="talent_if_accepted"
        ),
        schema="municipal",
    )
    for column in ("token_hash", "batch_id"):
        op.create_index(
            f"ix_talent_invitations_tenant_id_{column}",
            "talent_invitations",
            ["tenant_id", column],
            schema="municipal",
        )
    op.create_index(
        "uq_talent_invitations_open",
        "talent_invitations",
        ["tenant_id", "email"],
        unique=True,
        postgresql_where=sa.text("accepted_at IS NULL AND withdrawn_at IS NULL"),
        schema="municipal",
    )
    close_to_others("municipal.talent_invitations", "SELECT, INSERT, UPDATE")


def downgrade() -> None:
    for table in ("talent_invitations", "talent_notes", "talents"):
        op.drop_table(table, schema="municipal")
