"""Filled by the feature that this number is kept for."""

revision = "0022_talents"
down_revision = "0021_consents"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
