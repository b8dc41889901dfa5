"""Placeholder: written by the builder of this part."""

revision = "0008_proposals"
down_revision = "0007_intake"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
