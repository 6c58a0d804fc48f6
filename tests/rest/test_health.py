"""The sender seen from outside: attempts with all they say, and how an endpoint is doing, at both doors."""

import io

from sqlalchemy import update

from service.domain.instants import instant_text
from service.webhooks.tables import endpoint
from tests.graphql.graph import data
from tests.rest.logbook import written
from tests.rest.served import Served, assert_problem
from tests.rest.test_endpoints import HIRE, worker_and_sink
from tests.webhooks.post import Sink

GRAPH = """
{ endpoint(id: "%s") { health { endpoint state reason since nextProbeAt waitsUntil lastOkAt failSince inFlight
    backlog { pending retrying held blocked capped oldestSeconds }
    durations { sample p50Ms p95Ms } delays { sample p50Ms p95Ms }
    lastHour { attempts delivered share capped } lastDay { attempts delivered share capped } } } }
"""
MANAGER = ("webhooks:manage", "assignments:read")


def snake(value: object) -> object:
    """With the names that REST has."""
    if isinstance(value, dict):
        return {"".join(f"_{c.lower()}" if c.isupper() else c for c in name): snake(v) for name, v in value.items()}
    return value


async def test_attempts_say_what_came_back_and_health_sums_it_up(served: Served, logged: io.StringIO) -> None:
    sink = Sink()
    headers = {"Retry-After": "0", "X-Request-Id": "r-1", "Set-Cookie": "session=s3cret"}
    sink.answer = lambda event, times: (503, headers) if times == 0 else (200, {})
    async with worker_and_sink(served, sink):
        asked = {"url": sink.url, "include_pay": True}
        made = (await served.call("POST", "/v1/endpoints", json=asked)).json()
        path = f"/v1/endpoints/{made['id']}"
        await served.person()
        await served.change(HIRE, "2026-01-01")
        await sink.until(lambda: len(sink.delivered) == 1)
        sending = (await served.get(f"{path}/health")).json()
        assert sending["in_flight"] == 0
    (sent,) = (await served.get(f"{path}/deliveries")).json()["data"]
    failed, done = (await served.get(f"/v1/deliveries/{sent['id']}/attempts")).json()["data"]
    assert (failed["status"], failed["error_class"], failed["outcome"]) == (503, "unavailable", "throttled")
    shown = failed["response_headers"]
    assert (shown["retry-after"], shown["x-request-id"], "s3cret" in str(failed)) == ("0", "r-1", False)
    assert (done["response_headers"], done["withheld"], done["tls_ms"], done["dns_ms"]) == ({}, [], None, None)
    assert failed["connect_ms"] >= 0 and failed["first_byte_ms"] <= failed["duration_ms"]
    assert failed["worker"] == done["worker"] and failed["worker"]

    # What the receiver said may repeat the pay that it was sent.
    tries = f"/v1/deliveries/{sent['id']}/attempts"
    hidden, _ = (await served.get(tries, scopes=MANAGER)).json()["data"]
    assert (hidden["response_head"], hidden["response_headers"]) == (None, {})
    assert hidden["withheld"] == ["response_head", "response_headers"]
    assert hidden["status"] == 503
    assert_problem(await served.get(tries, scopes=("assignments:read", "bands:read")), 403, "missing-scope")

    found = (await served.get(f"{path}/health")).json()
    assert (found["state"], found["in_flight"]) == ("healthy", None)
    assert found["backlog"] == {
        **dict.fromkeys(("pending", "retrying", "held", "blocked"), 0),
        "capped": False,
        "oldest_seconds": None,
    }
    assert (found["durations"]["sample"], found["delays"]["sample"]) == (2, 1)
    assert 0 <= found["durations"]["p50_ms"] <= found["durations"]["p95_ms"]
    assert found["next_probe_at"] is None
    assert snake((await data(served, GRAPH % made["id"]))["endpoint"]["health"]) == found
    assert_problem(await served.get("/v1/endpoints/end_none/health"), 404, "no-such-endpoint")
    assert_problem(await served.get(f"{path}/health", scopes=("assignments:read",)), 403, "missing-scope")
    assert "s3cret" not in str(written(logged))


async def test_what_waits_is_counted_and_aged_by_the_clock_of_the_record(served: Served) -> None:
    made = (await served.call("POST", "/v1/endpoints", json={"url": "http://127.0.0.1:9/"})).json()
    path = f"/v1/endpoints/{made['id']}"
    for name in ("ada", "ben"):
        await served.person(name)
        await served.change(HIRE, "2026-01-01", employee=name)
    served.clock.us += 90_500_000
    found = (await served.get(f"{path}/health")).json()
    assert (found["backlog"]["pending"], found["backlog"]["held"]) == (2, 0)
    assert found["backlog"]["oldest_seconds"] == 90
    assert found["last_day"] == {"attempts": 0, "delivered": 0, "share": None, "capped": False}
    await served.call("PATCH", path, json={"state": "paused"}, headers={"If-Match": "*"})
    paused = (await served.get(f"{path}/health")).json()
    assert (paused["backlog"]["pending"], paused["backlog"]["held"]) == (0, 2)
    assert (paused["state"], paused["since"] > found["since"]) == ("paused", True)


async def test_while_it_is_open_both_say_when_it_is_tried_next_and_afterwards_neither(served: Served) -> None:
    made = (await served.call("POST", "/v1/endpoints", json={"url": "http://127.0.0.1:9/"})).json()
    path = f"/v1/endpoints/{made['id']}"
    at = served.clock.us + 60_000_000
    for state, wanted in (("open", instant_text(at)), ("half_open", instant_text(at)), ("gone", None)):
        async with served.house.database.transaction() as tx:
            await tx.execute(update(endpoint).values(state=state, probe_at=at))
        shown = [(await served.get(f"{path}{door}")).json()["next_probe_at"] for door in ("", "/health")]
        assert shown == [wanted, wanted]
