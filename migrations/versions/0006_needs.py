"""Placeholder: written by the builder of this part."""

revision = "0006_needs"
down_revision = "0005_identity"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
