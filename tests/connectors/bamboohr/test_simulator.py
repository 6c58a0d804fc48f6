"""The simulated BambooHR does what theirs is known for: what connectors are tried against has to be right itself."""

import hashlib
import hmac
import json
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from aiohttp import web

from tests.simulators.bamboohr.bands import Group, Level
from tests.simulators.bamboohr.company import Company
from tests.simulators.bamboohr.server import Bamboo, running
from tests.simulators.clock import Clock

KEY = ("key-of-a-test", "x")


@pytest.fixture
async def bamboo() -> AsyncGenerator[Bamboo]:
    company = Company(clock=Clock())
    company.hire("4711", "2024-03-01", jobTitle="Engineer", department="Platform", firstName="Ada")
    async with running(Bamboo(company=company)) as made:
        yield made


@asynccontextmanager
async def client(bamboo: Bamboo, **how: Any) -> AsyncGenerator[httpx.AsyncClient]:
    context = ssl.create_default_context(cadata=bamboo.authority)
    headers = {"Accept": "application/json"}
    async with httpx.AsyncClient(base_url=bamboo.base_url, verify=context, headers=headers, **how) as made:
        yield made


async def test_rows_are_made_without_an_id_and_altered_in_part(bamboo: Bamboo) -> None:
    rows = "/employees/4711/tables/jobInfo"
    future = {"date": "2026-10-01", "jobTitle": "Staff Engineer"}
    async with client(bamboo, auth=KEY) as asking:
        refused = await asking.post(rows, json=future)
        assert (refused.status_code, refused.headers["X-BambooHR-Error-Message"]) == (
            406,
            "jobTitle is not a valid value",
        )
        lists = (await asking.get("/meta/lists")).json()
        titles = next(one for one in lists if one["alias"] == "jobTitle")
        made = await asking.put(f"/meta/lists/{titles['fieldId']}", json={"options": [{"value": "Staff Engineer"}]})
        assert (made.status_code, made.headers["content-type"][:8]) == (200, "text/xml")
        again = await asking.put(f"/meta/lists/{titles['fieldId']}", json={"options": [{"value": "Staff Engineer"}]})
        assert again.status_code == 409
        made = await asking.post(rows, json=future)
        assert (made.status_code, made.content) == (200, b"")
        bamboo.company.unwritable.add("jobInfo.department")
        row = (await asking.get(rows)).json()[0]
        part = await asking.post(f"{rows}/{row['id']}", json={"department": "Research", "jobTitle": "Engineer"})
        assert (part.status_code, part.content) == (200, b"")
        read = (await asking.get(rows)).json()
        assert [(one["date"], one["jobTitle"], one["department"]) for one in read] == [
            ("2026-10-01", "Engineer", None),
            ("2024-03-01", "Engineer", "Platform"),
        ]
        assert (await asking.post(f"{rows}/{row['id']}", json={"department": "Research"})).status_code == 403
        bamboo.faults.delete_refused = "It is in use"
        kept = await asking.delete(f"{rows}/{row['id']}")
        assert (kept.status_code, kept.json()) == (200, {"success": False, "error": "It is in use"})
        bamboo.faults.delete_refused = None
        assert (await asking.delete(f"{rows}/{row['id']}")).json()["success"] is True
        bamboo.faults.pending.add("4711")
        assert (await asking.post(rows, json={"date": "2026-10-01"})).status_code == 409
        bamboo.faults.throttle = ["429", "503", "inside"]
        told = [await asking.get(rows) for _ in range(4)]
    assert [(one.status_code, one.headers.get("Retry-After")) for one in told[:3]] == [
        (429, "7"),
        (503, "7"),
        (200, "7"),
    ]
    assert told[2].json()["error"]["code"] == 429
    assert told[3].json() == (read[1:])


async def test_what_one_may_not_see_is_null_in_pages_and_missing_in_rows(bamboo: Bamboo) -> None:
    bamboo.company.hire("5000", "2025-01-01", jobTitle="Engineer", firstName="Bob")
    bamboo.company.unreadable |= {"firstName", "jobInfo.department"}
    async with client(bamboo, auth=KEY) as asking:
        page = (
            await asking.get("/employees", params={"page[limit]": 1, "fields": "firstName,jobTitle,nonsense"})
        ).json()
        assert page["data"] == [
            {"id": "4711", "firstName": None, "jobTitle": "Engineer", "_restrictedFields": ["firstName"]}
        ]
        after = page["meta"]["page"]["nextCursor"]
        rest = (await asking.get("/employees", params={"page[limit]": 1, "page[after]": after})).json()
        assert ([one["id"] for one in rest["data"]], rest["meta"]["page"]["nextCursor"]) == (["5000"], None)
        row = (await asking.get("/employees/4711/tables/jobInfo")).json()[0]
        assert "department" not in row and row["division"] is None
        bamboo.company.clock.advance(days=1)
        since = bamboo.company.clock.now().isoformat().replace("+00:00", "Z")
        bamboo.company.clock.advance(days=1)
        bamboo.company.set_fields("4711", firstName="Ada L.")
        changed = (await asking.get("/employees/changed/tables/jobInfo", params={"since": since})).json()
        assert [len(one["rows"]) for one in changed["employees"].values()] == [1]
        assert list((await asking.get("/employees/changed", params={"since": since})).json()["employees"]) == ["4711"]


async def test_bands_are_for_oauth_and_their_money_is_numbers(bamboo: Bamboo) -> None:
    level = Level(
        id=31, name="IC5", low="98000.10", middle="115000.0", high="132000.0", titles=[(88, "Staff Engineer")]
    )
    bamboo.bands.groups.append(Group(id=3, name="Engineering IC", levels=[level]))
    async with client(bamboo) as asking:
        form = {
            "client_id": "client-of-a-test",
            "client_secret": "secret-of-a-test",
            "grant_type": "client_credentials",
        }
        token = (await asking.post(f"{bamboo.origin}/token.php?request=token", data=form)).json()["access_token"]
        found = await asking.get("/pay-grades-and-bands", headers={"Authorization": f"Bearer {token}"})
        refused = await asking.get("/pay-grades-and-bands", auth=KEY)
        nobody = await asking.get("/pay-grades-and-bands")
    assert b'"min": 98000.10' in found.content
    assert (refused.status_code, nobody.status_code) == (403, 401)


async def test_webhooks_fire_when_it_holds_and_are_tried_six_times(bamboo: Bamboo) -> None:
    got: list[tuple[bytes, str, str]] = []
    answers = [500, 503, 200]

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        got.append((body, request.headers["X-BambooHR-Timestamp"], request.headers["X-BambooHR-Signature"]))
        return web.Response(status=answers.pop(0) if answers else 404)

    app = web.Application()
    app.router.add_post("/in", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    bamboo.hooks.may_be_plain = True
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/in"
    asked = {"name": "in", "url": url, "format": "json", "events": ["employee.updated"], "monitorFields": ["jobTitle"]}
    async with client(bamboo, auth=KEY) as asking:
        made = (await asking.post("/webhooks", json=asked)).json()
        assert "privateKey" not in (await asking.get(f"/webhooks/{made['id']}")).json()
    clock = bamboo.company.clock
    bamboo.company.add_row("4711", "jobInfo", {"date": "2026-06-16", "jobTitle": "Senior Engineer"})
    await bamboo.settle()
    assert got == []
    for minutes in (24 * 60, 0, 5, 9, 1, 600):
        clock.advance(seconds=60 * minutes)
        await bamboo.settle()
    body, stamp, signature = got[0]
    assert json.loads(body)["data"]["changedFields"] == ["jobTitle"]
    assert signature == hmac.new(made["privateKey"].encode(), body + stamp.encode(), hashlib.sha256).hexdigest()
    assert [status for _id, _body, status in bamboo.hooks.sent] == [500, 503, 200]
    bamboo.company.add_row("4711", "jobInfo", {"date": "2026-06-17", "jobTitle": "Engineer"})
    for _ in range(3):
        clock.advance(days=1)
        await bamboo.settle()
    assert [status for _id, _body, status in bamboo.hooks.sent] == [500, 503, 200, 404]
    bamboo.faults.log_throttled = True
    async with client(bamboo, auth=KEY) as asking:
        log = await asking.get(f"/webhooks/{made['id']}/log")
    assert (log.status_code, log.json()["error"]["code"]) == (200, 429)
    await runner.cleanup()
