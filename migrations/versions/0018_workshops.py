"""Placeholder: written by the builder of this part."""

revision = "0018_workshops"
down_revision = "0017_gates"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
