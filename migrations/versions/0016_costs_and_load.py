"""Placeholder: written by the builder of this part."""

revision = "0016_costs_and_load"
down_revision = "0015_project_work"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
