"""Create the schemas, the job queue, the throttle and what people do with their own accounts."""

import procrastinate.schema
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001_core"
down_revision = None

OWN_ROWS = "person_id = NULLIF(current_setting('kyoso.person_id', true), '')::uuid"


def upgrade() -> None:
    for schema in ("core", "tenancy", "identity", "municipal"):
        op.execute(f"CREATE SCHEMA {schema}")
        op.execute(f"GRANT USAGE ON SCHEMA {schema} TO kyoso_app")

    # The queue's own tables; jobs hold ids only, never what a town wrote. The driver is used
    # directly: the text holds % signs and several statements.
    op.get_bind().connection.driver_connection.execute(
        procrastinate.schema.SchemaManager.get_schema()
    )
    for kind in ("TABLES", "SEQUENCES"):
        op.execute(f"GRANT ALL ON ALL {kind} IN SCHEMA public TO kyoso_app")
    op.execute("GRANT USAGE ON SCHEMA public TO kyoso_app")
    op.execute("REVOKE ALL ON public.alembic_version FROM kyoso_app")
    op.execute("GRANT SELECT ON public.alembic_version TO kyoso_app")

    op.create_table(
        "throttles",
        sa.Column("key", sa.LargeBinary, primary_key=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hits", sa.Integer, nullable=False),
        schema="core",
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON core.throttles TO kyoso_app")

    op.create_table(
        "person_journal",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("facts", postgresql.JSONB, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        schema="core",
    )
    op.create_index(
        "ix_person_journal_person_id_id", "person_journal", ["person_id", "id"], schema="core"
    )
    op.execute("ALTER TABLE core.person_journal ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE core.person_journal FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY own_rows ON core.person_journal USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})"
    )
    op.execute("GRANT SELECT, INSERT ON core.person_journal TO kyoso_app")


def downgrade() -> None:
    op.drop_table("person_journal", schema="core")
    op.drop_table("throttles", schema="core")
    op.execute("DROP SCHEMA public CASCADE")
    op.execute("CREATE SCHEMA public")
    # Dropping the queue took the table of versions along; alembic writes to it once more.
    op.execute("CREATE TABLE public.alembic_version (version_num varchar(32) NOT NULL)")
    op.execute("INSERT INTO public.alembic_version VALUES ('0001_core')")
    for schema in ("municipal", "identity", "tenancy", "core"):
        op.execute(f"DROP SCHEMA {schema}")
