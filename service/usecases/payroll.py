"""What payroll has to know for a pay period: the file of it, which is cut when the period is locked.

Its rows are the acts that events tell, read by where they stand. Those recorded since the file before was cut are
found by their place in the feed, those planned earlier by the days they are about. Nothing is held open between two
parts.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Annotated, Any

import orjson
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.access import Actor, Scope, may_read_pay, require
from service.domain.definitions import Definitions
from service.domain.events import ACTS, PLAIN
from service.domain.instants import instant_text
from service.domain.payroll import PeriodFile, period_file
from service.domain.payroll_rows import Fate, PayrollChange, concerns, row_of
from service.domain.refusals import Gone
from service.storage import payroll
from service.usecases.act import Runtime
from service.usecases.paging import Listing, Part, Window, part
from service.usecases.reading import Reading, reading
from service.usecases.subscriptions import WITH_PAY, WITHOUT_PAY
from service.webhooks import feed, recalled
from service.webhooks.feed import BodiesGone, FeedEvent

_TYPES = (*PLAIN, *ACTS)
_LOOK = 500
"""Events looked at, at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayrollFile:
    """What a file is of."""

    calendar: Annotated[str, Field(description="Key of the pay calendar.")]
    period: Annotated[str, Field(description="Key of the period.")]
    period_from: Annotated[date, Field(description="First day of the period.")]
    period_to: Annotated[date, Field(description="First day after the period.")]
    status: Annotated[str, Field(description="`open` while more may come, `cut` when it stays as it is for ever.")]
    cut_at: Annotated[str, Field(description="Instant at which it was cut; of an open one that at which it will be.")]
    known_at: Annotated[
        str, Field(description="Instant up to which it tells what was recorded: of a cut one `cut_at`.")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class PayrollPart(Listing[PayrollChange]):
    """A part of a file."""

    file: PeriodFile
    shown: PayrollFile
    planned: tuple[int, ...]
    """Positions of what was planned before: found once for all parts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayrollEnd(PayrollFile):
    """What a whole file ends with."""

    count: Annotated[int, Field(description="How many rows stand before this line.")]
    digest: Annotated[str, Field(description="Of all bytes before this line: sha256:…")]


@dataclass(frozen=True, slots=True, kw_only=True)
class PayrollEndLine:
    """The last line of a file: one that lacks it was cut off."""

    end: Annotated[PayrollEnd, Field(description="What the whole file is.")]


async def read_payroll_changes(
    runtime: Runtime,
    actor: Actor,
    *,
    calendar: str,
    period: str,
    known_at: int | None = None,
    window: Window,
    planned: tuple[int, ...] | None = None,
) -> PayrollPart:
    """A part of the file of a period, in the order of the record. `planned` is that of an earlier part of it.

    Needs assignments:read; bands are left out without bands:read. Raises NotFound `no-such-calendar` and
    `no-such-period`, Gone `beyond-retention` when events of it are not kept any more.
    """
    require(actor, Scope.ASSIGNMENTS_READ)
    file = await _file(runtime, calendar=calendar, period=period, known_at=known_at)
    async with reading(runtime, known_at=file.known_at, may_lag=True) as view:
        walk = _Walk(view=view, file=file, rendering=WITH_PAY if may_read_pay(actor) else WITHOUT_PAY)
        planned = await walk.planned() if planned is None else planned
        try:
            found = await walk.part(window, planned)
        except BodiesGone:
            raise _not_kept() from None
    return PayrollPart(
        part=found, effective_on=None, known_at=file.known_at, file=file, shown=_shown(file), planned=planned
    )


async def _file(runtime: Runtime, *, calendar: str, period: str, known_at: int | None) -> PeriodFile:
    """Which file that is. Raises as `read_payroll_changes` does."""
    async with reading(runtime, known_at=known_at, may_lag=True) as view:
        # Whether a cutoff has passed is the clock's matter: nothing need have been recorded since.
        at = max(runtime.database.now_us(), view.known_at) if known_at is None else known_at
        found = period_file(view.definitions, calendar=calendar, period=period, known_at=at)
        if known_at is None and not found.is_cut:
            return period_file(view.definitions, calendar=calendar, period=period, known_at=view.known_at)
        return found


def _shown(file: PeriodFile) -> PayrollFile:
    return PayrollFile(
        calendar=file.calendar.key,
        period=file.period.key,
        period_from=file.period.effective_from,
        period_to=file.period.effective_to,
        status="cut" if file.is_cut else "open",
        cut_at=instant_text(file.cut_at),
        known_at=instant_text(file.known_at),
    )


def end_of(last: PayrollPart, count: int, digest: str) -> PayrollEndLine:
    """The last line of a file of `count` rows, of which this is a part."""
    told = {field.name: getattr(last.shown, field.name) for field in fields(PayrollFile)}
    return PayrollEndLine(end=PayrollEnd(**told, count=count, digest=f"sha256:{digest}"))


@dataclass(slots=True, kw_only=True)
class _Walk:
    """Through the events that a file may hold."""

    view: Reading
    file: PeriodFile
    rendering: str

    @property
    def _connection(self) -> AsyncConnection:
        return self.view.connection

    async def planned(self) -> tuple[int, ...]:
        """Where events stand that may tell what was planned before the file before this one was cut."""
        if self.file.since is None or self.file.after is None:
            return ()
        acts = await payroll.acts_ahead(
            self._connection,
            recorded_by=self.file.since,
            first=self.file.after,
            before=self.file.period.effective_to,
        )
        subjects = {(f"employee:{employee}", at) for employee, at in acts}
        return await recalled.positions_of(self._connection, subjects, types=_TYPES)

    async def part(self, window: Window, planned: Sequence[int]) -> Part[PayrollChange]:
        found: list[tuple[FeedEvent, dict[str, Any]]] = []
        async for events in self._looked(window, planned):
            # Beside the loop, which has others to answer.
            found += await asyncio.to_thread(_chosen, events, self.file, self.view.definitions)
            if len(found) > window.limit:
                break
        some = part(found[: window.limit + 1], window, lambda one: (one[0].place.position,))
        changes = {_change_id(body) for _, body in some.items}
        known = await payroll.fates(self._connection, changes, known_at=self.file.known_at)
        fates = {one: Fate(status=status, superseded_by=by) for one, (status, by) in known.items()}
        return some.each(lambda one: row_of(one[1], self.file, position=one[0].place.position, fates=fates))

    async def _looked(self, window: Window, planned: Sequence[int]) -> AsyncGenerator[Sequence[FeedEvent]]:
        """Events from the window's place on, in its direction: of both stretches, the later one behind the other."""
        place: int | None = window.place[0] if window.place else None
        stretches = [self._planned(planned, place, window.backward), self._recorded(place, window.backward)]
        for stretch in reversed(stretches) if window.backward else stretches:
            async for events in stretch:
                yield events

    async def _planned(
        self, planned: Sequence[int], place: int | None, backward: bool
    ) -> AsyncGenerator[Sequence[FeedEvent]]:
        wanted = [one for one in planned if place is None or (one < place if backward else one > place)]
        if backward:
            wanted.reverse()
        for begin in range(0, len(wanted), _LOOK):
            some = wanted[begin : begin + _LOOK]
            yield await recalled.told_at(self._connection, some, rendering=self.rendering)

    async def _recorded(self, place: int | None, backward: bool) -> AsyncGenerator[Sequence[FeedEvent]]:
        since, known_at = self.file.since, self.file.known_at
        first = (await feed.place_at(self._connection, since)).position if since is not None else 0
        last = (await feed.place_at(self._connection, known_at)).position
        if place is not None:
            first, last = (first, min(last, place - 1)) if backward else (max(first, place), last)
        while first < last:
            events = await recalled.told_between(
                self._connection,
                after=first,
                until=last,
                types=_TYPES,
                rendering=self.rendering,
                limit=_LOOK,
                backward=backward,
            )
            yield events
            if len(events) < _LOOK:
                return
            reached = events[-1].place.position
            first, last = (first, reached - 1) if backward else (reached, last)


def _chosen(
    events: Sequence[FeedEvent], file: PeriodFile, definitions: Definitions
) -> list[tuple[FeedEvent, dict[str, Any]]]:
    read = ((event, orjson.loads(event.body)) for event in events)
    return [one for one in read if concerns(one[1], file, definitions, recorded_at=one[0].recorded_at)]


def _change_id(event: dict[str, Any]) -> str:
    return event["data"]["change"]["id"]


def _not_kept() -> Gone:
    return Gone(
        "beyond-retention",
        "Events of this file are not kept any more (DUALTRACK_KEEP_BODIES_DAYS). Take what holds from /v1/snapshots, "
        "and keep files when they are cut.",
    )
