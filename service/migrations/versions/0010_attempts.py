"""Attempts: what the answer's headers said, which form was sent, and an index by endpoint and time."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("dlog", sa.Column("response_headers", sa.Text(), nullable=True))
    op.add_column("dlog", sa.Column("rendering", sa.Text(), nullable=True))
    op.create_index("dlog_endpoint", "dlog", ["endpoint_id", "started_at"], unique=False)


def downgrade() -> None:
    op.drop_index("dlog_endpoint", table_name="dlog")
    op.drop_column("dlog", "rendering")
    op.drop_column("dlog", "response_headers")
