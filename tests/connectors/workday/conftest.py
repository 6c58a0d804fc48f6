from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.connectors.workday.at_work import NAMES, WorkdayVendor, credentials_for, settings_for
from tests.simulators.workday.server import workday


@pytest.fixture
async def vendor(tmp_path: Path) -> AsyncGenerator[WorkdayVendor]:
    """A tenant with the job profiles of the test company, and its WSDLs where the operator put them."""
    async with workday() as made:
        folder = tmp_path / "wsdl"
        folder.mkdir()
        made.write_wsdls(folder)
        made.tenant.profiles |= {name: {"title": name} for name in ("BASE", *NAMES.values())}
        yield WorkdayVendor(made=made, folder=folder, settings=settings_for(made), credentials=credentials_for(made))
