"""What is written is read again as it was: any document that binds, and every text that looks like something else."""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from service.domain.bands import BandSet, bandset_from_document
from service.domain.company import Company, company_from_document
from service.domain.ladders import Ladder, ladder_from_document
from service.domain.shapes import LABEL, PROSE
from service.ladderfiles.folder import Folder, read_folder
from service.ladderfiles.writing import NotEmpty, copy_folder, write_folder
from service.resources import folder as shipped
from tests.builders import BANDS, COMPANY, ENGINEERING
from tests.ladderfiles.any_document import TRICKY, Document, documents, fits

SCHEMAS = shipped("schemas")
SLOWLY = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ONE_LINE = [text for text in TRICKY if fits(LABEL, text)]


def again(
    *, company: Document | None = None, ladders: Iterable[Document] = (), bands: Iterable[Document] = ()
) -> Folder:
    """The folder that is written of the documents, read. That they hang together is not asked."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_folder(
            folder, company=company or dict(COMPANY), ladders=list(ladders), bands=list(bands), schemas=SCHEMAS
        )
        return read_folder(folder)


@SLOWLY
@given(documents(Company))
def test_any_company_survives(document: Document) -> None:
    read = again(company=document).company
    assert read is not None
    assert read == company_from_document(document)
    assert read.document == document


@SLOWLY
@given(documents(Ladder))
def test_any_ladder_survives(document: Document) -> None:
    (read,) = again(ladders=[document]).ladders.values()
    assert read == ladder_from_document(document)
    assert read.document == document


@SLOWLY
@given(documents(BandSet))
def test_any_set_of_bands_survives(document: Document) -> None:
    (read,) = again(bands=[document]).bandsets.values()
    assert read == bandset_from_document(document)
    assert read.document == document


def test_texts_that_look_like_something_else_stay_texts() -> None:
    company = {
        **COMPANY,
        "zones": [{"key": f"z{at}", "currency": "EUR", "title": text} for at, text in enumerate(ONE_LINE)],
        "not_public": list(TRICKY),
    }
    bands = {**BANDS, "rows": [{**BANDS["rows"][0], "steps": dict.fromkeys(ONE_LINE, "1")}]}
    assert len(ONE_LINE) > 60 and all(fits(PROSE, text) for text in TRICKY)
    read = again(company=company, ladders=[dict(ENGINEERING)], bands=[bands])
    assert read.company is not None
    assert [zone.title for zone in read.company.zones] == ONE_LINE
    assert read.company.not_public == TRICKY
    assert read.company.document == company
    assert [step.label for step in read.bandsets["/bands/0"].rows[0].steps] == ONE_LINE
    assert read.ladders["/ladders/0"] == ladder_from_document(ENGINEERING)


def test_keys_stay_in_the_order_in_which_they_were_written(tmp_path: Path) -> None:
    document: dict[str, Any] = {
        "zones": [{"title": "B", "key": "b", "currency": "EUR"}],
        "timezone": "UTC",
        "name": "A",
    }
    count = write_folder(tmp_path / "out", company=document, ladders=[], bands=[], schemas=SCHEMAS)
    assert count == 1
    assert (tmp_path / "out" / "company.yaml").read_text() == (
        "# yaml-language-server: $schema=.schemas/company.schema.json\n"
        "zones:\n- title: B\n  key: b\n  currency: EUR\ntimezone: UTC\nname: A\n"
    )


@pytest.mark.parametrize("there", [False, True], ids=["a new folder", "an empty folder"])
def test_what_cannot_be_finished_is_not_begun(tmp_path: Path, there: bool) -> None:
    folder, schemas = tmp_path / "out", tmp_path / "schemas"
    schemas.mkdir()
    if there:
        folder.mkdir()
    with pytest.raises(FileNotFoundError):
        write_folder(folder, company=COMPANY, ladders=[ENGINEERING], bands=[BANDS], schemas=schemas)
    with pytest.raises(FileNotFoundError):
        copy_folder(shipped("examples") / "template", folder, schemas=schemas)
    assert folder.exists() == there
    assert sorted(path.name for path in tmp_path.rglob("*")) == (["out", "schemas"] if there else ["schemas"])


def test_a_folder_that_holds_something_is_not_written(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    for folder in (tmp_path, tmp_path / "mine"):
        with pytest.raises(NotEmpty):
            write_folder(folder, company=COMPANY, ladders=[], bands=[], schemas=SCHEMAS)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
