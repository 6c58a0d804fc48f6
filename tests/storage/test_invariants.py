"""What the databases refuse by themselves, on every engine: overlap, empty rows, altered and removed facts."""

from datetime import date
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, delete, insert, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from service.storage import batch_tables, connection_tables, overlay_tables, tables, told_maps
from service.storage.database import Database
from service.storage.migrate import downgrade, head, revision_of, upgrade
from service.storage.recorder import latest
from service.webhooks import tables as webhook_tables
from service.webhooks import tables_replay
from tests.engines import Engine


def row(first: str, last: str | None, known_to: int | None = None, **more: Any) -> dict[str, Any]:
    return {
        "job_id": 1,
        "employee_id": "emp_a",
        "effective_from": date.fromisoformat(first),
        "effective_to": date.fromisoformat(last) if last else None,
        "known_from": 10,
        "known_to": known_to,
        "ladder": "l",
        "level": "x",
        "grade": "1",
        "grade_since": date.fromisoformat(first),
        "step_since": date.fromisoformat(first),
        **more,
    }


async def person(tx: AsyncConnection) -> None:
    await tx.execute(insert(tables.employee).values(id="emp_a", revision=0, sequence=0, recorded_at=1))
    for number in (1, 2):
        await tx.execute(
            insert(tables.job).values(id=number, employee_id="emp_a", key=f"j{number}", **{"class": "job"})
        )


async def accepted(database: Database, *rows: dict[str, Any]) -> bool:
    """Whether the rows are taken one after the other; refused ones leave nothing."""
    try:
        async with database.transaction() as tx:
            await person(tx)
            for one in rows:
                await tx.execute(insert(tables.assignment).values(**one))
    except DBAPIError:
        async with database.read() as connection:
            left = await connection.execute(text("SELECT count(*) FROM assignment"))
            assert left.scalar_one() == 0
        return False
    return True


@pytest.mark.parametrize(
    ("one", "other", "taken"),
    [
        (("2024-01-01", "2024-02-01"), ("2024-02-01", None), True),
        (("2024-01-01", "2024-02-01"), ("2024-01-31", None), False),
        (("2024-01-01", None), ("2025-01-01", "2025-02-01"), False),
        (("2024-01-01", None), ("2023-01-01", "2024-01-01"), True),
        (("2024-01-01", None), ("2024-01-01", None), False),
        (("2024-01-01", "2024-03-01"), ("2024-01-10", "2024-01-11"), False),
    ],
)
async def test_rows_known_together_never_overlap(
    database: Database, one: tuple[str, str | None], other: tuple[str, str | None], taken: bool
) -> None:
    assert await accepted(database, row(*one), row(*other)) is taken


async def test_rows_of_another_job_or_known_no_more_may(database: Database) -> None:
    assert await accepted(
        database, row("2024-01-01", None, known_to=11), row("2024-01-01", None), row("2024-01-01", None, job_id=2)
    )


@pytest.mark.parametrize("last", ["2024-01-01", "2023-12-31"])
async def test_empty_rows_do_not_slip_through(database: Database, last: str) -> None:
    assert not await accepted(database, row("2024-01-01", last))


async def test_a_row_is_known_for_a_while_or_not_at_all(database: Database) -> None:
    assert not await accepted(database, row("2024-01-01", None, known_to=10))


@pytest.mark.parametrize(
    "values",
    [{"level": "y"}, {"effective_to": date(2025, 1, 1)}, {"known_to": 20, "level": "y"}, {"known_to": 20, "step": "a"}],
    ids=str,
)
async def test_of_a_row_only_its_end_is_written(database: Database, values: dict[str, Any]) -> None:
    assert await accepted(database, row("2024-01-01", None))
    with pytest.raises(DBAPIError):
        async with database.transaction() as tx:
            await tx.execute(update(tables.assignment).values(**values))


async def test_the_end_of_a_row_is_written_once(database: Database) -> None:
    assert await accepted(database, row("2024-01-01", None))
    async with database.transaction() as tx:
        await tx.execute(update(tables.assignment).values(known_to=20))
    for again in (21, None):
        with pytest.raises(DBAPIError):
            async with database.transaction() as tx:
                await tx.execute(update(tables.assignment).values(known_to=again))


async def test_of_an_overlay_one_row_is_known_and_only_its_end_is_written(database: Database) -> None:
    days = {"effective_from": date(2024, 1, 1), "effective_to": date(2024, 2, 1)}
    made = {"job_id": 2, "base_job_id": 1, "employee_id": "emp_a", "role": "lead", "high_profile": False, **days}
    table = overlay_tables.overlay
    async with database.transaction() as tx:
        await person(tx)
        await tx.execute(insert(table).values(**made, known_from=10))
    for refused in (
        insert(table).values(**made, known_from=11),
        insert(table).values(**{**made, "job_id": 1, "effective_to": date(2024, 1, 1)}, known_from=11),
        update(table).values(role="head"),
        update(table).values(known_to=20, high_profile=True),
        delete(table),
    ):
        with pytest.raises(DBAPIError):
            async with database.transaction() as tx:
                await tx.execute(refused)
    async with database.transaction() as tx:
        await tx.execute(update(table).values(known_to=20))
        await tx.execute(insert(table).values(**made, known_from=20))


async def test_facts_are_never_removed(database: Database) -> None:
    assert await accepted(database, row("2024-01-01", None))
    async with database.transaction() as tx:
        await tx.execute(insert(tables.activation).values(change_id="c", event_id="e", recorded_at=1))
        await tx.execute(insert(tables.change_end).values(change_id="c", how="rescinded", actor="a", recorded_at=1))
        await tx.execute(
            insert(tables.audit).values(recorded_at=1, actor="a", act="b", detail="{}", prev_hash="p", hash="h")
        )
    for table in (tables.assignment, tables.activation, tables.change_end, tables.audit):
        with pytest.raises(DBAPIError):
            async with database.transaction() as tx:
                await tx.execute(delete(table))
    for table, values in ((tables.activation, {"event_id": "f"}), (tables.audit, {"actor": "z"})):
        with pytest.raises(DBAPIError):
            async with database.transaction() as tx:
                await tx.execute(update(table).values(**values))


async def test_a_raw_statement_in_a_transaction_that_is_rolled_back_leaves_nothing(database: Database) -> None:
    async def raises_midway() -> None:
        async with database.transaction() as tx:
            await tx.exec_driver_sql("UPDATE recorder SET at = 99")
            raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"):
        await raises_midway()
    async with database.read() as connection:
        assert await latest(connection) == 0


async def test_migrations_go_up_and_down_and_match_the_tables(engine: Engine) -> None:
    database = engine.open()
    async with database.read() as connection:
        assert await revision_of(connection) == head()
    await database.close()
    downgrade(engine.url, "base")
    upgrade(engine.url)
    database = engine.open()
    async with database.read() as connection:
        assert await revision_of(connection) == head()
        assert await connection.run_sync(_differences) == []
    await database.close()


def _differences(connection: Any) -> list[Any]:
    assert webhook_tables.queue.metadata is tables_replay.replay.metadata
    assert batch_tables.METADATA is overlay_tables.METADATA is told_maps.told_map.metadata
    assert connection_tables.connection.metadata is overlay_tables.METADATA
    return [
        found
        for part in (overlay_tables.METADATA, webhook_tables.queue.metadata)
        for found in _of_part(connection, part)
    ]


def _of_part(connection: Any, part: MetaData) -> list[Any]:
    def in_part(name: str, kind: str, _parents: object) -> bool:
        return kind != "table" or name in part.tables

    return compare_metadata(MigrationContext.configure(connection, opts={"include_name": in_part}), part)
