"""Create the town's engagements with people from outside."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023_engagements"
down_revision = "0022_talents"

OWN_ROWS = "tenant_id = NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"
ME = "NULLIF(current_setting('kyoso.person_id', true), '')::uuid"

AWARE = sa.DateTime(timezone=True)


def own_fk(column: str, table: str) -> sa.ForeignKeyConstraint:
    """Return a foreign key within the town."""
    return sa.ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"])


def words(name: str) -> sa.Column:
    """Return a column of words that may be empty."""
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def upgrade() -> None:
    op.create_table(
        "engagements",
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("talent_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("identity.people.id"), nullable=False),
        sa.Column("person_name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        words("title"),
        sa.Column("department_id", sa.Uuid, nullable=False),
        sa.Column("department_name", sa.Text, nullable=False),
        sa.Column("project_id", sa.Uuid),
        words("project_title"),
        sa.Column("contract_kind", sa.String(40), nullable=False),
        sa.Column("programme", sa.Text),
        words("employer"),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("agreed_ends_on", sa.Date),
        sa.Column("hours_a_month", sa.Integer, nullable=False),
        sa.Column("days_a_month", sa.Integer),
        sa.Column("in_town_days", sa.Integer),
        sa.Column("mode", sa.String(40), nullable=False),
        words("place"),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("pay_unit", sa.String(40), nullable=False),
        sa.Column("pay_yen", sa.Integer, nullable=False, server_default="0"),
        sa.Column("travel_yen_a_year", sa.Integer, nullable=False, server_default="0"),
        sa.Column("responsible_membership_id", sa.Uuid, nullable=False),
        sa.Column("responsible_name", sa.Text, nullable=False),
        sa.Column("agreement_id", sa.Uuid),
        words("agreement_title"),
        sa.Column("check_in_days", sa.Integer, nullable=False, server_default="30"),
        sa.Column("public_servant", sa.Boolean, nullable=False, server_default="false"),
        words("permit_by"),
        sa.Column("permit_on", sa.Date),
        sa.Column("overrides", postgresql.JSONB, nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("offered_at", AWARE, nullable=False),
        sa.Column("agreed_by", sa.String(40), nullable=False),
        words("paper_note"),
        sa.Column("answered_at", AWARE),
        words("answer_note"),
        sa.Column("ended_at", AWARE),
        words("end_reason"),
        sa.Column("renews_id", sa.Uuid),
        sa.Column("revision", sa.Integer, nullable=False, server_default="1"),
        sa.Column("created_at", AWARE, nullable=False, server_default=sa.func.now()),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.UniqueConstraint(
            "tenant_id", "id", "person_id", name="uq_engagements_tenant_id_id_person_id"
        ),
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
        sa.CheckConstraint("hours_a_month BETWEEN 1 AND 744", name="hours_fit_a_month"),
        sa.CheckConstraint("days_a_month BETWEEN 1 AND 31", name="days_fit_a_month"),
        sa.CheckConstraint("in_town_days BETWEEN 0 AND 31", name="days_in_town_fit_a_month"),
        sa.CheckConstraint("pay_yen >= 0 AND travel_yen_a_year >= 0", name="no_negative_yen"),
        sa.CheckConstraint("(pay_unit = 'none') = (pay_yen = 0)", name="pay_if_paid"),
        sa.CheckConstraint(
            "contract_kind <> 'pro_bono' OR pay_unit = 'none'", name="pro_bono_is_unpaid"
        ),
        sa.CheckConstraint("check_in_days BETWEEN 7 AND 365", name="check_ins_have_a_rhythm"),
        sa.CheckConstraint(
            "agreed_by <> 'paper' OR agreement_id IS NOT NULL OR paper_note <> ''",
            name="paper_is_named",
        ),
        sa.CheckConstraint(
            "CASE status WHEN 'offered' THEN answered_at IS NULL"
            " WHEN 'withdrawn' THEN true ELSE answered_at IS NOT NULL END",
            name="answered_at_if_answered",
        ),
        sa.CheckConstraint(
            "(status IN ('ended', 'withdrawn')) = (ended_at IS NOT NULL)", name="ended_at_if_ended"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "talent_id", "person_id"],
            [
                "municipal.talents.tenant_id",
                "municipal.talents.id",
                "municipal.talents.person_id",
            ],
        ),
        own_fk("department_id", "tenancy.departments"),
        own_fk("project_id", "municipal.projects"),
        own_fk("agreement_id", "municipal.agreements"),
        own_fk("responsible_membership_id", "identity.memberships"),
        own_fk("renews_id", "municipal.engagements"),
        schema="municipal",
    )
    for columns in (
        ["tenant_id", "status", "ends_on"],
        ["tenant_id", "talent_id"],
        ["person_id"],
    ):
        op.create_index(
            f"ix_engagements_{'_'.join(columns)}", "engagements", columns, schema="municipal"
        )
    op.create_index(
        "uq_engagements_renewal",
        "engagements",
        ["tenant_id", "renews_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('offered', 'active', 'ended')"),
        schema="municipal",
    )
    table = "municipal.engagements"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_rows ON {table} USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})")
    # The person reads their own in every town, and can do no more to them than answer.
    op.execute(f"CREATE POLICY own_person ON {table} FOR SELECT USING (person_id = {ME})")
    op.execute(
        f"CREATE POLICY own_answer ON {table} FOR UPDATE USING (person_id = {ME})"
        f" WITH CHECK (person_id = {ME} AND status IN ('active', 'declined'))"
    )
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO kyoso_app")


def downgrade() -> None:
    op.drop_table("engagements", schema="municipal")
