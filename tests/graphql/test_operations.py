"""Documents that can be asked for by the digest of their text: each is valid, affordable and does what it is for."""

from pathlib import Path
from typing import Any

from graphql import OperationDefinitionNode, parse, validate

from service.graphql.cost import BUDGET
from service.graphql.documents import Documents
from service.graphql.schema import LENGTHS, schema
from service.graphql.trusted import FOLDER, document_id
from tests.house.sources import ROOT
from tests.rest.served import Served

CORE = schema._schema
TEXTS = {path.stem: path.read_text() for path in sorted(FOLDER.glob("*.graphql"))}


async def test_each_is_valid_and_affordable() -> None:
    assert set(TEXTS) == {
        "everybody",
        "follow_events",
        "ladder_with_bands",
        "record_change",
        "where_somebody_stands",
    }
    documents = Documents(CORE, suggest=True, lengths=LENGTHS)
    for name, text in TEXTS.items():
        assert validate(CORE, parse(text)) == [], name
        (one,) = parse(text).definitions
        assert isinstance(one, OperationDefinitionNode) and one.name
        # A file is named as its operation is.
        assert one.name.value.lower() == name.replace("_", "")
        document = await documents.read(text)
        assert document.cost_of(document.operation(None), {}) <= BUDGET // 10


def test_lengths_are_of_fields_that_there_are() -> None:
    for place in LENGTHS:
        kind, _, field = place.partition(".")
        assert field in CORE.type_map[kind].fields, place  # pyright: ignore[reportAttributeAccessIssue]


async def test_they_are_answered_by_digest(served_once: Served) -> None:
    served = served_once
    await served.person("ada")
    given = {
        "employee": "ada",
        "to": {"ladder": "engineering", "level": "ic4", "zone": "berlin"},
        "ifMatch": "*",
        "effectiveOn": "2026-01-01",
    }
    recorded = (await asked(served, "record_change", {"input": given}))["recordChange"]
    assert (recorded["result"]["kind"], recorded["result"]["to"]["grade"]) == ("hire", "4")
    stands = (await asked(served, "where_somebody_stands", {"who": "ada", "on": "2026-02-01"}))["employee"]
    assert stands["assignment"]["onLevel"]["counterparts"] == [{"key": "em4", "title": "EM4"}]
    everybody = (await asked(served, "everybody", {"ladder": ["engineering"]}))["assignments"]
    assert [one["employee"]["key"] for one in everybody["nodes"]] == ["ada"]
    ladder = (await asked(served, "ladder_with_bands", {"key": "engineering"}))["ladder"]
    assert {band["currency"] for track in ladder["tracks"] for one in track["levels"] for band in one["bands"]} == {
        "EUR",
        "USD",
    }


async def asked(served: Served, name: str, variables: dict[str, Any]) -> dict[str, Any]:
    body = {"documentId": document_id(TEXTS[name]), "variables": variables}
    answer = (await served.call("POST", "/graphql", json=body)).json()
    assert "errors" not in answer, answer
    return answer["data"]


def test_the_page_shows_the_documents_as_they_are() -> None:
    page = (ROOT / "docs" / "graphql.md").read_text()
    for name in ("where_somebody_stands", "record_change"):
        assert TEXTS[name] in page
        assert document_id(TEXTS[name]) in page
    assert Path("service/graphql/operations").as_posix() in page
