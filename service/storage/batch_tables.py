"""Tables of change batches: what was asked at once, how far it has come, and what became of each row.

Working data, not facts: what a batch records are ordinary changes, which stay when the batch is gone.
"""

# SQLModel types `__tablename__` as a declared attribute, although a plain text is its documented use.
# pyright: reportAssignmentType=false

from typing import Any, cast

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, Table, Text
from sqlmodel import Field, SQLModel

from service.storage.tables import METADATA

STATES = ("open", "stored", "proposed", "rejected", "applying", "applied", "failed")
UNFINISHED = ("open", "stored", "proposed", "applying")
"""States out of which rows may still be applied."""
OUTCOMES = ("waiting", "applied", "failed")


def _text(*, nullable: bool = False) -> Any:
    return Column(Text, nullable=nullable)


def _instant(*, nullable: bool = False) -> Any:
    return Column(BigInteger, nullable=nullable)


def _count() -> Any:
    return Column(Integer, nullable=False)


class ChangeBatchRow(SQLModel, table=True):
    """A batch. `cursor` is the number of the last row that was tried; everything up to it is done for good.

    `applied_by` is in whose name its changes are recorded, `reason` why it was rejected.
    """

    metadata = METADATA
    __tablename__ = "change_batch"
    __table_args__ = (
        Index("change_batch_state", "state", "started_at"),
        CheckConstraint(f"state IN {STATES}", name="change_batch_state"),
        CheckConstraint("mode IN ('atomic', 'partial')", name="change_batch_mode"),
    )
    id: str = Field(sa_column=Column(Text, primary_key=True))
    state: str = Field(sa_column=_text())
    mode: str = Field(sa_column=_text())
    backfill: bool = Field(nullable=False)
    overrides: bool = Field(nullable=False)
    rows: int = Field(sa_column=_count())
    applied: int = Field(sa_column=_count())
    failed: int = Field(sa_column=_count())
    cursor: int = Field(sa_column=_count())
    created_by: str = Field(sa_column=_text())
    created_at: int = Field(sa_column=_instant())
    decided_by: str | None = Field(sa_column=_text(nullable=True))
    decided_at: int | None = Field(sa_column=_instant(nullable=True))
    reason: str | None = Field(sa_column=_text(nullable=True))
    applied_by: str | None = Field(sa_column=_text(nullable=True))
    started_at: int | None = Field(sa_column=_instant(nullable=True))
    finished_at: int | None = Field(sa_column=_instant(nullable=True))


class BatchEntryRow(SQLModel, table=True):
    """A row of a batch, by number from 1. `document` is what is asked; null once it is applied or could not be read.

    It never holds what somebody is paid.
    """

    metadata = METADATA
    __tablename__ = "change_batch_row"
    __table_args__ = (
        CheckConstraint(f"outcome IN {OUTCOMES}", name="change_batch_row_outcome"),
        Index("change_batch_row_outcome", "batch_id", "outcome", "number"),
    )
    batch_id: str = Field(sa_column=Column(Text, primary_key=True))
    number: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    outcome: str = Field(sa_column=_text())
    employee: str | None = Field(sa_column=_text(nullable=True))
    document: str | None = Field(sa_column=_text(nullable=True))
    change_id: str | None = Field(sa_column=_text(nullable=True))
    problem: str | None = Field(sa_column=_text(nullable=True))


def _table(model: type[SQLModel]) -> Table:
    return cast(Table, cast(Any, model).__table__)


change_batch = _table(ChangeBatchRow)
change_batch_row = _table(BatchEntryRow)
