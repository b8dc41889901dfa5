"""Placeholder: written by the builder of this part."""

revision = "0014_fit_sheets"
down_revision = "0013_agreements"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
