"""The simulated Gusto does what theirs is known for: what connectors are tried against has to be right itself."""

import hashlib
import hmac
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from aiohttp import web

from tests.listening import calling
from tests.simulators.gusto.company import Company
from tests.simulators.gusto.server import API_VERSION, Gusto, running

HEADERS = {"Authorization": "Bearer token-of-a-test", "X-Gusto-API-Version": API_VERSION}
ROW = {"rate": "118000.00", "payment_unit": "Year", "flsa_status": "Exempt", "effective_date": "2026-10-01"}


@pytest.fixture
async def gusto() -> AsyncGenerator[Gusto]:
    company = Company()
    company.hire("ada", "2024-03-01", title="Engineer", rate="110000.00")
    async with running(Gusto(company=company)) as made:
        yield made


@asynccontextmanager
async def client(gusto: Gusto) -> AsyncGenerator[httpx.AsyncClient]:
    async with calling(gusto.origin, seconds=10) as made:
        made.headers.update(HEADERS)
        yield made


def category(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["category"]


async def test_rows_have_versions_and_the_latest_that_has_come_is_current(gusto: Gusto) -> None:
    async with client(gusto) as asking:
        (job,) = (await asking.get("/v1/employees/ada/jobs")).json()
        assert (job["primary"], job["rate"], len(job["compensations"])) == (True, "110000.00", 1)
        path = f"/v1/jobs/{job['uuid']}/compensations"
        made = await asking.post(path, json={**ROW, "title": "Staff Engineer"})
        assert (made.status_code, made.json()["rate"]) == (201, "118000.00")
        # It has not come yet: only whoever asks for all of them sees it.
        assert [one["title"] for one in (await asking.get(path)).json()] == ["Engineer"]
        every = (await asking.get(path, params={"include": "all_compensations"})).json()
        assert {one["title"] for one in every} == {"Engineer", "Staff Engineer"}
        row = f"/v1/compensations/{made.json()['uuid']}"
        stale = {**ROW, "title": "Principal", "version": "old"}
        assert category(await asking.put(row, json=stale)) == (422, "invalid_resource_version")
        done = await asking.put(row, json={**stale, "version": made.json()["version"]})
        assert (done.status_code, done.json()["version"] != made.json()["version"]) == (200, True)
        assert category(await asking.post(path, json={**ROW, "rate": 118000.0})) == (422, "invalid_attribute_value")
        assert category(await asking.post(path, json={**ROW, "payment_unit": "Day"})) == (
            422,
            "invalid_attribute_value",
        )
        gusto.company.clock.advance(days=120)
        assert [one["title"] for one in (await asking.get(path)).json()] == ["Principal"]
        gusto.company.schedule("2026-10-01", [15])
        gusto.company.process("2026-10-15")
        assert category(await asking.delete(row)) == (422, "invalid_operation")
        gusto.faults.second_refused = True
        assert category(await asking.post(path, json=ROW)) == (422, "invalid_operation")


async def test_who_may_see_what(gusto: Gusto) -> None:
    async with client(gusto) as asking:
        company = f"/v1/companies/{gusto.company.uuid}"
        assert category(await asking.get(company, headers={"Authorization": "Bearer no"})) == (401, "unauthorized")
        assert category(await asking.get(company, headers={"X-Gusto-API-Version": "1"})) == (406, "invalid_api_version")
        gusto.scopes.discard("compensations:read")
        (job,) = (await asking.get("/v1/employees/ada/jobs")).json()
        assert ("rate" in job, "rate" in job["compensations"][0]) == (False, False)
        gusto.company.schedule("2026-06-01", [15, 15])
        gusto.company.process("2026-06-15")
        days = {"start_date": "2026-06-15", "end_date": "2026-06-20"}
        found = (await asking.get(f"{company}/pay_periods", params=days)).json()
        assert [(one["start_date"], one["end_date"], one["payroll"]["processed"]) for one in found] == [
            ("2026-06-01", "2026-06-15", True),
            ("2026-06-16", "2026-06-30", False),
        ]
        assert found[1]["payroll"]["payroll_deadline"] == "2026-07-01T20:00:00Z"
        far = await asking.get(f"{company}/pay_periods", params={"end_date": "2026-10-01"})
        assert category(far) == (422, "invalid_attribute_value")
        gusto.scopes.discard("payrolls:read")
        assert category(await asking.get(f"{company}/pay_periods")) == (403, "missing_oauth_scopes")
        form = {"grant_type": "refresh_token", "refresh_token": "refresh-of-a-test", "client_id": "client-of-a-test"}
        form["client_secret"] = "secret-of-a-test"
        first = await asking.post("/oauth/token", json=form)
        assert (first.status_code, first.json()["expires_in"]) == (200, 7200)
        assert (await asking.post("/oauth/token", json=form)).json() == {"error": "invalid_grant"}


async def test_events_are_thin_and_signed_after_a_handshake(gusto: Gusto) -> None:
    got: list[tuple[dict[str, Any], str, bytes]] = []

    async def take(request: web.Request) -> web.Response:
        raw = await request.read()
        got.append((json.loads(raw), request.headers.get("X-Gusto-Signature", ""), raw))
        return web.Response()

    async with receiver(take) as url, client(gusto) as asking:
        made = (await asking.post("/v1/webhook_subscriptions", json={"url": url})).json()
        (job,) = gusto.company.jobs.values()
        await asking.post(f"/v1/jobs/{job.uuid}/compensations", json=ROW)
        await gusto.hooks.settle()
        token = got[0][0]["verification_token"]
        assert (len(got), got[0][1], made["status"]) == (1, "", "pending")
        path = f"/v1/webhook_subscriptions/{made['uuid']}/verify"
        assert category(await asking.put(path, json={"verification_token": "no"}))[0] == 422
        assert (await asking.put(path, json={"verification_token": token})).json()["status"] == "verified"
        for _ in range(2):
            await asking.post(f"/v1/jobs/{job.uuid}/compensations", json={**ROW, "effective_date": "2026-11-01"})
        await gusto.hooks.settle(doubled=True)
        body, signature, raw = got[1]
        assert signature == hmac.new(token.encode(), raw, hashlib.sha256).hexdigest()
        assert set(body) == {
            *("uuid", "event_type", "resource_type", "resource_uuid", "entity_type", "entity_uuid", "timestamp")
        }
        # In another order than they happened, and twice.
        assert [one[0]["uuid"] for one in got[1:]] == ["event-0003", "event-0003", "event-0002", "event-0002"]
        after = {"starting_after_uuid": "event-0001"}
        found = (await asking.get("/v1/events", params=after)).json()
        assert [one["uuid"] for one in found] == ["event-0002", "event-0003"]
        gusto.company.clock.advance(days=31)
        assert (await asking.get("/v1/events", params=after)).status_code == 404


@asynccontextmanager
async def receiver(take: Any) -> AsyncGenerator[str]:
    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()
