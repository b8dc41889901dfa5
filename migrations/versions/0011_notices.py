"""Placeholder: written by the builder of this part."""

revision = "0011_notices"
down_revision = "0010_projects"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
