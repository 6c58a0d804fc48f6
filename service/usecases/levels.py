"""Reading a level: what it expects in the end, who stands beside it, what pays it."""

from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Annotated

from pydantic import Field

from service.domain.access import Actor, Scope, may_read_pay, require
from service.domain.expectations import expected
from service.domain.instants import instant_text
from service.domain.ladders import Ladder, PairingState
from service.domain.levels import Level
from service.domain.parity import pairs_at
from service.domain.pay import Band, level_bands
from service.usecases.act import Runtime
from service.usecases.ladders import ShownLadder, find_ladder, find_level
from service.usecases.reading import Reading, reading


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelOnDay:
    """What the dated attributes of a level are on the day asked."""

    hireable: Annotated[bool, Field(description="Whether people are hired into it.")]
    internal_only: Annotated[bool, Field(description="Whether only people of the company move to it.")]
    terminal: Annotated[bool | None, Field(description="Whether people may stay for good; null when not known.")]
    maximum_months: Annotated[int | None, Field(description="Longest expected stay; null for no limit.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLevel:
    """A level with inheritance resolved, its counterparts and what pays it."""

    ladder: Annotated[str, Field(description="Key of the ladder.")]
    version: Annotated[str, Field(description="Version of the ladder.")]
    definition: Annotated[Level, Field(description="The level, with all it expects in the end.")]
    on_day: Annotated[LevelOnDay, Field(description="Its dated attributes on the day asked.")]
    pairing: Annotated[
        PairingState | None, Field(description="State of the pairing of its grade; null where none is needed.")
    ]
    counterparts: Annotated[tuple[str, ...], Field(description="Levels of the other track at its grade.")]
    bands: Annotated[tuple[Band, ...], Field(description="What pays people on it, one band a zone.")]
    known_at: Annotated[str, Field(description="Instant this answer is bounded by.")]
    redacted: Annotated[tuple[str, ...], Field(description="Fields left out because the caller may not read them.")] = (
        field(default=())
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderLevel:
    """What a day makes of a level, beside its definition."""

    key: Annotated[str, Field(description="Key of the level.")]
    on_day: Annotated[LevelOnDay, Field(description="Its dated attributes on the day asked.")]
    pairing: Annotated[
        PairingState | None, Field(description="State of the pairing of its grade; null where none is needed.")
    ]
    counterparts: Annotated[tuple[str, ...], Field(description="Levels of the other track at its grade.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidLadderLevel(LadderLevel):
    bands: Annotated[tuple[Band, ...], Field(description="What pays people on it, one band a zone.")] = ()
    redacted: Annotated[tuple[str, ...], Field(description="Fields left out because the caller may not read them.")] = (
        field(default=())
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpandedLadder(ShownLadder):
    """A version of a ladder, with what was asked to be put into it."""

    levels: Annotated[
        tuple[PaidLadderLevel | LadderLevel, ...], Field(description="Every level on the day: expand=levels or below.")
    ] = ()


async def read_level(
    runtime: Runtime,
    actor: Actor,
    ladder: str,
    level: str,
    *,
    effective_on: date | None = None,
    known_at: int | None = None,
) -> ShownLevel:
    """A level of the version in force on a day. Raises NotFound `no-ladder-in-force`, `no-such-level`."""
    require(actor, Scope.LADDERS_READ)
    async with reading(runtime, known_at=known_at) as view:
        day = effective_on or view.today
        found = find_ladder(view, ladder, version=None, day=day)
        return _shown(found, find_level(found, level), view=view, day=day, actor=actor)


async def read_levels(
    runtime: Runtime,
    actor: Actor,
    ladder: str,
    *,
    version: str | None = None,
    effective_on: date | None = None,
    known_at: int | None = None,
) -> tuple[ShownLevel, ...]:
    """All levels of a version by name, or of the one in force on a day. Raises NotFound as `read_ladder` does."""
    require(actor, Scope.LADDERS_READ)
    async with reading(runtime, known_at=known_at) as view:
        day = effective_on or view.today
        found = find_ladder(view, ladder, version=version, day=day)
        return tuple(_shown(found, level, view=view, day=day, actor=actor) for level in found.levels)


def _shown(ladder: Ladder, level: Level, *, view: Reading, day: date, actor: Actor) -> ShownLevel:
    company = view.definitions.company(view.known_at)
    pairing = ladder.pairing_at(level.grade, ranks=company.ranks) if company and level.grade else None
    bands = view.definitions.bands(day, view.known_at)
    zones = [zone.key for zone in company.zones] if company else []
    shown = ShownLevel(
        ladder=ladder.key,
        version=ladder.version,
        definition=replace(
            level, expectations=expected(level, ladder, view.definitions.ladders_in_force(day, view.known_at))
        ),
        on_day=LevelOnDay(
            hireable=level.is_hireable(day),
            internal_only=level.is_internal_only(day),
            terminal=level.is_terminal(day),
            maximum_months=level.longest_stay(day),
        ),
        pairing=pairing.state if pairing else None,
        counterparts=_counterparts(ladder, level),
        bands=tuple(level_bands(bands, ladder.key, level, zones).values()),
        known_at=instant_text(view.known_at),
    )
    return shown if may_read_pay(actor) else replace(shown, bands=(), redacted=("bands",))


async def expand_ladder(
    runtime: Runtime, actor: Actor, shown: ShownLadder, *, effective_on: date, known_at: int, with_bands: bool
) -> ExpandedLadder:
    """The ladder with what a day makes of each of its levels and, `with_bands`, what pays them."""
    require(actor, Scope.LADDERS_READ)
    async with reading(runtime, known_at=known_at) as view:
        ladder, bands, zones = shown.definition, view.definitions.bands(effective_on, view.known_at), _zones(view)
        levels = tuple(
            LadderLevel(
                key=rung.key,
                on_day=_on_day(rung, effective_on),
                pairing=_pairing(ladder, rung, view),
                counterparts=_counterparts(ladder, rung),
            )
            for rung in ladder.levels
        )
        if with_bands:
            is_shown = may_read_pay(actor)
            levels = tuple(
                PaidLadderLevel(
                    **{one.name: getattr(level, one.name) for one in fields(level)},
                    bands=tuple(level_bands(bands, ladder.key, rung, zones).values()) if is_shown else (),
                    redacted=() if is_shown else ("bands",),
                )
                for level, rung in zip(levels, ladder.levels, strict=True)
            )
        return ExpandedLadder(**{one.name: getattr(shown, one.name) for one in fields(shown)}, levels=levels)


def _on_day(rung: Level, day: date) -> LevelOnDay:
    return LevelOnDay(
        hireable=rung.is_hireable(day),
        internal_only=rung.is_internal_only(day),
        terminal=rung.is_terminal(day),
        maximum_months=rung.longest_stay(day),
    )


def _pairing(ladder: Ladder, rung: Level, view: Reading) -> PairingState | None:
    company = view.definitions.company(view.known_at)
    pairing = ladder.pairing_at(rung.grade, ranks=company.ranks) if company and rung.grade else None
    return pairing.state if pairing else None


def _zones(view: Reading) -> list[str]:
    company = view.definitions.company(view.known_at)
    return [zone.key for zone in company.zones] if company else []


def _counterparts(ladder: Ladder, level: Level) -> tuple[str, ...]:
    pairs = pairs_at(ladder, level.grade) if level.grade is not None else ()
    return tuple(
        dict.fromkeys(
            other.key
            for pair in pairs
            for mine, other in ((pair.ic, pair.manager), (pair.manager, pair.ic))
            if mine.key == level.key
        )
    )
