"""Filled by the feature that this number is kept for."""

revision = "0036_moderation"
down_revision = "0035_referrals"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
