"""Fixtures for everybody: `engine` and what hangs on it runs a test once on each engine."""

import gc
import os
import shutil
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Generator
from importlib.util import find_spec
from pathlib import Path
from zlib import crc32

import pytest

from service.storage.database import Database
from tests.engines import ENGINES, Engine, EngineName, Engines, drop_template
from tests.postgres import shared_folder, stop_server
from tests.replicated import Copied, Pair, a_copy, a_pair

SHARED = "DUALTRACK_TEST_SHARED"
ABOVE = {"cli", "connectors", "e2e", "graphql", "rest", "surfaces", "usecases"}
"""Folders of tests of what lies above storage, whole processes among them."""
WHILE_OTHERS_WRITE = {"test_act.py", "test_known_at.py", "test_events.py"}
"""Files of theirs that ask what is seen meanwhile, which is where journals differ."""
KEEP = {f"test_{name}.py" for name in ("losses", "order", "store", "ownership", "outbox", "dispatcher_faults")}
"""Files of the sender's tests that are about how it keeps things. The others reach what is kept through these."""
EITHER = "sqlite"
"""SQLite in one of its journals."""
if find_spec("sniffio") is None:
    # httpx tries to import it at each request: now it fails at once, and not after a look at every folder of the path.
    sys.modules["sniffio"] = None  # pyright: ignore[reportArgumentType]
COUNTS: pytest.StashKey["Counter[str]"] = pytest.StashKey()


def pytest_configure(config: pytest.Config) -> None:
    # While modules load there is no garbage; looking for it takes a fifth of the time.
    gc.disable()
    # The first process makes the folder; the workers it starts inherit its name.
    if not hasattr(config, "workerinput"):
        shared = shared_folder()
        os.environ[SHARED] = str(shared)
        # SQLite's files are there too: what waits for a disk is no test of ours.
        config.option.basetemp = config.option.basetemp or shared / "files"


def pytest_collection_finish() -> None:
    """What is loaded by now stays: looking through it again and again for garbage is a tenth of all work."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    shared = Path(os.environ.pop(SHARED))
    try:
        drop_template(shared)
        stop_server(shared)
    finally:
        shutil.rmtree(shared)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Count the tests of each engine; a house test compares the counts."""
    counts: Counter[str] = Counter()
    for item in items:
        parameters: dict[str, object] = getattr(getattr(item, "callspec", None), "params", {})
        if "engine_name" in parameters:
            counts[str(parameters["engine_name"])] += 1
    config.stash[COUNTS] = counts


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def engines() -> Generator[Engines]:
    made = Engines(shared=Path(os.environ[SHARED]), process=os.environ.get("PYTEST_XDIST_WORKER", "main"))
    yield made
    made.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask each engine in turn.

    The journal in which SQLite writes is felt by whoever keeps and sends, and by who reads while others write. All
    else meets it through them only, so a test of that takes one of the two, always the same one, and all together
    take both.
    """
    if "engine_name" in metafunc.fixturenames:
        file = Path(metafunc.definition.path)
        # Those of a connected system are a folder further down.
        is_above = not ABOVE.isdisjoint({file.parent.name, file.parent.parent.name})
        is_above &= file.name not in WHILE_OTHERS_WRITE
        is_above |= file.parent.name == "webhooks" and file.name not in KEEP
        metafunc.parametrize("engine_name", (EITHER, "postgres") if is_above else ENGINES, indirect=True)


@pytest.fixture
def engine_name(request: pytest.FixtureRequest) -> EngineName:
    if request.param != EITHER:
        return request.param
    return "sqlite-wal" if crc32(request.node.nodeid.encode()) % 2 else "sqlite-truncate"


@pytest.fixture
def engine(engine_name: EngineName, engines: Engines, tmp_path: Path) -> Generator[Engine]:
    """This test's own migrated database, on each engine in turn."""
    with engines.fresh(engine_name, tmp_path) as made:
        yield made


@pytest.fixture
def database_url(engine: Engine) -> str:
    return engine.url


@pytest.fixture
async def database(engine: Engine) -> AsyncGenerator[Database]:
    opened = engine.open()
    yield opened
    await opened.close()


@pytest.fixture
def postgres_url(engines: Engines, tmp_path: Path) -> Generator[str]:
    """A migrated Postgres database, for what SQLite has no counterpart of."""
    with engines.fresh("postgres", tmp_path) as made:
        yield made.url


@pytest.fixture
def sqlite_url(engines: Engines, tmp_path: Path) -> Generator[str]:
    """A migrated SQLite file, for what Postgres has no counterpart of."""
    with engines.fresh("sqlite-truncate", tmp_path) as made:
        yield made.url


@pytest.fixture(scope="session")
def pair() -> Generator[Pair]:
    """A Postgres server and a replica of it, for the tests of this process that need two."""
    with a_pair(Path(os.environ[SHARED])) as made:
        yield made


@pytest.fixture
async def copied(pair: Pair) -> AsyncGenerator[Copied]:
    """A migrated database on both."""
    async with a_copy(pair) as made:
        yield made
