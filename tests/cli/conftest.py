"""What tests of commands about folders begin with."""

from pathlib import Path

import pytest

from tests.cli.desk import hire, run, sqlite
from tests.engines import Engine
from tests.ladderfiles.folders import write_folder


@pytest.fixture
def plain_sqlite(sqlite_url: str) -> Engine:
    return sqlite(sqlite_url)


@pytest.fixture
def staffed(plain_sqlite: Engine, tmp_path: Path) -> Engine:
    """Published, with people in two currencies and one whose pay is not known."""
    assert run("apply", write_folder(tmp_path / "first"), engine=plain_sqlite).code == 0
    place = {"ladder": "engineering", "zone": "de"}
    hire(
        plain_sqlite,
        ada={**place, "level": "eng1"},
        ben={**place, "level": "eng1"},
        cleo={**place, "level": "ic2"},
        dan={**place, "level": "ic2", "zone": "us"},
        eve={"ladder": "engineering", "level": "ic3"},
    )
    return plain_sqlite
