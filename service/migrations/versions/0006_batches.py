"""Many changes at once: batches and their rows."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "change_batch",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("backfill", sa.Boolean(), nullable=False),
        sa.Column("overrides", sa.Boolean(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("applied", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("applied_by", sa.Text(), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'stored', 'proposed', 'rejected', 'applying', 'applied', 'failed')",
            name="change_batch_state",
        ),
        sa.CheckConstraint("mode IN ('atomic', 'partial')", name="change_batch_mode"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("change_batch_state", "change_batch", ["state", "started_at"], unique=False)
    op.create_table(
        "change_batch_row",
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("employee", sa.Text(), nullable=True),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("change_id", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.CheckConstraint("outcome IN ('waiting', 'applied', 'failed')", name="change_batch_row_outcome"),
        sa.PrimaryKeyConstraint("batch_id", "number"),
    )
    op.create_index("change_batch_row_outcome", "change_batch_row", ["batch_id", "outcome", "number"], unique=False)


def downgrade() -> None:
    op.drop_table("change_batch_row")
    op.drop_table("change_batch")
