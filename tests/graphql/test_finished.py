"""Answers about what is published are given again as they were, to those with the same rights, until it changes."""

from datetime import UTC, datetime
from typing import Any

from service.domain.access import OPERATOR
from service.usecases.access import revoke_key
from tests.builders import DESIGN, ENGINEERING
from tests.graphql.graph import data
from tests.rest.published import publish
from tests.rest.served import Served, assert_problem

QUERY = """query($zone: String) { ladder(key: "engineering") {
    version knownAt chart(zone: $zone) { rows { grade cells { bands { zone } } } }
    levels { key bands { zone mid } } } }"""


def cells(chart: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for row in chart["rows"] for cell in row["cells"] if cell["bands"]]


async def test_a_finished_answer_is_given_again_by_rights_until_something_is_published(served: Served) -> None:
    first = (await data(served, QUERY))["ladder"]
    await served.person()
    # Somebody came, and nothing that is published altered: it is the very answer, its instant included.
    assert (await data(served, QUERY))["ladder"] == first
    hidden = (await data(served, QUERY, scopes=("ladders:read",)))["ladder"]
    assert [level["bands"] for level in hidden["levels"]] == [[]] * len(first["levels"])
    assert any(level["bands"] for level in first["levels"])
    # Variables, the text and the rights are what an answer is found by.
    elsewhere = (await data(served, QUERY, {"zone": "nyc"}))["ladder"]["chart"]
    assert {band["zone"] for cell in cells(elsewhere) for band in cell["bands"]} == {"nyc"}
    assert len({band["zone"] for cell in cells(first["chart"]) for band in cell["bands"]}) > 1
    titles = [{**ENGINEERING, "version": "2", "effective_from": "2026-01-01"}, DESIGN]
    await publish(served, ladders=titles)
    assert (await data(served, QUERY))["ladder"]["version"] == "2"
    assert (await data(served, QUERY, scopes=("ladders:read",)))["ladder"]["version"] == "2"


async def test_what_leads_to_people_is_made_anew(served: Served) -> None:
    query = '{ ladder(key: "engineering") { version } employees { nodes { key } } }'
    assert (await data(served, query))["employees"]["nodes"] == []
    await served.person()
    assert (await data(served, query))["employees"]["nodes"] == [{"key": "ada"}]


async def test_a_finished_answer_ends_with_the_day_and_with_the_key(served: Served) -> None:
    query = '{ ladder(key: "engineering") { version } }'
    later = {**ENGINEERING, "version": "2", "effective_from": "2026-06-16"}
    await publish(served, ladders=(later, DESIGN))
    # Berlin is two hours ahead of UTC in June.
    midnight = int(datetime(2026, 6, 15, 22, tzinfo=UTC).timestamp()) * 1_000_000
    found: list[str] = []
    for at in (midnight - 1, midnight - 1, midnight, midnight):
        served.clock.us = at
        found.append((await data(served, query))["ladder"]["version"])
    assert found == ["1", "1", "2", "2"]

    scopes = ("ladders:read",)
    assert [(await data(served, query, scopes=scopes))["ladder"]["version"] for _ in range(2)] == ["2", "2"]
    await revoke_key(served.house.runtime, OPERATOR, (await served.key(*scopes)).split("_")[1])
    refused = await served.call("POST", "/graphql", json={"query": query}, scopes=scopes)
    assert_problem(refused, 401, "key-refused")
