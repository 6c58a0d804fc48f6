"""What leads from one standing to another, whichever days and instants they are seen from."""

from typing import Any

import pytest

from service.domain.assignments import Facts, Standing
from service.domain.definitions import Definitions
from service.domain.diffs import Viewpoint, moved_levels, standing_difference
from service.domain.ladders import ladder_from_document
from tests.builders import ENGINEERING, day, definitions, level

START, END = Viewpoint(day=day("2026-01-01"), known_at=100), Viewpoint(day=day("2026-06-01"), known_at=100)


def stands(key: str, grade: str, **more: str | None) -> Standing:
    since = day("2020-01-01")
    facts = Facts(**{"ladder": "engineering", "level": key, "zone": "berlin", **more})  # pyright: ignore
    return Standing(facts=facts, grade=grade, grade_since=since, step_since=since, since=since)


def between(before: Standing | None, after: Standing | None, known: Definitions | None = None) -> Any:
    return standing_difference(before, after, start=START, end=END, definitions=known or definitions())


@pytest.mark.parametrize(
    ("before", "after", "kind", "delta", "changed"),
    [
        (None, stands("ic4", "4"), "started", None, {"ladder", "track", "level", "grade", "zone"}),
        (stands("ic4", "4"), None, "ended", None, {"ladder", "track", "level", "grade", "zone"}),
        (stands("ic4", "4"), stands("em4", "4"), "track_switch", 0, {"track", "level"}),
        (stands("ic3", "3"), stands("em4", "4"), "track_switch", 1, {"track", "level", "grade"}),
        (stands("ic3", "3"), stands("ic5", "5"), "promotion", 2, {"level", "grade"}),
        (stands("em4", "4"), stands("e2", "2"), "demotion", -2, {"track", "level", "grade"}),
        (stands("ic4", "4"), stands("d4", "4", ladder="design"), "transfer", 0, {"ladder", "level"}),
        (stands("em3", "3"), stands("d3", "3", ladder="design"), "track_switch", 0, {"ladder", "track", "level"}),
        (stands("ic4", "4"), stands("ic4", "4", team="core"), "transfer", 0, {"team"}),
        (stands("ic3", "3", step="a"), stands("ic3", "3", step="b"), "step", 0, {"step"}),
        (stands("ic4", "4"), stands("ic4", "4", title="Chief"), "update", 0, {"title"}),
    ],
)
def test_the_kind_of_a_difference(
    before: Standing | None, after: Standing | None, kind: str, delta: int | None, changed: set[str]
) -> None:
    found = between(before, after)
    assert (found.kind, found.grade_delta, set(found.changed)) == (kind, delta, changed)
    assert (found.before is None, found.after is None) == (before is None, after is None)


def test_a_version_that_moves_a_level_to_another_track() -> None:
    assert moved_levels(START, END, definitions()) == ()
    levels = [level("e2", ["manager"], "2") if one["key"] == "e2" else one for one in ENGINEERING["levels"]]
    later = {**ENGINEERING, "version": "2", "effective_from": "2026-03-01", "levels": levels}
    known = definitions().with_news(company=None, ladders=[ladder_from_document(later)], bandsets=(), recorded_at=50)
    assert moved_levels(START, END, known) == (("engineering", "e2"),)
    added = {**later, "version": "3", "levels": [*ENGINEERING["levels"][:-1], level("ic6", ["ic"], "6")]}
    grown = definitions().with_news(company=None, ladders=[ladder_from_document(added)], bandsets=(), recorded_at=50)
    assert moved_levels(START, END, grown) == ()
    # By the instant as well as by the day.
    assert moved_levels(Viewpoint(day=END.day, known_at=49), END, known) == (("engineering", "e2"),)
    found = between(stands("e2", "2"), stands("e2", "2"), known)
    assert (found.kind, found.grade_delta, found.changed) == ("remap", 0, ("track",))
    assert (found.before.track, found.after.track) == (None, "manager")
    assert found.before.band.min == found.after.band.min
