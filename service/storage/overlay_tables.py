"""Overlays as they are kept: what somebody takes on beside a job, on both time axes."""

# SQLModel types `__tablename__` as a declared attribute, although a plain text is its documented use.
# pyright: reportAssignmentType=false

from datetime import date
from typing import Any, cast

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, ForeignKey, Index, Integer, Table, Text
from sqlmodel import Field, SQLModel

from service.storage.tables import METADATA


class OverlayRow(SQLModel, table=True):
    """An overlay from a day to a day, as known from an instant to an instant. `job_id` is its own, of that class."""

    metadata = METADATA
    __tablename__ = "overlay"
    __table_args__ = (
        CheckConstraint("effective_from < effective_to", name="overlay_effective"),
        CheckConstraint("known_to IS NULL OR known_from < known_to", name="overlay_known"),
        Index(
            "overlay_current",
            "job_id",
            unique=True,
            sqlite_where=Column("known_to").is_(None),
            postgresql_where=Column("known_to").is_(None),
        ),
        Index("overlay_employee", "employee_id", "effective_from"),
        Index("overlay_base", "base_job_id"),
    )
    id: int | None = Field(
        default=None,
        # SQLite numbers rows itself only for a column declared INTEGER PRIMARY KEY.
        sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    )
    job_id: int = Field(sa_column=Column(BigInteger, ForeignKey("job.id"), nullable=False))
    employee_id: str = Field(sa_column=Column(Text, ForeignKey("employee.id"), nullable=False))
    base_job_id: int = Field(sa_column=Column(BigInteger, ForeignKey("job.id"), nullable=False))
    role: str = Field(sa_column=Column(Text, nullable=False))
    name: str | None = Field(sa_column=Column(Text, nullable=True))
    high_profile: bool = Field(nullable=False)
    effective_from: date = Field(sa_column=Column(Date, nullable=False))
    effective_to: date = Field(sa_column=Column(Date, nullable=False))
    known_from: int = Field(sa_column=Column(BigInteger, nullable=False))
    known_to: int | None = Field(sa_column=Column(BigInteger, nullable=True))


overlay = cast(Table, cast(Any, OverlayRow).__table__)
