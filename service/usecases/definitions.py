"""Publishing definitions in one transaction, and reading them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from zoneinfo import available_timezones

import orjson
from pydantic import Field

from service.domain.access import Actor, Scope, require
from service.domain.announcements import (
    BANDS_PUBLISHED,
    LADDER_PUBLISHED,
    BandsPublishedData,
    DefinitionEvent,
    LadderPublishedData,
    bands_published,
    ladder_published,
)
from service.domain.bands import BandSet
from service.domain.chart import Chart, chart
from service.domain.company import Company
from service.domain.definitions import Definitions
from service.domain.events import RENDERINGS
from service.domain.findings import DocumentRejected
from service.domain.instants import instant_text
from service.domain.ladders import Ladder
from service.domain.publication import publication_findings
from service.domain.refusals import Conflict, NotFound
from service.domain.structure import definition_findings
from service.storage import definitions as kept
from service.storage.recorder import raise_generation
from service.usecases.act import Act, Outcome, Runtime, act
from service.usecases.reading import reading
from service.webhooks.outbox import Message

_MOST_LISTED = 20
"""People named in a refusal; the rest are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A whole set of definitions. Mappings go by JSON pointer, as findings about them do."""

    company: Company
    ladders: Mapping[str, Ladder]
    bandsets: Mapping[str, BandSet]


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What an apply recorded. Everything empty and `recorded_at` null when all of it was published already."""

    company: Annotated[bool, Field(description="The company was recorded anew.")]
    ladders: Annotated[tuple[str, ...], Field(description="Ladder versions recorded, as key@version.")]
    bands: Annotated[tuple[str, ...], Field(description="Band sets recorded, by key.")]
    recorded_at: Annotated[str | None, Field(description="Instant of recording.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderSummary:
    """A ladder and the version of it in force."""

    key: Annotated[str, Field(description="Key of the ladder.")]
    version: Annotated[str | None, Field(description="Version in force; null when none is yet.")]
    title: Annotated[str | None, Field(description="What the ladder is called.")]
    effective_from: Annotated[date | None, Field(description="First day of that version.")]
    versions: Annotated[tuple[str, ...], Field(description="All versions, oldest first.")]


async def apply_definitions(runtime: Runtime, actor: Actor, folder: Folder, *, dry_run: bool = False) -> Outcome:
    """Publish what is new in a folder, all of it or nothing; the answer is an Applied.

    Raises DocumentRejected with every finding (pointers begin with those of `folder`), Conflict
    `people-unmapped` when somebody stands or will stand on a level that a version leaves out or regrades.
    """
    require(actor, Scope.LADDERS_WRITE)
    require(actor, Scope.BANDS_WRITE)

    async def body(a: Act) -> Applied:
        await runtime.database.own_definitions(a.tx)
        published = await runtime.shelf.load(a.tx)
        _refuse_findings(folder, published)
        news = _News.between(folder, published)
        for ladder in news.ladders:
            await _refuse_unmapped(a, ladder)
        if dry_run:
            return news.applied(recorded_at=None)
        for event in news.events(published, a):
            a.tell(_message(event))
        a.audit_detail.update(ladders=list(news.ladder_names), bands=[bands.key for bands in news.bandsets])
        recorded_at = await a.recorded()
        await _record(a, news, recorded_at)
        return news.applied(recorded_at=recorded_at)

    return await act(runtime, "definitions.apply", actor, body, dry_run=dry_run)


async def list_ladders(
    runtime: Runtime, actor: Actor, *, effective_on: date | None = None, known_at: int | None = None
) -> tuple[LadderSummary, ...]:
    """Every ladder by key, with the version in force on a day (None = today)."""
    require(actor, Scope.LADDERS_READ)
    async with reading(runtime, known_at=known_at) as view:
        return tuple(
            _summary(key, view.definitions, day=effective_on or view.today, known_at=view.known_at)
            for key in view.definitions.ladder_keys
            if view.definitions.ladder_versions(key, view.known_at)
        )


async def read_chart(
    runtime: Runtime, actor: Actor, ladder: str, *, effective_on: date | None = None, known_at: int | None = None
) -> Chart:
    """The ladder in force on a day, by grade and track. Raises NotFound `no-ladder-in-force`."""
    require(actor, Scope.LADDERS_READ)
    async with reading(runtime, known_at=known_at) as view:
        day = effective_on or view.today
        found = view.definitions.ladder(ladder, day, view.known_at)
        company = view.definitions.company(view.known_at)
        if found is None or company is None:
            raise NotFound("no-ladder-in-force", f"No version of ladder {ladder} is in force on {day}.")
        return chart(found, company)


@dataclass(frozen=True, slots=True, kw_only=True)
class _News:
    """What a folder adds to what is published."""

    company: Company | None
    ladders: tuple[Ladder, ...]
    bandsets: tuple[BandSet, ...]

    @classmethod
    def between(cls, folder: Folder, published: Definitions) -> "_News":
        sets = {recorded.value.key for recorded in published.bandsets()}
        return cls(
            company=folder.company if folder.company != published.company() else None,
            ladders=tuple(
                ladder
                for ladder in folder.ladders.values()
                if published.ladder_version(ladder.key, ladder.version) is None
            ),
            bandsets=tuple(bands for bands in folder.bandsets.values() if bands.key not in sets),
        )

    @property
    def ladder_names(self) -> tuple[str, ...]:
        return tuple(f"{ladder.key}@{ladder.version}" for ladder in self.ladders)

    def applied(self, *, recorded_at: int | None) -> Applied:
        nothing = self.company is None and not self.ladders and not self.bandsets
        return Applied(
            company=self.company is not None,
            ladders=self.ladder_names,
            bands=tuple(bands.key for bands in self.bandsets),
            recorded_at=None if recorded_at is None or nothing else instant_text(recorded_at),
        )

    def events(self, published: Definitions, a: Act) -> Iterator[DefinitionEvent]:
        """One event a version and a set, each numbered after those of its subject that came before."""
        for ladder in self.ladders:
            data = ladder_published(ladder, previous=published.ladder(ladder.key, ladder.effective_from))
            number = len(published.ladder_versions(ladder.key)) + 1
            yield _event(a, LADDER_PUBLISHED, f"ladder:{ladder.key}", number, data)
        for number, bands in enumerate(self.bandsets, start=len(published.bandsets()) + 1):
            data = bands_published(bands, previous=published.bands(bands.effective_from))
            yield _event(a, BANDS_PUBLISHED, "company", number, data)


def _event(
    a: Act, kind: str, subject: str, number: int, data: LadderPublishedData | BandsPublishedData
) -> DefinitionEvent:
    return DefinitionEvent(id=a.runtime.new_id("evt"), type=kind, subject=subject, sequence=number, data=data)


def _message(event: DefinitionEvent) -> Message:
    def render(at: int) -> dict[str, bytes]:
        return {name: orjson.dumps(event.body(at=at, rendering=name)) for name in RENDERINGS}

    ladder = event.data.ladder if isinstance(event.data, LadderPublishedData) else None
    return Message(
        id=event.id,
        type=event.type,
        subject=event.subject,
        version=event.sequence,
        facets={"ladder": [ladder]} if ladder else {},
        render=render,
        traceparent=None,
        correlation_id=None,
    )


def _refuse_findings(folder: Folder, published: Definitions) -> None:
    found = [
        *definition_findings(
            company=folder.company,
            ladders=folder.ladders,
            bandsets=folder.bandsets,
            timezones=available_timezones(),
        ),
        *publication_findings(
            published=published, company=folder.company, ladders=folder.ladders, bandsets=folder.bandsets
        ),
    ]
    errors = [finding for finding in found if finding.severity == "error"]
    if errors:
        raise DocumentRejected(errors)


async def _refuse_unmapped(a: Act, ladder: Ladder) -> None:
    """A level that people hold on or after the version's first day must be in it, at the grade they hold."""
    stranded = [
        (employee, level)
        for employee, level, grade in await kept.occupied_levels(a.tx, ladder.key, since=ladder.effective_from)
        if (found := ladder.level(level)) is None or found.grade != grade
    ]
    if stranded:
        levels = sorted({level for _, level in stranded})
        people = sorted({employee for employee, _ in stranded})
        raise Conflict(
            "people-unmapped",
            f"Version {ladder.version} of {ladder.key} leaves out or regrades {', '.join(levels)}, where {len(people)} "
            "people stand or will stand. Keep the level at its grade, or move them first.",
            extra={"levels": levels, "employees": people[:_MOST_LISTED], "employee_count": len(people)},
        )


async def _record(a: Act, news: _News, recorded_at: int) -> None:
    if news.company is not None:
        await kept.insert_company(a.tx, news.company, recorded_at=recorded_at)
    for ladder in news.ladders:
        await kept.insert_ladder(a.tx, ladder, recorded_at=recorded_at)
    for bands in news.bandsets:
        await kept.insert_band_set(a.tx, bands, recorded_at=recorded_at)
    if news.applied(recorded_at=recorded_at).recorded_at:
        await raise_generation(a.tx)


def _summary(key: str, definitions: Definitions, *, day: date, known_at: int) -> LadderSummary:
    found = definitions.ladder(key, day, known_at)
    return LadderSummary(
        key=key,
        version=found.version if found else None,
        title=found.title if found else None,
        effective_from=found.effective_from if found else None,
        versions=tuple(recorded.value.version for recorded in definitions.ladder_versions(key, known_at)),
    )
