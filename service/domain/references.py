"""What a change may name: entries of the company, the ladder in force on its day, and what is derived from them."""

from collections.abc import Iterable, Mapping
from datetime import date

from service.domain.assignments import Facts, level_in_force
from service.domain.company import Company
from service.domain.definitions import Definitions
from service.domain.refusals import FieldError, Invalid

DERIVED = ("track", "grade", "ladder_version")
"""Never stated by a change; a client that sends a whole assignment back may include them if they match."""


def check_references(facts: Facts, given: Mapping[str, str | None], *, day: date, definitions: Definitions) -> None:
    """Raises Invalid for every given fact that names nothing, all at once; a level is judged on `day`."""
    errors = [*_unknown_entries(given, definitions), *_unknown_level(facts, given, day, definitions)]
    if errors:
        code = errors[0].code
        raise Invalid(code, " ".join(error.detail for error in errors), errors=tuple(errors))


def check_stated_derivations(
    facts: Facts, to: Mapping[str, str | None], *, day: date, definitions: Definitions
) -> None:
    """Raises Invalid `track-mismatch` when a derived field was sent and is not what the level makes it."""
    found = level_in_force(definitions, facts, day)
    if found is None:
        return
    ladder, level = found
    derived = {"track": level.track, "grade": level.grade, "ladder_version": ladder.version}
    errors = tuple(
        FieldError(
            pointer=f"/to/{name}",
            detail=f"{name} of {facts.level} is {derived[name]}, not {to[name]}",
            code="track-mismatch",
        )
        for name in DERIVED
        if name in to and to[name] != derived[name]
    )
    if errors:
        raise Invalid(
            "track-mismatch",
            f"{'; '.join(error.detail for error in errors)}. Leave derived fields out, or name the level meant.",
            errors=errors,
        )


def _unknown_entries(given: Mapping[str, str | None], definitions: Definitions) -> Iterable[FieldError]:
    company = definitions.company()
    if company is None:
        yield FieldError(
            pointer="/to", detail="No ladders are defined yet: apply a company folder first.", code="nothing-applied"
        )
        return
    for name, known in _entries(company, definitions).items():
        value = given.get(name)
        if value is not None and value not in known:
            yield FieldError(
                pointer=f"/to/{name}",
                detail=f"There is no {name.replace('_', ' ')} {value}; known are {', '.join(known) or 'none'}.",
                code=f"unknown-{name.replace('_', '-')}",
            )


def _entries(company: Company, definitions: Definitions) -> Mapping[str, tuple[str, ...]]:
    return {
        "ladder": definitions.ladder_keys,
        "role": tuple(role.key for role in company.roles),
        "team": tuple(team.key for team in company.teams),
        "zone": tuple(zone.key for zone in company.zones),
        "band_set": tuple(bands.value.key for bands in definitions.bandsets()),
    }


def _unknown_level(
    facts: Facts, given: Mapping[str, str | None], day: date, definitions: Definitions
) -> Iterable[FieldError]:
    if facts.ladder not in definitions.ladder_keys:
        return
    found = level_in_force(definitions, facts, day)
    if found is None or found[1].grade is None:
        version = definitions.ladder(facts.ladder, day)
        known = ", ".join(level.key for level in version.levels) if version else "none, no version is in force"
        missing = f"Ladder {facts.ladder} has no level {facts.level} with a grade on {day}; its levels are {known}."
        yield FieldError(
            pointer="/to/level",
            detail=" ".join(part for part in (missing, definitions.became(facts.ladder, facts.level, day)) if part),
            code="level-not-in-force",
        )
        return
    if found[0].generic:
        yield FieldError(
            pointer="/to/ladder",
            detail=f"Ladder {facts.ladder} is a framework that others extend; nobody stands on it. Use one of those.",
            code="level-not-in-force",
        )
        return
    step = given.get("step")
    if step is not None and step not in found[1].steps:
        known = ", ".join(found[1].steps) or "none"
        yield FieldError(
            pointer="/to/step",
            detail=f"Level {facts.level} has no step {step}; its steps are {known}.",
            code="unknown-step",
        )
