"""A run that is killed, wherever that is, leaves nothing half done, and the next one does nothing twice."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from itertools import count

import pytest

from service.connectors import intake
from service.connectors.intake import run
from service.domain.claims import Claim
from service.domain.refusals import Conflict
from service.usecases.connection_turns import take_turn
from service.usecases.connection_work import cursor_of
from tests.connectors.intake.desk import Desk, Rows, ended, row
from tests.connectors.intake.test_intake import HISTORY
from tests.stage import HR, new_id


class Killed(BaseException):
    """As when a process ends: nobody catches it."""


def killing(at: int) -> Callable[[str], str]:
    """Makes ids, and ends all when it is asked for the `at`th: every write asks for some while it is under way."""
    asked = count(1)

    def make(prefix: str) -> str:
        if next(asked) == at:
            raise Killed
        return new_id(prefix)

    return make


async def taken_in_spite_of_kills(desk: Desk, rows: Rows) -> int:
    """Killed at every step in turn, each time after whatever was done before; returns how often."""
    for at in count(1):
        tools = replace(desk.tools, runtime=replace(desk.tools.runtime, new_id=killing(at)))
        try:
            report = await run(tools, desk.connection, rows, caller=HR)
        except Killed:
            desk.stage.clock.us += 121_000_000
        else:
            assert report.complete and not report.problems
            return at
    raise AssertionError


async def test_req_05_killed_at_each_step(desk_everywhere: Desk) -> None:
    desk = desk_everywhere
    source = Rows(HISTORY, cursor="1")
    assert await taken_in_spite_of_kills(desk, source) > 10
    assert set(source.asked) == {None}
    assert [str(one["data"]["change"]["effective_on"]) for one in await desk.stage.events()] == [
        *("2024-03-01", "2025-04-01", "2026-10-01", "2023-01-01", "2025-01-01", "2026-02-01"),
    ]
    first, second = HISTORY[:2]
    later = Rows(
        [
            first,
            replace(second, level="Engineer", team="Web"),
            row("2026-05-01", "Senior Engineer", team="Web"),
            row("2026-11-01", "Senior Manager", team="Web"),
            row("2026-02-01", "Engineer", who="2", ids={"badge": "B2", "payroll": "P2"}),
            ended("2026-09-01", who="2"),
            row("2026-01-01", "Junior", who="3"),
        ],
        cursor="2",
    )
    before = len(await desk.stage.events())
    assert await taken_in_spite_of_kills(desk, later) > 5
    assert set(later.asked) == {"1"}
    assert [(one["type"], one["data"]["change"]["effective_on"]) for one in (await desk.stage.events())[before:]] == [
        ("change.corrected", "2025-04-01"),
        ("level.changed", "2026-05-01"),
        ("change.corrected", "2026-11-01"),
        # A first spell that never was. Killed in between, the hire that is left becomes the one of the second.
        ("change.rescinded", "2026-02-01"),
        ("change.rescinded", "2025-01-01"),
        ("change.corrected", "2026-02-01"),
        ("change.scheduled", "2026-09-01"),
        ("assignment.started", "2026-01-01"),
    ]
    assert await desk.levels("hris:1") == [
        ("2024-03-01", "2025-04-01", "ic3"),
        ("2025-04-01", "2026-05-01", "ic3"),
        ("2026-05-01", "2026-11-01", "ic4"),
        ("2026-11-01", None, "em4"),
    ]
    shown = await desk.timeline("payroll:P2")
    assert (shown.employee.external_ids["badge"], len(shown.segments)) == ("B2", 1)
    after = await desk.stage.counts()
    report = await run(desk.tools, desk.connection, Rows(later.rows, cursor="2"), caller=HR)
    assert (report.unchanged, report.changes) == (3, ())
    assert (await desk.stage.counts())["change"] == after["change"]


async def test_whoever_lost_the_turn_ends_where_it_is(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when a process was held up for longer than a turn is kept, and another one reads by now."""
    monkeypatch.setattr(intake, "TURN_SECONDS", 0.02)

    class Endless(Rows):
        async def claims(self, since: str | None) -> AsyncIterator[Claim]:
            taken = False
            while not taken:
                desk.stage.clock.us += 121_000_000
                # A sign of life may have come in between.
                with suppress(Conflict):
                    await take_turn(desk.stage.runtime, desk.connection, caller=HR, first_load=False)
                    taken = True
            for number in count():
                yield row("2026-01-01", "Engineer", who=str(number))

    await desk.take(row("2026-01-01", "Engineer"))
    async with asyncio.timeout(60):
        with pytest.raises(Conflict, match="intake-running"):
            await run(desk.tools, desk.connection, Endless([]), caller=HR)
    assert await cursor_of(desk.stage.runtime, desk.connection, "intake") == "1"
