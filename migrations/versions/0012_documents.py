"""Placeholder: written by the builder of this part."""

revision = "0012_documents"
down_revision = "0011_notices"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
