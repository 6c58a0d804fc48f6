"""A change that a ladder version brought about names that version."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("change", sa.Column("cause", sa.Text(), nullable=True))
    op.create_index(
        "change_cause",
        "change",
        ["cause"],
        sqlite_where=sa.text("cause IS NOT NULL"),
        postgresql_where=sa.text("cause IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("change_cause", table_name="change")
    op.drop_column("change", "cause")
