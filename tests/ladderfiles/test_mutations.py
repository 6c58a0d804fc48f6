"""Whatever happens to a file, its folder is read, findings have places, and a database gets all of it or nothing."""

import asyncio
import itertools
import os
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from service.domain.findings import DocumentRejected
from service.ladderfiles.folder import Folder, read_folder
from service.ladderfiles.yaml_document import parse_yaml
from service.usecases import folders
from service.usecases.definitions import apply_definitions, read_definitions
from tests.engines import Engine, Engines
from tests.ladderfiles.mutations import GENTLE, MUTATION, WORDING, Mutation, mutated
from tests.stage import HR, Stage, make_stage
from tests.stage import TODAY as STAGE_DAY

EXAMPLES = Path(__file__).parents[2] / "examples"
TODAY = date(2026, 11, 25)
TIMES = int(os.environ.get("DUALTRACK_TEST_SOAK", "1"))
FILES = tuple(
    (path.parent.relative_to(EXAMPLES).as_posix(), file.relative_to(path.parent).as_posix())
    for path in sorted(EXAMPLES.rglob("company.yaml"))
    for file in sorted(path.parent.rglob("*.yaml"))
)
COMPANIES = tuple(name for name, file in FILES if file == "company.yaml")


def place(folder: Path, name: str, file: str, mutations: list[Mutation]) -> Path:
    """A folder with the mutated file and, since reading takes long, only the company beside it."""
    made = folder / name
    for needed in {"company.yaml", file}:
        (made / needed).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(EXAMPLES / name / needed, made / needed)
    (made / file).write_bytes(mutated((EXAMPLES / name / file).read_bytes(), mutations))
    return made


def check(read: Folder, folder: Path) -> None:
    """What holds of every folder that was read, in whatever state it is."""
    found = read.judge(TODAY)
    for located in found:
        at = located.position
        assert (folder / at.file).is_file()
        assert at.line >= 1
        assert at.column >= 1
        # One line more: a file may end before what it lacks. YAML ends lines by a lone carriage return, too.
        text = (folder / at.file).read_bytes().decode("utf-8", "replace")
        assert at.line <= text.count("\n") + text.count("\r") + 2
        assert located.finding.text
        assert located.finding.remedy
    errors = {located.position.file for located in read.findings if located.finding.severity == "error"}
    assert read.is_usable is not bool(errors)
    if read.is_usable:
        assert read.company is not None
        assert len(read.ladders) == len(list(folder.glob("ladders/*.yaml")))
        assert len(read.bandsets) == len(list(folder.glob("bands/*.yaml")))
    assert read.company is not None or "company.yaml" in errors


@settings(max_examples=80 * TIMES, deadline=None)
@given(st.sampled_from(FILES), st.lists(MUTATION, min_size=1, max_size=3))
def test_no_mutation_of_a_file_keeps_its_folder_from_being_read(
    tmp_path_factory: pytest.TempPathFactory, chosen: tuple[str, str], mutations: list[Mutation]
) -> None:
    folder = place(tmp_path_factory.getbasetemp() / "mutated", *chosen, mutations)

    check(read_folder(folder), folder)


@pytest.mark.parametrize(
    ("text", "line"), [("%YAML 1.3\n---\na: 1\n", 1), ("a:\n  - {b: c}\n%YAML 9.9\n  - {b: d}\n", 3)]
)
def test_a_version_that_is_unknown_or_out_of_place_has_a_place(text: str, line: int) -> None:
    parsed = parse_yaml(text, file="f.yaml")

    assert [str(found) for found in parsed.findings] == [
        f"f.yaml:{line}:1 DT002 this is not YAML: a directive is unknown or out of place: remove the line"
    ]
    assert not parsed.is_yaml


def test_an_anchor_that_is_given_anew_is_no_warning() -> None:
    parsed = parse_yaml("- &a 1\n- *a\n- &a 2\n- *a\n", file="f.yaml")

    assert parsed.value == [1, 1, 2, 2]
    assert parsed.findings == ()


def every_document(read: Folder) -> dict[str, Any]:
    """What is kept of a folder once it is published, in source form."""
    assert read.company is not None
    return {
        "company": read.company.document,
        "ladders": {found.key: found.document for found in read.ladders.values() if found.lifecycle != "draft"},
        "bands": {found.key: found.document for found in read.bandsets.values() if found.lifecycle != "draft"},
    }


async def published(stage: Stage) -> dict[str, Any]:
    kept, _ = await read_definitions(stage.runtime, HR)
    return {
        "company": kept.company,
        "ladders": {str(document["key"]): document for document in kept.ladders},
        "bands": {str(document["key"]): document for document in kept.bands},
    }


async def apply(engine: Engine, read: Folder) -> bool:
    """Whether it was published; if so all of it was, and if not nothing was."""
    stage = make_stage(engine)
    try:
        before = await published(stage), await stage.counts()
        assert read.company is not None
        wanted = folders.Folder(company=read.company, ladders=read.ladders, bandsets=read.bandsets)
        try:
            answer: Mapping[str, Any] = (await apply_definitions(stage.runtime, HR, wanted, base="*")).answer
        except DocumentRejected:
            assert (await published(stage), await stage.counts()) == before
            return False
        documents = every_document(read)
        assert await published(stage) == documents
        assert answer["recorded_at"] is not None
        assert len(answer["ladders"]) == len(documents["ladders"])
        assert sorted(answer["bands"]) == sorted(documents["bands"])
        again = await apply_definitions(stage.runtime, HR, wanted, base="*")
        assert again.answer["recorded_at"] is None
        return True
    finally:
        await stage.database.close()


_NUMBERS = itertools.count()
MILD = st.lists(WORDING, max_size=2) | st.lists(GENTLE, min_size=1, max_size=2)


@settings(max_examples=12 * TIMES, deadline=None)
@given(st.sampled_from(COMPANIES), st.data())
def test_what_can_be_used_is_published_whole_or_not_at_all(
    tmp_path_factory: pytest.TempPathFactory, engines: Engines, name: str, data: st.DataObject
) -> None:
    folder = tmp_path_factory.getbasetemp() / f"applied-{next(_NUMBERS)}"
    shutil.copytree(EXAMPLES / name, folder)
    file = data.draw(st.sampled_from([file for holder, file in FILES if holder == name]))
    (folder / file).write_bytes(mutated((folder / file).read_bytes(), data.draw(MILD)))

    read = read_folder(folder)

    if read.company is not None:
        with engines.fresh("sqlite-wal", folder) as engine:
            was_published = asyncio.run(apply(engine, read))
        event(f"usable: {read.is_usable}, published: {was_published}")
        kept = not any(found.finding.severity == "error" for found in read.judge(STAGE_DAY))
        assert was_published is kept or not read.is_usable
    shutil.rmtree(folder)
