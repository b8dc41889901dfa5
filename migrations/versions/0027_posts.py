"""Filled by the feature that this number is kept for."""

revision = "0027_posts"
down_revision = "0026_check_ins"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
