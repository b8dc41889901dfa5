"""Create the register of consents."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021_consents"
down_revision = "0020_profiles"

TOWN = "NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"
NETWORKS = "string_to_array(NULLIF(current_setting('kyoso.network_ids', true), ''), ',')::uuid[]"
ME = "NULLIF(current_setting('kyoso.person_id', true), '')::uuid"

AWARE = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "consents",
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("identity.people.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("purpose", sa.String(40), nullable=False),
        sa.Column("town_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id")),
        # Networks come with the exchange; a person's row outlives them.
        sa.Column("network_id", sa.Uuid),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("fields", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("until", sa.Date, nullable=False),
        sa.Column("wording_version", sa.Text, nullable=False),
        sa.Column("wording", sa.Text, nullable=False),
        sa.Column("given_at", AWARE, nullable=False),
        sa.Column("withdrawn_at", AWARE),
        sa.Column("replaced_by", sa.Uuid),
        sa.CheckConstraint("num_nonnulls(town_id, network_id) = 1", name="one_recipient"),
        sa.CheckConstraint("cardinality(fields) > 0", name="covers_something"),
        sa.CheckConstraint(
            "replaced_by IS NULL OR withdrawn_at IS NOT NULL", name="replaced_is_ended"
        ),
        schema="identity",
    )
    op.create_index(
        "uq_consents_running",
        "consents",
        ["person_id", "purpose", "town_id", "network_id"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
        postgresql_nulls_not_distinct=True,
        schema="identity",
    )
    op.create_index(
        "ix_consents_town_id_person_id", "consents", ["town_id", "person_id"], schema="identity"
    )
    op.execute("ALTER TABLE identity.consents ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE identity.consents FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY own_rows ON identity.consents"
        f" USING (person_id = {ME}) WITH CHECK (person_id = {ME})"
    )
    op.execute(
        "CREATE POLICY given_to_us ON identity.consents FOR SELECT"
        f" USING (town_id = {TOWN} OR network_id = ANY ({NETWORKS}))"
    )
    # What was agreed to stays as it was: only its end can be added.
    op.execute("GRANT SELECT, INSERT ON identity.consents TO kyoso_app")
    op.execute("GRANT UPDATE (withdrawn_at, replaced_by) ON identity.consents TO kyoso_app")


def downgrade() -> None:
    op.drop_table("consents", schema="identity")
