"""Filled by the feature that this number is kept for."""

revision = "0035_referrals"
down_revision = "0034_share_requests"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
