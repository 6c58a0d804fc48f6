"""The sender: events, endpoints, lanes and what was tried."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dispatcher",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("alive_until", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "dlog",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("endpoint_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("replay_id", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("started_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("duration_ms", sa.Float(), nullable=False),
        sa.Column("dns_ms", sa.Float(), nullable=True),
        sa.Column("connect_ms", sa.Float(), nullable=True),
        sa.Column("tls_ms", sa.Float(), nullable=True),
        sa.Column("ttfb_ms", sa.Float(), nullable=True),
        sa.Column("ip", sa.Text(), nullable=True),
        sa.Column("status", sa.Integer(), autoincrement=False, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("error_class", sa.Text(), nullable=True),
        sa.Column("response_head", sa.Text(), nullable=True),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day", "endpoint_id", "event_seq", "replay_id", "n"),
        postgresql_partition_by="RANGE (day)",
    )
    op.create_index("dlog_event", "dlog", ["event_seq"], unique=False)
    op.create_table(
        "endpoint",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("rendering", sa.Text(), nullable=False),
        sa.Column("event_types", sa.Text(), nullable=False),
        sa.Column("filters", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("ordering", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("thin", sa.Boolean(), nullable=False),
        sa.Column("max_in_flight", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rate", sa.Float(), nullable=True),
        sa.Column("burst", sa.Integer(), autoincrement=False, nullable=True),
        sa.Column("timeout_ms", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("batch_max", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("linger_ms", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("retry_schedule", sa.Text(), nullable=True),
        sa.Column("on_exhausted", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=True),
        sa.Column("state_since", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("not_before", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("probe_n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fail_since", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("last_ok_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("headers_enc", sa.Text(), nullable=True),
        sa.Column("tls_enc", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("owner_until", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_ver", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("updated_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint(
            "state IN ('healthy', 'degraded', 'open', 'half_open', 'paused', 'disabled', 'gone')", name="endpoint_state"
        ),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("endpoint_owner", "endpoint", ["owner_until"], unique=False)
    op.create_index("endpoint_public_id", "endpoint", ["public_id"], unique=True)
    op.create_table(
        "endpoint_secret",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("endpoint_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("secret_enc", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("endpoint_secret_endpoint", "endpoint_secret", ["endpoint_id"], unique=False)
    op.create_table(
        "event",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("schema_ver", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("subject_key", sa.Text(), nullable=False),
        sa.Column("key_ver", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=True),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column("facets", sa.Text(), nullable=False),
        sa.Column("bodies", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("event_id", "event", ["id"], unique=True)
    op.create_index("event_subject", "event", ["subject_key", "seq"], unique=False)
    op.create_table(
        "lane",
        sa.Column("endpoint_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("subject_key", sa.Text(), nullable=False),
        sa.Column("gen", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attempts", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tries", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("visible_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first_fail_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("endpoint_id", "subject_key"),
    )
    op.create_index("lane_visible", "lane", ["endpoint_id", "visible_at"], unique=False)
    op.create_table(
        "queue",
        sa.Column("endpoint_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("subject_key", sa.Text(), nullable=False),
        sa.Column("pos", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key_ver", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("replay_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("endpoint_id", "subject_key", "pos"),
    )
    op.create_index("queue_event", "queue", ["event_seq"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        # Days get partitions of their own as they come; whatever comes without one is kept here.
        op.execute("CREATE TABLE dlog_other PARTITION OF dlog DEFAULT")


def downgrade() -> None:
    op.drop_index("queue_event", table_name="queue")
    op.drop_table("queue")
    op.drop_index("lane_visible", table_name="lane")
    op.drop_table("lane")
    op.drop_index("event_subject", table_name="event")
    op.drop_index("event_id", table_name="event")
    op.drop_table("event")
    op.drop_index("endpoint_secret_endpoint", table_name="endpoint_secret")
    op.drop_table("endpoint_secret")
    op.drop_index("endpoint_public_id", table_name="endpoint")
    op.drop_index("endpoint_owner", table_name="endpoint")
    op.drop_table("endpoint")
    op.drop_index("dlog_event", table_name="dlog")
    op.drop_table("dlog")
    op.drop_table("dispatcher")
