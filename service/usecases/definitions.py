"""Publishing definitions in one transaction, and handing all of them out again."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any

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
from service.domain.definitions import Definitions
from service.domain.events import RENDERINGS
from service.domain.findings import Finding
from service.domain.impact import Impact
from service.domain.instants import instant_text
from service.domain.refusals import Refused, Stale, Unguarded
from service.storage import definitions as kept
from service.usecases.act import Act, IdempotencyKey, Outcome, Runtime, act, draft_of
from service.usecases.folders import Folder, folder_from_documents
from service.usecases.occupied_levels import refuse_unmapped
from service.usecases.plans import News, PlannedDocument, impacts, judged
from service.usecases.reading import reading, today_in
from service.usecases.remaps import Remapped, Remapping
from service.webhooks.outbox import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What an apply recorded, or would record. `recorded_at` is null when nothing was."""

    base: Annotated[str, Field(description="What was published before: a plan holds for exactly this.")]
    company: Annotated[bool, Field(description="The company is recorded anew.")]
    ladders: Annotated[tuple[str, ...], Field(description="Ladder versions that are new, as key@version.")]
    bands: Annotated[tuple[str, ...], Field(description="Band sets that are new, by key.")]
    recorded_at: Annotated[
        str | None, Field(description="Instant of recording; null for a dry run and when nothing is new.")
    ]
    documents: Annotated[tuple[PlannedDocument, ...], Field(description="Each document of the folder.")]
    impact: Annotated[
        tuple[Impact, ...], Field(description="Whom it touches and what it costs, for each day that brings news.")
    ]
    remaps: Annotated[
        tuple[Remapped, ...],
        Field(description="People whom level maps put on other levels, with one change and one event each."),
    ]
    findings: Annotated[tuple[Finding, ...], Field(description="Warnings and notes: what does not stop the apply.")]

    @property
    def is_pending(self) -> bool:
        return self.company or bool(self.ladders) or bool(self.bands)


@dataclass(frozen=True, slots=True, kw_only=True)
class AllDefinitions:
    """The whole folder as one document: the company, the latest version of each ladder, every band set."""

    company: Annotated[Mapping[str, Any] | None, Field(description="company.yaml; null before the first apply.")]
    ladders: Annotated[tuple[Mapping[str, Any], ...], Field(description="ladders/*.yaml, by key.")]
    bands: Annotated[tuple[Mapping[str, Any], ...], Field(description="bands/*.yaml, earliest first.")]


async def apply_definitions(
    runtime: Runtime,
    actor: Actor,
    folder: Folder,
    *,
    base: str | None,
    dry_run: bool = False,
    key: IdempotencyKey | None = None,
) -> Outcome:
    """Publish what is new in a folder, all of it or nothing; the answer is an Applied.

    `base` is the state that the caller saw: `*` for any. Raises Unguarded `if-match-missing` for None (but not in
    a dry run), Stale `plan-stale` when more was recorded since, DocumentRejected with every finding (pointers
    begin with those of `folder`), Conflict `people-unmapped` when somebody stands or will stand on a level that
    a version leaves out or regrades.
    """
    require(actor, Scope.LADDERS_WRITE)
    require(actor, Scope.BANDS_WRITE)

    draft = await _drafted(runtime, actor, folder, base=base, dry_run=dry_run)

    async def body(a: Act) -> Applied:
        await runtime.database.own_definitions(a.tx)
        published = await runtime.shelf.load(a.tx)
        _refuse_other_base(base, published, dry_run=dry_run)
        decided = await _settled(a, folder, published, draft)
        news, remapped = decided.news, decided.remapped
        for ladder in news.ladders:
            await refuse_unmapped(a.tx, ladder, published, replacing=remapped.replacing, today=decided.today)
        applied = await _applied(a, decided, published)
        if dry_run:
            return applied
        for event in _events(news, a):
            a.tell(_message(event))
        a.audit_detail.update(ladders=list(applied.ladders), bands=list(applied.bands))
        recorded_at = await a.recorded()
        await _record(a, news, recorded_at)
        await remapped.save(a, recorded_at=recorded_at)
        return applied if news.is_empty else replace(applied, recorded_at=instant_text(recorded_at))

    return await act(runtime, "definitions.apply", actor, body, key=key, dry_run=dry_run)


async def apply_documents(
    runtime: Runtime,
    actor: Actor,
    *,
    company: Mapping[str, Any],
    ladders: Sequence[Mapping[str, Any]],
    bands: Sequence[Mapping[str, Any]],
    base: str | None,
    dry_run: bool = False,
    key: IdempotencyKey | None = None,
) -> Outcome:
    """The same from documents as they are written. Pointers of findings: `/company`, `/ladders/0`, `/bands/0`."""
    require(actor, Scope.LADDERS_WRITE)
    require(actor, Scope.BANDS_WRITE)
    # Reading a large folder takes a while, which others need not wait for.
    folder = await asyncio.to_thread(folder_from_documents, company=company, ladders=ladders, bands=bands)
    return await apply_definitions(runtime, actor, folder, base=base, dry_run=dry_run, key=key)


async def read_definitions(
    runtime: Runtime, actor: Actor, *, known_at: int | None = None
) -> tuple[AllDefinitions, str]:
    """All definitions in their source form, and the base that names this state."""
    require(actor, Scope.LADDERS_READ)
    require(actor, Scope.BANDS_READ)
    async with reading(runtime, known_at=known_at) as view:
        company = view.definitions.company(view.known_at)
        found = AllDefinitions(
            company=company.document if company else None,
            ladders=tuple(ladder.document for ladder in view.definitions.latest_ladders(view.known_at)),
            bands=tuple(bands.value.document for bands in view.definitions.bandsets(view.known_at)),
        )
        return found, view.definitions.base(view.known_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decided:
    """What a folder comes to beside what is published, on one day."""

    news: News
    today: date
    findings: tuple[Finding, ...]
    remapped: Remapping
    refusal: Refused | None = None
    """Why nobody may be moved like that."""

    @classmethod
    def of(cls, a: Act, folder: Folder, published: Definitions) -> "_Decided":
        """Whom it moves is still to be loaded and decided. Raises DocumentRejected."""
        findings = judged(folder, published, now=a.now)
        news, today = News.between(folder, published), today_in(folder.company, now=a.now)
        return cls(news=news, today=today, findings=findings, remapped=Remapping(a=a, news=news, today=today))


async def _drafted(
    runtime: Runtime, actor: Actor, folder: Folder, *, base: str | None, dry_run: bool
) -> _Decided | None:
    """The same beside the record, so that others wait for writing and not for deciding.

    None where the folder is refused: that is said by the act itself, after what it has to say first.
    """
    try:
        async with reading(runtime) as view:
            _refuse_other_base(base, view.definitions, dry_run=dry_run)
            a = draft_of(runtime, actor, view.connection, dry_run=dry_run)
            decided = _Decided.of(a, folder, view.definitions)
            await decided.remapped.load(lock=False)
    except Refused:
        return None
    try:
        await decided.remapped.decide()
    except Refused as refusal:
        return replace(decided, refusal=refusal)
    return decided


async def _settled(a: Act, folder: Folder, published: Definitions, draft: _Decided | None) -> _Decided:
    """The draft if it still holds, else decided anew; everybody whom it moves is locked by now."""
    if draft and await draft.remapped.still_holds(a, published, today_in(folder.company, now=a.now)):
        if draft.refusal:
            raise draft.refusal
        a.take_over(draft.remapped.a)
        return draft
    decided = _Decided.of(a, folder, published)
    await decided.remapped.load(lock=True)
    await decided.remapped.decide()
    return decided


def _refuse_other_base(base: str | None, published: Definitions, *, dry_run: bool) -> None:
    if base is None and not dry_run:
        raise Unguarded(
            "if-match-missing",
            "Publishing needs to know what it is based on: send the ETag of GET /v1/definitions as If-Match, or *.",
        )
    if base not in (None, "*", published.base()):
        raise Stale(
            "plan-stale",
            "More was published since this was planned. Plan again, look at it, then apply.",
            extra={"base": published.base()},
        )


def _events(news: News, a: Act) -> Iterator[DefinitionEvent]:
    """One event a version and a set, each numbered after those of its subject that came before."""
    published = news.published
    for ladder in news.ladders:
        data = ladder_published(ladder, previous=published.ladder(ladder.key, ladder.effective_from))
        number = len(published.ladder_versions(ladder.key)) + 1
        yield _event(a, LADDER_PUBLISHED, f"ladder:{ladder.key}", number, data)
    for number, bands in enumerate(news.bandsets, start=len(published.bandsets()) + 1):
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


async def _applied(a: Act, decided: _Decided, published: Definitions) -> Applied:
    news, remapped = decided.news, decided.remapped
    return Applied(
        base=published.base(),
        company=news.company is not None,
        ladders=news.ladder_names,
        bands=tuple(bands.key for bands in news.bandsets),
        recorded_at=None,
        documents=news.documents(),
        impact=await impacts(a.tx, news, moved_on=remapped.moved_on, today=decided.today),
        remaps=remapped.summary,
        findings=decided.findings,
    )


async def _record(a: Act, news: News, recorded_at: int) -> None:
    if news.company is not None:
        await kept.insert_company(a.tx, news.company, recorded_at=recorded_at)
    for ladder in news.ladders:
        await kept.insert_ladder(a.tx, ladder, recorded_at=recorded_at)
    for bands in news.bandsets:
        await kept.insert_band_set(a.tx, bands, recorded_at=recorded_at)
    if not news.is_empty:
        await a.raise_generation()
