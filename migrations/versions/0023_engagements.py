"""Filled by the feature that this number is kept for."""

revision = "0023_engagements"
down_revision = "0022_talents"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
