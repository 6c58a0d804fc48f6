"""Edges of the calendar: dates stay dates, today is the company's, the order is the recorder's and not the clock's."""

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

from service.domain.refusals import Invalid
from service.usecases.changes import activate_due, employees_due
from tests.builders import COMPANY
from tests.stage import Stage, publish

HIRE = {"ladder": "engineering", "level": "ic3", "role": "engineer", "team": "core", "zone": "berlin"}


def at(text: str) -> int:
    """Microseconds of an instant in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


async def take_effect(stage: Stage) -> int:
    due = await employees_due(stage.runtime)
    for employee in due:
        await activate_due(stage.runtime, employee)
    return len(due)


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        # A day begins fourteen hours before it does in UTC, or twelve after.
        ("Pacific/Kiritimati", "2026-08-31T09:59:59", "2026-08-31T10:00:00"),
        ("Etc/GMT+12", "2026-09-01T11:59:59", "2026-09-01T12:00:00"),
        ("Europe/Berlin", "2026-08-31T21:59:59", "2026-08-31T22:00:00"),
    ],
)
async def test_a_day_begins_when_it_does_in_the_companys_zone(stage: Stage, zone: str, before: str, after: str) -> None:
    await publish(stage, company={**COMPANY, "timezone": zone})
    await stage.change(HIRE, "2026-01-01")
    await stage.change({"level": "ic4"}, "2026-09-01")
    stage.clock.us = at(before)
    assert await take_effect(stage) == 0
    stage.clock.us = at(after)
    assert await take_effect(stage) == 1
    assert (await stage.events())[-1]["type"] == "level.changed"


@pytest.mark.parametrize(
    ("zone", "day", "instant"),
    [
        # Midnight does not exist: clocks go from 23:59:59 to 01:00.
        ("America/Santiago", "2026-09-06", "2026-09-06T04:00:00"),
        # It comes twice.
        ("America/Havana", "2026-11-01", "2026-11-01T04:00:00"),
        # The whole day is left out of the calendar of the place: a plan for it takes effect on the next.
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00"),
    ],
)
async def test_a_plan_takes_effect_once_whatever_clocks_do_at_midnight(
    stage: Stage, zone: str, day: str, instant: str
) -> None:
    stage.clock.us = at("2011-06-01T12:00:00")
    await publish(stage, company={**COMPANY, "timezone": zone})
    await stage.change(HIRE, "2011-01-01")
    await stage.change({"level": "ic4"}, day)
    stage.clock.us = at(instant) - 1
    assert await take_effect(stage) == 0
    stage.clock.us = at(instant)
    assert await take_effect(stage) == 1
    stage.clock.us = at(instant) + 3_600_000_000
    assert await take_effect(stage) == 0
    assert [event["type"] for event in await stage.events()][-2:] == ["change.scheduled", "level.changed"]


async def test_leap_days_and_ends_of_years_are_days_like_others(stage: Stage) -> None:
    await stage.change(HIRE, "2023-12-31")
    await stage.change({"team": "web"}, "2024-01-01")
    await stage.change({"level": "ic4"}, "2024-02-29")
    await stage.change({"level": "ic5"}, "2024-03-01")
    assert await stage.rows() == [
        ("2023-12-31", "2024-01-01", "ic3"),
        ("2024-01-01", "2024-02-29", "ic3"),
        ("2024-02-29", "2024-03-01", "ic4"),
        ("2024-03-01", None, "ic5"),
    ]
    assert (await stage.assignment("2024-02-29")).level == "ic4"


async def test_the_range_of_days_is_taken_to_its_ends_and_no_further(stage: Stage) -> None:
    last = await stage.change({**HIRE, "level": "d2", "ladder": "design", "role": None}, "2999-12-31")
    assert (last["status"], last["to"]["level"]) == ("scheduled", "d2")
    for day in (date(1899, 12, 31), date(3000, 1, 1)):
        with pytest.raises(Invalid) as refused:
            await stage.change(HIRE, day.isoformat(), job="second")
        assert (refused.value.code, refused.value.errors[0].pointer) == ("invalid-date", "/effective_on")
    with pytest.raises(Invalid) as refused:
        # Taken as a day, but no ladder is known of it.
        await stage.change(HIRE, "1900-01-01", job="second")
    assert refused.value.code == "level-not-in-force"
    assert await stage.rows() == [("2999-12-31", None, "d2")]


async def test_a_clock_that_jumps_back_neither_reorders_nor_takes_back(stage: Stage) -> None:
    await stage.change(HIRE, "2026-01-01")
    await stage.change({"level": "ic4"}, "2026-06-16")
    stage.clock.move_to(date(2026, 6, 16))
    assert await take_effect(stage) == 1
    stage.clock.move_to(date(2026, 6, 10))
    later = await stage.change({"team": "web"}, "2026-06-10")
    assert await take_effect(stage) == 0
    assert (later["revision"], later["status"]) == (3, "effective")
    stamps = [event["timestamp"] for event in await stage.events()]
    assert all(one < other for one, other in pairwise(stamps))
    assert [event["sequence"] for event in await stage.events()] == [1, 2, 3, 4]
