"""Rows 17 and 20 of the decision table, with pay calendars, on every engine. The stage's today is 2026-06-15."""

from typing import Any

from sqlalchemy import select

from service.domain.access import Actor, Scope
from service.domain.refusals import Conflict, Forbidden
from service.domain.statements import Override
from service.storage import tables
from tests.builders import COMPANY
from tests.stage import Stage, publish
from tests.usecases.amending import FUTURE, HIRE, TODAY, correct, refused, withdraw

HR_ALONE = Actor(id="key:hr", scopes=frozenset({Scope.ASSIGNMENTS_WRITE}))
HAPPENED = Override(codes=("period-locked",), reason="it happened there")


def period(start: str, end: str, calendar: str = "monthly") -> dict[str, str]:
    return {"calendar": calendar, "period": start, "from": start, "to": end}


APRIL, MAY, JUNE = (
    period("2026-04-01", "2026-05-01"),
    period("2026-05-01", "2026-06-01"),
    period("2026-06-01", "2026-07-01"),
)


async def calendars(stage: Stage, policy: str = "flag") -> None:
    """Berlin is paid by the month from April on, New York every two weeks; ada was hired before either."""
    company = {
        **COMPANY,
        "zones": [
            {"key": "berlin", "currency": "EUR", "pay_calendar": "monthly"},
            {"key": "nyc", "currency": "USD", "pay_calendar": "two-weeks"},
        ],
        "pay_calendars": [
            {"key": "monthly", "frequency": "monthly", "anchor": "2026-04-01"},
            {"key": "two-weeks", "frequency": "biweekly", "anchor": "2026-05-25"},
        ],
        "locked_periods": policy,
    }
    await publish(stage, company=company)
    await stage.change(HIRE, "2026-01-01", override=HAPPENED)


async def last(stage: Stage) -> dict[str, Any]:
    return (await stage.events())[-1]["data"]


async def test_row_17_a_change_in_a_locked_period_is_flagged(stage: Stage) -> None:
    await calendars(stage)
    answer = await stage.change({"level": "ic4"}, "2026-04-20")
    assert (answer["retroactive"], answer["affected_periods"]) == (True, [APRIL, MAY])
    assert (await last(stage))["affected_periods"] == [APRIL, MAY]
    # What is open is not named: this period, and days to come.
    assert (await stage.change({"team": "web"}, "2026-06-02"))["affected_periods"] == []
    planned = await stage.change({"level": "ic5"}, FUTURE)
    assert (planned["affected_periods"], (await last(stage))["affected_periods"]) == ([], [])
    # Both zones count where one is left for the other, each by its own calendar.
    moved = await stage.change({"zone": "nyc"}, "2026-05-31")
    assert moved["affected_periods"] == [MAY, period("2026-05-25", "2026-06-08", "two-weeks")]
    assert (await stage.change({"zone": None}, "2026-02-01", dry_run=True))["affected_periods"] == [APRIL, MAY]


async def test_row_17_it_is_refused_where_the_company_says_so(stage: Stage) -> None:
    await calendars(stage, "refuse")
    refusal = await refused(stage, Conflict, "period-locked", stage.change({"level": "ic4"}, "2026-04-20"))
    assert [(error.pointer, error.code) for error in refusal.errors] == [("/effective_on", "period-locked")]
    assert refusal.extra == {"next_open_on": "2026-06-01"}
    assert "2026-06-01 is the next open day" in refusal.detail
    taken = await stage.change({"level": "ic4"}, "2026-06-01")
    assert taken["affected_periods"] == []
    alone = stage.change({"team": "web"}, "2026-04-20", override=HAPPENED, actor=HR_ALONE)
    assert (await refused(stage, Forbidden, "missing-scope", alone)).extra == {"scope": "assignments:override"}
    wrong = Override(codes=("move-not-allowed",), reason="another one")
    await refused(stage, Conflict, "period-locked", stage.change({"team": "web"}, "2026-04-20", override=wrong))
    passed = await stage.change({"team": "web"}, "2026-04-20", override=HAPPENED)
    assert passed["affected_periods"] == [APRIL, MAY]
    assert (await last(stage))["affected_periods"] == [APRIL, MAY]


async def test_row_20_what_is_rescinded_in_a_locked_period_says_so(stage: Stage) -> None:
    await calendars(stage)
    raised = await stage.change({"level": "ic4"}, "2026-05-10")
    answer = await withdraw(stage, "rescinded", raised)
    assert (answer["status"], answer["affected_periods"]) == ("rescinded", [MAY])
    told = await last(stage)
    assert (told["announces"], told["affected_periods"]) == ("level.changed", [MAY])
    planned = await stage.change({"level": "ic4"}, FUTURE)
    assert (await withdraw(stage, "cancelled", planned))["affected_periods"] == []


async def test_row_20_where_it_is_refused_an_override_is_kept_with_the_withdrawal(stage: Stage) -> None:
    await calendars(stage, "refuse")
    raised = await stage.change({"level": "ic4"}, "2026-05-10", override=HAPPENED)
    await refused(stage, Conflict, "period-locked", withdraw(stage, "rescinded", raised))
    alone = withdraw(stage, "rescinded", raised, override=HAPPENED, actor=HR_ALONE)
    await refused(stage, Forbidden, "missing-scope", alone)
    assert (await withdraw(stage, "rescinded", raised, override=HAPPENED))["affected_periods"] == [MAY]
    async with stage.database.read() as connection:
        kept = (await connection.execute(select(tables.change_end.c.override))).scalars().all()
    assert kept == ['{"codes":["period-locked"],"reason":"it happened there"}']


async def test_row_22_a_correction_needs_an_override_of_its_own(stage: Stage) -> None:
    """The one that let the change in was for its days, and is lent to no others."""
    await calendars(stage, "refuse")
    raised = await stage.change({"level": "ic4"}, "2026-05-10", override=HAPPENED)
    refusal = await refused(stage, Conflict, "period-locked", correct(stage, raised, on="2026-04-10"))
    assert refusal.extra == {"next_open_on": "2026-06-01"}
    # What leaves locked days alters them as well.
    await refused(stage, Conflict, "period-locked", correct(stage, raised, on=TODAY))
    answer = await correct(stage, raised, on="2026-04-10", override=HAPPENED)
    assert (answer["affected_periods"], (await last(stage))["affected_periods"]) == ([APRIL, MAY], [APRIL, MAY])


async def test_past_so_many_periods_none_is_named(stage: Stage) -> None:
    weekly = {"key": "weekly", "frequency": "weekly", "anchor": "2020-01-06"}
    zones = [{"key": "berlin", "currency": "EUR", "pay_calendar": "weekly"}, COMPANY["zones"][1]]
    await publish(stage, company={**COMPANY, "zones": zones, "pay_calendars": [weekly]})
    answer = await stage.change(HIRE, "2020-01-06")
    assert answer["affected_periods"] is None
    assert (await last(stage))["affected_periods"] is None
    assert len((await stage.change({"team": "web"}, "2025-06-15"))["affected_periods"]) == 53
