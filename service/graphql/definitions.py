"""What the company defines: its grades, its bands, whether it keeps its promises; and publishing all of it."""

from datetime import date
from typing import Annotated, Any, cast, get_args

import strawberry

from service.domain.band_rows import Period
from service.graphql.arguments import After, Before, EffectiveOn, First, Keys, KnownAt, Last, instant_of
from service.graphql.connections import Slice, connection_of, paged
from service.graphql.context import Asked
from service.graphql.inputs import checked
from service.graphql.nodes import root
from service.graphql.payloads import Write, mutation
from service.graphql.scalars import Json
from service.graphql.shapes import shape_of
from service.problems import SurfaceProblem
from service.requests.definitions import DefinitionsBody
from service.usecases import bands, company, definitions, parity
from service.usecases.act import Outcome
from service.usecases.paging import Listing, Window

BandSetKey = Annotated[
    str | None, strawberry.argument(description="A set by its key, in force or not; the one in force if left out.")
]
PeriodName = Annotated[
    str | None,
    strawberry.argument(
        description="Show amounts for this period, by the counts per year that the set states: "
        f"{', '.join(get_args(Period))}. As written if left out."
    ),
]


@strawberry.type(description="The whole folder in source form, and the base that names its state.")
class Definitions:
    company: Json | None = strawberry.field(description="company.yaml; null before the first apply.")
    ladders: list[Json] = strawberry.field(description="ladders/*.yaml, the latest version of each, by key.")
    bands: list[Json] = strawberry.field(description="bands/*.yaml, earliest first.")
    base: str = strawberry.field(description="What a plan is based on: send it as ifMatch.")


async def _company(info: Asked, known_at: KnownAt = None) -> Any:
    ask = info.context
    return await company.read_company(ask.office.runtime, ask.actor, known_at=instant_of(known_at))


async def _grades(info: Asked, effective_on: EffectiveOn = None, known_at: KnownAt = None) -> Any:
    ask, day = info.context, cast(Any, effective_on)
    return await company.list_grades(ask.office.runtime, ask.actor, effective_on=day, known_at=instant_of(known_at))


async def _band_sets(info: Asked, effective_on: EffectiveOn = None, known_at: KnownAt = None) -> Any:
    ask, day = info.context, cast(Any, effective_on)
    return await bands.list_band_sets(ask.office.runtime, ask.actor, effective_on=day, known_at=instant_of(known_at))


async def _bands(
    info: Asked,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    effective_on: EffectiveOn = None,
    known_at: KnownAt = None,
    band_set: BandSetKey = None,
    grade: Keys = None,
    zone: Keys = None,
    ladder: Keys = None,
    track: Keys = None,
    period: PeriodName = None,
) -> Any:
    if period is not None and period not in get_args(Period):
        raise _no_period(period)
    ask = info.context
    keys = {"grade": grade, "zone": zone, "ladder": ladder, "track": track}
    wanted = bands.WantedBands(
        **{name: tuple(values or ()) for name, values in keys.items()}, period=cast(Period | None, period)
    )

    async def read(window: Window, day: date | None, instant: int | None) -> Listing[Any]:
        return await bands.list_bands(
            ask.office.runtime,
            ask.actor,
            wanted=wanted,
            band_set=band_set,
            effective_on=day,
            known_at=instant,
            window=window,
        )

    return await paged(
        info,
        Slice(first=first, after=after, last=last, before=before),
        read,
        place=(int,),
        effective_on=cast(Any, effective_on),
        known_at=instant_of(known_at),
        asked={"band_set": band_set, "period": period, **keys},
    )


def _no_period(period: str) -> SurfaceProblem:
    why = f"is none of {', '.join(get_args(Period))}"
    return SurfaceProblem(
        "invalid-parameter",
        f"period {period[:40]!r} {why}.",
        errors=[{"parameter": "period", "detail": why, "code": "invalid-parameter"}],
    )


async def _parity(info: Asked, effective_on: EffectiveOn = None, known_at: KnownAt = None) -> Any:
    ask, day = info.context, cast(Any, effective_on)
    return await parity.read_parity(ask.office.runtime, ask.actor, effective_on=day, known_at=instant_of(known_at))


async def _coverage(info: Asked, effective_on: EffectiveOn = None, known_at: KnownAt = None) -> Any:
    ask, day = info.context, cast(Any, effective_on)
    return await parity.read_coverage(ask.office.runtime, ask.actor, effective_on=day, known_at=instant_of(known_at))


async def _definitions(info: Asked, known_at: KnownAt = None) -> Any:
    ask = info.context
    found, base = await definitions.read_definitions(ask.office.runtime, ask.actor, known_at=instant_of(known_at))
    return Definitions(
        company=cast(Json | None, found.company),
        ladders=cast(list[Json], list(found.ladders)),
        bands=cast(list[Json], list(found.bands)),
        base=base,
    )


async def _put_definitions(write: Write) -> Outcome:
    body = checked(DefinitionsBody, write.sent)
    return await definitions.apply_documents(
        write.ask.office.runtime,
        write.ask.actor,
        company=body.company,
        ladders=body.ladders,
        bands=body.bands,
        base=write.sent.get("if_match"),
        dry_run=write.dry_run,
        key=write.key,
    )


_BAND_ROW = shape_of(bands.ShownBandRow)
QUERIES: dict[str, Any] = {
    "company": root(_company, shape_of(company.ShownCompany), "What holds for every ladder, as known at an instant."),
    "grades": root(
        _grades,
        list[shape_of(company.ShownGrade)],
        "The scale, lowest first: the levels at each grade, and whether both tracks are paid alike.",
    ),
    "band_sets": root(_band_sets, list[shape_of(bands.BandSetSummary)], "Every set of bands, earliest first."),
    "bands": root(_bands, connection_of(_BAND_ROW, "BandRow"), "Rows of a set, worked out; all pages are of one day."),
    "parity": root(_parity, shape_of(parity.ParityReport), "Whether equal grades are paid equally."),
    "coverage": root(_coverage, shape_of(parity.CoverageReport), "Whether every role and team has a dual path."),
    "definitions": root(_definitions, Definitions, "The whole company folder, as an export writes it."),
}
MUTATIONS: dict[str, Any] = {
    "put_definitions": mutation(
        "putDefinitions",
        _put_definitions,
        shape_of(definitions.Applied),
        said="Publish what is new in a folder, all of it or nothing; a dry run is the plan. "
        "ifMatch is the base of the plan, or *.",
        body=DefinitionsBody,
        guarded=True,
    )
}
