"""Endpoints keep what their health is judged by, and up to where events are passed by after a resume."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("probe_at", sa.BigInteger(), "0"),
    ("easing", sa.Boolean(), sa.false()),
    ("recent", sa.Integer(), "0"),
    ("outages", sa.Integer(), "0"),
    ("outage_since", sa.BigInteger(), None),
    ("outage_lane", sa.Text(), None),
    ("last_fail_at", sa.BigInteger(), None),
    ("failing_us", sa.BigInteger(), "0"),
    ("told", sa.Integer(), "0"),
    ("rejected_told_at", sa.BigInteger(), "0"),
    ("skip_to", sa.BigInteger(), "0"),
)


def upgrade() -> None:
    for name, kind, default in _COLUMNS:
        op.add_column("endpoint", sa.Column(name, kind, nullable=default is None, server_default=default))


def downgrade() -> None:
    for name, _, _ in reversed(_COLUMNS):
        op.drop_column("endpoint", name)
