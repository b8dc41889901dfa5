"""Placeholder."""

revision = "0039_reports"
down_revision = "0038_dashboards"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
