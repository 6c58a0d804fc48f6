"""Tables of reconciliations: where another system's extract and our record parted, as known at an instant.

Working data, not facts. No name, no pay and no figure of a band is kept here, and nothing of rows that agree.
"""

# SQLModel types `__tablename__` as a declared attribute, although a plain text is its documented use.
# pyright: reportAssignmentType=false

from datetime import date
from typing import Any, cast

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Index, Integer, Table, Text
from sqlmodel import Field, SQLModel

from service.storage.tables import METADATA


def _text(*, nullable: bool = False) -> Any:
    return Column(Text, nullable=nullable)


def _count() -> Any:
    return Column(Integer, nullable=False)


def _instant() -> Any:
    return Column(BigInteger, nullable=False)


class ReconciliationRow(SQLModel, table=True):
    """A report on an extract. `counts` is a JSON object: drifts by kind."""

    metadata = METADATA
    __tablename__ = "reconciliation"
    id: str = Field(sa_column=Column(Text, primary_key=True))
    system: str = Field(sa_column=_text())
    format: str = Field(sa_column=_text())
    connection_id: str | None = Field(sa_column=_text(nullable=True))
    as_of: date = Field(sa_column=Column(Date, nullable=False))
    known_at: int = Field(sa_column=_instant())
    complete: bool = Field(nullable=False)
    authority: str = Field(sa_column=_text())
    rows: int = Field(sa_column=_count())
    people: int = Field(sa_column=_count())
    drifts: int = Field(sa_column=_count())
    counts: str = Field(sa_column=_text())
    created_by: str = Field(sa_column=_text())
    created_at: int = Field(sa_column=_instant())


class ReconciliationDriftRow(SQLModel, table=True):
    """A drift by number from 1. `document` is what both sides say, and the mend; `batch_id` where that was taken into.

    `person` is who their row says it is, `employee_id` whom of ours that is; null for nobody.
    """

    metadata = METADATA
    __tablename__ = "reconciliation_drift"
    __table_args__ = (
        Index("reconciliation_drift_kind", "reconciliation_id", "kind", "number"),
        Index("reconciliation_drift_employee", "reconciliation_id", "employee_id", "number"),
    )
    reconciliation_id: str = Field(sa_column=Column(Text, ForeignKey("reconciliation.id"), primary_key=True))
    number: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    kind: str = Field(sa_column=_text())
    employee_id: str | None = Field(sa_column=_text(nullable=True))
    person: str = Field(sa_column=_text())
    document: str = Field(sa_column=_text())
    batch_id: str | None = Field(sa_column=_text(nullable=True))


def _table(model: type[SQLModel]) -> Table:
    return cast(Table, cast(Any, model).__table__)


reconciliation = _table(ReconciliationRow)
reconciliation_drift = _table(ReconciliationDriftRow)
