"""Placeholder: written by the builder of this part."""

revision = "0007_intake"
down_revision = "0006_needs"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
