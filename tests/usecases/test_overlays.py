"""Row 28 of the decision table: roles for a time beside a job, on every engine. The stage's today is 2026-06-15."""

from datetime import date

from sqlalchemy import select

from service.domain.instants import parse_instant
from service.domain.refusals import Conflict, Invalid, NotFound
from service.storage import assignments
from service.usecases.assignments import Wanted, list_assignments, read_timeline
from service.usecases.changes import employees_due
from service.usecases.employees import read_employee
from service.usecases.paging import Window
from service.usecases.recorded_changes import read_change
from service.webhooks.tables import event as told_event
from tests.stage import HR, Stage
from tests.usecases.amending import FUTURE, HIRE, LATER, PAST, TODAY, clock_list, correct, refused, withdraw
from tests.usecases.overlaying import overlay_rows, take_on, taken, told_of


async def test_row_28_a_role_beside_a_job_begins_ends_and_leaves_the_job_alone(stage: Stage) -> None:
    await stage.change(HIRE, PAST)
    before = await stage.rows()
    answer = await take_on(stage, TODAY, FUTURE, name="Night shift", high_profile=True, expected=1)
    assert (answer["status"], answer["revision"], answer["retroactive"], answer["warnings"]) == (
        "effective",
        3,
        False,
        [],
    )
    assert (answer["role"], answer["name"], answer["high_profile"], answer["from"], answer["to"]) == (
        "tech-lead",
        "Night shift",
        True,
        TODAY,
        FUTURE,
    )
    began, planned = (await stage.events())[1:]
    days = (TODAY, FUTURE)
    assert told_of(began) == ("overlay.started", None, TODAY, None, days)
    assert told_of(planned) == ("change.scheduled", "overlay.ended", FUTURE, days, None)
    assert (began["sequence"], began["data"]["job"], began["data"]["change"]["kind"]) == (
        2,
        answer["id"],
        "overlay_start",
    )
    assert (began["data"]["previous"], began["data"]["current"], began["data"]["affected"]) == (None, None, None)
    assert began["data"]["changed"] == ["role", "name", "high_profile", "from", "to"]
    assert began["data"]["overlay"]["base_job"] == "primary"
    # The job is what it was, and its promotion meanwhile is nothing to the overlay.
    assert await stage.rows() == before
    await stage.change({"level": "ic4"}, TODAY)
    assert await clock_list(stage) == [answer["end_change"]]
    stage.clock.move_to(date(2026, 9, 1))
    assert len(await employees_due(stage.runtime)) == 1
    await stage.change({"team": "web"}, FUTURE)
    ended = (await stage.events())[-2]
    assert told_of(ended) == ("overlay.ended", None, FUTURE, days, None)
    assert [(one.id, one.role, str(one.from_), str(one.to)) for one in await taken(stage)] == [
        (answer["id"], "tech-lead", TODAY, FUTURE)
    ]


async def test_row_28_it_is_in_no_list_of_jobs(stage: Stage) -> None:
    await stage.change(HIRE, PAST)
    made = await take_on(stage, PAST, FUTURE)
    wanted, window = Wanted(), Window(limit=10)
    listed = await list_assignments(stage.runtime, HR, wanted=wanted, effective_on=None, known_at=None, window=window)
    assert [one.job for one in listed.part.items] == ["primary"]
    async with stage.database.read() as connection:
        (counted,) = await assignments.headcounts(connection, day=date(2026, 6, 15))
        assert await assignments.find_job(connection, listed.part.items[0].employee.id, made["id"]) is None
    assert counted.people == 1
    primary = await read_timeline(stage.runtime, HR, "ada")
    assert ([one.kind for one in primary.changes], len(primary.segments)) == (["hire"], 1)
    own = await read_timeline(stage.runtime, HR, "ada", job=made["id"])
    assert ([one.kind for one in own.changes], own.segments) == (["overlay_start", "overlay_end"], ())
    shown = await read_change(stage.runtime, HR, made["start_change"])
    assert shown.states == {"role": "tech-lead", "name": None, "high_profile": "false", "base_job": "primary"}


async def test_row_28_what_is_past_and_what_is_to_come(stage: Stage) -> None:
    await stage.change(HIRE, "2020-01-01")
    await take_on(stage, "2021-01-01", "2022-01-01", role="project-lead")
    await take_on(stage, FUTURE, LATER)
    told = [told_of(event) for event in (await stage.events())[1:]]
    over, ahead = ("2021-01-01", "2022-01-01"), (FUTURE, LATER)
    assert told == [
        ("overlay.started", None, "2021-01-01", None, over),
        ("overlay.ended", None, "2022-01-01", over, None),
        ("change.scheduled", "overlay.started", FUTURE, None, ahead),
        ("change.scheduled", "overlay.ended", LATER, ahead, None),
    ]
    assert [one.high_profile for one in await taken(stage)] == [True, False]
    # Left alone for months, both of its days come at once, in their order.
    stage.clock.move_to(date(2026, 12, 1))
    await stage.change({"team": "web"}, "2026-12-01")
    assert [told_of(event)[:3] for event in (await stage.events())[-3:-1]] == [
        ("overlay.started", None, FUTURE),
        ("overlay.ended", None, LATER),
    ]


async def test_row_28_refusals(stage: Stage) -> None:
    await stage.change(HIRE, PAST)
    for start, end, code, pointer in (
        (TODAY, None, "overlay-needs-end", "/to"),
        (TODAY, TODAY, "invalid-date", "/to"),
        (FUTURE, TODAY, "invalid-date", "/to"),
    ):
        refusal = await refused(stage, Invalid, code, take_on(stage, start, end))
        assert [error.pointer for error in refusal.errors] == [pointer]
    refusal = await refused(stage, Invalid, "unknown-role", take_on(stage, TODAY, FUTURE, role="engineer"))
    assert "project-lead, tech-lead" in refusal.detail
    await refused(stage, Conflict, "not-employed", take_on(stage, "2026-01-01", FUTURE))
    await refused(stage, Conflict, "not-employed", take_on(stage, TODAY, FUTURE, base_job="second"))
    await refused(stage, NotFound, "no-employee", take_on(stage, TODAY, FUTURE, employee="eve"))
    counts = await stage.counts()
    tried = await take_on(stage, None, FUTURE, dry_run=True)
    assert (tried["id"], tried["start_change"], tried["from"], tried["revision"]) == (None, None, TODAY, 3)
    assert [event["type"] for event in tried["events"]] == ["overlay.started", "change.scheduled"]
    assert await stage.counts() == counts


async def test_what_looks_odd_is_recorded_with_a_warning(stage: Stage) -> None:
    await stage.change({"ladder": "design", "level": "d3"}, PAST)
    foreign = await take_on(stage, PAST, TODAY)
    assert foreign["warnings"] == ["ladder design has no overlay tech-lead"]
    await stage.change({"ladder": "engineering", "level": "em3"}, TODAY)
    await stage.change(None, FUTURE)
    long = await take_on(stage, TODAY, "2027-06-16")
    assert long["warnings"] == [
        "overlay tech-lead is taken from ic3, ic4, not from em3",
        "overlay tech-lead is for at most 12 months",
        f"the job ends on {FUTURE}, before the overlay does",
    ]


async def test_its_end_is_moved_by_correcting_the_change_of_it(stage: Stage) -> None:
    await stage.change(HIRE, PAST)
    made = await take_on(stage, PAST, FUTURE)
    end = {"id": made["end_change"]}
    known = parse_instant(made["known_at"])
    both = [await read_change(stage.runtime, HR, made[f"{side}_change"]) for side in ("start", "end")]
    assert [one.revision for one in both] == [2, 3]
    answer = await correct(stage, end, on=TODAY, expected=3)
    assert (answer["kind"], answer["status"], answer["revision"], answer["job"]) == (
        "overlay_end",
        "effective",
        4,
        made["id"],
    )
    assert (answer["from"], answer["to"], answer["overlay"]["current"]["to"]) == (None, None, TODAY)
    told = (await stage.events())[-1]
    assert told_of(told) == ("change.corrected", "overlay.ended", TODAY, (PAST, FUTURE), (PAST, TODAY))
    assert (told["data"]["changed"], told["data"]["change"]["supersedes"]) == (["to"], made["end_change"])
    # It has ended and is told so; nothing waits for the clock.
    assert await clock_list(stage) == []
    assert [(str(one.to), one.end_change) for one in await taken(stage)] == [(TODAY, answer["id"])]
    longer = await correct(stage, answer, on=LATER)
    assert (longer["status"], await clock_list(stage)) == ("scheduled", [longer["id"]])
    assert await overlay_rows(stage) == [(PAST, FUTURE, False), (PAST, TODAY, False), (PAST, LATER, True)]
    assert [str(one.to) for one in await taken(stage)] == [LATER]
    assert [(str(one.to), one.end_change) for one in await taken(stage, known)] == [(FUTURE, made["end_change"])]
    person = await read_employee(stage.runtime, HR, "ada", known_at=known)
    assert (person.revision, longer["revision"]) == (3, 5)
    await refused(stage, Conflict, "change-not-live", correct(stage, end, on=LATER))
    await refused(stage, Conflict, "no-change", correct(stage, longer, on=LATER))
    await refused(stage, Invalid, "invalid-date", correct(stage, longer, on=PAST))
    await refused(stage, Invalid, "invalid-body", correct(stage, longer, on=FUTURE, to={"role": "project-lead"}))
    start = {"id": made["start_change"]}
    await refused(stage, Conflict, "not-employed", correct(stage, start, on="2026-01-01"))
    moved = await correct(stage, start, on=FUTURE)
    assert (moved["status"], moved["kind"], moved["overlay"]["current"]["from"]) == (
        "scheduled",
        "overlay_start",
        FUTURE,
    )


async def test_with_its_beginning_all_of_it_goes_and_never_its_end_alone(stage: Stage) -> None:
    await stage.change(HIRE, PAST)
    made = await take_on(stage, PAST, FUTURE)
    start, end = {"id": made["start_change"]}, {"id": made["end_change"]}
    refusal = await refused(stage, Invalid, "overlay-needs-end", withdraw(stage, "cancelled", end))
    assert refusal.extra == {"changes": [made["start_change"]]}
    await refused(stage, Conflict, "already-effective", withdraw(stage, "cancelled", start))
    answer = await withdraw(stage, "rescinded", start, expected=3)
    assert (answer["status"], answer["revision"], answer["overlay"]["current"]) == ("rescinded", 5, None)
    told = [(*told_of(event), event["data"]["change"]["id"]) for event in (await stage.events())[-2:]]
    days = (PAST, FUTURE)
    assert told == [
        ("change.rescinded", "overlay.started", PAST, days, None, made["start_change"]),
        ("change.cancelled", "overlay.ended", FUTURE, days, None, made["end_change"]),
    ]
    assert (await taken(stage), await clock_list(stage), await overlay_rows(stage)) == (
        (),
        [],
        [(PAST, FUTURE, False)],
    )
    assert (await read_change(stage.runtime, HR, made["end_change"])).status == "cancelled"
    assert [one.id for one in await taken(stage, parse_instant(made["known_at"]))] == [made["id"]]
    person = await read_employee(stage.runtime, HR, "ada", known_at=parse_instant(answer["known_at"]))
    assert person.revision == 5
    planned = await take_on(stage, FUTURE, LATER)
    start = {"id": planned["start_change"]}
    await refused(stage, Conflict, "not-effective", withdraw(stage, "rescinded", start))
    assert (await withdraw(stage, "cancelled", start))["status"] == "cancelled"
    assert [event["type"] for event in (await stage.events())[-2:]] == ["change.cancelled", "change.cancelled"]


async def test_filters_see_the_role_and_where_the_person_stands(stage: Stage) -> None:
    await stage.change(HIRE, PAST)
    await take_on(stage, PAST, TODAY)
    async with stage.database.read() as connection:
        facets = (
            await connection.execute(select(told_event.c.facets).order_by(told_event.c.seq.desc()).limit(1))
        ).scalar_one()
    assert '"role":["engineer","tech-lead"]' in facets.replace(" ", "")
    assert '"kind":["overlay_end"]' in facets.replace(" ", "")
    assert '"team":["core"]' in facets.replace(" ", "")
