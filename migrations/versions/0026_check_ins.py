"""Filled by the feature that this number is kept for."""

revision = "0026_check_ins"
down_revision = "0025_work_hours"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
