"""Filled by the feature that this number is kept for."""

revision = "0025_work_hours"
down_revision = "0024_recruitments"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
