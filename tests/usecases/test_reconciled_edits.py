"""Random edits of an extract made of our own record: found exactly, and gone once they are mended."""

import random
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from service.domain.claims import Claim
from service.domain.drift_shapes import ExtractRow
from service.domain.statements import Override
from service.usecases.reconciliation_mends import MendRequest
from service.usecases.reconciliations import ReconciliationRequest
from tests.engines import Engines
from tests.stage import Stage, make_stage, publish
from tests.usecases.batching import outcomes, worked
from tests.usecases.reconciling import WORDS, drifts, mended, report

LEVELS = ("e1", "e2", "ic3", "em3", "ic4", "em4", "ic5")
BEGIN = date(2024, 1, 1)
Course = list[tuple[date, str | None]]
"""Days and the level from then on; None where the job has ended."""


async def test_edits_of_our_own_extract_are_found_exactly_and_mended_away(engines: Engines, tmp_path: Path) -> None:
    chance = random.Random(4711)
    with engines.fresh("sqlite-wal", tmp_path) as engine:
        stage = make_stage(engine)
        await publish(stage)
        truth = {str(number): _course(chance) for number in range(12)}
        await _mend_all(stage, truth, people=12)
        for _ in range(4):
            assert await _parted(stage, truth) == {}
            edited = {person: _edited(course, chance) for person, course in truth.items()}
            expected = {person: days for person in truth if (days := _differing(truth[person], edited[person]))}
            found = await _parted(stage, edited)
            assert found == expected
            await _mend_all(stage, edited, people=0)
            truth = edited
        await stage.database.close()


def _course(chance: random.Random) -> Course:
    days = sorted(chance.sample(range(0, 800, 10), chance.randint(1, 5)))
    course: Course = []
    for days_in in days:
        course.append((BEGIN + timedelta(days=days_in), _other(course[-1][1] if course else None, chance)))
    return course


def _other(level: str | None, chance: random.Random) -> str:
    return chance.choice([one for one in LEVELS if one != level])


def _edited(course: Course, chance: random.Random) -> Course:
    """At most one edit that changes of the record can follow; the first day stays, and what has ended ends."""
    made = list(course)
    last, _ = made[-1]
    match chance.randrange(4):
        case 0 if made[-1][1] is not None:
            # After everything, so that nothing later rests on it.
            made.append((date(2026, 6, 1), None))
        case 1:
            place = chance.randrange(len(made))
            if made[place][1] is not None:
                made[place] = (made[place][0], _other(made[place][1], chance))
        case 2 if len(made) > 1 and made[-1][1] is not None:
            del made[chance.randrange(1, len(made))]
        case 3 if len(made) > 1 and made[-1][1] is not None:
            place = chance.randrange(1, len(made))
            made[place] = (made[place][0] + timedelta(days=chance.choice((-3, 3))), made[place][1])
        case 4 if made[-1][1] is not None:
            made.append((last + timedelta(days=7), _other(made[-1][1], chance)))
        case _:
            pass
    return _said_once(sorted(made, key=lambda one: one[0]))


def _said_once(course: Course) -> Course:
    return [one for number, one in enumerate(course) if number == 0 or course[number - 1][1] != one[1]]


def _at(course: Course, day: date) -> str | None:
    return next((level for start, level in reversed(course) if start <= day), None)


def _differing(truth: Course, edited: Course) -> set[date]:
    """Every day on which they differ, counted one by one as far as the rows go."""
    end = date(2026, 6, 16)
    days = ((BEGIN + timedelta(days=number)) for number in range((end - BEGIN).days))
    return {day for day in days if day >= edited[0][0] and _at(truth, day) != _at(edited, day)}


def _rows(courses: Mapping[str, Course]) -> Iterator[ExtractRow]:
    for person, course in courses.items():
        for day, level in course:
            word = level.upper() if level else None
            yield ExtractRow(
                claim=Claim(
                    external_ids={"hr": person}, key=f"p{person}", effective_on=day, level=word, ended=level is None
                )
            )


async def _report_on(stage: Stage, courses: Mapping[str, Course]) -> dict[str, Any]:
    request = ReconciliationRequest(
        system="hr", format="csv", rows=list(_rows(courses)), mapping=WORDS, authority="theirs", complete=True
    )
    return await report(stage, request)


async def _parted(stage: Stage, courses: Mapping[str, Course]) -> dict[str, set[date]]:
    """By person, the days that are told to differ; no day is told twice."""
    made = await _report_on(stage, courses)
    days: dict[str, set[date]] = {}
    for one in await drifts(stage, made["id"]):
        end = one.until or date(2026, 6, 16)
        told = {one.effective_on + timedelta(days=number) for number in range((end - one.effective_on).days)}
        known = days.setdefault(one.person.removeprefix("hr:"), set())
        assert told and not known & told
        known |= told
    return days


async def _mend_all(stage: Stage, courses: Mapping[str, Course], *, people: int) -> None:
    made = await _report_on(stage, courses)
    if made["drifts"] == 0:
        return
    request = MendRequest(backfill=people > 0, override=Override(codes=("move-not-allowed",), reason="it was so"))
    done_by = await mended(stage, made["id"], request)
    assert (done_by["drifts"], done_by["left_out"]) == (made["drifts"], [])
    done = await worked(stage, done_by["batch"]["id"])
    assert done["failed"] == 0, await outcomes(stage, done_by["batch"]["id"])
