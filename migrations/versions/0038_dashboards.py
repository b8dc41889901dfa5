"""Placeholder."""

revision = "0038_dashboards"
down_revision = "0037_snapshots"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
