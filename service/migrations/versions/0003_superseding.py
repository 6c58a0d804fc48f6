"""What a correction replaced is found by the correction."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("change_end_by", "change_end", ["by"], unique=False)


def downgrade() -> None:
    op.drop_index("change_end_by", table_name="change_end")
