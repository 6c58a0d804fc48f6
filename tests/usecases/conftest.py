from collections.abc import AsyncGenerator

import pytest

from tests.engines import Engine
from tests.stage import Stage, make_stage, publish


@pytest.fixture
async def stage(engine: Engine) -> AsyncGenerator[Stage]:
    """The test company, published, with one person `ada` who holds nothing yet."""
    made = make_stage(engine)
    await publish(made)
    await made.create("ada", workday="21001")
    yield made
    await made.database.close()
