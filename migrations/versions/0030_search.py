"""Filled by the feature that this number is kept for."""

revision = "0030_search"
down_revision = "0029_networks"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
