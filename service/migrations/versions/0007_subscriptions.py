"""Endpoints bound their batches by bytes, too, and name their format by its word."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("endpoint", sa.Column("batch_bytes", sa.Integer(), nullable=False, server_default="1048576"))
    op.execute("UPDATE endpoint SET format = 'standard', batch_max = 100")


def downgrade() -> None:
    op.execute("UPDATE endpoint SET format = 'sw', batch_max = 1")
    op.drop_column("endpoint", "batch_bytes")
