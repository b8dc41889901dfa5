"""Filled by the feature that this number is kept for."""

revision = "0034_share_requests"
down_revision = "0033_talent_pool"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
