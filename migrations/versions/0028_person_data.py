"""Filled by the feature that this number is kept for."""

revision = "0028_person_data"
down_revision = "0027_posts"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
