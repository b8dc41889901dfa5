"""Filled by the feature that this number is kept for."""

revision = "0020_profiles"
down_revision = "0019_annual_reports"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
