"""Decision table, rows 26 and 27: ladder versions that put people on other levels, from one kept fact to the next."""

from datetime import date
from typing import Any

from service.domain.bands import bandset_from_document
from service.domain.company import company_from_document
from service.domain.ladders import ladder_from_document
from service.domain.refusals import Conflict, Invalid
from service.usecases.changes import activate_due
from service.usecases.definitions import apply_definitions
from service.usecases.folders import Folder
from tests.builders import BANDS, COMPANY, DESIGN, ENGINEERING, level
from tests.stage import HR, Stage, publish
from tests.usecases.amending import correct, refused, withdraw

STAFF = {"ladder": "engineering", "level": "ic4", "role": "engineer", "team": "core", "zone": "berlin"}
TODAY, SOON, LATER = "2026-06-15", "2026-09-01", "2026-11-01"


def version(name: str, day: str, *, drop: str | None = None, add: tuple[dict[str, Any], ...] = (), **maps: str) -> Any:
    """A version of engineering: without a level, with others, with maps from old to new."""
    levels = [one for one in ENGINEERING["levels"] if one["key"] not in {drop, *(new["key"] for new in add)}]
    return {
        **ENGINEERING,
        "version": name,
        "effective_from": day,
        "levels": sorted([*levels, *add], key=lambda one: one["grade"]),
        "moves": [],
        "overlays": [],
        "maps": maps,
    }


RENAMED = (level("staff", ["ic"], "4"),)
REGRADED = (level("ic4", ["ic"], "5"),)


async def plan(stage: Stage, ladder: Any) -> dict[str, Any]:
    folder = Folder(
        company=company_from_document(COMPANY),
        ladders={"/ladders/0": ladder_from_document(ladder), "/ladders/1": ladder_from_document(DESIGN)},
        bandsets={"/bands/0": bandset_from_document(BANDS)},
    )
    return (await apply_definitions(stage.runtime, HR, folder, base="*", dry_run=True)).answer


async def staff(stage: Stage, *names: str) -> None:
    for name in names:
        await stage.create(name)
        await stage.change(STAFF, "2025-01-01", employee=name)


async def remaps(stage: Stage) -> list[tuple[Any, ...]]:
    """Of each event about a remap: who, type, what it announces, day, level before and after, and its cause."""
    return [
        (
            data["employee"]["key"],
            event["type"],
            data.get("announces"),
            data["change"]["effective_on"],
            *(side and side["level"] for side in (data["previous"], data["current"])),
            data["change"]["cause"]["version"],
        )
        for event in await stage.events()
        if (data := event["data"])["change"]["kind"] == "remap"
    ]


async def test_26_a_level_is_renamed_for_everybody_from_a_day_to_come(stage: Stage) -> None:
    await staff(stage, "ben", "cleo")
    await stage.change({**STAFF, "level": "ic5"}, "2025-01-01")
    told = len(await stage.events())
    renamed = version("2", SOON, drop="ic4", add=RENAMED, ic4="staff")

    planned = await plan(stage, renamed)
    assert [(one["from_level"], one["to_level"], one["people"]) for one in planned["remaps"]] == [("ic4", "staff", 2)]
    assert planned["impact"][0]["touched"][0]["changed"] == ["level", "title"]
    assert planned["impact"][0]["cost"] == [{"currency": "EUR", "per_year": "0.00", "people": 2, "not_told": 0}]
    assert len(await stage.events()) == told
    published = await publish(stage, ladders=[renamed, DESIGN])

    assert published["remaps"] == planned["remaps"]
    assert await stage.rows("ben") == [("2025-01-01", SOON, "ic4"), (SOON, None, "staff")]
    assert await stage.rows() == [("2025-01-01", None, "ic5")]
    plans = [(who, "change.scheduled", "level.changed", SOON, "ic4", "staff", "2") for who in ("ben", "cleo")]
    assert await remaps(stage) == plans
    held = await stage.assignment(SOON, employee="ben")
    assert (held.grade_since, held.revision) == (date(2025, 1, 1), 2)

    stage.clock.move_to(date.fromisoformat(SOON))
    for name in ("ben", "cleo"):
        await activate_due(stage.runtime, name)
    facts = [(who, "level.changed", None, SOON, "ic4", "staff", "2") for who in ("ben", "cleo")]
    assert await remaps(stage) == plans + facts
    assert (await stage.assignment(SOON, employee="ben")).revision == 2


async def test_26_a_regrade_in_force_today_is_told_at_once_and_resets_step_and_pinned_bands(stage: Stage) -> None:
    await stage.change({**STAFF, "band_set": "2000"}, "2025-01-01")

    planned = await plan(stage, version("2", TODAY, add=REGRADED, ic4="ic4"))
    await publish(stage, ladders=[version("2", TODAY, add=REGRADED, ic4="ic4"), DESIGN])

    assert [(cost["per_year"], cost["people"]) for cost in planned["impact"][0]["cost"]] == [("10000.00", 1)]
    assert await remaps(stage) == [("ada", "level.changed", None, TODAY, "ic4", "ic4", "2")]
    event = (await stage.events())[-1]["data"]
    assert (event["change"]["grade_delta"], event["changed"]) == (1, ["grade", "band_set"])
    held = await stage.assignment(TODAY)
    assert (held.grade, held.band_set, held.grade_since) == ("5", None, date.fromisoformat(TODAY))
    assert (await stage.assignment("2026-06-14")).grade == "4"


async def test_26_plans_and_what_is_entered_late_follow(stage: Stage) -> None:
    await stage.change({**STAFF, "level": "ic3"}, "2025-01-01")
    promotion = await stage.change({"level": "ic4"}, LATER)
    await publish(stage, ladders=[version("2", SOON, drop="ic4", add=RENAMED, ic4="staff"), DESIGN])
    # Only the plan leads elsewhere, so it is told for the day of the plan.
    assert await remaps(stage) == [("ada", "change.scheduled", "level.changed", LATER, "ic4", "staff", "2")]
    assert (await stage.events())[-1]["data"]["changed"] == ["level"]
    assert await stage.rows() == [("2025-01-01", LATER, "ic3"), (LATER, None, "staff")]

    await stage.create("ben")
    late = await stage.change(STAFF, "2026-01-01", employee="ben")
    assert await stage.rows("ben") == [("2026-01-01", SOON, "ic4"), (SOON, None, "staff")]
    assert late["to"]["level"] == "ic4" and len(late["events"]) == 1
    # A correction of the day only: what it states was meant as the level of its time.
    moved = await correct(stage, promotion, on="2026-12-01")
    assert (moved["to"]["level"], moved["from"]["level"]) == ("staff", "staff")
    assert await stage.rows() == [("2025-01-01", "2026-12-01", "ic3"), ("2026-12-01", None, "staff")]


async def test_26_a_split_is_one_map_and_changes_of_that_day_and_two_maps_follow_each_other(stage: Stage) -> None:
    await staff(stage, "ben")
    await stage.change(STAFF, "2025-01-01")
    both = (level("staff-a", ["ic"], "4"), level("staff-b", ["ic"], "4"))
    await publish(stage, ladders=[version("2", SOON, drop="ic4", add=both, ic4="staff-a"), DESIGN])
    split = await stage.change({"level": "staff-b"}, SOON, employee="ben")
    assert (split["kind"], split["from"]["level"], split["to"]["level"]) == ("lateral", "staff-a", "staff-b")
    assert await stage.rows("ben") == [("2025-01-01", SOON, "ic4"), (SOON, None, "staff-b")]

    again = {**version("3", LATER, drop="ic4", add=RENAMED), "maps": {"staff-a": "staff", "staff-b": "staff"}}
    await publish(stage, ladders=[again, DESIGN])
    assert await stage.rows() == [("2025-01-01", SOON, "ic4"), (SOON, LATER, "staff-a"), (LATER, None, "staff")]
    assert await stage.rows("ben") == [("2025-01-01", SOON, "ic4"), (SOON, LATER, "staff-b"), (LATER, None, "staff")]


async def test_26_what_would_strand_somebody_or_rewrite_a_day_is_refused_and_nothing_is_kept(stage: Stage) -> None:
    await staff(stage, "ben")
    gone = version("2", SOON, drop="ic4")
    error = await refused(stage, Conflict, "people-unmapped", publish(stage, ladders=[gone, DESIGN]))
    assert error.extra["levels"] == ["ic4"]
    backdated = version("2", "2026-06-14", drop="ic4", add=RENAMED, ic4="staff")
    error = await refused(stage, Conflict, "definition-rewrites-past", publish(stage, ladders=[backdated, DESIGN]))
    assert (error.extra["first_day"], error.extra["employee_count"]) == ("2026-06-14", 1)
    # The same grade keeps the step, which the new level has not.
    await stage.change({**STAFF, "level": "ic3", "step": "b"}, "2025-01-01")
    stepless = version("2", SOON, drop="ic3", add=(level("mid", ["ic"], "3", steps=["a"]),), ic3="mid")
    await refused(stage, Conflict, "people-unmapped", publish(stage, ladders=[stepless, DESIGN]))


async def test_27_texts_alone_move_nobody(stage: Stage) -> None:
    await staff(stage, "ben")
    told = len(await stage.events())
    published = await publish(stage, ladders=[{**version("2", SOON), "summary": "Other words."}, DESIGN])
    assert (published["ladders"], published["remaps"]) == (["engineering@2"], [])
    assert len(await stage.events()) == told
    assert await stage.rows("ben") == [("2025-01-01", None, "ic4")]


async def test_12_a_level_that_was_mapped_away_is_named_with_the_one_it_became(stage: Stage) -> None:
    await stage.change({**STAFF, "level": "ic3"}, "2025-01-01")
    await publish(stage, ladders=[version("2", SOON, drop="ic4", add=RENAMED, ic4="staff"), DESIGN])
    error = await refused(stage, Invalid, "level-not-in-force", stage.change({"level": "ic4"}, LATER))
    assert "With version 2 it became staff." in error.detail


async def test_a_version_in_place_of_one_that_is_not_in_force_yet_takes_over_its_people(stage: Stage) -> None:
    await staff(stage, "ben")
    await publish(stage, ladders=[version("2", SOON, drop="ic4", add=RENAMED, ic4="staff"), DESIGN])
    other = (level("lead-engineer", ["ic"], "4"),)
    await publish(stage, ladders=[version("3", SOON, drop="ic4", add=other, ic4="lead-engineer"), DESIGN])

    assert await stage.rows("ben") == [("2025-01-01", SOON, "ic4"), (SOON, None, "lead-engineer")]
    assert (await remaps(stage))[1:] == [
        ("ben", "change.corrected", "level.changed", SOON, "ic4", "lead-engineer", "3")
    ]
    first, second = [event["data"]["change"] for event in await stage.events()][-2:]
    assert (second["supersedes"], second["supersedes_effective_on"]) == (first["id"], SOON)
    stage.clock.move_to(date.fromisoformat(SOON))
    await activate_due(stage.runtime, "ben")
    assert (await remaps(stage))[2:] == [("ben", "level.changed", None, SOON, "ic4", "lead-engineer", "3")]


async def test_nobody_acts_on_a_change_that_a_version_brought_about(stage: Stage) -> None:
    await staff(stage, "ben")
    await publish(stage, ladders=[version("2", SOON, drop="ic4", add=RENAMED, ic4="staff"), DESIGN])
    change = (await stage.events())[-1]["data"]["change"]
    await refused(stage, Conflict, "set-by-definitions", withdraw(stage, "cancelled", change))
    await refused(stage, Conflict, "set-by-definitions", correct(stage, change, on=LATER))


async def test_the_events_alone_rebuild_every_day(stage: Stage) -> None:
    await stage.change({**STAFF, "level": "ic3"}, "2025-01-01")
    await stage.change({"level": "ic4"}, LATER)
    await publish(stage, ladders=[version("2", SOON, drop="ic4", add=RENAMED, ic4="staff"), DESIGN])
    hire = await stage.change({"team": "web"}, "2026-01-01")
    await withdraw(stage, "rescinded", hire)
    mirror: list[tuple[str, str | None, Any]] = []
    for event in await stage.events():
        affected = event["data"]["affected"]
        start, end = affected["from"], affected["to"]
        cut = [(a, min(b or start, start), of) for a, b, of in mirror if a < start]
        cut += [(max(a, end), b, of) for a, b, of in mirror if end and (b is None or b > end)]
        new = [(one["from"], one["to"], one["assignment"]) for one in affected["timeline"]]
        mirror = sorted(cut + new, key=lambda part: part[0])
    for day in ("2024-12-31", "2025-06-01", "2026-01-01", SOON, LATER, "2027-01-01"):
        of = next((of for a, b, of in mirror if a <= day and (b is None or day < b)), None)
        if day == "2024-12-31":
            assert of is None
        else:
            held = await stage.assignment(day)
            assert of and (of["level"], of["grade"], of["team"]) == (held.level, held.grade, held.team)


async def test_who_came_after_the_map_was_known_follows_a_version_in_its_place_too(stage: Stage) -> None:
    await publish(stage, ladders=[version("2", SOON, drop="ic4", add=RENAMED, ic4="staff"), DESIGN])
    # Nothing tells of the map but the fold: it was known when they were hired.
    await stage.change(STAFF, "2026-06-10")
    assert await stage.rows() == [("2026-06-10", SOON, "ic4"), (SOON, None, "staff")]
    await publish(stage, ladders=[version("3", SOON), DESIGN])
    assert await stage.rows() == [("2026-06-10", None, "ic4")]
    assert (await stage.change({"team": "web"}, "2026-06-12"))["revision"] == 3


async def test_a_plan_behind_a_map_needs_its_step_there_as_well(stage: Stage) -> None:
    await stage.change({**STAFF, "level": "e2"}, "2025-01-01")
    await stage.change({"level": "ic3", "step": "b"}, LATER)
    stepless = version("2", SOON, drop="ic3", add=(level("mid", ["ic"], "3", steps=["a"]),), ic3="mid")
    await refused(stage, Conflict, "people-unmapped", publish(stage, ladders=[stepless, DESIGN]))


async def test_a_plan_is_moved_by_its_day_alone_across_a_map(stage: Stage) -> None:
    await stage.change({**STAFF, "level": "ic3"}, "2025-01-01")
    planned = await stage.change({"level": "ic4"}, LATER)
    await publish(stage, ladders=[version("2", SOON, drop="ic4", add=RENAMED, ic4="staff"), DESIGN])
    earlier = await correct(stage, planned, on="2026-08-01")
    assert earlier["to"]["level"] == "ic4"
    assert await stage.rows() == [
        ("2025-01-01", "2026-08-01", "ic3"),
        ("2026-08-01", SOON, "ic4"),
        (SOON, None, "staff"),
    ]


async def test_a_remap_names_the_locked_periods_that_it_alters(stage: Stage) -> None:
    monthly = {"key": "monthly", "frequency": "monthly", "anchor": "2020-01-01", "locks_after_days": -60}
    zones = [{"key": "berlin", "currency": "EUR", "pay_calendar": "monthly"}, COMPANY["zones"][1]]
    company = {**COMPANY, "zones": zones, "pay_calendars": [monthly], "locked_periods": "refuse"}
    await staff(stage, "ben")
    await publish(stage, company=company)
    await publish(stage, company=company, ladders=[version("2", TODAY, add=REGRADED, ic4="ic4"), DESIGN])
    data = (await stage.events())[-1]["data"]
    assert data["change"]["kind"] == "remap"
    assert [one["period"] for one in data["affected_periods"]] == ["2026-06-01", "2026-07-01"]


async def test_26_a_plan_in_place_of_a_version_not_in_force_counts_from_where_people_stand_with_each(
    stage: Stage,
) -> None:
    await staff(stage, "ben")
    await publish(stage, ladders=[version("2", SOON, drop="ic4", add=RENAMED, ic4="staff"), DESIGN])
    planned = await plan(stage, version("3", SOON, add=REGRADED, ic4="ic4"))
    (one,) = planned["impact"]
    assert [(two["level"], two["people"], two["changed"]) for two in one["touched"]] == [
        ("staff", 1, ["level", "grade", "title", "band"])
    ]
    assert [(cost["per_year"], cost["people"]) for cost in one["cost"]] == [("10000.00", 1)]
