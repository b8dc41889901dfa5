"""Placeholder: written by the builder of this part."""

revision = "0005_identity"
down_revision = "0004_strategy"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
