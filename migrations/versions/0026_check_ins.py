"""Create check-ins. Either side's answer is kept from the other until both are there."""

import sqlalchemy as sa
from alembic import op

revision = "0026_check_ins"
down_revision = "0025_work_hours"

TOWN = "tenant_id = NULLIF(current_setting('kyoso.tenant_id', true), '')::uuid"
ME = "NULLIF(current_setting('kyoso.person_id', true), '')::uuid"
BOTH = f"({TOWN} OR person_id = {ME})"
#: Whoever writes and reads for the town is not the person it is about, member or not.
OWN_SIDE = (
    f"(side = 'town' AND {TOWN} AND person_id IS DISTINCT FROM {ME})"
    f" OR (side = 'person' AND person_id = {ME})"
)
DECIDED_BY_OWN_SIDE = OWN_SIDE.replace("(side", "(decided_side")
TABLES = (
    "check_ins",
    "check_in_answers",
    "check_in_notes",
    "check_in_topics",
    "check_in_actions",
)


def keys() -> list[sa.Column]:
    """Return the columns that every town's table begins with."""
    return [
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("tenancy.tenants.id"), primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
    ]


def needed(name: str, kind: object) -> sa.Column:
    """Return a column that is never empty."""
    return sa.Column(name, kind, nullable=False)


def words(name: str) -> sa.Column:
    """Return a column of words that is empty rather than NULL."""
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def moment(name: str, *, nullable: bool = True) -> sa.Column:
    """Return a column with a moment."""
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def own_fk(column: str, table: str) -> sa.ForeignKeyConstraint:
    """Return the key to another row of the same town."""
    return sa.ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"])


def of_person(column: str, table: str) -> sa.ForeignKeyConstraint:
    """Return the key to a row of the same town that is about the same person."""
    return sa.ForeignKeyConstraint(
        ["tenant_id", column, "person_id"],
        [f"{table}.tenant_id", f"{table}.id", f"{table}.person_id"],
    )


def side(name: str = "side", *, nullable: bool = False) -> list[sa.schema.SchemaItem]:
    """Return a column that says which of the two it was."""
    return [
        sa.Column(name, sa.String(40), nullable=nullable),
        sa.CheckConstraint(f"{name} IN ('town', 'person')", name=f"{name}_is_known"),
    ]


def index(table: str, *columns: str) -> None:
    """Find rows by columns."""
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns), schema="municipal")


def close(table: str, grants: str) -> None:
    """Let nobody see a row but by the policies that follow."""
    op.execute(f"ALTER TABLE municipal.{table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE municipal.{table} FORCE ROW LEVEL SECURITY")
    op.execute(f"GRANT {grants} ON municipal.{table} TO kyoso_app")


def policy(table: str, name: str, command: str, *, using: str = "", check: str = "") -> None:
    """Say which rows a command may touch."""
    rows = (f" USING ({using})" if using else "") + (f" WITH CHECK ({check})" if check else "")
    op.execute(f"CREATE POLICY {name} ON municipal.{table} FOR {command}{rows}")


def upgrade() -> None:
    op.create_table(
        "check_ins",
        *keys(),
        needed("engagement_id", sa.Uuid),
        needed("person_id", sa.Uuid),
        needed("origin", sa.String(40)),
        words("opened_by"),
        moment("opened_at", nullable=False),
        moment("reminded_at"),
        moment("town_answered_at"),
        moment("person_answered_at"),
        moment("revealed_at"),
        sa.Column("largest_gap", sa.Integer),
        moment("cancelled_at"),
        of_person("engagement_id", "municipal.engagements"),
        sa.UniqueConstraint("tenant_id", "id", "person_id"),
        sa.CheckConstraint(
            "(revealed_at IS NULL) = (largest_gap IS NULL)", name="compared_if_revealed"
        ),
        sa.CheckConstraint(
            "revealed_at IS NULL OR"
            " (town_answered_at IS NOT NULL AND person_answered_at IS NOT NULL)",
            name="revealed_if_both_answered",
        ),
        sa.CheckConstraint("revealed_at IS NULL OR cancelled_at IS NULL", name="one_end"),
        sa.CheckConstraint("largest_gap BETWEEN 0 AND 4", name="gap_fits_the_scale"),
        schema="municipal",
    )
    index("check_ins", "person_id")
    index("check_ins", "tenant_id", "engagement_id", "revealed_at")
    op.create_index(
        "uq_check_ins_open",
        "check_ins",
        ["tenant_id", "engagement_id"],
        unique=True,
        postgresql_where=sa.text("revealed_at IS NULL AND cancelled_at IS NULL"),
        schema="municipal",
    )
    # Whether it is answered and revealed says the function alone.
    close("check_ins", "SELECT, INSERT, UPDATE (reminded_at, cancelled_at)")
    untouched = "town_answered_at IS NULL AND person_answered_at IS NULL AND revealed_at IS NULL"
    policy("check_ins", "read", "SELECT", using=BOTH)
    policy("check_ins", "open", "INSERT", check=f"{BOTH} AND {untouched}")
    policy("check_ins", "change", "UPDATE", using=BOTH, check=BOTH)

    op.create_table(
        "check_in_answers",
        *keys(),
        needed("check_in_id", sa.Uuid),
        needed("person_id", sa.Uuid),
        *side(),
        needed("purpose", sa.Integer),
        needed("expectation", sa.Integer),
        needed("communication", sa.Integer),
        words("comment"),
        needed("answered_by", sa.Text),
        moment("answered_at", nullable=False),
        moment("revealed_at"),
        of_person("check_in_id", "municipal.check_ins"),
        sa.UniqueConstraint("tenant_id", "check_in_id", "side"),
        sa.CheckConstraint(
            "purpose BETWEEN 1 AND 5 AND expectation BETWEEN 1 AND 5"
            " AND communication BETWEEN 1 AND 5",
            name="on_the_scale",
        ),
        schema="municipal",
    )
    index("check_in_answers", "person_id")
    close(
        "check_in_answers",
        "SELECT, INSERT,"
        " UPDATE (purpose, expectation, communication, comment, answered_by, answered_at)",
    )
    hidden = f"({OWN_SIDE}) AND revealed_at IS NULL"
    revealed = f"revealed_at IS NOT NULL AND {BOTH}"
    policy("check_in_answers", "read", "SELECT", using=f"{OWN_SIDE} OR ({revealed})")
    policy("check_in_answers", "answer", "INSERT", check=hidden)
    policy("check_in_answers", "change", "UPDATE", using=hidden, check=hidden)

    op.create_table(
        "check_in_notes",
        *keys(),
        needed("check_in_id", sa.Uuid),
        needed("person_id", sa.Uuid),
        *side(),
        needed("shared", sa.Boolean),
        needed("text", sa.Text),
        needed("written_by", sa.Text),
        moment("written_at", nullable=False),
        of_person("check_in_id", "municipal.check_ins"),
        schema="municipal",
    )
    index("check_in_notes", "tenant_id", "check_in_id")
    index("check_in_notes", "person_id")
    close("check_in_notes", "SELECT, INSERT")
    policy("check_in_notes", "read", "SELECT", using=f"{OWN_SIDE} OR (shared AND {BOTH})")
    policy("check_in_notes", "write", "INSERT", check=OWN_SIDE)

    op.create_table(
        "check_in_topics",
        *keys(),
        needed("engagement_id", sa.Uuid),
        needed("check_in_id", sa.Uuid),
        needed("person_id", sa.Uuid),
        *side(),
        needed("text", sa.Text),
        needed("proposed_by", sa.Text),
        moment("proposed_at", nullable=False),
        words("decision"),
        words("decided_by"),
        *side("decided_side", nullable=True),
        moment("decided_at"),
        of_person("engagement_id", "municipal.engagements"),
        of_person("check_in_id", "municipal.check_ins"),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (decision = '') AND (decided_at IS NULL) = (decided_by = '')"
            " AND (decided_at IS NULL) = (decided_side IS NULL)",
            name="decision_has_name_and_date",
        ),
        schema="municipal",
    )
    index("check_in_topics", "tenant_id", "engagement_id")
    index("check_in_topics", "person_id")
    close(
        "check_in_topics",
        "SELECT, INSERT, UPDATE (decision, decided_by, decided_side, decided_at)",
    )
    decided = f"decided_at IS NULL OR {DECIDED_BY_OWN_SIDE}"
    policy("check_in_topics", "read", "SELECT", using=BOTH)
    policy("check_in_topics", "propose", "INSERT", check=f"({OWN_SIDE}) AND ({decided})")
    policy(
        "check_in_topics",
        "decide",
        "UPDATE",
        using=f"{BOTH} AND decided_at IS NULL",
        check=DECIDED_BY_OWN_SIDE,
    )

    op.create_table(
        "check_in_actions",
        *keys(),
        needed("engagement_id", sa.Uuid),
        needed("kind", sa.String(40)),
        sa.Column("check_in_id", sa.Uuid),
        moment("raised_at", nullable=False),
        words("done"),
        words("closed_by"),
        moment("closed_at"),
        own_fk("engagement_id", "municipal.engagements"),
        own_fk("check_in_id", "municipal.check_ins"),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (done = '') AND (closed_at IS NULL) = (closed_by = '')",
            name="closed_with_what_was_done",
        ),
        sa.CheckConstraint("(kind = 'gap') = (check_in_id IS NOT NULL)", name="gap_of_a_check_in"),
        schema="municipal",
    )
    index("check_in_actions", "tenant_id", "engagement_id")
    op.create_index(
        "uq_check_in_actions_gap",
        "check_in_actions",
        ["tenant_id", "check_in_id"],
        unique=True,
        schema="municipal",
    )
    op.create_index(
        "uq_check_in_actions_overdue",
        "check_in_actions",
        ["tenant_id", "engagement_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'overdue' AND closed_at IS NULL"),
        schema="municipal",
    )
    close("check_in_actions", "SELECT, INSERT, UPDATE (done, closed_by, closed_at)")
    policy("check_in_actions", "own_rows", "ALL", using=TOWN, check=TOWN)

    # The one way to reveal: as the owner, who is under the policies too and has one of its own.
    # It holds the check-in's row, so of two that answer at the same moment one sees both.
    for table in ("check_ins", "check_in_answers"):
        op.execute(
            f"CREATE POLICY reveal ON municipal.{table} TO CURRENT_USER"
            " USING (true) WITH CHECK (true)"
        )
    op.execute(
        f"""
        CREATE FUNCTION municipal.reveal_check_in(wanted_town uuid, wanted uuid, moment timestamptz)
        RETURNS boolean
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
        AS $$
        DECLARE
            ours municipal.check_in_answers;
            theirs municipal.check_in_answers;
        BEGIN
            PERFORM 1 FROM municipal.check_ins
            WHERE tenant_id = wanted_town AND id = wanted AND {BOTH}
              AND revealed_at IS NULL AND cancelled_at IS NULL
            FOR UPDATE;
            IF NOT FOUND THEN
                RETURN false;
            END IF;
            SELECT * INTO ours FROM municipal.check_in_answers
            WHERE tenant_id = wanted_town AND check_in_id = wanted AND side = 'town';
            SELECT * INTO theirs FROM municipal.check_in_answers
            WHERE tenant_id = wanted_town AND check_in_id = wanted AND side = 'person';
            UPDATE municipal.check_ins
            SET town_answered_at = ours.answered_at, person_answered_at = theirs.answered_at
            WHERE tenant_id = wanted_town AND id = wanted;
            IF ours.id IS NULL OR theirs.id IS NULL THEN
                RETURN false;
            END IF;
            UPDATE municipal.check_in_answers SET revealed_at = moment
            WHERE tenant_id = wanted_town AND check_in_id = wanted;
            UPDATE municipal.check_ins
            SET revealed_at = moment, largest_gap = greatest(
                abs(ours.purpose - theirs.purpose),
                abs(ours.expectation - theirs.expectation),
                abs(ours.communication - theirs.communication))
            WHERE tenant_id = wanted_town AND id = wanted;
            RETURN true;
        END
        $$
        """  # noqa: S608 (BOTH is written above)
    )
    signature = "municipal.reveal_check_in(uuid, uuid, timestamptz)"
    op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO kyoso_app")


def downgrade() -> None:
    op.execute("DROP FUNCTION municipal.reveal_check_in(uuid, uuid, timestamptz)")
    for table in reversed(TABLES):
        op.drop_table(table, schema="municipal")
