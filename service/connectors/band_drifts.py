"""The bands of a connected system held against those in force here, in one answer, whatever becomes of asking."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import Field

from service.connectors.bands import BandDrift, compared, our_bands
from service.connectors.checks import SECONDS
from service.connectors.intake import Halted, alarm_of
from service.connectors.kinds import Banded, Tools, kind_of
from service.connectors.wire import Unreachable
from service.domain.access import Actor, Scope, require
from service.domain.intake_reports import MOST_TOLD, IntakeProblem
from service.domain.refusals import Conflict, Refused
from service.usecases.open_connections import OpenConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class BandDriftCount:
    """How many bands differ in a way."""

    code: Annotated[str, Field(description="differs, not-mapped, not-yearly, not-here or not-there.")]
    drifts: Annotated[int, Field(description="How many.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class BandDriftReport:
    """Where the bands of a connected system and those in force here part. Nothing was kept or taken over."""

    connection: Annotated[str, Field(description="Id of the connection.")]
    effective_on: Annotated[date, Field(description="Day whose bands and names were compared: the company's today.")]
    complete: Annotated[bool, Field(description="Theirs were read; if not, nothing was compared, and alarms say why.")]
    counts: Annotated[tuple[BandDriftCount, ...], Field(description="All that differ, by code.")]
    drifts: Annotated[
        tuple[BandDrift, ...],
        Field(description="The first 1000 that differ: theirs in their order, then what only we have."),
    ]
    alarms: Annotated[tuple[IntakeProblem, ...], Field(description="What whoever runs this has to look at.")]


async def band_drift(tools: Tools, connection: OpenConnection, caller: Actor) -> BandDriftReport:
    """Ask them for their bands, and compare. That they cannot be asked is an alarm of the answer.

    Needs bands:read. Raises Conflict `no-bands-there`, NotFound `no-band-set`, Invalid `period-not-stated`.
    """
    require(caller, Scope.BANDS_READ)
    kind = kind_of(tools.kinds, connection.kind)
    if not isinstance(kind, Banded):
        raise Conflict(
            "no-bands-there",
            f"No bands are read from {connection.key}, a {connection.kind}, so there is nothing to compare.",
        )
    ours = await our_bands(tools.runtime, connection, caller)
    drifts: tuple[BandDrift, ...] = ()
    alarms: tuple[IntakeProblem, ...] = ()
    try:
        async with asyncio.timeout(SECONDS):
            theirs = await kind.their_bands(connection, tools)
        # Many of both take a while to hold against each other: others go on meanwhile.
        drifts = await asyncio.to_thread(compared, theirs, ours)
    except TimeoutError:
        alarms = (alarm_of(Unreachable("timeout", f"it took more than {SECONDS:g} s")),)
    except (Halted, Unreachable, Refused) as error:
        alarms = (alarm_of(error),)
    codes = Counter(one.code for one in drifts)
    return BandDriftReport(
        connection=connection.id,
        effective_on=ours.day,
        complete=not alarms,
        counts=tuple(BandDriftCount(code=code, drifts=count) for code, count in sorted(codes.items())),
        drifts=drifts[:MOST_TOLD],
        alarms=alarms,
    )
