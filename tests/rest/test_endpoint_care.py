"""Secrets that change without a gap, consent, certificates, and trying an endpoint: by request, to real receivers."""

import base64
import json
from typing import Any

import trustme
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import text, update
from standardwebhooks import Webhook, WebhookVerificationError

from service.storage.upkeep import keep_house
from service.webhooks import tables
from tests.rest.served import Served, assert_problem
from tests.rest.test_endpoints import HIRE, worker_and_sink
from tests.webhooks.certified import ADDRESS, Tokens, demanding, pair, pem, token_server
from tests.webhooks.post import Sink
from tests.webhooks.wire import Receiver, answer, header, says

ANY = {"If-Match": "*"}
EARLIER, LATER = 1, 4_000_000_000_000_000
"""Behind and ahead of every clock there is in a test."""


def lowered(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def verifies(secret: str, sent: tuple[dict[str, str], bytes]) -> bool:
    try:
        Webhook(secret).verify(sent[1], lowered(sent[0]))
    except WebhookVerificationError:
        return False
    return True


def verifies_with_key(public: str, sent: tuple[dict[str, str], bytes]) -> bool:
    headers = lowered(sent[0])
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + sent[1]
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public.removeprefix("whpk_")))
    for one in headers["webhook-signature"].split(" "):
        if one.startswith("v1a,"):
            key.verify(base64.b64decode(one.removeprefix("v1a,")), content)
            return True
    return False


async def set_expiry(served: Served, secret: str, at: int) -> None:
    """Let a secret end at another instant: no test waits for a day."""
    async with served.house.database.transaction() as tx:
        kept = tables.endpoint_secret
        await tx.execute(update(kept).where(kept.c.id == secret).values(expires_at=at))
        await tx.execute(text("UPDATE endpoint SET revision = revision + 1"))


async def test_a_rotated_secret_signs_for_the_overlap_and_not_a_moment_longer(served: Served) -> None:
    sink = Sink()
    async with worker_and_sink(served, sink):
        made = (await served.call("POST", "/v1/endpoints", json={"url": sink.url})).json()
        path = f"/v1/endpoints/{made['id']}"
        (first,) = (await served.get(f"{path}/secrets")).json()["data"]
        tried = await served.call("POST", f"{path}/rotate-secret?dry_run=true", json={})
        assert (tried.status_code, tried.json()["id"], tried.json()["secret"]) == (201, None, None)

        key = {"Idempotency-Key": "rotate"}
        rotated = (await served.call("POST", f"{path}/rotate-secret", json={}, headers=key)).json()
        again = (await served.call("POST", f"{path}/rotate-secret", json={}, headers=key)).json()
        assert (again["id"], again["secret"]) == (rotated["id"], None)
        assert rotated["secret"].startswith("whsec_") and rotated["secret"] != made["secret"]
        listed = (await served.get(f"{path}/secrets")).json()["data"]
        assert [(one["id"], one["secret"], one["expires_at"] is None) for one in listed] == [
            (rotated["id"], None, True),
            (first["id"], None, False),
        ]
        paired = (await served.call("POST", f"{path}/rotate-secret", json={"kind": "ed25519"})).json()
        assert (paired["secret"], paired["kind"], paired["public_key"][:5]) == (None, "ed25519", "whpk_")

        await served.person()
        await set_expiry(served, first["id"], LATER)
        await served.change(HIRE, "2026-01-01")
        await sink.until(lambda: len(sink.delivered) == 1)
        both = sink.requests[-1]
        kinds = [one.partition(",")[0] for one in lowered(both[0])["webhook-signature"].split(" ")]
        assert kinds == ["v1a", "v1", "v1"]
        assert verifies(made["secret"], both) and verifies(rotated["secret"], both)
        assert verifies_with_key(paired["public_key"], both)

        await set_expiry(served, first["id"], EARLIER)
        await served.change({"team": "web"}, "2026-02-01")
        await sink.until(lambda: len(sink.delivered) == 2)
        after = sink.requests[-1]
        assert (verifies(made["secret"], after), verifies(rotated["secret"], after)) == (False, True)

        revoked = await served.call("DELETE", f"{path}/secrets/{rotated['id']}")
        assert (revoked.status_code, revoked.json()) == (200, {"id": rotated["id"]})
        await served.change({"team": "core"}, "2026-03-01")
        await sink.until(lambda: len(sink.delivered) == 3)
        last = sink.requests[-1]
        assert not verifies(rotated["secret"], last) and verifies_with_key(paired["public_key"], last)
    await the_last_one_stays(served, path, revoked=rotated["id"], last=paired["id"])


async def the_last_one_stays(served: Served, path: str, *, revoked: str, last: str) -> None:
    assert_problem(await served.call("DELETE", f"{path}/secrets/{revoked}"), 404, "no-such-secret")
    assert_problem(await served.call("DELETE", f"{path}/secrets/{last}"), 409, "last-secret")
    await keep_house(served.house.database)
    async with served.house.database.read() as connection:
        kept = (await connection.execute(text("SELECT id FROM endpoint_secret"))).scalars().all()
    assert kept == [last]
    for _ in range(9):
        assert (await served.call("POST", f"{path}/rotate-secret", json={})).status_code == 201
    assert_problem(await served.call("POST", f"{path}/rotate-secret", json={}), 409, "too-many-secrets")
    beyond = await served.call("POST", f"{path}/rotate-secret", json={"overlap_seconds": 604_801})
    assert_problem(beyond, 422, "invalid-body")


async def test_nothing_is_sent_before_consent_and_what_is_allowed_becomes_the_rate(served_once: Served) -> None:
    served, sink = served_once, Sink()
    async with worker_and_sink(served, sink):
        asked = {"url": sink.url, "verify": "handshake", "rate": 50, "headers": {"X-Tenant": "seven"}}
        tried = (await served.call("POST", "/v1/endpoints?dry_run=true", json=asked)).json()
        assert (tried["state"], sink.asked) == ("disabled", [])
        made = (await served.call("POST", "/v1/endpoints", json=asked)).json()
        assert (made["state"], made["consented_at"], made["rate"]) == ("disabled", None, 50)
        assert "no WebHook-Allowed-Origin" in made["state_reason"]
        (question,) = map(lowered, sink.asked)
        assert (question["webhook-request-origin"], question["webhook-request-rate"]) == ("dualtrack", "3000")
        assert question["x-tenant"] == "seven" and "webhook-id" not in question

        await served.person()
        await served.change(HIRE, "2026-01-01")
        path = f"/v1/endpoints/{made['id']}"
        (held,) = (await served.get(f"{path}/deliveries")).json()["data"]
        assert held["state"] == "held"
        # Saying so by itself does not do it: the receiver is asked again, and says no.
        for allows in (
            {"WebHook-Allowed-Origin": "elsewhere"},
            {"WebHook-Allowed-Origin": "*", "WebHook-Allowed-Rate": "x"},
        ):
            sink.allows = allows
            refused = await served.call("PATCH", path, json={"state": "active"}, headers=ANY)
            assert (refused.status_code, refused.json()["state"]) == (200, "disabled")
        assert sink.got == []

        sink.allows = {"WebHook-Allowed-Origin": "dualtrack", "WebHook-Allowed-Rate": "120"}
        agreed = (await served.call("PATCH", path, json={"state": "active"}, headers=ANY)).json()
        assert (agreed["state"], agreed["state_reason"], agreed["rate"]) == ("healthy", None, 2)
        assert agreed["consented_at"] is not None
        await sink.until(lambda: len(sink.delivered) == 1)
        assert lowered(sink.requests[0][0])["webhook-request-origin"] == "dualtrack"

        times = len(sink.asked)
        same = (await served.call("PATCH", path, json={"description": "x"}, headers=ANY)).json()
        assert (same["consented_at"], len(sink.asked)) == (agreed["consented_at"], times)
        # A greater rate is a new question, and so is another address.
        faster = (await served.call("PATCH", path, json={"rate": 100}, headers=ANY)).json()
        assert (faster["rate"], faster["state"], len(sink.asked)) == (2, "healthy", times + 1)
        moved = await served.call("PATCH", path, json={"url": "http://127.0.0.1:9/hook"}, headers=ANY)
        assert (moved.json()["state"], moved.json()["consented_at"]) == ("disabled", None)
        assert "did not answer" in moved.json()["state_reason"]
        await served.change({"team": "web"}, "2026-02-01")
        back = (await served.call("PATCH", path, json={"verify": "none", "state": "active"}, headers=ANY)).json()
        assert (back["state"], back["verify"]) == ("healthy", "none")
    assert len(sink.got) == 1


async def test_a_thin_cloudevent_is_pushed_and_leads_to_the_whole_event(served_once: Served) -> None:
    served, sink = served_once, Sink()
    async with worker_and_sink(served, sink):
        for chosen in ({"thin": True}, {"format": "cloudevents"}, {"format": "cloudevents", "thin": True}):
            made = await served.call("POST", "/v1/endpoints", json={"url": sink.url, **chosen})
            assert made.status_code == 201
        await served.person(workday="1")
        change = await served.change(HIRE, "2026-01-01")
        await sink.until(lambda: len(sink.delivered) == 3)
    event = change["events"][0]["id"]
    reading = {"scopes": ("assignments:read",)}
    kept = await served.get(f"/v1/events/{event}", **reading)
    (listed,) = (await served.get("/v1/events?subject=ada", **reading)).json()["data"]
    assert kept.json() == listed
    assert {lowered(headers)["webhook-id"] for headers, _ in sink.requests} == {event}
    by_form = {
        (lowered(headers)["content-type"], b'"data":' in body): json.loads(body) for headers, body in sink.requests
    }
    cloud = "application/cloudevents+json; charset=utf-8"
    assert by_form["application/json", True]["data"] == {
        "employee": {"id": listed["data"]["employee"]["id"]},
        "change": {"id": change["id"]},
        "url": f"/v1/events/{event}",
    }
    assert by_form[cloud, True]["data"] == listed["data"]
    assert by_form[cloud, False]["dataref"] == f"/v1/events/{event}"
    # Whom the feed tells nothing, the event is not there for either.
    told, *_ = (await served.get("/v1/events?types=ladder.published")).json()["data"]
    assert_problem(await served.get(f"/v1/events/{told['id']}", **reading), 404, "no-such-event")
    both = await served.get(f"/v1/events/{told['id']}", scopes=("assignments:read", "ladders:read"))
    assert both.json() == told
    assert_problem(await served.get(f"/v1/events/{event}", scopes=("webhooks:manage",)), 403, "missing-scope")
    assert_problem(await served.get("/v1/events/evt_none"), 404, "no-such-event")


async def test_a_test_goes_the_real_way_and_tells_everything_but_secrets(served_once: Served) -> None:
    served, authority, clients = served_once, trustme.CA(), trustme.CA()
    receiver = Receiver(says(answer(403, b"unknown tenant", retry_after="7", x_inner="no")))
    url = f"https://{ADDRESS}:{await receiver.start(tls=demanding(authority, clients))}/hook"
    certificate, key = pair(clients)
    asked = {
        **{"url": url, "signature": "both", "format": "cloudevents", "headers": {"X-Tenant": "hush-1"}},
        "client_certificate": {"certificate": certificate, "key": key},
        "trusted_ca": pem(authority.cert_pem),
    }
    async with token_server(Tokens(), tls=demanding(authority)) as tokens:
        client = {"token_url": tokens.url, "client_id": "us", "client_secret": "hush-2"}
        made = await served.call("POST", "/v1/endpoints", json={**asked, "oauth2": client})
        path = f"/v1/endpoints/{made.json()['id']}"
        paused = await served.call("PATCH", path, json={"state": "paused"}, headers=ANY)
        sent = await served.call("POST", f"{path}/test", json={"event_type": "track.switched"})
        dry = await served.call("POST", f"{path}/test?dry_run=true", json={"event_type": "track.switched"})
    await receiver.stop()
    told = sent.json()
    attempt = told["attempt"]
    assert (told["state"], attempt["status"], attempt["outcome"], attempt["error_class"], attempt["ip"]) == (
        *("paused", 403, "throttled", "rejected", ADDRESS),
    )
    assert (attempt["response_head"], attempt["response_headers"]) == (
        "unknown tenant",
        {"retry-after": "7"},
    )
    assert attempt["phases"]["connect_ms"] is not None and attempt["duration_ms"] >= attempt["phases"]["connect_ms"]
    assert attempt["phases"]["tls_ms"] is not None

    ((head, body),) = receiver.requests
    assert told["request"]["body"].encode() == body
    shown = told["request"]["headers"]
    assert (shown["X-Tenant"], shown["Authorization"], shown["webhook-test"]) == ("…", "Bearer …", "true")
    assert (header(head, "x-tenant"), header(head, "authorization")) == ("hush-1", "Bearer token-1")
    for name in ("webhook-id", "webhook-timestamp", "webhook-signature", "content-type", "webhook-test", "user-agent"):
        assert header(head, name) == lowered(shown)[name]
    arrived = (
        {name: header(head, name) or "" for name in ("webhook-id", "webhook-timestamp", "webhook-signature")},
        body,
    )
    assert verifies(made.json()["secret"], arrived) and verifies_with_key(made.json()["public_key"], arrived)
    event = json.loads(body)
    assert (event["id"], event["sequence"], event["test"]) == (told["event"], "0" * 20, True)
    assert (dry.json()["event"], dry.json()["attempt"], dry.json()["request"]["url"]) == (None, None, url)
    everything = sent.text + made.text + paused.text + (await served.get(path)).text + dry.text
    assert not [one for one in ("hush-1", "hush-2", "token-1", "PRIVATE KEY") if one in everything]
    assert made.json()["client_certificate"]["subject"] and made.json()["trusted_ca"][0]["expires_at"]
    # It leaves no trace where events are.
    assert_problem(await served.get(f"/v1/events/{told['event']}"), 404, "no-such-event")


async def test_tests_are_bounded_and_known_keys_send_nothing_again(served_once: Served) -> None:
    served, sink = served_once, Sink()
    await sink.start()
    made = await served.call("POST", "/v1/endpoints", json={"url": sink.url, "mode": "batch"})
    path = f"/v1/endpoints/{made.json()['id']}"
    sent: dict[str, Any] = {"json": {"event_type": "level.changed"}, "headers": {"Idempotency-Key": "once"}}
    first = (await served.call("POST", f"{path}/test", **sent)).json()
    again = (await served.call("POST", f"{path}/test", **sent)).json()
    assert (again["event"], again["attempt"], again["request"]) == (first["event"], None, None)
    assert first["attempt"]["outcome"] == "delivered"
    batch = json.loads(sink.requests[0][1])
    assert (batch["type"], [one["id"] for one in batch["events"]]) == ("batch", [first["event"]])
    statuses = [
        (await served.call("POST", f"{path}/test", json={"event_type": "level.changed"})).status_code for _ in range(10)
    ]
    assert statuses == [200] * 9 + [409]
    served.clock.us += 6_000_000
    later = await served.call("POST", f"{path}/test", json={"event_type": "level.changed"})
    assert later.status_code == 200
    too_often = assert_problem(
        await served.call("POST", f"{path}/test", json={"event_type": "level.changed"}), 409, "tested-too-often"
    )
    assert 0 < too_often["retry_after_seconds"] <= 6
    assert_problem(await served.call("POST", f"{path}/test", json={"event_type": "no"}), 422, "unknown-event-type")
    await sink.stop()
    assert len(sink.got) == 11
