"""Placeholder: written by the builder of this part."""

revision = "0002_tenancy"
down_revision = "0001_core"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
