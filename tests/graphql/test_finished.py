"""Answers about what is published are given again as they were, to those with the same rights, until it changes."""

from tests.builders import DESIGN, ENGINEERING
from tests.graphql.graph import data
from tests.rest.published import publish
from tests.rest.served import Served

QUERY = """query($zone: String) { ladder(key: "engineering") {
    version knownAt chart(zone: $zone) { rows { grade } } levels { key bands { zone mid } } } }"""


async def test_a_finished_answer_is_given_again_by_rights_until_something_is_published(served: Served) -> None:
    first = (await data(served, QUERY))["ladder"]
    await served.person()
    # Somebody came, and nothing that is published altered: it is the very answer, its instant included.
    assert (await data(served, QUERY))["ladder"] == first
    hidden = (await data(served, QUERY, scopes=("ladders:read",)))["ladder"]
    assert [level["bands"] for level in hidden["levels"]] == [[]] * len(first["levels"])
    assert any(level["bands"] for level in first["levels"])
    assert (await data(served, QUERY, {"zone": "nyc"}))["ladder"]["chart"] == first["chart"]
    titles = [{**ENGINEERING, "version": "2", "effective_from": "2026-01-01"}, DESIGN]
    await publish(served, ladders=titles)
    assert (await data(served, QUERY))["ladder"]["version"] == "2"
    assert (await data(served, QUERY, scopes=("ladders:read",)))["ladder"]["version"] == "2"


async def test_what_leads_to_people_is_made_anew(served: Served) -> None:
    query = '{ ladder(key: "engineering") { version } employees { nodes { key } } }'
    assert (await data(served, query))["employees"]["nodes"] == []
    await served.person()
    assert (await data(served, query))["employees"]["nodes"] == [{"key": "ada"}]
