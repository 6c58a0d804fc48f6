"""What a set of definitions would add to what is published, and what that means: the plan behind every apply."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.assignments import Facts
from service.domain.bands import BandSet
from service.domain.company import Company
from service.domain.definitions import Definitions
from service.domain.differences import Difference, differences
from service.domain.findings import DocumentRejected, Finding
from service.domain.impact import Headcount, Impact, impact
from service.domain.ladders import Ladder
from service.domain.principles import principle_findings
from service.domain.publication import backdated_findings, publication_findings
from service.domain.structure import definition_findings
from service.storage.assignments import headcounts
from service.usecases.folders import Folder
from service.usecases.reading import today_in

UNRECORDED = 2**62
"""Later than any instant, for what is judged before it is recorded."""
Place = tuple[Facts, str]
"""What people hold, and its grade."""
Moved = tuple[Place, Place]
"""What people hold without the news, and with them."""
# Listing the zones reads a folder of files.
_timezones = cache(available_timezones)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDocument:
    """One document of the folder against what is published."""

    kind: Annotated[Literal["company", "ladder", "bands"], Field(description="What it defines.")]
    key: Annotated[str | None, Field(description="Key of the ladder or band set; null for the company.")]
    version: Annotated[str | None, Field(description="Version of a ladder; null for others.")]
    effective_from: Annotated[date | None, Field(description="First day of a ladder version or band set.")]
    state: Annotated[
        Literal["new", "changed", "unchanged", "draft"],
        Field(description="`new`: nothing stood in its place. `draft`: judged, not published."),
    ]
    previous: Annotated[
        str | None, Field(description="Version or band set that it is compared with; null when there is none.")
    ]
    differences: Annotated[tuple[Difference, ...], Field(description="What it adds, takes away and alters.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What a folder adds to what is published."""

    folder: Folder
    published: Definitions
    company: Company | None
    ladders: tuple[Ladder, ...]
    bandsets: tuple[BandSet, ...]

    @classmethod
    def between(cls, folder: Folder, published: Definitions) -> "News":
        sets = {recorded.value.key for recorded in published.bandsets()}
        return cls(
            folder=folder,
            published=published,
            company=folder.company if folder.company != published.company() else None,
            ladders=tuple(
                ladder
                for ladder in folder.ladders.values()
                if ladder.lifecycle != "draft" and published.ladder_version(ladder.key, ladder.version) is None
            ),
            bandsets=tuple(
                bands for bands in folder.bandsets.values() if bands.lifecycle != "draft" and bands.key not in sets
            ),
        )

    @property
    def is_empty(self) -> bool:
        return self.company is None and not self.ladders and not self.bandsets

    @property
    def ladder_names(self) -> tuple[str, ...]:
        return tuple(f"{ladder.key}@{ladder.version}" for ladder in self.ladders)

    def documents(self) -> tuple[PlannedDocument, ...]:
        return (
            self._company(),
            *(self._ladder(ladder) for ladder in self.folder.ladders.values()),
            *(self._bands(bands) for bands in self.folder.bandsets.values()),
        )

    def first_days(self, today: date) -> tuple[date, ...]:
        """The days from which something is new, earliest first; what began in the past shows today."""
        days = {max(dated.effective_from, today) for dated in (*self.ladders, *self.bandsets)}
        return tuple(sorted(days | ({today} if self.company is not None else set())))

    def after(self) -> Definitions:
        """What is published and the news together."""
        return self.published.with_news(
            company=self.company, ladders=self.ladders, bandsets=self.bandsets, recorded_at=UNRECORDED
        )

    def _company(self) -> PlannedDocument:
        before = self.published.company()
        found = tuple(differences(before, self.folder.company)) if before else ()
        state = "new" if before is None else "changed" if found else "unchanged"
        return PlannedDocument(
            kind="company", key=None, version=None, effective_from=None, state=state, previous=None, differences=found
        )

    def _ladder(self, ladder: Ladder) -> PlannedDocument:
        same = self.published.ladder_version(ladder.key, ladder.version)
        before = same or next((known for known in self.published.latest_ladders() if known.key == ladder.key), None)
        state = "unchanged" if same else "new" if before is None else "changed"
        return PlannedDocument(
            kind="ladder",
            key=ladder.key,
            version=ladder.version,
            effective_from=ladder.effective_from,
            state="draft" if ladder.lifecycle == "draft" else state,
            previous=before.version if before else None,
            differences=tuple(differences(before, ladder)) if before else (),
        )

    def _bands(self, bands: BandSet) -> PlannedDocument:
        same = next((known.value for known in self.published.bandsets() if known.value.key == bands.key), None)
        before = same or self.published.bands(bands.effective_from)
        state = "unchanged" if same else "new" if before is None else "changed"
        return PlannedDocument(
            kind="bands",
            key=bands.key,
            version=None,
            effective_from=bands.effective_from,
            state="draft" if bands.lifecycle == "draft" else state,
            previous=before.key if before else None,
            differences=tuple(differences(before, bands)) if before else (),
        )


async def impacts(
    tx: AsyncConnection, news: News, *, moved_on: Callable[[date], Mapping[Moved, int]], today: date
) -> tuple[Impact, ...]:
    """What the news mean for people, for each day from which something is new.

    `moved_on` tells how many hold one thing on a day without the news and another with them; the rest stay.
    """
    after = news.after()
    found: list[Impact] = []
    for day in news.first_days(today):
        held = Counter({(count.facts, count.grade): count.people for count in await headcounts(tx, day=day)})
        moved = moved_on(day)
        for (old, _), people in moved.items():
            held[old] -= people
        sides = {**{(place, place): people for place, people in held.items() if people}, **moved}
        pairs = ((_count(old, people), _count(new, people)) for (old, new), people in sides.items())
        found.append(impact(pairs, before=news.published, after=after, day=day))
    return tuple(found)


def _count(place: Place, people: int) -> Headcount:
    return Headcount(facts=place[0], grade=place[1], people=people)


def judged(folder: Folder, published: Definitions, *, now: int) -> tuple[Finding, ...]:
    """Warnings and notes about the folder at `now` (µs). Raises DocumentRejected with every error there is."""
    found = tuple(_all_findings(folder, published, now))
    errors = [finding for finding in found if finding.severity == "error"]
    if errors:
        raise DocumentRejected(errors)
    return found


def _all_findings(folder: Folder, published: Definitions, now: int) -> Iterator[Finding]:
    structure = [
        *definition_findings(
            company=folder.company,
            ladders=folder.ladders,
            bandsets=folder.bandsets,
            timezones=_timezones(),
        ),
        *publication_findings(
            published=published, company=folder.company, ladders=folder.ladders, bandsets=folder.bandsets
        ),
    ]
    yield from structure
    if not any(finding.severity == "error" for finding in structure):
        # Only now is it known that the company's time zone exists.
        today = today_in(folder.company, now=now)
        news = News.between(folder, published)
        yield from backdated_findings(
            published=published,
            ladders={pointer: ladder for pointer, ladder in folder.ladders.items() if ladder in news.ladders},
            bandsets={pointer: bands for pointer, bands in folder.bandsets.items() if bands in news.bandsets},
            today=today,
        )
        yield from principle_findings(
            company=folder.company, ladders=folder.ladders, bandsets=folder.bandsets, today=today
        )
