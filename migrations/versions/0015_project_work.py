"""Placeholder: written by the builder of this part."""

revision = "0015_project_work"
down_revision = "0014_fit_sheets"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
