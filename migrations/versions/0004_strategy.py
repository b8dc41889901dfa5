"""Placeholder: written by the builder of this part."""

revision = "0004_strategy"
down_revision = "0003_records"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
