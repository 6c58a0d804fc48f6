"""What is shipped runs where there is no checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.house.sources import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (made,) = folder.glob("dualtrack-*.whl")
    return made


def run(wheel: Path, empty: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Python with the unpacked wheel before everything else, in a folder with nothing in it.

    Of SQLite it has the library that Python came with, as somebody has who installs nothing besides.
    """
    unpacked = wheel.parent / "unpacked"
    if not unpacked.exists():
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(unpacked)
        (unpacked / "pysqlite3.py").write_text('raise ImportError("it is not installed")\n')
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DUALTRACK_")}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=empty,
        env={**environment, "PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
    )


def test_the_wheel_holds_what_the_program_reads(wheel: Path, tmp_path: Path) -> None:
    script = (
        "import service.resources as r; print(r.folder('examples')); print(r.folder('schemas')); print(r.changelog())"
    )
    examples, schemas, changelog = run(wheel, tmp_path, "-c", script).stdout.splitlines()
    assert Path(examples) == wheel.parent / "unpacked" / "service" / "_data" / "examples"
    assert Path(schemas) == wheel.parent / "unpacked" / "service" / "_data" / "schemas"
    assert Path(changelog).read_bytes() == (ROOT / "CHANGELOG.md").read_bytes()
    assert Path(changelog).parent == Path(schemas).parent
    assert (Path(examples) / "demo" / "company.yaml").exists()
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert [name for name in names if name.startswith(("tests/", "bench/")) or name.endswith((".db", ".pyc"))] == []
    assert [name for name in names if name.endswith("entry_points.txt")] != []


def test_the_demo_runs_from_the_wheel_in_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    answer = run(wheel, tmp_path, "-m", "service", "demo", "--once", "--json")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith("{")
    assert list(tmp_path.iterdir()) == []
