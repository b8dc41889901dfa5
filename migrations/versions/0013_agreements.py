"""Placeholder: written by the builder of this part."""

revision = "0013_agreements"
down_revision = "0012_documents"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
