"""Principle rules of pairs and moves: DT105, DT107 and, as to steps, DT108 (`principles.py` lists all)."""

from collections.abc import Iterator, Mapping

from service.domain.ladders import Ladder, Move
from service.domain.levels import Level
from service.domain.parity import Pair, pairs_at
from service.domain.waivers import Breach, breach, concerning


def pair_breaches(ladder: Ladder, ladders: Mapping[str, Ladder]) -> Iterator[Breach]:
    """Pointers begin at the ladder; `ladders` by key are where its moves may lead."""
    places = {level.key: index for index, level in enumerate(ladder.levels)}
    for grade in dict.fromkeys(level.grade for level in ladder.levels):
        for pair in pairs_at(ladder, grade) if grade is not None else ():
            yield from _reward_breaches(pair, ladder, places)
            yield from _step_breaches(pair, ladder, places)
            yield from _denied(pair, ladder)
    for index, move in enumerate(ladder.moves):
        if move.allowed and _crosses(move, ladder, ladders) and not _has_way_back(move, ladder, ladders):
            here = move.to_ladder in (None, ladder.key)
            yield breach(
                "DT107",
                f"/moves/{index}",
                f"{move.from_level} may switch to {move.to_level} but there is no way back",
                "add `reversible: true`, or the move back" if here else f"add the move back to {move.to_ladder}",
                concerning(ladder=ladder.key, grade=_grade(ladder, move.from_level)),
            )


def _reward_breaches(pair: Pair, ladder: Ladder, places: Mapping[str, int]) -> Iterator[Breach]:
    ours, theirs = _rewards(pair.ic), _rewards(pair.manager)
    differ = [kind for kind in dict.fromkeys((*ours, *theirs)) if ours.get(kind) != theirs.get(kind)]
    if differ:
        yield breach(
            "DT105",
            f"/levels/{places[pair.ic.key]}/rewards",
            f"{pair.ic.key} and {pair.manager.key} at grade {pair.ic.grade} get different rewards: {', '.join(differ)}",
            "give both the same",
            concerning(ladder=ladder.key, grade=pair.ic.grade),
        )


def _rewards(level: Level) -> Mapping[str, frozenset[str]]:
    return {reward.kind: frozenset(reward.statements) for reward in level.rewards}


def _step_breaches(pair: Pair, ladder: Ladder, places: Mapping[str, int]) -> Iterator[Breach]:
    if pair.ic.steps != pair.manager.steps:
        yield breach(
            "DT108",
            f"/levels/{places[pair.ic.key]}/steps",
            f"a switch between {pair.ic.key} and {pair.manager.key} cannot keep the step: their steps differ",
            "list the same steps on both",
            concerning(ladder=ladder.key, grade=pair.ic.grade),
        )


def _denied(pair: Pair, ladder: Ladder) -> Iterator[Breach]:
    for origin, target in ((pair.ic, pair.manager), (pair.manager, pair.ic)):
        edge = ladder.edge(origin.key, target.key)
        if edge is not None and not edge.allowed:
            yield breach(
                "DT107",
                f"/moves/{ladder.moves.index(edge)}",
                f"a switch from {origin.key} to {target.key} at grade {origin.grade} is denied",
                "remove the move: an equal grade allows the switch both ways",
                concerning(ladder=ladder.key, grade=origin.grade),
            )


def _crosses(move: Move, ladder: Ladder, ladders: Mapping[str, Ladder]) -> bool:
    """Whether the move leads from one track to another that the two levels do not share."""
    there = ladder if move.to_ladder is None else ladders.get(move.to_ladder)
    origin, target = ladder.level(move.from_level), there.level(move.to_level) if there else None
    if there is None or origin is None or target is None or len(origin.tracks) != 1 or len(target.tracks) != 1:
        return False
    if there.key == ladder.key:
        return origin.tracks != target.tracks
    return ladder.kinds_of(origin) != there.kinds_of(target)


def _has_way_back(move: Move, ladder: Ladder, ladders: Mapping[str, Ladder]) -> bool:
    there = ladder if move.to_ladder is None else ladders[move.to_ladder]
    origin, target = ladder.level(move.from_level), there.level(move.to_level)
    return origin is not None and target is not None and there.allows_switch(target, origin, to_ladder=ladder.key)


def _grade(ladder: Ladder, level: str) -> str | None:
    found = ladder.level(level)
    return found.grade if found else None
