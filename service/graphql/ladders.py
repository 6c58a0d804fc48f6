"""Ladders and their levels."""

from datetime import date
from typing import Annotated, Any, cast

import strawberry
from strawberry.dataloader import DataLoader

from service.domain import ladders as ladder_rules
from service.domain import levels as level_rules
from service.domain import tracks
from service.domain.chart import Chart
from service.domain.instants import parse_instant
from service.domain.refusals import NotFound
from service.graphql.arguments import EffectiveOn, KnownAt, instant_of
from service.graphql.context import Ask, Asked
from service.graphql.nodes import Seen, leads, loader, node_type, root, shown_as
from service.graphql.shapes import fields_of, shape_of
from service.usecases import comparisons, ladders, levels

LadderKey = Annotated[str, strawberry.argument(description="Key of the ladder.")]
Zone = Annotated[str | None, strawberry.argument(description="Show pay in this zone only.")]
Version = Annotated[str | None, strawberry.argument(description="A version by its name; the one in force if left out.")]
Compared = Annotated[
    str, strawberry.argument(description="ladder[/level][@version or day], for example engineering/ic5.")
]


class SeenLadder(Seen):
    """A version of a ladder on a day; `named` is the version asked for, None for the one in force."""

    __slots__ = ("named",)

    def __init__(self, shown: ladders.ShownLadder, *, day: date | None, named: str | None) -> None:
        super().__init__(shown, instant=parse_instant(shown.known_at), day=day)
        self.named = named

    def __getattr__(self, name: str) -> Any:
        return getattr(self.shown.definition, name)

    @property
    def id(self) -> str:
        return f"ladder:{self.shown.definition.key}"

    @property
    def recorded_version(self) -> ladders.LadderVersion:
        return self.shown.version

    @property
    def fork(self) -> str | None:
        return self.shown.fork

    @property
    def known_at(self) -> str:
        return self.shown.known_at


class SeenLevel(Seen):
    """A level on a day: fields of the answer first, then those of the definition."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        shown = self.shown
        return getattr(shown if hasattr(shown, name) else shown.definition, name)

    @property
    def id(self) -> str:
        return f"level:{self.shown.ladder}/{self.shown.definition.key}"


class SeenTrack(Seen):
    """A track, and the ladder through which it was reached."""

    __slots__ = ("ladder",)

    def __init__(self, shown: tracks.Track, ladder: SeenLadder) -> None:
        super().__init__(shown)
        self.ladder = ladder


def _levels(
    ask: Ask, version: str | None, day: date | None, known_at: int | None
) -> DataLoader[str, tuple[SeenLevel, ...]]:
    """All levels of ladders by key, read once however often they are reached; NotFound where there is no ladder."""

    async def one(key: str) -> tuple[SeenLevel, ...] | NotFound:
        try:
            found = await levels.read_levels(
                ask.office.runtime, ask.actor, key, version=version, effective_on=day, known_at=known_at
            )
        except NotFound as error:
            return error
        return tuple(SeenLevel(shown, instant=known_at, day=day) for shown in found)

    async def load(keys: list[str]) -> list[Any]:
        return [await one(key) for key in keys]

    return loader(ask, ("levels", version, day, known_at), lambda: DataLoader(load_fn=load))


async def _levels_of(root: strawberry.Parent[Any], info: Asked) -> Any:
    return await _levels(info.context, root.named, root.day, root.instant).load(root.key)


def _tracks_of(root: strawberry.Parent[Any]) -> Any:
    return [SeenTrack(track, root) for track in root.shown.definition.tracks]


async def _levels_of_track(root: strawberry.Parent[Any], info: Asked) -> Any:
    return [level for level in await _levels_of(root.ladder, info) if root.key in level.tracks]


async def _counterparts_of(root: strawberry.Parent[Any], info: Asked) -> Any:
    ask = info.context
    all_levels = await _levels(ask, root.shown.version, root.day, root.instant).load(root.shown.ladder)
    return [level for level in all_levels if level.key in root.shown.counterparts]


async def level_of(root: strawberry.Parent[Any], info: Asked) -> Any:
    """The level that an assignment is on; None when no version in force then has it."""
    try:
        found = await _levels(info.context, None, root.day, root.instant).load(root.shown.ladder)
    except NotFound:
        return None
    return next((level for level in found if level.key == root.shown.level), None)


async def _versions_of(root: strawberry.Parent[Any], info: Asked) -> Any:
    ask = info.context
    return await ladders.list_versions(
        ask.office.runtime, ask.actor, root.key, effective_on=root.day, known_at=root.instant
    )


async def _chart_of(root: strawberry.Parent[Any], info: Asked, zone: Zone = None) -> Any:
    ask = info.context
    return await ladders.read_chart(
        ask.office.runtime, ask.actor, root.key, zone=zone, effective_on=root.day, known_at=root.instant
    )


_ANSWER = fields_of(levels.ShownLevel, but=("definition", "counterparts"))
Level = node_type(
    "Level",
    SeenLevel,
    level_rules.Level,
    said="A rung of a ladder: what it expects, decides and gives, and what pays it.",
    leads_to={
        **_ANSWER,
        "counterparts": leads(
            _counterparts_of,
            list[Annotated["Level", strawberry.lazy("service.graphql.ladders")]],
            "Levels of the other track at its grade.",
        ),
    },
)
Track = node_type(
    "Track",
    SeenTrack,
    tracks.Track,
    said="A way up within a ladder.",
    is_node=False,
    leads_to={"levels": leads(_levels_of_track, list[Level], "Its levels, shared ones included, lowest first.")},
)
Ladder = node_type(
    "Ladder",
    SeenLadder,
    ladder_rules.Ladder,
    but=("levels", "tracks"),
    said="A version of a ladder, each level with all it expects in the end.",
    leads_to={
        **fields_of(ladders.ShownLadder, but=("version", "definition")),
        "recorded_version": shown_as(ladders.LadderVersion, "Which version it is, and when it is in force."),
        "tracks": leads(_tracks_of, list[Track], "Tracks, in the order in which they are shown."),
        "levels": leads(_levels_of, list[Level], "Levels in order, lowest first on each track."),
        "versions": leads(_versions_of, list[shape_of(ladders.LadderVersion)], "Every version recorded, by first day."),
        "chart": leads(_chart_of, shape_of(Chart), "The version in force on the day, by grade and track."),
    },
)


async def _ladder(
    info: Asked, key: LadderKey, version: Version = None, effective_on: EffectiveOn = None, known_at: KnownAt = None
) -> Any:
    return await seen_ladder(info.context, key, version, effective_on, instant_of(known_at))


async def seen_ladder(
    ask: Ask, key: str, version: str | None = None, day: Any = None, known_at: int | None = None
) -> SeenLadder:
    """Raises NotFound as `read_ladder` does."""
    found = await ladders.read_ladder(
        ask.office.runtime, ask.actor, key, version=version, effective_on=day, known_at=known_at
    )
    return SeenLadder(found, day=day, named=version)


async def _ladders(info: Asked, effective_on: EffectiveOn = None, known_at: KnownAt = None) -> Any:
    ask, day = info.context, effective_on
    return await ladders.list_ladders(
        ask.office.runtime, ask.actor, effective_on=cast(Any, day), known_at=instant_of(known_at)
    )


async def _level(
    info: Asked,
    ladder: LadderKey,
    key: Annotated[str, strawberry.argument(description="Key of the level.")],
    effective_on: EffectiveOn = None,
    known_at: KnownAt = None,
) -> Any:
    return await seen_level(info.context, ladder, key, effective_on, instant_of(known_at))


async def seen_level(ask: Ask, ladder: str, key: str, day: Any = None, known_at: int | None = None) -> SeenLevel:
    """Raises NotFound as `read_level` does."""
    found = await levels.read_level(ask.office.runtime, ask.actor, ladder, key, effective_on=day, known_at=known_at)
    return SeenLevel(found, instant=parse_instant(found.known_at), day=day)


async def _compare(
    info: Asked, a: Compared, b: Compared, effective_on: EffectiveOn = None, known_at: KnownAt = None
) -> Any:
    ask, day = info.context, effective_on
    return await comparisons.compare(
        ask.office.runtime, ask.actor, a, b, effective_on=cast(Any, day), known_at=instant_of(known_at)
    )


QUERIES: dict[str, Any] = {
    "ladder": root(_ladder, Ladder, "A version of a ladder, or the one in force on a day."),
    "ladders": root(_ladders, list[shape_of(ladders.LadderSummary)], "Every ladder, with its version in force."),
    "level": root(_level, Level, "A level of the version in force on a day."),
    "compare": root(_compare, shape_of(comparisons.Comparison), "Two levels, versions or days side by side."),
}
