"""Placeholder: written by the builder of this part."""

revision = "0017_gates"
down_revision = "0016_costs_and_load"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
