"""What is read from Workday: both windows of its log, and reports whose columns somebody else named."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from service.connectors.kinds import Source, Tools
from service.connectors.registry import KINDS
from service.connectors.wire import Wires
from service.domain.claims import Claim
from service.domain.refusals import Invalid, Refused, Unavailable
from service.usecases.open_connections import OpenConnection
from service.webhooks.addresses import parse_networks
from service.webhooks.egress import EgressGuard
from tests.connectors.workday.at_work import WorkdayVendor

REPORT = {"owner": "isu_owner", "name": "Levels", "columns": {"position": "Position_ID", "name": "Worker"}}


@pytest.fixture
def tenant(vendor: WorkdayVendor) -> Any:
    return vendor.made.tenant


@pytest.fixture
async def tools(vendor: WorkdayVendor) -> AsyncGenerator[Tools]:
    """Reading needs no database. Its clock and ours are the same."""
    guard = EgressGuard(allow=parse_networks("127.0.0.0/8"))
    wires = Wires(guard, agent="dualtrack/test")
    nothing: Any = None
    yield Tools(
        runtime=nothing,
        wires=wires,
        now_seconds=lambda: vendor.made.tenant.clock.now().timestamp(),
        wsdl_folder=vendor.folder,
    )
    await wires.close()
    guard.close()


@asynccontextmanager
async def source(tools: Tools, vendor: WorkdayVendor, **settings: Any) -> AsyncGenerator[Source]:
    opened = OpenConnection(
        id="con_1",
        key="theirs",
        kind="workday",
        system="workday",
        settings=KINDS["workday"].settings.model_validate({**vendor.settings, **settings}).model_dump(mode="json"),
        revision=1,
        credentials=vendor.credentials,
    )
    made = KINDS["workday"].source(opened, tools)
    assert made is not None
    yield made


async def read(made: Source, since: str | None = None) -> list[tuple[str, str, str, str | None]]:
    """(worker, job, day, profile; None when it ended) of every claim."""
    return [told(one) async for one in made.claims(since)]


def told(one: Claim) -> tuple[str, str, str, str | None]:
    return one.external_ids["workday"], one.job, str(one.effective_on), None if one.ended else one.level


async def test_req_01_both_windows_are_read_and_all_rows_of_whoever_is_in_one(
    tools: Tools, vendor: WorkdayVendor, tenant: Any
) -> None:
    for worker in ("1", "2", "3", "4"):
        tenant.hire(worker, "BASE", on=date(2020, 1, 1))
    # Long ago somebody entered what takes effect in the window to come, and somebody else what is beyond it.
    tenant.start("job", "2", None, on=date(2026, 6, 20), value="ENG_M3", reason="OTHER")
    tenant.start("job", "4", None, on=date(2026, 12, 1), value="ENG_M3", reason="OTHER")
    tenant.clock.move_to(date(2026, 6, 18))
    async with source(tools, vendor, read="workers", look_ahead_days=0) as made:
        first = await read(made)
        # Pages of two, everybody once; what lies ahead is not looked at with look_ahead_days 0.
        assert first == [(worker, "primary", "2020-01-01", "BASE") for worker in ("1", "2", "3", "4")]
        since = made.cursor
        assert since == datetime(2026, 6, 18, 10, tzinfo=UTC).isoformat()
        tenant.clock.advance(days=1)
        # Back-dated: entered in the window, effective long before it.
        tenant.start("job", "1", None, on=date(2021, 3, 1), value="ENG_IC3", reason="OTHER")
        tenant.clock.move_to(date(2026, 6, 21))
        assert await read(made, since) == [
            ("1", "primary", "2020-01-01", "BASE"),
            ("1", "primary", "2021-03-01", "ENG_IC3"),
            ("2", "primary", "2020-01-01", "BASE"),
            ("2", "primary", "2026-06-20", "ENG_M3"),
        ]
    async with source(tools, vendor, read="workers") as ahead:
        assert ("4", "primary", "2026-12-01", "ENG_M3") in await read(ahead)
        # Looking ahead, what comes into sight is read the day it does, and nobody is lost who was entered before.
        tenant.start("job", "3", None, on=date(2027, 9, 1), value="ENG_M3", reason="OTHER")
        assert all(worker != "3" or day == "2020-01-01" for worker, _, day, _ in await read(ahead))
        since = ahead.cursor
        tenant.clock.move_to(date(2026, 9, 2))
        assert ("3", "primary", "2027-09-01", "ENG_M3") in await read(ahead, since)


async def test_req_04_what_was_rescinded_and_who_left_are_read_too(
    tools: Tools, vendor: WorkdayVendor, tenant: Any
) -> None:
    worker = tenant.hire("1", "BASE", on=date(2020, 1, 1), **{"P-second": "ENG_2"})
    event = tenant.start("job", "1", "P-1", on=date(2026, 1, 1), value="ENG_M3", reason="OTHER")
    async with source(tools, vendor, read="workers") as made:
        both = await read(made)
        assert both == [
            ("1", "P-second", "2020-01-01", "ENG_2"),
            ("1", "primary", "2020-01-01", "BASE"),
            ("1", "primary", "2026-01-01", "ENG_M3"),
        ]
        tenant.clock.advance(days=2)
        tenant.rescind(event.wid)
        # The last day is worked.
        worker.ended = tenant.clock.today() - timedelta(days=1)
        assert await read(made, made.cursor) == [
            ("1", "P-second", "2020-01-01", "ENG_2"),
            ("1", "P-second", "2026-06-17", None),
            ("1", "primary", "2020-01-01", "BASE"),
            ("1", "primary", "2026-06-17", None),
        ]


async def test_a_report_is_read_by_the_columns_that_are_set(tools: Tools, vendor: WorkdayVendor, tenant: Any) -> None:
    tenant.hire("2", "BASE", on=date(2020, 1, 1), name="Ada")
    tenant.hire("1", "ENG_2", on=date(2021, 1, 1))
    tenant.start("job", "2", None, on=date(2026, 6, 20), value="ENG_M3", reason="OTHER")
    async with source(tools, vendor, read="report", report=REPORT) as made:
        assert await read(made) == [
            ("1", "P-1", "2021-01-01", "ENG_2"),
            ("2", "P-2", "2020-01-01", "BASE"),
            ("2", "P-2", "2026-06-20", "ENG_M3"),
        ]
        assert [one.name async for one in made.claims(None)] == ["A Worker", "Ada", "Ada"]
        assert made.cursor is None


OTHERS: list[tuple[Any, str]] = [
    ({}, "no Report_Entry"),
    ({"Report_Entry": None}, "no Report_Entry"),
    ({"Report_Entry": ["row"]}, "no Report_Entry"),
    ([], "no Report_Entry"),
    ({"Report_Entry": [{"Employee_ID": "1", "Effective_Date": "2026-01-01", "Profile": "X"}]}, "Job_Profile_ID"),
    ({"Report_Entry": [{"Effective_Date": "2026-01-01", "Job_Profile_ID": "X"}]}, "Employee_ID"),
    (
        {
            "Report_Entry": [
                {"Employee_ID": "1", "Effective_Date": "2026-01-01", "Job_Profile_ID": "X"},
                {"Effective_Date": "2026-01-01", "Job_Profile_ID": "X"},
            ]
        },
        "Employee_ID",
    ),
]


async def test_req_16_another_report_is_refused_and_not_read_as_an_empty_one(
    tools: Tools, vendor: WorkdayVendor
) -> None:
    async with source(tools, vendor, read="report", report=REPORT) as made:
        for body, said in OTHERS:
            vendor.made.report = body
            with pytest.raises(Invalid) as caught:
                await read(made)
            assert caught.value.code == "report-changed" and said in caught.value.detail


async def test_req_15_whoever_reads_is_told_to_wait_and_keeps_the_cursor(
    tools: Tools, vendor: WorkdayVendor, tenant: Any
) -> None:
    tenant.hire("1", "BASE", on=date(2020, 1, 1))
    for more in ({"read": "workers"}, {"read": "report", "report": REPORT}):
        vendor.made.throttled = [(429, "7")]
        async with source(tools, vendor, **more) as made:
            with pytest.raises(Unavailable, match="7 s") as caught:
                await read(made)
            assert caught.value.code == "connection-refused" and made.cursor is None
    vendor.made.raw["Get_Workers"] = b"<html/>"
    async with source(tools, vendor, read="workers") as made:
        with pytest.raises(Refused):
            await read(made)
        assert made.cursor is None
