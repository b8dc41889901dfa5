"""Placeholder."""

revision = "0041_exchange_mends"
down_revision = "0040_allocations"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
