"""Ladders and bands as Workday keeps them: job profiles and compensation grades, which have to be there before people.

Their Put operations set a thing whole. So it is read first, what is ours in it is altered, and the rest goes back as it
came; where nothing of ours differs, nothing is written.
"""

from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any, cast

from service.connectors.sinks import Done, NotTaken, Postponed, Told
from service.connectors.workday.client import ServiceName, Tenant
from service.connectors.workday.references import at, id_of, listed, named
from service.domain.mappings import SystemMapping, level_name

_FREQUENCIES = "frequencies"


async def publish_ladder(tenant: Tenant, mapping: SystemMapping, data: Mapping[str, Any]) -> Told:
    """Titles and grades of its levels. Raises NotTaken, and Unreachable."""
    day = date.fromisoformat(data["effective_from"])
    written = 0
    for level in cast("list[dict[str, Any]]", data["levels"]):
        ours = level_name(data["ladder"], level["level"])
        profile = mapping.theirs("level", ours, day)
        if profile is None:
            raise _unmapped("level", ours, day, "its Job_Profile_ID")
        grade = mapping.theirs("grade", level["grade"], day) if level["grade"] else None
        written += await _put_profile(tenant, profile, day, title=level["title"], grade=grade)
    return Done(note=f"{written} job profiles written")


async def publish_bands(tenant: Tenant, mapping: SystemMapping, data: Mapping[str, Any]) -> Told:
    """Pay ranges of grades, one for each zone. Rows of one ladder or track alone have no place there and are left out.

    Raises NotTaken, and Unreachable.
    """
    day = date.fromisoformat(data["effective_from"])
    rows = cast("list[dict[str, Any]]", data["changed"])
    ours = [row for row in rows if row["ladder"] is None and row["track"] is None and row.get("after")]
    by_grade: dict[str, list[dict[str, Any]]] = {}
    for row in ours:
        by_grade.setdefault(row["grade"], []).append(row)
    written = 0
    for grade, of_grade in by_grade.items():
        theirs = mapping.theirs("grade", grade, day)
        if theirs is None:
            raise _unmapped("grade", grade, day, "its Compensation_Grade_ID")
        written += await _put_grade(tenant, mapping, theirs, day, of_grade)
    return Done(note=f"{written} compensation grades written, {len(rows) - len(ours)} rows without a place there")


async def _put_profile(tenant: Tenant, profile: str, day: date, *, title: str | None, grade: str | None) -> bool:
    """Whether it was written."""
    reference = named("Job_Profile_ID", profile)
    kept = await _kept(tenant, "human_resources", "Job_Profile", reference, day)
    made: dict[str, Any] = deepcopy(kept) if kept else dict[str, Any](Job_Code=profile)
    basic = cast(dict[str, Any], made.get("Job_Profile_Basic_Data") or {})
    made["Job_Profile_Basic_Data"] = basic
    if title is not None:
        basic["Job_Title"] = title
    if grade is not None and id_of(_grade_of(made), "Compensation_Grade_ID") != grade:
        made["Job_Profile_Compensation_Data"] = {"Compensation_Grade_Reference": named("Compensation_Grade_ID", grade)}
    if made == kept:
        return False
    made["Effective_Date"] = day
    asked: dict[str, Any] = {"Job_Profile_Data": made}
    if kept:
        asked = {"Job_Profile_Reference": reference, **asked}
    await tenant.ask("human_resources", "Put_Job_Profile", asked)
    return True


async def _put_grade(tenant: Tenant, mapping: SystemMapping, grade: str, day: date, rows: list[dict[str, Any]]) -> bool:
    """Whether it was written. A zone has a grade profile of its own; where a grade has one row it may do without."""
    reference = named("Compensation_Grade_ID", grade)
    kept = await _kept(tenant, "compensation", "Compensation_Grade", reference, day)
    made: dict[str, Any] = deepcopy(kept) if kept else dict[str, Any](Compensation_Grade_ID=grade, Name=grade)
    profiles = listed(made.get("Compensation_Grade_Profile_Data"))
    for row in rows:
        name = f"{row['grade']}/{row['zone']}"
        profile = mapping.theirs("grade", name, day)
        if profile is None and len(rows) > 1:
            raise _unmapped("grade", name, day, "its Compensation_Grade_Profile_ID")
        if profile is None:
            made["Compensation_Pay_Range"] = _range(tenant, row, made.get("Compensation_Pay_Range"))
            continue
        held = next((one for one in profiles if one.get("Compensation_Grade_Profile_ID") == profile), None)
        if held is None:
            held = {"Compensation_Grade_Profile_ID": profile, "Name": profile}
            profiles.append(held)
        held["Compensation_Pay_Range"] = _range(tenant, row, held.get("Compensation_Pay_Range"))
    made["Compensation_Grade_Profile_Data"] = profiles
    if made == kept:
        return False
    made["Effective_Date"] = day
    asked: dict[str, Any] = {"Compensation_Grade_Data": made}
    if kept:
        asked = {"Compensation_Grade_Reference": reference, **asked}
    await tenant.ask("compensation", "Put_Compensation_Grade", asked)
    return True


def _range(tenant: Tenant, row: Mapping[str, Any], kept: Any) -> Any:
    """The range as it is to be: the one that is kept, if it says the same."""
    after = cast(Mapping[str, Any], row["after"])
    amounts = {
        name: Decimal(after[ours])
        for name, ours in (("Minimum", "min"), ("Midpoint", "mid"), ("Maximum", "max"))
        if after.get(ours) is not None
    }
    frequency = tenant.settings.frequencies.get(row["period"])
    if frequency is None:
        raise NotTaken(
            Postponed(
                code="workday-frequency-unmapped",
                reason=f"The settings do not say what a {row['period']} is called there. Set it in `{_FREQUENCIES}`.",
            )
        )
    if (
        all(at(kept, name) == amount for name, amount in amounts.items())
        and id_of(at(kept, "Currency_Reference"), "Currency_ID") == row["currency"]
        and id_of(at(kept, "Frequency_Reference"), "Frequency_ID") == frequency
    ):
        return kept
    return {
        **amounts,
        "Currency_Reference": named("Currency_ID", row["currency"]),
        "Frequency_Reference": named("Frequency_ID", frequency),
    }


async def _kept(tenant: Tenant, service: ServiceName, noun: str, reference: Mapping[str, Any], day: date) -> Any:
    """What is kept of it there, without what only names it; None where it is not there yet."""
    asked = {
        "Request_References": {f"{noun}_Reference": [reference]},
        "Response_Filter": {"As_Of_Effective_Date": day},
    }
    try:
        answer = await tenant.ask(service, f"Get_{noun}s", asked)
    except NotTaken as not_taken:
        told = not_taken.told
        if isinstance(told, Postponed) and told.code == "workday-validation" and f"{noun}_Reference" in told.reason:
            # An id that nothing has. Were it refused for another reason, writing could set empty what is there.
            return None
        raise
    found = listed(at(answer, "Response_Data", noun))
    return at(found[0], f"{noun}_Data") if found else None


def _grade_of(profile: Any) -> Any:
    return at(profile, "Job_Profile_Compensation_Data", "Compensation_Grade_Reference")


def _unmapped(noun: str, ours: str, day: date, theirs: str) -> NotTaken:
    return NotTaken(
        Postponed(
            code=f"{noun}-unmapped",
            reason=f"No mapping says what the {noun} {ours} is called there on {day}. Map it to {theirs}.",
        )
    )
