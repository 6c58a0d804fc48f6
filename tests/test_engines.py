"""The fixtures keep their word: a migrated database, each test's own, on the engine that was asked for."""

from sqlalchemy import text

from service.storage.database import Database
from tests.engines import Engine

ADD = text("INSERT INTO generation (id, value) VALUES (77, 1)")
COUNT = text("SELECT count(*) FROM generation WHERE id = 77")


async def add_one(database: Database) -> None:
    async with database.transaction() as tx:
        assert (await tx.execute(COUNT)).scalar() == 0
        await tx.execute(ADD)


async def test_a_first_test_writes(database: Database) -> None:
    await add_one(database)


async def test_a_second_test_finds_nothing_of_it(database: Database) -> None:
    await add_one(database)


async def test_each_engine_is_what_its_name_says(engine: Engine, database: Database) -> None:
    async with database.transaction() as tx:
        if engine.name == "postgres":
            assert database.dialect == "postgresql"
            assert int((await tx.execute(text("SHOW server_version_num"))).scalar_one()) >= 150000
        else:
            assert database.dialect == "sqlite"
            journal = (await tx.execute(text("PRAGMA journal_mode"))).scalar()
            assert f"sqlite-{journal}" == engine.name
