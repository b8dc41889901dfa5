"""Placeholder."""

revision = "0040_allocations"
down_revision = "0039_reports"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
