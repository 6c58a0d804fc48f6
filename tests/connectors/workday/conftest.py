from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest

from tests.connectors.bridge import Bridge, bridged
from tests.connectors.workday.at_work import NAMES, WorkdayVendor, credentials_for, settings_for
from tests.engines import Engine, Engines
from tests.simulators.workday.server import workday


@pytest.fixture
def engine(engines: Engines, tmp_path: Path) -> Generator[Engine]:
    """One engine: what connections keep is asked of both elsewhere, and these are about what Workday does."""
    with engines.fresh("sqlite-truncate", tmp_path) as made:
        yield made


@pytest.fixture
async def vendor(tmp_path: Path) -> AsyncGenerator[WorkdayVendor]:
    """A tenant with the job profiles of the test company, and its WSDLs where the operator put them."""
    async with workday() as made:
        folder = tmp_path / "wsdl"
        folder.mkdir()
        made.write_wsdls(folder)
        made.tenant.profiles |= {name: {"title": name} for name in ("BASE", *NAMES.values())}
        yield WorkdayVendor(made=made, folder=folder, settings=settings_for(made), credentials=credentials_for(made))


@pytest.fixture
async def unconnected(engine: Engine, vendor: WorkdayVendor) -> AsyncGenerator[Bridge]:
    """A company at work, and nothing connected yet."""
    async with bridged(engine, wsdl_folder=vendor.folder) as made:
        yield made


@pytest.fixture
def bridge(unconnected: Bridge) -> Bridge:
    return unconnected


@pytest.fixture
async def connected(unconnected: Bridge, vendor: WorkdayVendor) -> Bridge:
    await unconnected.connect(
        vendor.kind, settings=vendor.settings, credentials=vendor.credentials, entries=vendor.entries
    )
    return unconnected
