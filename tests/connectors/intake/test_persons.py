"""Whose rows they are: nobody is merged, and what is wrong with one person holds up nobody else."""

import pytest

from tests.connectors.intake.desk import Desk, codes, row


async def test_req_10_nobody_is_merged(desk: Desk) -> None:
    await desk.stage.create("ada", hris="1", badge="A")
    await desk.stage.create("bob", badge="B")
    await desk.stage.create("cyd")
    report = await desk.take(
        row("2026-01-01", "Engineer", ids={"badge": "B"}),
        row("2026-01-01", "Engineer", who="2", key="ada"),
        row("2026-01-01", "Engineer", who="3", key="cyd", ids={"badge": "C"}),
        row("2026-01-01", "Engineer", who="4", key="not:a key"),
        row("2026-01-01", "Engineer", who="5"),
        row("2026-01-01", "Engineer", who="3"),
    )
    assert {(one.code, one.person) for one in report.problems} == {
        ("names-of-several", "hris:1"),
        ("id-taken", "hris:2"),
        ("rows-apart", "hris:3"),
        ("invalid-key", "hris:4"),
    }
    assert (report.people, report.made, report.bound) == (5, 1, 2)
    assert await desk.levels("ada") == [] and await desk.levels("bob") == []
    assert await desk.levels("badge:C") == [("2026-01-01", None, "ic3")]


@pytest.mark.parametrize("first_load", [True, False])
async def test_texts_that_no_database_takes_hold_nobody_else_up(desk_everywhere: Desk, first_load: bool) -> None:
    """NUL and halves of characters, which JSON may hold, in whatever somebody may type in there."""
    desk = desk_everywhere
    if not first_load:
        await desk.take(row("2024-03-01", "Engineer", who="0"))
    told = [
        row("2024-03-01", "Engineer", who="1"),
        *(row("2024-03-01", "Engineer", who=f"{bad}9") for bad in ("\0", "\ud800")),
        *(row("2024-03-01", "Engineer", who=f"8{ord(bad)}", key=f"k{bad}") for bad in ("\0", "\ud800")),
        *(row("2024-03-01", "Engineer", who=f"7{ord(bad)}", job=f"j{bad}") for bad in ("\0", "\ud800")),
        *(row("2024-03-01", "Engineer", who=f"6{ord(bad)}", name=f"Ada {bad}") for bad in ("\0", "\ud800")),
        row("2024-03-01", "Wiz\ud800ard", who="5", reason="\0\ud800", zone="\ud800", grade="\0"),
        row("2024-03-01", "Engineer", who="2"),
    ]
    report = await desk.take(*told)
    assert (report.complete, report.made, report.alarms) == (True, 5, ())
    assert codes(report) == {"unreadable-id": 6, "not-mapped": 1}
    # Whatever is told of it can be kept and sent.
    assert "\ufffd9" in str(report).encode().decode() and "\0" not in str(report)
    for who in ("1", "2", "60", f"6{0xD800}"):
        assert await desk.levels(f"hris:{who}") == [("2024-03-01", None, "ic3")]
