"""Filled by the feature that this number is kept for."""

revision = "0032_consultations"
down_revision = "0031_know_how"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
