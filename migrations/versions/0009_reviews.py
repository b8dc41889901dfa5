"""Placeholder: written by the builder of this part."""

revision = "0009_reviews"
down_revision = "0008_proposals"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
