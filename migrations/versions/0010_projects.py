"""Placeholder: written by the builder of this part."""

revision = "0010_projects"
down_revision = "0009_reviews"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
