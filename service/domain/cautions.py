"""What is recorded as it happened but deserves a second look. Facts from elsewhere must be recordable.

Only track switches can be refused (`moves.py`); conditions of levels and moves are said here, in plain words.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from service.domain.assignments import Facts, Row, level_in_force
from service.domain.company import Company
from service.domain.definitions import Definitions
from service.domain.ladders import Ladder
from service.domain.levels import Level
from service.domain.tenure import months_employed, months_on
from service.domain.timelines import Moment


def cautions(kind: str, moment: Moment, rows: Sequence[Row], definitions: Definitions) -> tuple[str, ...]:
    """Warnings about a change of a derived kind. `rows` are the job's timeline with it."""
    company = definitions.company()
    if moment.after is None or company is None:
        return ()
    facts, before = moment.after.facts, moment.before.facts if moment.before else None
    found = [*_misfits(facts, company), *_retired_entries(facts, before, company)]
    target = level_in_force(definitions, facts, moment.change.effective_on)
    if target is not None:
        ladder, level = target
        day = moment.change.effective_on
        found.extend(_retired_places(ladder, level, facts, before))
        if kind in ("hire", "rehire"):
            found.extend(_hiring(level, day))
        elif before is not None and (before.ladder, before.level) != (facts.ladder, facts.level):
            found.extend(_moving(before, ladder, level, day, rows, definitions))
    return tuple(found)


def _misfits(facts: Facts, company: Company) -> Iterator[str]:
    """A role or team that does not fit the ladder."""
    role = company.role(facts.role) if facts.role else None
    if role and role.ladder and role.ladder != facts.ladder:
        yield f"role {role.key} belongs to ladder {role.ladder}, not {facts.ladder}"
    team = company.team(facts.team) if facts.team else None
    if team and facts.role and facts.role not in team.roles:
        yield f"team {team.key} has no role {facts.role}"


def _retired_entries(facts: Facts, before: Facts | None, company: Company) -> Iterator[str]:
    """Entries of the company that the change brings in although they are retired."""
    for name, key, old in (
        ("role", facts.role, before.role if before else None),
        ("team", facts.team, before.team if before else None),
        ("zone", facts.zone, before.zone if before else None),
    ):
        entry = {"role": company.role, "team": company.team, "zone": company.zone}[name](key) if key else None
        if entry is not None and entry.retired and key != old:
            yield f"{name} {key} is retired: nothing new should use it"


def _retired_places(ladder: Ladder, level: Level, facts: Facts, before: Facts | None) -> Iterator[str]:
    came = before is None or (before.ladder, before.level) != (facts.ladder, facts.level)
    if came and level.retired:
        yield f"level {level.key} is retired: nobody new should come to it"
    if ladder.lifecycle == "retired" and (before is None or before.ladder != facts.ladder):
        yield f"ladder {ladder.key} is retired: nobody new should come to it"


def _hiring(level: Level, day: date) -> Iterator[str]:
    if not level.is_hireable(day):
        yield f"nobody is hired into level {level.key} on {day}"
    elif level.is_internal_only(day):
        yield f"level {level.key} is for people of the company only"


def _moving(
    before: Facts, ladder: Ladder, level: Level, day: date, rows: Sequence[Row], definitions: Definitions
) -> Iterator[str]:
    """Conditions of the stated move, if there is one: by the version of the ladder that is left."""
    origin = level_in_force(definitions, before, day)
    move = origin[0].edge(before.level, level.key, to_ladder=ladder.key) if origin else None
    if move is None:
        return
    if move.minimum_months is not None:
        held = months_on(before, rows, day)
        if held < move.minimum_months:
            yield f"{held} months on {before.level}: this move expects {move.minimum_months}"
    if move.minimum_tenure_months is not None:
        employed = months_employed(rows, day)
        if employed < move.minimum_tenure_months:
            yield f"{employed} months in the job: this move expects {move.minimum_tenure_months}"
    if move.approval:
        yield f"this move needs approval: {move.approval}"
