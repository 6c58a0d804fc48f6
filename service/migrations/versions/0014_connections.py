"""Connections to other firms' systems."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "connection",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("credentials_enc", sa.Text(), nullable=False),
        sa.Column("endpoint_id", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
    )
    op.create_index("connection_key", "connection", ["key"], unique=True)
    op.create_table(
        "connection_mapping",
        sa.Column("connection_id", sa.Text(), sa.ForeignKey("connection.id"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("connection_id", "version"),
    )
    op.create_table(
        "connection_cursor",
        sa.Column("connection_id", sa.Text(), sa.ForeignKey("connection.id"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("connection_id", "name"),
    )
    op.create_table(
        "connection_link",
        sa.Column("connection_id", sa.Text(), sa.ForeignKey("connection.id"), nullable=False),
        sa.Column("employee_id", sa.Text(), sa.ForeignKey("employee.id"), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=True),
        sa.Column("change_id", sa.Text(), nullable=True),
        sa.Column("written", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("connection_id", "employee_id", "job", "place", "effective_on"),
    )
    op.create_index("connection_link_remote", "connection_link", ["connection_id", "place", "remote_id"])
    op.create_table(
        "connection_receipt",
        sa.Column("connection_id", sa.Text(), sa.ForeignKey("connection.id"), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("connection_id", "digest"),
    )
    op.create_index("connection_receipt_at", "connection_receipt", ["received_at"])


def downgrade() -> None:
    for name in (
        "connection_receipt",
        "connection_link",
        "connection_cursor",
        "connection_mapping",
        "connection",
    ):
        op.drop_table(name)
