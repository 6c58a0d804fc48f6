"""Who stood where, on one day as known at one instant, is the same wherever it is asked, and later too."""

from typing import Any

import orjson

from service.domain.access import OPERATOR
from service.usecases.access import revoke_key
from tests.graphql.graph import data
from tests.rest.served import Served, assert_problem
from tests.surfaces.translation import as_graph, everything, object_type

HELD = {"ladder": "engineering", "level": "ic3", "step": "a", "zone": "berlin", "role": "engineer", "team": "core"}
DAY, LINES = "2026-03-01", {"Accept": "application/x-ndjson"}
FACTS = (
    *("ladder", "ladder_version", "track", "level", "grade", "title", "step", "role", "team", "zone", "currency"),
    *("band_set", "grade_since", "step_since"),
)


async def ways(served: Served, known_at: str) -> list[dict[str, Any]]:
    """What is said of ada on the day by everything that says it, pay left out."""
    asked = f"effective_on={DAY}&known_at={known_at}"
    one = (await served.get(f"/v1/employees/ada/assignment?{asked}")).json()
    listed = (await served.get(f"/v1/assignments?{asked}")).json()["data"][0]
    exported = orjson.loads((await served.get(f"/v1/assignments?{asked}", headers=LINES)).content.splitlines()[0])
    snapshot = orjson.loads((await served.get(f"/v1/snapshots?{asked}", headers=LINES)).content.splitlines()[0])
    timeline = (await served.get(f"/v1/employees/ada/timeline?known_at={known_at}")).json()["segments"]
    segment = [part for part in timeline if part["effective_from"] == DAY]
    told = (await served.get("/v1/events?types=track.switched")).json()["data"]
    place = f'employee: "ada", effectiveOn: "{DAY}", knownAt: "{known_at}"'
    graph = await data(served, f"{{ assignment({place}) {everything(object_type('Assignment'))} }}")
    assert graph["assignment"] == as_graph(one, object_type("Assignment"))
    said = [one, listed, exported, snapshot, *(part["assignment"] for part in segment)]
    return [{name: shown[name] for name in FACTS} for shown in (*said, told[0]["data"]["current"])]


async def test_every_door_says_the_same_of_a_day_and_an_instant(served: Served) -> None:
    await served.person()
    await served.change(HELD, "2026-01-01")
    switched = await served.change({"level": "em3", "team": "web"}, DAY)
    before = await ways(served, switched["known_at"])
    assert len(before) == 6
    assert before[0]["level"] == "em3" and all(said == before[0] for said in before)

    corrected = await served.call(
        "POST", f"/v1/changes/{switched['id']}/correct", json={"to": {"level": "ic4"}}, headers={"If-Match": "*"}
    )
    await served.change(None, "2026-05-01")
    assert await ways(served, switched["known_at"]) == before
    later = (await served.get(f"/v1/employees/ada/assignment?effective_on={DAY}")).json()
    assert (corrected.status_code, later["level"]) == (201, "ic4")


async def test_who_may_ask_is_decided_now_also_of_the_past(served: Served) -> None:
    await served.person()
    hired = await served.change(HELD, "2026-01-01")
    past = f"/v1/employees/ada/assignment?effective_on={DAY}&known_at={hired['known_at']}"
    query = f'{{ assignment(employee: "ada", effectiveOn: "{DAY}", knownAt: "{hired["known_at"]}") {{ level }} }}'
    scopes = ("assignments:read", "bands:read")
    assert (await served.get(past, scopes=scopes)).json()["band"]["min"] == "30001.17"
    assert (await served.get(past, scopes=scopes[:1])).json()["redacted"] == ["band"]
    assert_problem(await served.get(past, scopes=("ladders:read",)), 403, "missing-scope")

    await revoke_key(served.house.runtime, OPERATOR, (await served.key(*scopes)).split("_")[1])
    assert_problem(await served.get(past, scopes=scopes), 401, "key-refused")
    refused = await served.call("POST", "/graphql", json={"query": query}, scopes=scopes)
    assert refused.status_code == 401
