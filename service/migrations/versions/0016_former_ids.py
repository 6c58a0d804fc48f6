"""Ids elsewhere are found by what they are also where they have ended."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("external_id_ever", "external_id", ["system", "value"])


def downgrade() -> None:
    op.drop_index("external_id_ever", table_name="external_id")
