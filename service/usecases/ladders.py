"""Reading ladders: which there are, their versions, a ladder drawn."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from service.domain.access import Actor, Scope, may_read_pay, require
from service.domain.chart import Chart, chart
from service.domain.definitions import Recorded
from service.domain.expectations import competencies_of, expected
from service.domain.instants import instant_text
from service.domain.ladders import Ladder
from service.domain.levels import Level
from service.domain.refusals import FieldError, Invalid, NotFound
from service.usecases.act import Runtime
from service.usecases.reading import Reading, reading

VersionState = Literal["scheduled", "in_force", "superseded", "replaced"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderSummary:
    """A ladder and the version of it in force."""

    key: Annotated[str, Field(description="Key of the ladder.")]
    version: Annotated[str | None, Field(description="Version in force; null when none is yet.")]
    title: Annotated[str | None, Field(description="What the ladder is called.")]
    effective_from: Annotated[date | None, Field(description="First day of that version.")]
    versions: Annotated[tuple[str, ...], Field(description="All versions, oldest first.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderVersion:
    """A recorded version and the days on which it is in force."""

    version: Annotated[str, Field(description="Name of the version.")]
    title: Annotated[str | None, Field(description="What the ladder is called in it.")]
    effective_from: Annotated[date, Field(description="First day on which it can be in force.")]
    effective_to: Annotated[
        date | None, Field(description="First day of the version after it; null when none is known.")
    ]
    recorded_at: Annotated[str, Field(description="Instant from which it is known.")]
    state: Annotated[
        VersionState,
        Field(
            description="On the day asked. `replaced`: a version with the same first day was recorded later, so this "
            "one is never in force."
        ),
    ]
    retired: Annotated[bool, Field(description="True when nobody new should come to the ladder under it.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLadder:
    """A version of a ladder with inheritance resolved."""

    version: Annotated[LadderVersion, Field(description="Which version, and when it is in force.")]
    fork: Annotated[str | None, Field(description="Lowest grade with a manager-only level; null when there is none.")]
    definition: Annotated[Ladder, Field(description="The ladder, each level with all it expects in the end.")]
    known_at: Annotated[str, Field(description="Instant this answer is bounded by.")]


async def list_ladders(
    runtime: Runtime, actor: Actor, *, effective_on: date | None = None, known_at: int | None = None
) -> tuple[LadderSummary, ...]:
    """Every ladder by key, with the version in force on a day (None = today)."""
    require(actor, Scope.LADDERS_READ)
    async with reading(runtime, known_at=known_at) as view:
        return tuple(
            _summary(key, view, day=effective_on or view.today)
            for key in view.definitions.ladder_keys
            if view.definitions.ladder_versions(key, view.known_at)
        )


async def list_versions(
    runtime: Runtime, actor: Actor, ladder: str, *, effective_on: date | None = None, known_at: int | None = None
) -> tuple[LadderVersion, ...]:
    """Every version recorded, by first day. Raises NotFound `no-ladder-in-force` for a ladder that is not known."""
    require(actor, Scope.LADDERS_READ)
    async with reading(runtime, known_at=known_at) as view:
        found = versions_of(ladder, view, day=effective_on or view.today)
        if not found:
            raise NotFound("no-ladder-in-force", f"There is no ladder {ladder}. List the ladders.")
        return found


async def read_ladder(
    runtime: Runtime,
    actor: Actor,
    ladder: str,
    *,
    version: str | None = None,
    effective_on: date | None = None,
    known_at: int | None = None,
) -> ShownLadder:
    """A version by name, or the one in force on a day (None = today).

    Raises NotFound `no-ladder-in-force` or `no-such-version`.
    """
    require(actor, Scope.LADDERS_READ)
    async with reading(runtime, known_at=known_at) as view:
        day = effective_on or view.today
        found = find_ladder(view, ladder, version=version, day=day)
        company = view.definitions.company(view.known_at)
        return ShownLadder(
            version=next(shown for shown in versions_of(ladder, view, day=day) if shown.version == found.version),
            fork=found.fork(ranks=company.ranks) if company else None,
            definition=_resolved(found, view, day),
            known_at=instant_text(view.known_at),
        )


async def read_chart(
    runtime: Runtime,
    actor: Actor,
    ladder: str,
    *,
    zone: str | None = None,
    effective_on: date | None = None,
    known_at: int | None = None,
) -> Chart:
    """The ladder in force on a day, by grade and track; pay in one zone, or in all (None).

    Raises NotFound `no-ladder-in-force`, Invalid `unknown-zone`.
    """
    require(actor, Scope.LADDERS_READ)
    async with reading(runtime, known_at=known_at) as view:
        day = effective_on or view.today
        found = find_ladder(view, ladder, version=None, day=day)
        company = view.definitions.company(view.known_at)
        assert company is not None, "a ladder is recorded together with its company or after it"
        if zone is not None and company.zone(zone) is None:
            raise Invalid(
                "unknown-zone",
                f"There is no zone {zone}; there are {', '.join(known.key for known in company.zones) or 'none'}.",
                errors=(FieldError(pointer="zone", detail="is no zone of the company", code="unknown-zone"),),
            )
        drawn = chart(found, company, view.definitions.bands(day, view.known_at), zone=zone)
        return drawn if may_read_pay(actor) else drawn.without_pay()


def find_ladder(view: Reading, ladder: str, *, version: str | None, day: date) -> Ladder:
    """The version of that name, or the one in force on a day. Raises NotFound."""
    if version is not None:
        named = view.definitions.ladder_version(ladder, version, view.known_at)
        if named is None:
            raise NotFound("no-such-version", f"Ladder {ladder} has no version {version}. List its versions.")
        return named
    found = view.definitions.ladder(ladder, day, view.known_at)
    if found is None:
        raise NotFound("no-ladder-in-force", f"No version of ladder {ladder} is in force on {day}.")
    return found


def find_level(ladder: Ladder, level: str) -> Level:
    """Raises NotFound `no-such-level`."""
    found = ladder.level(level)
    if found is None:
        known = ", ".join(rung.key for rung in ladder.levels) or "none"
        raise NotFound(
            "no-such-level", f"Version {ladder.version} of {ladder.key} has no level {level}; it has {known}."
        )
    return found


def versions_of(ladder: str, view: Reading, *, day: date) -> tuple[LadderVersion, ...]:
    """All versions known to the view, by first day, each with its state on `day`."""
    recorded = view.definitions.ladder_versions(ladder, view.known_at)
    in_force = view.definitions.ladder(ladder, day, view.known_at)
    return tuple(_version(one, recorded, in_force, day) for one in recorded)


def _version(
    one: Recorded[Ladder], recorded: tuple[Recorded[Ladder], ...], in_force: Ladder | None, day: date
) -> LadderVersion:
    ladder = one.value
    later = [other.value.effective_from for other in recorded if other.value.effective_from > ladder.effective_from]
    replaced = any(
        other.value.effective_from == ladder.effective_from and other.recorded_at > one.recorded_at
        for other in recorded
    )
    state: VersionState = "superseded"
    if replaced:
        state = "replaced"
    elif ladder is in_force:
        state = "in_force"
    elif ladder.effective_from > day:
        state = "scheduled"
    return LadderVersion(
        version=ladder.version,
        title=ladder.title,
        effective_from=ladder.effective_from,
        effective_to=min(later, default=None),
        recorded_at=instant_text(one.recorded_at),
        state=state,
        retired=ladder.lifecycle == "retired",
    )


def _resolved(ladder: Ladder, view: Reading, day: date) -> Ladder:
    ladders = view.definitions.ladders_in_force(day, view.known_at)
    return replace(
        ladder,
        competencies=competencies_of(ladder, ladders),
        levels=tuple(replace(level, expectations=expected(level, ladder, ladders)) for level in ladder.levels),
    )


def _summary(key: str, view: Reading, *, day: date) -> LadderSummary:
    found = view.definitions.ladder(key, day, view.known_at)
    return LadderSummary(
        key=key,
        version=found.version if found else None,
        title=found.title if found else None,
        effective_from=found.effective_from if found else None,
        versions=tuple(recorded.value.version for recorded in view.definitions.ladder_versions(key, view.known_at)),
    )
