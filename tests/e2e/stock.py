"""One of each thing that there is, for requests that are made up."""

from collections.abc import Mapping
from typing import Any

import httpx

ACTS = ("cancel", "rescind", "correct")
"""What is done to changes."""
ON_BATCHES = {
    "add_batch_rows": "open",
    "apply_change_batch": "stored",
    "approve_change_batch": "theirs",
    "reject_change_batch": "unwanted",
}
"""Which batch each act on one is tried with."""


async def stocked(client: httpx.AsyncClient, contract: Mapping[str, Any]) -> dict[str, str]:
    """One of each thing; returns what to put into paths. The company is the one that the contract shows."""
    anything = {"If-Match": "*"}
    body = contract["paths"]["/v1/definitions"]["put"]["requestBody"]["content"]["application/json"]["example"]
    (await client.put("/v1/definitions", json=body, headers=anything)).raise_for_status()
    (await client.post("/v1/employees", json={"key": "ada", "external_ids": {"workday": "1"}})).raise_for_status()
    hire = {"effective_on": "2026-01-01", "to": {"ladder": "engineering", "level": "ic5", "zone": "de-berlin"}}
    made = await client.post("/v1/employees/ada/changes", json=hire, headers=anything)
    endpoints = [
        (await client.post("/v1/endpoints", json={"url": "http://127.0.0.1:9/"})).json()["id"] for _ in range(3)
    ]
    planned = {"effective_on": "2999-01-01", "to": {"level": "em5"}}
    (await client.post("/v1/employees/ada/changes", json=planned, headers=anything)).raise_for_status()
    spare_changes = {act: await spare_change(client, act) for act in ACTS}
    # Revoked early on: it is not the one that the requests are made with.
    spare = await client.post("/v1/keys", json={"name": "spare", "scopes": ["audit:read"]})
    sent = (await client.get(f"/v1/endpoints/{endpoints[0]}/deliveries")).json()["data"]
    # Revoked early on: the first one goes on signing.
    rotated = await client.post(f"/v1/endpoints/{endpoints[0]}/rotate-secret", json={"kind": "ed25519"})
    replay = await client.post(f"/v1/endpoints/{endpoints[1]}/replay", json={"from": "2020-01-01T00:00:00Z"})
    await connected(client)
    return {
        **await spare_batches(client),
        **{name: await reported(client) for name in ("reconciliation", "deleted")},
        "employee": "ada",
        "system": "workday",
        "change": made.json()["id"],
        "endpoint": endpoints[0],
        "delivery": sent[0]["id"],
        "event": sent[0]["event"],
        "secret": rotated.json()["id"],
        "dropped": sent[1]["id"],
        "replayed": endpoints[2],
        "retried": (await client.get(f"/v1/endpoints/{endpoints[2]}/deliveries")).json()["data"][0]["id"],
        "replay": replay.json()["id"],
        "spare": endpoints[1],
        **spare_changes,
        "key": spare.json()["id"],
        "ladder": "engineering",
        "version": "2026.1",
        "connection": "bamboohr",
        "changed": "changed",
        "unconnected": "unconnected",
        "level": "ic5",
        "tenant": "acme",
        "owner": "workday",
        "slug": "no-change",
        "path": "ladder.schema.json",
    }


async def connected(client: httpx.AsyncClient) -> None:
    """Systems at which nobody listens, one of them to be disconnected."""
    for key in ("bamboohr", "changed", "unconnected"):
        # That it cannot be read is an answer, too.
        away = {"settings": {"base_url": "https://127.0.0.1:9/v1"}, "credentials": {"api_key": "none"}}
        (await client.post("/v1/connections", json={"kind": "bamboohr", "key": key, **away})).raise_for_status()
    (await client.post("/v1/connections/bamboohr/sync", json={})).raise_for_status()


async def reported(client: httpx.AsyncClient) -> str:
    """A report on an extract: its id."""
    other = {"employeeId": "1", "date": "2026-01-01", "jobTitle": "engineering/em5"}
    body = {"system": "workday", "format": "bamboohr", "extract": [other], "authority": "theirs"}
    return (await client.post("/v1/reconciliations", json=body)).json()["id"]


async def spare_batches(client: httpx.AsyncClient) -> dict[str, str]:
    """A batch for each act on one; the one to be approved is somebody else's."""
    other = await client.post("/v1/keys", json={"name": "proposer", "scopes": ["assignments:write"]})
    rows = [{"employee": "ada", "to": {"team": None}}]
    found: dict[str, str] = {}
    for name in ("batch", *ON_BATCHES.values()):
        headers = {"Idempotency-Key": name}
        if name == "theirs":
            headers["Authorization"] = f"Bearer {other.json()['key']}"
        body = {"rows": rows, "complete": name != "open"}
        made = await client.post("/v1/change-batches", json=body, headers=headers)
        made.raise_for_status()
        found[name] = made.json()["id"]
    return found


async def spare_change(client: httpx.AsyncClient, act: str) -> str:
    """A change of somebody of their own, which the act can be done to: once, and tried as often as it is asked."""
    anything = {"If-Match": "*"}
    (await client.post("/v1/employees", json={"key": f"for-{act}"})).raise_for_status()
    path = f"/v1/employees/for-{act}/changes"
    hire = {"effective_on": "2026-01-01", "to": {"ladder": "engineering", "level": "ic5", "zone": "de-berlin"}}
    (await client.post(path, json=hire, headers=anything)).raise_for_status()
    day = "2026-02-01" if act == "rescind" else "2998-01-01"
    made = await client.post(path, json={"effective_on": day, "to": {"level": "em5"}}, headers=anything)
    return made.json()["id"]
