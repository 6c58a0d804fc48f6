"""Trying a Gusto connection out: what it lacks is named, and nothing is written."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from service.connectors.gusto.client import PeriodThere
from service.connectors.gusto.periods import DayBegins, drift
from service.domain.company import company_from_document
from tests.builders import COMPANY
from tests.connectors.gusto.account import Account
from tests.connectors.gusto.beside import HIRE, Beside
from tests.rest.test_access import pay_in
from tests.stage import publish

CALENDAR: dict[str, Any] = {"key": "two-weeks", "frequency": "biweekly", "anchor": "2026-01-12"}
AHEAD = [14] * 12
"""Two weeks each; from 2026-03-09 on they are those of the calendar."""


async def test_req_08_19_20_what_stands_in_the_way_is_named(beside: Beside, gusto: Account) -> None:
    gusto.company.schedule("2026-03-09", AHEAD)
    await publish(beside.stage, company={**COMPANY, "pay_calendars": [CALENDAR]})
    await beside.connect()
    await beside.change(HIRE, "2026-06-15")
    lines = await beside.checked()
    assert [(name, one.ok) for name, one in lines.items()] == [
        ("credentials", True),
        ("scopes", True),
        ("pay periods two-weeks", True),
        ("mapping", False),
        ("one person", True),
    ]
    assert lines["pay periods two-weeks"].text == "the same 10 periods as there"
    assert lines["mapping"].text.startswith("without a title there, so people on them wait: design/")
    wanted = "would create a row of 2026-06-15 (flsa_status, payment_unit, rate, title)"
    assert lines["one person"].text == f"ada, were all their days altered: {wanted}"

    gusto.gusto.scopes.discard("compensations:read")
    gusto.company.periods[5].end = date(2026, 5, 29)
    gusto.company.periods[6].start = date(2026, 5, 30)
    lines = await beside.checked()
    assert "compensations:read" in lines["scopes"].text
    assert lines["pay periods two-weeks"].text == (
        "2026-05-18 to 2026-05-31 of two-weeks: there it is 2026-05-18 to 2026-05-29; "
        "2026-06-01 to 2026-06-14 of two-weeks: there it is 2026-05-30 to 2026-06-14"
    )
    assert (lines["one person"].ok, "field-hidden" in lines["one person"].text) == (False, True)
    gusto.company.schedule("2026-06-01", [30], uuid="monthly-there")
    gusto.gusto.scopes.discard("payrolls:read")
    assert "403" in (await beside.checked())["pay periods"].text
    gusto.gusto.scopes.add("payrolls:read")
    told = (await beside.checked())["pay periods two-weeks"].text
    assert told == "set its schedule in calendars; there are monthly-there, schedule-1"
    await beside.set_to(calendars={"two-weeks": "schedule-1", "monthly": "monthly-there"})
    lines = await beside.checked()
    assert lines["pay periods monthly"].text == "company.yaml has no pay calendar monthly"
    assert "2026-05-29" in lines["pay periods two-weeks"].text
    assert pay_in(" ".join(one.text for one in lines.values())) == []
    gusto.gusto.tokens.clear()
    assert [(name, one.ok) for name, one in (await beside.checked()).items()] == [("credentials", False)]
    gusto.gusto.faults.down = True
    assert [(name, one.ok) for name, one in (await beside.checked()).items()] == [("credentials", False)]
    assert gusto.company.written == []


def test_req_08_periods_that_differ_and_deadlines_that_come_too_early() -> None:
    def told(theirs: list[PeriodThere], **stated: Any) -> list[str]:
        company = company_from_document({**COMPANY, "pay_calendars": [{**CALENDAR, **stated}]})
        begins = DayBegins(ZoneInfo("America/New_York"))
        days = {"first": date(2026, 6, 1), "last": date(2026, 6, 28)}
        return [one.text for one in drift(company.pay_calendars[0], theirs, begins=begins, **days)]

    def period(first: str, last: str, deadline: str | None = None) -> PeriodThere:
        return PeriodThere(
            first=date.fromisoformat(first),
            last=date.fromisoformat(last),
            schedule="s",
            processed=False,
            deadline=None if deadline is None else DayBegins(ZoneInfo("UTC"))(date.fromisoformat(deadline)),
        )

    same = [period("2026-06-01", "2026-06-14", "2026-06-16"), period("2026-06-15", "2026-06-28", "2026-06-30")]
    assert told(same) == []
    assert told(same[:1]) == ["2026-06-15 to 2026-06-28 of two-weeks: there is none there"]
    assert told([*same, period("2026-06-29", "2026-07-12")]) == []
    # Locked here at midnight in New York, a day after what they still take.
    assert told(same, locks_after_days=3) == [
        "2026-06-01 to 2026-06-14 of two-weeks is locked from 2026-06-17T04:00Z on, after their deadline "
        "2026-06-16T00:00Z: lock it earlier",
        "2026-06-15 to 2026-06-28 of two-weeks is locked from 2026-07-01T04:00Z on, after their deadline "
        "2026-06-30T00:00Z: lock it earlier",
    ]
    listed = {"frequency": None, "anchor": None, "periods": []}
    assert told([same[0]], **listed) == ["2026-06-01 to 2026-06-14 there: two-weeks has none"]
