"""Level maps of which everybody has been told who stood on their levels on the day, and who has not."""

# SQLModel types `__tablename__` as a declared attribute, although a plain text is its documented use.
# pyright: reportAssignmentType=false

from datetime import date
from typing import Any, cast

from sqlalchemy import BigInteger, Column, Table, Text, exists, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import Field, SQLModel

from service.storage import change_records
from service.storage.tables import METADATA, assignment, change, change_end, job


class ToldMapRow(SQLModel, table=True):
    """A version whose day has come, and of whose map nobody is left to be told."""

    metadata = METADATA
    __tablename__ = "told_map"
    ladder: str = Field(sa_column=Column(Text, primary_key=True))
    version: str = Field(sa_column=Column(Text, primary_key=True))
    recorded_at: int = Field(sa_column=Column(BigInteger, nullable=False))


told_map = cast(Table, cast(Any, ToldMapRow).__table__)


async def told_maps(connection: AsyncConnection) -> frozenset[tuple[str, str]]:
    """(ladder, version) of each."""
    found = await connection.execute(select(told_map.c.ladder, told_map.c.version))
    return frozenset((row.ladder, row.version) for row in found)


async def mark_told(tx: AsyncConnection, ladder: str, version: str, *, recorded_at: int) -> None:
    """Another process may have done so already."""
    make = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
    values = {"ladder": ladder, "version": version, "recorded_at": recorded_at}
    await tx.execute(make(told_map).values(**values).on_conflict_do_nothing())


async def people_untold(
    connection: AsyncConnection, ladder: str, version: str, *, day: date, after: str, limit: int
) -> tuple[str, ...]:
    """Ids, in their order, of people on the ladder for whom something begins on `day` and nothing says it was the map.

    `after` is the id to go on behind. Some may owe that day to a change of their own.
    """
    cause = change_records.cause_text((ladder, version))
    told = exists(
        select(change.c.id)
        .outerjoin(change_end, change_end.c.change_id == change.c.id)
        .where(change.c.job_id == job.c.id, change.c.cause == cause, change_end.c.how.is_(None))
    )
    found = await connection.execute(
        select(job.c.employee_id)
        .join(assignment, assignment.c.job_id == job.c.id)
        .where(
            assignment.c.ladder == ladder,
            assignment.c.effective_from == day,
            assignment.c.known_to.is_(None),
            job.c.employee_id > after,
            ~told,
        )
        .distinct()
        .order_by(job.c.employee_id)
        .limit(limit)
    )
    return tuple(found.scalars())
