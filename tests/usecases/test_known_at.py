"""What was known when: answers for a past instant never alter, whoever writes meanwhile."""

import asyncio
import random
from datetime import date

import pytest

from service.domain.instants import parse_instant
from service.domain.refusals import Invalid, NotFound
from service.storage import audit, recorder
from service.usecases.assignments import Wanted, list_assignments, read_timeline
from service.usecases.employees import list_employees, read_employee, set_external_id
from service.usecases.paging import Window
from tests.stage import HR, Stage

HIRE = {"ladder": "engineering", "level": "ic3", "role": "engineer", "team": "core", "zone": "berlin"}


async def test_a_past_instant_is_answered_as_it_was(stage: Stage) -> None:
    await stage.change(HIRE, "2026-01-01")
    before = await stage.assignment("2026-05-01")
    await stage.change({"level": "ic4"}, "2026-04-01")
    after = await stage.assignment("2026-05-01")
    again = await stage.assignment("2026-05-01", known_at=parse_instant(before.known_at))
    assert (before.level, after.level, again.level) == ("ic3", "ic4", "ic3")
    assert before.effective_to is None and again.effective_to is None
    assert again.recorded_at == before.recorded_at < after.recorded_at


async def test_before_it_was_recorded_nothing_was_known(stage: Stage) -> None:
    answer = await stage.change(HIRE, "2026-01-01")
    instant = parse_instant(answer["recorded_at"])
    with pytest.raises(NotFound) as caught:
        await stage.assignment("2026-05-01", known_at=instant - 1)
    assert caught.value.code == "no-assignment"
    assert (await stage.assignment("2026-05-01", known_at=instant)).level == "ic3"


async def test_nobody_is_found_before_they_were_made_known(stage: Stage) -> None:
    before = await read_employee(stage.runtime, HR, "ada")
    assert before.known_at is not None
    instant = parse_instant(before.known_at)
    made = await stage.create("bob", workday="31002")
    for reference in ("bob", made, "workday:31002"):
        with pytest.raises(NotFound) as caught:
            await read_employee(stage.runtime, HR, reference, known_at=instant)
        assert caught.value.code == "no-employee"
        assert (await read_employee(stage.runtime, HR, reference)).id == made


async def test_an_instant_beyond_now_is_refused(stage: Stage) -> None:
    await stage.change(HIRE, "2026-01-01")
    async with stage.database.read() as connection:
        reached = await recorder.latest(connection)
    with pytest.raises(Invalid) as caught:
        await stage.assignment("2026-05-01", known_at=max(stage.clock.us, reached) + 1)
    assert caught.value.code == "known-at-in-future"


async def test_asking_for_an_instant_fixes_it(stage: Stage) -> None:
    """Once asked, nothing can be recorded at or before the instant, although the clock stands still."""
    await stage.change(HIRE, "2026-01-01")
    stage.clock.us += 5_000_000
    asked = stage.clock.us
    before = await stage.assignment("2026-05-01", known_at=asked)
    answer = await stage.change({"level": "ic4"}, "2026-04-01")
    assert parse_instant(answer["recorded_at"]) == asked + 1
    assert (await stage.assignment("2026-05-01", known_at=asked)) == before


async def test_the_record_never_goes_back_with_the_clock(stage: Stage) -> None:
    first = await stage.change(HIRE, "2026-01-01")
    stage.clock.us -= 3_600_000_000
    second = await stage.change({"team": "web"}, "2026-02-01")
    assert parse_instant(second["recorded_at"]) == parse_instant(first["recorded_at"]) + 1


async def test_answers_of_concurrent_readers_never_alter(stage: Stage) -> None:
    """Writers and readers at once; every answer is asked again at the end, by the instant it was bounded by."""
    people = [f"p{number}" for number in range(4)]
    for person in people:
        await stage.create(person)
        await stage.change(HIRE, "2020-01-01", employee=person)
    chance = random.Random(7)
    seen: list[tuple[str, str, str, str]] = []

    async def write(person: str) -> None:
        for number in range(5):
            day = f"202{chance.randint(1, 5)}-0{chance.randint(1, 9)}-01"
            to: dict[str, str | None] = {"title": f"Title {person} {number}", "team": chance.choice(["core", "web"])}
            await stage.change(to, day, employee=person)
            stage.clock.us += chance.randint(-400_000, 500_000)

    async def read() -> None:
        for _ in range(15):
            person, day = chance.choice(people), f"202{chance.randint(1, 5)}-10-01"
            answer = await stage.assignment(day, employee=person)
            seen.append((person, day, answer.known_at, str((answer.title, answer.team, answer.effective_from))))

    await asyncio.gather(*(write(person) for person in people), read(), read())
    for person, day, known_at, said in seen:
        answer = await stage.assignment(day, known_at=parse_instant(known_at), employee=person)
        assert str((answer.title, answer.team, answer.effective_from)) == said
    assert len(seen) == 30


async def test_names_in_other_systems_have_their_time(stage: Stage) -> None:
    before = await read_employee(stage.runtime, HR, "workday:21001")
    await set_external_id(stage.runtime, HR, "ada", "workday", "31001", expected=0)
    assert before.known_at is not None
    instant = parse_instant(before.known_at)
    with pytest.raises(NotFound):
        await read_employee(stage.runtime, HR, "workday:21001")
    then = await read_employee(stage.runtime, HR, "workday:21001", known_at=instant)
    now = await read_employee(stage.runtime, HR, "workday:31001")
    assert (then.external_ids, now.external_ids) == ({"workday": "21001"}, {"workday": "31001"})
    assert (then.id, now.revision) == (now.id, 1)


async def test_the_list_and_the_timeline_stand_still_at_an_instant(stage: Stage) -> None:
    await stage.create("bob")
    await stage.change(HIRE, "2026-01-01")
    answer = await stage.change({**HIRE, "level": "em4"}, "2026-02-01", employee="bob")
    instant = parse_instant(answer["recorded_at"])
    await stage.change({"level": "ic4"}, "2026-03-01")
    page = await list_assignments(
        stage.runtime,
        HR,
        wanted=Wanted(track=("ic",)),
        effective_on=date(2026, 4, 1),
        known_at=instant,
        window=Window(limit=10),
    )
    assert [(held.employee.key, held.level) for held in page.part.items] == [("ada", "ic3")]
    then = await read_timeline(stage.runtime, HR, "ada", known_at=instant)
    now = await read_timeline(stage.runtime, HR, "ada")
    assert [segment.assignment.level for segment in then.segments] == ["ic3"]
    assert [segment.assignment.level for segment in now.segments] == ["ic3", "ic4"]
    assert (len(then.changes), len(now.changes)) == (1, 2)


async def test_the_revision_of_a_past_answer_is_that_of_its_instant(stage: Stage) -> None:
    known: list[tuple[int, int]] = []

    async def note(revision: int) -> None:
        found = await read_employee(stage.runtime, HR, "ada")
        assert (found.revision, found.known_at is not None) == (revision, True)
        known.append((parse_instant(found.known_at or ""), revision))

    await note(0)
    await stage.change(HIRE, "2026-01-01")
    await note(1)
    await set_external_id(stage.runtime, HR, "ada", "workday", "31001", expected=1)
    await note(2)
    await set_external_id(stage.runtime, HR, "ada", "gusto", "7", expected=2)
    await note(3)
    await set_external_id(stage.runtime, HR, "ada", "gusto", None, expected=3)
    await note(4)
    await stage.change({"level": "ic4"}, "2026-09-01")
    await note(5)
    for instant, revision in known:
        assert (await read_employee(stage.runtime, HR, "ada", known_at=instant)).revision == revision
        people = await list_employees(stage.runtime, HR, window=Window(limit=10), known_at=instant)
        assert [person.revision for person in people.part.items] == [revision]


async def test_every_write_is_a_link_of_the_audit_chain(stage: Stage) -> None:
    await asyncio.gather(*(stage.create(f"p{number}") for number in range(6)))
    async with stage.database.read() as connection:
        assert await audit.first_broken_link(connection) is None
        acts = [row.act async for row in audit.rows(connection)]
    assert acts == ["definitions.apply", *["employees.create"] * 7]
