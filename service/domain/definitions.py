"""All definitions ever recorded, and which of them holds on a day as known at an instant."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Generic, TypeVar

from pydantic import Field

from service.domain.bands import BandSet
from service.domain.company import Company
from service.domain.ladders import Ladder
from service.domain.maps import LevelMapping, mappings_of

T = TypeVar("T")
Dated = TypeVar("Dated", Ladder, BandSet)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded(Generic[T]):
    recorded_at: Annotated[int, Field(description="When it became known, in microseconds since 1970 UTC.")]
    value: Annotated[T, Field(description="What was recorded.")]


class Definitions:
    """Every recorded version, indexed once at construction; lookups walk a handful of versions.

    `known_at` is microseconds since 1970 UTC; None means everything recorded.
    """

    __slots__ = ("_bandsets", "_companies", "_ladders", "_maps")

    def __init__(
        self,
        *,
        companies: Iterable[Recorded[Company]] = (),
        ladders: Iterable[Recorded[Ladder]] = (),
        bandsets: Iterable[Recorded[BandSet]] = (),
    ) -> None:
        self._companies = tuple(sorted(companies, key=_recorded_at, reverse=True))
        by_key: dict[str, list[Recorded[Ladder]]] = {}
        for ladder in ladders:
            by_key.setdefault(ladder.value.key, []).append(ladder)
        self._ladders = {key: _latest_first(versions) for key, versions in by_key.items()}
        self._bandsets = _latest_first(bandsets)
        self._maps = {
            key: mappings_of((version.recorded_at, version.value) for version in versions)
            for key, versions in self._ladders.items()
        }

    def with_news(
        self, *, company: Company | None, ladders: Iterable[Ladder], bandsets: Iterable[BandSet], recorded_at: int
    ) -> "Definitions":
        """These and what is added at an instant (µs); a company of None leaves the one there is."""
        added = () if company is None else (Recorded(recorded_at=recorded_at, value=company),)
        known = [ladder for versions in self._ladders.values() for ladder in versions]
        return Definitions(
            companies=(*self._companies, *added),
            ladders=(*known, *(Recorded(recorded_at=recorded_at, value=ladder) for ladder in ladders)),
            bandsets=(*self._bandsets, *(Recorded(recorded_at=recorded_at, value=bands) for bands in bandsets)),
        )

    def base(self, known_at: int | None = None) -> str:
        """A name for exactly this state: it differs as soon as anything more is recorded."""
        recorded = [
            *(f"company@{company.recorded_at}" for company in self.companies(known_at)),
            *(
                f"ladder {key} {ladder.value.version}@{ladder.recorded_at}"
                for key in self.ladder_keys
                for ladder in self.ladder_versions(key, known_at)
            ),
            *(f"bands {bands.value.key}@{bands.recorded_at}" for bands in self.bandsets(known_at)),
        ]
        return hashlib.sha256("\n".join(recorded).encode()).hexdigest()[:32]

    def latest_ladders(self, known_at: int | None = None) -> tuple[Ladder, ...]:
        """Of each ladder the version recorded last, in force or not, by key."""
        latest: list[Ladder] = []
        for key in self.ladder_keys:
            versions = self.ladder_versions(key, known_at)
            if versions:
                latest.append(max(versions, key=_recorded_at).value)
        return tuple(latest)

    def ladders_in_force(self, day: date, known_at: int | None = None) -> dict[str, Ladder]:
        """By key."""
        found = {key: self.ladder(key, day, known_at) for key in self.ladder_keys}
        return {key: ladder for key, ladder in found.items() if ladder is not None}

    def company(self, known_at: int | None = None) -> Company | None:
        """The company as last recorded; None before the first apply."""
        for company in self._companies:
            if known_at is None or company.recorded_at <= known_at:
                return company.value
        return None

    def ladder(self, key: str, day: date, known_at: int | None = None) -> Ladder | None:
        """The version in force: greatest effective_from <= day, among equals the latest recorded."""
        return _in_force(self._ladders.get(key, ()), day, known_at)

    def next_version_from(self, ladder: Ladder) -> date | None:
        """The first day on which a version that is known takes over from the given one; None when none does."""
        days = [one.value.effective_from for one in self._ladders.get(ladder.key, ())]
        return min((day for day in days if day > ladder.effective_from), default=None)

    def maps(self, key: str) -> tuple[LevelMapping, ...]:
        """The level maps of a ladder, by all that is known, earliest day first."""
        return self._maps.get(key, ())

    def became(self, key: str, level: str, day: date) -> str:
        """In words, by which version a level became another one, in force on a day; empty when none did."""
        mapped = [one for one in self.maps(key) if one.day <= day and level in one.levels]
        return f"With version {mapped[-1].version} it became {mapped[-1].levels[level]}." if mapped else ""

    def bands(self, day: date, known_at: int | None = None, pinned: str | None = None) -> BandSet | None:
        """The band set in force, or the one named by `pinned` whatever the day; None when there is none."""
        if pinned is None:
            return _in_force(self._bandsets, day, known_at)
        named = [bands for bands in _known(self._bandsets, known_at) if bands.value.key == pinned]
        return max(named, key=_recorded_at).value if named else None

    @property
    def ladder_keys(self) -> tuple[str, ...]:
        return tuple(sorted(self._ladders))

    def ladder_versions(self, key: str, known_at: int | None = None) -> tuple[Recorded[Ladder], ...]:
        """All versions of a ladder, oldest effective_from first, replaced ones included."""
        return tuple(reversed(_known(self._ladders.get(key, ()), known_at)))

    def ladder_version(self, key: str, version: str, known_at: int | None = None) -> Ladder | None:
        """The version of that name, in force or not."""
        versions = _known(self._ladders.get(key, ()), known_at)
        return next((ladder.value for ladder in versions if ladder.value.version == version), None)

    def bandsets(self, known_at: int | None = None) -> tuple[Recorded[BandSet], ...]:
        """All band sets, oldest effective_from first, replaced ones included."""
        return tuple(reversed(_known(self._bandsets, known_at)))

    def companies(self, known_at: int | None = None) -> tuple[Recorded[Company], ...]:
        """All company versions, oldest first."""
        return tuple(reversed(_known(self._companies, known_at)))


def _recorded_at(recorded: Recorded[Company] | Recorded[Ladder] | Recorded[BandSet]) -> int:
    return recorded.recorded_at


def _latest_first(versions: Iterable[Recorded[Dated]]) -> tuple[Recorded[Dated], ...]:
    return tuple(
        sorted(versions, key=lambda version: (version.value.effective_from, version.recorded_at), reverse=True)
    )


def _known(versions: tuple[Recorded[T], ...], known_at: int | None) -> tuple[Recorded[T], ...]:
    if known_at is None:
        return versions
    return tuple(version for version in versions if version.recorded_at <= known_at)


def _in_force(versions: tuple[Recorded[Dated], ...], day: date, known_at: int | None) -> Dated | None:
    for version in versions:
        if version.value.effective_from <= day and (known_at is None or version.recorded_at <= known_at):
            return version.value
    return None
