"""Whoever is not sure whether a request arrived sends it again: however often, it is one act."""

from collections.abc import Callable
from typing import Any

import httpx

from tests.rest.served import Served

HIRE = {"ladder": "engineering", "level": "ic3", "zone": "berlin"}
Answers = list[httpx.Response]


async def lived(served: Served, person: str, times: Callable[[int], int]) -> Answers:
    """A log of requests about one person, each sent as often as is said; returns the first answers."""
    sent: Answers = []

    async def send(method: str, path: str, body: Any, revision: str) -> Any:
        number = len(sent)
        headers = {"If-Match": revision, "Idempotency-Key": f"{person} {number}"}
        answers = [await served.call(method, path, json=body, headers=headers) for _ in range(times(number))]
        assert {answer.content for answer in answers} == {answers[0].content} or answers[0].is_error
        again = ["true"] * (len(answers) - 1) if answers[0].is_success else []
        assert [one.headers["idempotent-replayed"] for one in answers[1:] if one.is_success] == again
        assert {answer.status_code for answer in answers} == {answers[0].status_code}
        sent.append(answers[0])
        return answers[0].json()

    changes = f"/v1/employees/{person}/changes"
    await send("POST", changes, {"effective_on": "2026-01-01", "to": HIRE}, '"0"')
    raised = await send("POST", changes, {"effective_on": "2026-03-01", "to": {"level": "ic4"}}, '"1"')
    await send("POST", changes, {"effective_on": "2026-03-02", "to": {"level": "ic4"}}, '"2"')
    await send("PUT", f"/v1/employees/{person}/external-ids/workday", {"value": f"w {person}"}, '"2"')
    moved = await send("POST", f"/v1/changes/{raised['id']}/correct", {"effective_on": "2026-04-01"}, '"3"')
    plan = await send("POST", changes, {"effective_on": "2026-09-01", "to": {"level": "em4"}}, '"4"')
    await send("POST", f"/v1/changes/{plan['id']}/cancel", {"reason": "no"}, '"5"')
    await send("POST", f"/v1/changes/{plan['id']}/cancel", {"reason": "no"}, "*")
    await send("POST", f"/v1/changes/{moved['id']}/rescind", {}, '"6"')
    await send("POST", changes, {"effective_on": "2026-05-01", "to": None}, '"7"')
    return sent


async def record(served: Served, person: str) -> Any:
    """Days, acts and events of a person, with ids and instants left out."""
    timeline = (await served.get(f"/v1/employees/{person}/timeline")).json()
    days = [(one["effective_from"], one["effective_to"], one["assignment"]) for one in timeline["segments"]]
    acts = [(one["kind"], one["effective_on"], one["status"], one["revision"]) for one in timeline["changes"]]
    told = (await served.get(f"/v1/events?subject={person}&limit=100")).json()["data"]
    return days, acts, [(one["type"], one["sequence"], one["data"]["changed"]) for one in told]


async def test_each_request_once_or_thrice_is_the_same_record(served: Served) -> None:
    await served.person("once")
    await served.person("often")
    once = await lived(served, "once", lambda _: 1)
    often = await lived(served, "often", lambda number: 1 + number % 3)

    statuses = [answer.status_code for answer in once]
    assert statuses == [answer.status_code for answer in often]
    assert statuses == [201, 201, 409, 200, 201, 201, 200, 409, 200, 201]
    assert await record(served, "often") == await record(served, "once")
    assert (await served.get("/v1/employees/often")).headers["etag"] == '"8"'
