"""Filled by the feature that this number is kept for."""

revision = "0031_know_how"
down_revision = "0030_search"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
