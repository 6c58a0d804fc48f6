"""Replays, and deliveries that ended without arriving; deliveries listed without sorting their history."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_DEAD = """
INSERT INTO dead_letter (endpoint_id, event_seq, replay_id, state, attempts, reason, ended_at)
SELECT endpoint_id, event_seq, replay_id, 'dead', max(n), 'exhausted', max(started_at)
FROM dlog WHERE outcome = 'dead' AND endpoint_id IN (SELECT id FROM endpoint)
GROUP BY endpoint_id, event_seq, replay_id
"""


def upgrade() -> None:
    op.create_table(
        "replay",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("endpoint_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("selection", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cursor", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("events", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lanes", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("queued", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("finished_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('running', 'done', 'cancelled')", name="replay_state"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("replay_endpoint", "replay", ["endpoint_id", "id"], unique=False)
    op.create_index("replay_state", "replay", ["state", "id"], unique=False)
    op.create_table(
        "dead_letter",
        sa.Column("endpoint_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("replay_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("taken_by", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('dead', 'dropped', 'retried', 'skipped')", name="dead_letter_state"),
        sa.PrimaryKeyConstraint("endpoint_id", "event_seq", "replay_id"),
    )
    columns = ["endpoint_id", "state", "event_seq", "replay_id"]
    op.create_index("dead_letter_endpoint", "dead_letter", columns, unique=False)
    columns = ["state", "event_seq", "replay_id", "endpoint_id"]
    op.create_index("dead_letter_state", "dead_letter", columns, unique=False)
    op.execute(_DEAD)
    # An endpoint's deliveries are read in their order by an index; nobody reads either table by event alone.
    op.drop_index("dlog_event", table_name="dlog")
    op.create_index("dlog_delivery", "dlog", ["endpoint_id", "event_seq", "replay_id"], unique=False)
    op.drop_index("queue_event", table_name="queue")
    op.create_index("queue_delivery", "queue", ["endpoint_id", "event_seq", "replay_id"], unique=False)
    only_replays = sa.text("replay_id <> ''")
    op.create_index(
        "queue_replay",
        "queue",
        ["endpoint_id", "replay_id"],
        unique=False,
        postgresql_where=only_replays,
        sqlite_where=only_replays,
    )


def downgrade() -> None:
    op.drop_index("queue_replay", table_name="queue")
    op.drop_index("queue_delivery", table_name="queue")
    op.create_index("queue_event", "queue", ["event_seq"], unique=False)
    op.drop_index("dlog_delivery", table_name="dlog")
    op.create_index("dlog_event", "dlog", ["event_seq"], unique=False)
    op.drop_index("dead_letter_state", table_name="dead_letter")
    op.drop_index("dead_letter_endpoint", table_name="dead_letter")
    op.drop_table("dead_letter")
    op.drop_index("replay_state", table_name="replay")
    op.drop_index("replay_endpoint", table_name="replay")
    op.drop_table("replay")
