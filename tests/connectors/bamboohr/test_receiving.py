"""BambooHR's webhooks on a real socket: signed, doubled, sent again, and about days that come."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from service.connectors.intake import run
from service.connectors.kinds import asked
from service.connectors.registry import KINDS
from service.house import tools_of
from service.usecases.connection_mappings import set_mapping
from service.usecases.connections import change_connection, create_connection
from service.usecases.open_connections import open_connection
from tests.connectors.bamboohr.account import Account, account
from tests.connectors.bamboohr.test_messages import signed
from tests.engines import Engines
from tests.rest.served import Served, assert_problem, serving
from tests.simulators.bamboohr.messages import Webhook
from tests.stage import HR

INBOX = "/v1/connections/hris/inbox"


@dataclass(slots=True, kw_only=True)
class Line:
    """A served company with its BambooHR, and one webhook of each family between them."""

    served: Served
    account: Account
    connection: str

    @property
    def company(self) -> Any:
        return self.account.company

    def hook(self, owner: str, **asked: Any) -> Webhook:
        of = {"name": owner, "url": self.served.url + INBOX, "monitorFields": ["jobTitle", "department"], **asked}
        return self.account.bamboo.hooks.add(owner, of, self.company)

    async def keys(self, *webhooks: Webhook) -> None:
        request = asked(
            KINDS,
            kind="bamboohr",
            key="hris",
            system=None,
            settings=self.account.settings,
            credentials={**self.account.credentials, "webhook_keys": tuple(one.private_key for one in webhooks)},
        )
        await change_connection(
            self.served.house.runtime, self.served.office, HR, self.connection, request, expected="*"
        )

    async def load(self) -> None:
        tools = tools_of(self.served.house, self.served.office)
        opened = await open_connection(tools.runtime, self.served.office.sealer, self.connection)
        source = KINDS["bamboohr"].source(opened, tools)
        assert source is not None
        assert (await run(tools, opened, source, caller=HR)).complete

    async def settle(self, seconds: float = 60) -> list[int]:
        """Statuses of what is sent after some time."""
        self.company.clock.advance(seconds=seconds)
        self.served.clock.us += int(seconds * 1_000_000)
        sent = self.account.bamboo.hooks.sent
        before = len(sent)
        await self.account.bamboo.settle()
        return [status for _, _, status in sent[before:]]

    async def events(self) -> list[tuple[str, str]]:
        found = (await self.served.get("/v1/events?limit=200")).json()["data"]
        return [(one["type"], one["data"]["change"]["effective_on"]) for one in found if "change" in one["data"]]


@pytest.fixture
async def line(engines: Engines, tmp_path: Path) -> AsyncGenerator[Line]:
    with engines.fresh("sqlite-wal", tmp_path) as engine:
        async with serving(engine) as served, account() as there:
            there.bamboo.hooks.may_be_plain = True
            there.company.hire("1", "2024-03-01", jobTitle="Engineer")
            request = asked(
                KINDS,
                kind="bamboohr",
                key="hris",
                system=None,
                settings=there.settings,
                credentials=there.credentials,
            )
            made = await create_connection(served.house.runtime, served.office, HR, request)
            await set_mapping(served.house.runtime, HR, "hris", there.entries, expected=0)
            yield Line(served=served, account=there, connection=made.answer["id"])


async def test_req_02_05_17_18_messages_are_dealt_with_once(line: Line) -> None:
    company = line.company
    new = line.hook("new", format="json", events=["employee.created", "employee.updated", "employee.deleted"])
    await line.keys(new)
    # Before a first load there is nothing to add to: that takes in what the message is about.
    company.add_row("1", "jobInfo", {"date": "2026-06-01", "jobTitle": "Senior Engineer"})
    assert await line.settle() == [200]
    assert await line.events() == []
    await line.load()
    loaded = await line.events()
    assert [type_ for type_, _ in loaded] == ["assignment.started", "level.changed"]
    # A creation is told twice, and a row of a later day when its day has come. Here it was planned long before.
    company.hire("2", "2026-06-15", jobTitle="Engineer")
    company.add_row("2", "jobInfo", {"date": "2026-06-17", "jobTitle": "Senior Engineer"})
    assert await line.settle() == [200, 200]
    assert (await line.events())[2:] == [("assignment.started", "2026-06-15"), ("change.scheduled", "2026-06-17")]
    assert await line.settle(2 * 86_400) == [200]
    await line.served.get("/v1/employees/bamboohr:2/assignment")
    assert len(await line.events()) == 4
    # The older family as a form, and a second key while one is put in the other's place.
    old = line.hook("old", format="form-encoded", postFields={"jobTitle": "title"})
    await line.keys(old, new)
    company.add_row("1", "jobInfo", {"date": "2026-06-16", "jobTitle": "Staff Engineer"})
    assert await line.settle() == [200, 200]
    assert (await line.events())[4:] == [("level.changed", "2026-06-16")]
    # Who was deleted there stays here.
    company.dismiss("2")
    assert await line.settle() == [200, 200]
    assert len(await line.events()) == 5
    await line.keys(new)
    company.add_row("1", "jobInfo", {"date": "2026-06-17", "jobTitle": "Engineer"})
    assert sorted(await line.settle()) == [200, 401]


async def test_req_14_18_what_is_answered_otherwise(line: Line) -> None:
    company, served = line.company, line.served
    hook = line.hook("new", format="json", events=["employee.updated"])
    await line.keys(hook)
    await line.load()
    # Their interface is away, and so they are asked to come again: nothing of it is forgotten or done twice.
    company.add_row("1", "jobInfo", {"date": "2026-06-01", "jobTitle": "Senior Engineer"})
    line.account.bamboo.faults.down = True
    assert await line.settle() == [503]
    assert await line.settle(5 * 60) == [503]
    line.account.bamboo.faults.down = False
    assert await line.settle(10 * 60) == [200]
    (body,) = {body for _, body, _ in line.account.bamboo.hooks.sent}
    told = await line.events()
    assert told[1:] == [("level.changed", "2026-06-01")]

    async def post(body: bytes, headers: dict[str, str], path: str = INBOX) -> Any:
        return await served.client.post(path, content=body, headers=headers)

    at = served.clock.us // 1_000_000
    asked = len(line.account.bamboo.requests)
    good = signed(body, key=hook.private_key, at=str(at))
    first, again = await post(body, good), await post(body, good)
    assert (first.json(), again.json()) == ({"result": "done"}, {"result": "known"})
    read_once = len(line.account.bamboo.requests) - asked
    assert read_once == 2
    old = signed(body, key=hook.private_key, at=str(at - 4 * 3_600))
    assert_problem(await post(body, old), 401, "message-stale")
    for refused in (
        await post(body, signed(body, key="another", at=str(at))),
        await post(body + b" ", good),
        await post(body, {}),
        await post(body, good, "/v1/connections/nobody/inbox"),
        await post(body, {**good, "Authorization": f"Bearer {await served.key('admin')}", "X-BambooHR-Signature": ""}),
    ):
        assert_problem(refused, 401, "signature-refused")
        assert "www-authenticate" in refused.headers
    empty = b"{}"
    assert_problem(await post(empty, signed(empty, key=hook.private_key, at=str(at))), 422, "message-unreadable")
    large = b"x" * (1024 * 1024 + 1)
    assert_problem(await post(large, signed(large, key=hook.private_key, at=str(at))), 413, "body-too-large")
    assert len(line.account.bamboo.requests) - asked == read_once
    assert await line.events() == told
