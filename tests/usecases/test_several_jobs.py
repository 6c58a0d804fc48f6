"""Several jobs of one person, coming back, and pay bands that are kept: on every engine. Today is 2026-06-15."""

from datetime import date

from service.domain.refusals import Invalid
from service.usecases.assignments import read_assignment, read_timeline
from service.usecases.employees import read_employee
from tests.builders import BANDS
from tests.stage import HR, Stage, publish
from tests.usecases.amending import FUTURE, HIRE, PAST, TODAY, refused, withdraw

NEWER = {
    **BANDS,
    "key": "2026",
    "effective_from": "2026-07-01",
    "rows": [{**row, "max": "99999.00"} for row in BANDS["rows"]],
}


async def test_two_jobs_have_timelines_of_their_own_and_one_revision(stage: Stage) -> None:
    await stage.change(HIRE, PAST)
    second = await stage.change({"ladder": "design", "level": "d2"}, "2026-04-01", job="studio", expected=1)
    assert (second["kind"], second["job"], second["revision"]) == ("hire", "studio", 2)
    await stage.change({"level": "d3"}, TODAY, job="studio")
    ended = await stage.change(None, TODAY, expected=3)
    assert (ended["kind"], ended["job"], ended["revision"]) == ("end", "primary", 4)
    planned = await stage.change({"level": "d4"}, FUTURE, job="studio")

    told = [(event["sequence"], event["data"]["job"], event["type"]) for event in await stage.events()]
    assert told == [
        (1, "primary", "assignment.started"),
        (2, "studio", "assignment.started"),
        (3, "studio", "level.changed"),
        (4, "primary", "assignment.ended"),
        (5, "studio", "change.scheduled"),
    ]
    # What is affected is of the one job.
    assert [part["assignment"]["ladder"] for part in (await stage.events())[1]["data"]["affected"]["timeline"]] == [
        "design"
    ]
    held = {
        job: [
            (segment.effective_from.isoformat(), segment.effective_to and segment.effective_to.isoformat())
            for segment in (await read_timeline(stage.runtime, HR, "ada", job=job)).segments
        ]
        for job in ("primary", "studio")
    }
    assert held == {
        "primary": [(PAST, TODAY)],
        "studio": [("2026-04-01", TODAY), (TODAY, FUTURE), (FUTURE, None)],
    }
    await withdraw(stage, "rescinded", ended)
    again = await read_assignment(
        stage.runtime, HR, "ada", job="primary", effective_on=date(2026, 6, 15), known_at=None
    )
    assert (again.level, (await read_employee(stage.runtime, HR, "ada")).revision) == ("ic3", 6)
    await withdraw(stage, "cancelled", planned)
    assert len((await read_timeline(stage.runtime, HR, "ada", job="studio")).segments) == 2


async def test_coming_back_inherits_nothing_and_counts_anew(stage: Stage) -> None:
    await stage.change({**HIRE, "level": "ic4", "title": "Wizard", "band_set": "2000"}, "2020-01-01")
    await stage.change(None, "2022-01-01")
    back = await stage.change({"ladder": "engineering", "level": "ic4"}, PAST)
    kept = {name: back["to"][name] for name in ("role", "team", "zone", "title", "band_set", "step", "grade_since")}
    assert (back["kind"], back["from"], back["grade_delta"]) == ("rehire", None, None)
    assert kept == {
        "role": None,
        "team": None,
        "zone": None,
        "title": "IC4",
        "band_set": None,
        "step": None,
        "grade_since": PAST,
    }
    # In a job of another key nobody comes back.
    assert (await stage.change({"ladder": "engineering", "level": "e2"}, TODAY, job="other"))["kind"] == "hire"


async def test_a_pinned_band_set_stays_while_the_grade_does(stage: Stage) -> None:
    await stage.change({**HIRE, "level": "ic4", "band_set": "2000"}, PAST)
    await stage.create("bob")
    await stage.change({**HIRE, "level": "ic4"}, PAST, employee="bob")
    await publish(stage, bands=(BANDS, NEWER))

    async def band(who: str, on: str) -> tuple[str | None, str]:
        held = await stage.assignment(on, employee=who)
        assert held.band
        return held.band_set, f"{held.band.band_set} {held.band.max}"

    # Who is pinned keeps the old one, whoever comes with the newer.
    assert await band("ada", FUTURE) == ("2000", "2000 49007.31")
    assert await band("bob", FUTURE) == (None, "2026 99999.00")
    assert await band("bob", TODAY) == (None, "2000 49007.31")
    moved = await stage.change({"team": "web", "zone": "nyc", "level": "em4"}, FUTURE)
    assert (moved["kind"], moved["to"]["band_set"]) == ("track_switch", "2000")
    assert await band("ada", FUTURE) == ("2000", "2000 49007.31")
    await withdraw(stage, "cancelled", moved)
    raised = await stage.change({"level": "ic5"}, "2026-10-01")
    assert (raised["to"]["band_set"], raised["from"]["band_set"]) == (None, "2000")
    assert await band("ada", "2026-10-01") == (None, "2026 99999.00")
    # Stated with the new grade it is pinned anew.
    pinned = await stage.change({"level": "ic4", "band_set": "2000"}, "2026-11-01")
    assert pinned["to"]["band_set"] == "2000"
    unpinned = await stage.change({"band_set": None}, "2026-12-01")
    assert (unpinned["kind"], unpinned["to"]["band_set"]) == ("update", None)
    await refused(stage, Invalid, "unknown-band-set", stage.change({"band_set": "1999"}, "2026-12-02"))
