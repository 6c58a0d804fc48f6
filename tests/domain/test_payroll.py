"""Which file an act belongs to: cutoffs that stay where they were, and files that share nothing and lose nothing."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from itertools import product
from typing import Any

import pytest

from service.domain.company import company_from_document
from service.domain.definitions import Definitions, Recorded
from service.domain.payroll import PeriodFile, period_file
from service.domain.refusals import NotFound
from tests.builders import COMPANY

MONTHLY: Mapping[str, Any] = {"key": "c", "frequency": "monthly", "anchor": "2026-01-01"}


def us(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


def defined(*versions: tuple[str, Mapping[str, Any]], zone: str = "Europe/Berlin") -> Definitions:
    """The company as it stated its calendar from instants on."""
    return Definitions(
        companies=[
            Recorded(
                recorded_at=us(at),
                value=company_from_document({**COMPANY, "timezone": zone, "pay_calendars": [dict(calendar)]}),
            )
            for at, calendar in versions
        ]
    )


def file(definitions: Definitions, period: str, known_at: str) -> PeriodFile:
    return period_file(definitions, calendar="c", period=period, known_at=us(known_at))


def test_req_08_a_file_is_cut_when_its_period_is_locked_where_the_company_is() -> None:
    stated = defined(("2026-01-02", MONTHLY))
    found = file(stated, "2026-03-01", "2026-03-31T21:59:59")
    assert (found.is_cut, found.cut_at, found.known_at) == (False, us("2026-03-31T22:00"), us("2026-03-31T21:59:59"))
    cut = file(stated, "2026-03-01", "2026-03-31T22:00")
    assert (cut.is_cut, cut.cut_at, cut.known_at) == (True, us("2026-03-31T22:00"), us("2026-03-31T22:00"))
    assert (cut.since, cut.after) == (us("2026-02-28T23:00"), date(2026, 3, 1))
    assert file(stated, "2026-03-01", "2027-01-01") == cut
    # The first period of a calendar holds everything that came before.
    first = file(stated, "2026-01-01", "2026-02-01")
    assert (first.is_cut, first.since, first.after) == (True, None, None)
    # A day of that zone which has no midnight is cut when it begins.
    gap = defined(("2026-01-02", {**MONTHLY, "anchor": "2026-02-28", "locks_after_days": 2}), zone="Asia/Beirut")
    assert file(gap, "2026-02-28", "2026-04-01").cut_at == us("2026-03-28T22:00")


def test_req_08_what_the_company_says_later_moves_no_cutoff() -> None:
    late, early = {**MONTHLY, "locks_after_days": 20}, {**MONTHLY, "locked_through": "2026-05-31"}
    stated = defined(("2026-01-02", MONTHLY), ("2026-04-10", late), ("2026-05-20", early))
    march, april, may = (file(stated, f"2026-0{month}-01", "2026-09-01") for month in (3, 4, 5))
    assert march.cut_at == us("2026-03-31T22:00")
    # It would have been locked ten days after it was taken for granted that it is.
    assert april.cut_at == us("2026-05-19T22:00")
    assert (may.cut_at, may.since) == (us("2026-05-20"), us("2026-05-19T22:00"))
    unknown = defined(("2026-06-15", MONTHLY))
    assert {file(unknown, f"2026-0{month}-01", "2026-06-20").cut_at for month in (1, 4, 5)} == {us("2026-06-15")}


def test_a_calendar_that_is_stated_anew_goes_on_where_the_old_one_ended() -> None:
    halves = {"key": "c", "frequency": "semimonthly", "anchor": "2026-04-01"}
    stated = defined(("2026-01-02", MONTHLY), ("2026-04-05", halves))
    found = file(stated, "2026-04-01", "2026-06-01")
    assert (found.period.effective_to, found.since, found.after) == (
        date(2026, 4, 16),
        us("2026-03-31T22:00"),
        date(2026, 4, 1),
    )
    # Periods of the old one can still be asked for.
    assert file(stated, "2026-02-01", "2026-06-01").period.effective_to == date(2026, 3, 1)
    listed = {
        "key": "c",
        "periods": [
            {"key": "P1", "effective_from": "2026-01-01", "effective_to": "2026-02-01", "locks_on": "2026-02-10"},
            {"key": "P2", "effective_from": "2026-02-01", "effective_to": "2026-03-01"},
        ],
    }
    stated = defined(("2026-01-02", listed))
    assert file(stated, "P1", "2026-03-05").cut_at == us("2026-02-09T23:00")
    assert file(stated, "P2", "2026-03-05").since == us("2026-02-09T23:00")


@pytest.mark.parametrize(
    "calendar",
    [
        MONTHLY,
        {**MONTHLY, "locks_after_days": -10},
        {**MONTHLY, "locks_after_days": 25},
        {"key": "c", "frequency": "semimonthly", "anchor": "2026-01-01", "locks_after_days": 40},
        {"key": "c", "frequency": "biweekly", "anchor": "2026-01-05", "locks_after_days": -20},
    ],
    ids=["at-the-end", "before", "after", "two-later", "one-ahead"],
)
def test_req_08_every_act_is_in_one_file_and_in_no_other(calendar: Mapping[str, Any]) -> None:
    stated = defined(("2026-01-02", calendar))
    held = company_from_document({**COMPANY, "pay_calendars": [dict(calendar)]}).pay_calendars[0]
    keys = [period.key for period, _ in zip(held.periods_from(date(2026, 1, 1)), range(40), strict=False)]
    files = [file(stated, key, "2028-01-01") for key in keys if file(stated, key, "2028-01-01").is_cut]
    recorded = [f"2026-{month:02}-{day:02}T12:00" for month, day in product((1, 2, 5), (3, 14, 15, 28))]
    days = [date(2025, 6, 1), *(date(2026, month, day) for month, day in product((1, 2, 3, 6), (1, 4, 15, 16, 28)))]
    for at, day in product(recorded, days):
        found = [one.period.key for one in files if one.holds(recorded_at=us(at), day=day)]
        assert len(found) == 1, (at, day)


def test_what_there_is_not() -> None:
    stated = defined(("2026-01-02", MONTHLY))
    with pytest.raises(NotFound) as refusal:
        period_file(stated, calendar="x", period="2026-01-01", known_at=us("2026-03-01"))
    assert (refusal.value.code, "There are c." in refusal.value.detail) == ("no-such-calendar", True)
    with pytest.raises(NotFound) as refusal:
        file(stated, "2026-01-02", "2026-03-01")
    assert (refusal.value.code, "they begin with 2026-01-01" in refusal.value.detail) == ("no-such-period", True)
    with pytest.raises(NotFound) as refusal:
        file(stated, "2026-01-01", "2026-01-01")
    assert refusal.value.code == "no-such-calendar"
