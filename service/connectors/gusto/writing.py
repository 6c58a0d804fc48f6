"""One write to a job's compensations, by whichever way they take it.

Their own description says that a job may have many compensations, and that a second one is refused. So a new one is
tried, and where it is refused the current one is altered; which of the two was done is told.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from service.connectors.comparing import Step
from service.connectors.gusto.client import STALE, Client, PayRow, Refused
from service.connectors.gusto.rows import Ledger
from service.connectors.sinks import Postponed

Rows = Awaitable[Sequence[PayRow]]
_REFUSED = 422
_SOON_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was done, for the note. `step` is what is to be read back; None where no row stands there by now.

    `theirs` is a row that is never to be removed: somebody else made it, or payroll has used it.
    """

    note: str
    step: Step | None
    theirs: bool = False


class Writing:
    """`rows` are those of the job as they were read just before, `read` reads them again."""

    def __init__(
        self, client: Client, ledger: Ledger, rows: Sequence[PayRow], today: date, read: Callable[[], Rows]
    ) -> None:
        self._client = client
        self._read = read
        self._ledger = ledger
        self._rows = {row.day: row for row in rows}
        self._today = today

    async def of(self, step: Step, job: str) -> Written | Postponed:
        """Raises Refused."""
        match step.how:
            case "create":
                return await self._created(step, job)
            case "delete":
                return await self._blanked(step)
            case _:
                return await self._updated(step, step.send)

    def says_the_same(self, step: Step) -> bool:
        """Whether the row of a step says what would hold without it."""
        before, row = self._current(step.day - step.day.resolution), self._rows.get(step.day)
        if before is None or row is None:
            return False
        return self._ledger.there(before).values == self._ledger.there(row).values

    async def delete(self, step: Step) -> str:
        """Of one that payroll has not used. Raises Refused."""
        row = self._rows.get(step.day)
        if row is not None and row.uuid == step.row:
            await self._client.delete(row)
        return f"DELETE the row of {step.day}"

    async def _created(self, step: Step, job: str) -> Written | Postponed:
        current = self._current(step.day)
        if "rate" not in step.send and self._rows:
            return self._before_all(step.day)
        if "rate" not in step.send:
            reason = f"they have no pay for {step.day}, and it is not ours to say: set it there"
            return Postponed(code="no-pay-there", reason=reason)
        sent = self._ledger.sent(step.send, step.day)
        try:
            await self._client.create(job, sent)
        except Refused as refused:
            if refused.status != _REFUSED or not self._rows:
                raise
            if current is None:
                return self._before_all(step.day)
            if step.day > self._today:
                note = f"they refuse a second row: that of {step.day} is written on its day"
                return Written(note=note, step=None)
            await self._put(current, sent)
            note = f"POST of a row of {step.day} was refused, PUT on the current one of {current.day} instead"
            return Written(note=note, step=replace(step, row=current.uuid), theirs=True)
        return Written(note=f"POST a row of {step.day}", step=step)

    async def _blanked(self, step: Step) -> Written | Postponed:
        """One that payroll has used stays, and says what holds instead."""
        before = self._current(step.day - step.day.resolution)
        row = self._rows.get(step.day)
        if before is None or row is None:
            reason = f"payroll has used the row of {step.day}, and no other one can stand for it: mend it there"
            return Postponed(code="processed-there", reason=reason)
        held = self._ledger.there(before)
        told = await self._updated(replace(step, row=row.uuid, values=held.values), {**held.rest, **held.values})
        if isinstance(told, Postponed):
            return told
        return replace(told, note=f"{told.note}, since payroll has used it", theirs=True)

    async def _updated(self, step: Step, send: Mapping[str, str]) -> Written | Postponed:
        row = self._rows.get(step.day)
        if row is None or row.uuid != step.row:
            raise Refused(_moved(step.day))
        held = self._ledger.there(row)
        sent = self._ledger.sent({**held.rest, **held.values, **send}, step.day)
        if "rate" not in sent:
            reason = "their pay cannot be seen, and a row is written whole: give the token the scope compensations:read"
            return Postponed(code="field-hidden", reason=reason)
        await self._put(row, sent)
        return Written(note=f"PUT the row of {step.day}", step=step)

    async def _put(self, row: PayRow, sent: Mapping[str, str]) -> None:
        """Raises Refused, also where the row is another one by now than the one that was looked at."""
        try:
            await self._client.update(row, sent)
        except Refused as refused:
            if refused.category != STALE:
                raise
            fresh = next((one for one in await self._read() if one.uuid == row.uuid), None)
            before = self._ledger.there(row)
            after = self._ledger.there(fresh) if fresh else None
            if fresh is None or after is None or (after.day, after.values) != (before.day, before.values):
                raise Refused(_moved(row.day)) from None
            await self._again(fresh, {**sent, **after.rest})

    async def _again(self, row: PayRow, sent: Mapping[str, str]) -> None:
        """Once, with what of it is theirs as it is now."""
        try:
            await self._client.update(row, sent)
        except Refused as refused:
            raise Refused(_moved(row.day)) if refused.category == STALE else refused from None

    def _before_all(self, day: date) -> Written:
        """Of days before their first row nothing is theirs: what a person was paid then is not made up."""
        return Written(note=f"the row of {day} is left out: theirs begin with {min(self._rows)}", step=None)

    def _current(self, day: date) -> PayRow | None:
        """The one that holds on a day."""
        begun = [one for one in self._rows if one <= day]
        return self._rows[max(begun)] if begun else None


def _moved(day: date) -> Postponed:
    return Postponed(
        code="moved-there",
        reason=f"somebody is writing the row of {day} there at the same time",
        seconds=_SOON_SECONDS,
    )
