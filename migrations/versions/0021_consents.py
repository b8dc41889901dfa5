"""Filled by the feature that this number is kept for."""

revision = "0021_consents"
down_revision = "0020_profiles"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
