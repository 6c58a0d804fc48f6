"""Whether a write alters days of which payroll has run there, and what is to become of it then."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

from service.connectors.comparing import Step
from service.connectors.gusto.client import Client, PayRow, PeriodThere
from service.connectors.gusto.periods import named, paid
from service.connectors.sinks import Postponed

_AHEAD = timedelta(days=31)
"""Payroll has not run for anything later."""


class Locks:
    """`schedules` are those that count; all of them where it is empty. Their periods are asked for once."""

    def __init__(self, client: Client, policy: Literal["refuse", "flag"], schedules: frozenset[str]) -> None:
        self._client = client
        self._policy = policy
        self._schedules = schedules
        self._read: tuple[date, tuple[PeriodThere, ...]] | None = None

    async def of(self, step: Step, rows: Sequence[PayRow], today: date) -> str | Postponed:
        """What a note says of the paid periods that a step alters, empty where there is none; Postponed where they
        may not be altered. Raises Refused."""
        last = min((row.day for row in rows if row.day > step.day), default=None)
        found = paid(await self._periods(step.day, today), step.day, last)
        if not found:
            return ""
        if self._policy == "refuse":
            return Postponed(
                code="period-locked",
                reason=f"payroll has run there for {named(found)}: settle it there and drop this delivery, or set "
                "locked_periods to flag",
            )
        return f", in periods that were paid: {named(found)}"

    async def _periods(self, first: date, today: date) -> tuple[PeriodThere, ...]:
        until = today + _AHEAD
        if first > until:
            return ()
        if self._read is None or self._read[0] > first:
            self._read = first, await self._client.periods(first, until)
        found = self._read[1]
        return tuple(one for one in found if not self._schedules or one.schedule in self._schedules)
