"""Filled by the feature that this number is kept for."""

revision = "0024_recruitments"
down_revision = "0023_engagements"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
