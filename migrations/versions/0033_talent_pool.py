"""Filled by the feature that this number is kept for."""

revision = "0033_talent_pool"
down_revision = "0032_consultations"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
