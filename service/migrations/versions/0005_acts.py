"""Overlays beside jobs, the way back of trial switches, and what a withdrawal passed."""

import sqlalchemy as sa
from alembic import op

from service.migrations.invariants import keep_overlay_invariants

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("change", sa.Column("trial", sa.Text(), nullable=True))
    op.add_column("change_end", sa.Column("override", sa.Text(), nullable=True))
    op.create_table(
        "overlay",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("employee_id", sa.Text(), nullable=False),
        sa.Column("base_job_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("high_profile", sa.Boolean(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_to", sa.Date(), nullable=False),
        sa.Column("known_from", sa.BigInteger(), nullable=False),
        sa.Column("known_to", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("effective_from < effective_to", name="overlay_effective"),
        sa.CheckConstraint("known_to IS NULL OR known_from < known_to", name="overlay_known"),
        sa.ForeignKeyConstraint(["base_job_id"], ["job.id"]),
        sa.ForeignKeyConstraint(["employee_id"], ["employee.id"]),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "overlay_current",
        "overlay",
        ["job_id"],
        unique=True,
        sqlite_where=sa.column("known_to").is_(None),
        postgresql_where=sa.column("known_to").is_(None),
    )
    op.create_index("overlay_employee", "overlay", ["employee_id", "effective_from"], unique=False)
    op.create_index("overlay_base", "overlay", ["base_job_id"], unique=False)
    keep_overlay_invariants()


def downgrade() -> None:
    op.drop_table("overlay")
    op.drop_column("change_end", "override")
    op.drop_column("change", "trial")
