"""Endpoints have an access of their own, may be asked for consent and be tried; secrets may have a public half."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("endpoint", sa.Column("oauth2_enc", sa.Text(), nullable=True))
    op.add_column("endpoint", sa.Column("access_shown", sa.Text(), nullable=True))
    op.add_column("endpoint", sa.Column("verify", sa.Text(), nullable=False, server_default="none"))
    op.add_column("endpoint", sa.Column("consented_at", sa.BigInteger(), nullable=True))
    op.add_column("endpoint", sa.Column("tests_until", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("endpoint_secret", sa.Column("public_key", sa.Text(), nullable=True))


def downgrade() -> None:
    # The release before signs with shared secrets alone, and knows no consent: such endpoints are left to their owners.
    op.execute("DELETE FROM endpoint_secret WHERE kind <> 'hmac'")
    op.drop_column("endpoint_secret", "public_key")
    for name in ("tests_until", "consented_at", "verify", "access_shown", "oauth2_enc"):
        op.drop_column("endpoint", name)
