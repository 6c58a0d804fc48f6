"""Plans for histories that change in any way: what was recorded of one comes to say what the next one says."""

import os
import random
from collections.abc import Sequence
from datetime import date, timedelta

from service.domain.assignments import Row
from service.domain.claims import Claim
from service.domain.intake import Reading
from service.domain.intake_copies import Held, JobCopy
from service.domain.intake_plans import plan_job
from service.domain.intake_steps import NEW, Plan
from service.domain.mappings import SystemMapping
from tests.builders import definitions
from tests.connectors.intake.desk import MAPPED, ended, row

HISTORIES = 2_000 if "DUALTRACK_TEST_SOAK" in os.environ else 40
TODAY = date(2026, 6, 15)
DEFINITIONS = definitions()
LEVELS = ("Junior", "Engineer", "Manager")
"""Between which all moves are allowed: of the others it is tried elsewhere."""
FIRST = date(2026, 1, 1)


def history(chance: random.Random) -> list[Claim]:
    """Rows of one person: a start, then changes and now and then an end and a new start, before and after today."""
    days = sorted(chance.sample(range(0, 300, 7), chance.randint(1, 6)))
    rows = [any_row(chance, str(FIRST + timedelta(days=day))) for day in days]
    return rows if rows[0].level else [row(str(rows[0].effective_on), "Engineer", team="Web"), *rows[1:]]


def any_row(chance: random.Random, day: str) -> Claim:
    if chance.random() < 0.25:
        return ended(day)
    return row(day, chance.choice(LEVELS), team=chance.choice(("Platform", "Web")))


def altered(chance: random.Random, rows: Sequence[Claim]) -> list[Claim]:
    """Some rows gone, some with another day or another content, some new."""
    kept = {one.effective_on: one for one in rows if chance.random() < 0.7}
    for one in list(kept.values()):
        assert one.effective_on
        if chance.random() < 0.3:
            del kept[one.effective_on]
            other = one.effective_on + timedelta(days=chance.randint(-20, 20))
            moved = ended(str(other)) if one.ended else row(str(other), one.level, team=one.team)
            kept[other] = any_row(chance, str(other)) if chance.random() < 0.3 else moved
    for one in history(chance)[: chance.randint(0, 2)]:
        kept.setdefault(one.effective_on, one)
    found = sorted(kept.values(), key=lambda one: str(one.effective_on))
    while found and found[0].ended:
        found.pop(0)
    return found or [row("2026-03-03", "Engineer", team="Web")]


def planned(claims: Sequence[Claim], held: Sequence[Held]) -> Plan:
    reading = Reading(person="hris:1", mapping=SystemMapping(entries=MAPPED), today=TODAY, reason="sync:hris")
    (told,) = reading.read(claims)
    return plan_job(told, held, definitions=DEFINITIONS, today=TODAY, backfill=False, reason="sync:hris")


def done(plan: Plan, held: Sequence[Held], mark: str) -> tuple[list[Held], tuple[Row, ...]]:
    """What is recorded once the acts are done, each upon what those before it left."""
    copy = JobCopy(held, DEFINITIONS, TODAY)
    names = {one.id for one in held}
    made: dict[str, str] = {}
    for number, step in enumerate(plan.steps):
        new = f"{mark}{number}"
        made[f"{NEW}{number}"] = new
        target = copy.find(made.get(step.target, step.target)) if step.target else None
        match step.act:
            case "record":
                assert copy.record(new, step.day, step.to, override=step.override, backfill=False) == step.name
                names.add(new)
            case "correct":
                assert target
                copy.correct(target, new, step.day, step.to, restated=step.restated)
                names = names - {target.id} | {new}
            case "withdraw":
                assert target and step.name == ("rescinded" if target.effective else "cancelled")
                copy.withdraw(target)
                names.discard(target.id)
    return [copy.find(one) for one in names], copy.timeline().rows


def said(rows: Sequence[Row]) -> list[tuple[date, date | None, str, str | None]]:
    """(from, to, level, team) of a timeline, the same ones that follow each other as one."""
    found: list[tuple[date, date | None, str, str | None]] = []
    for one in rows:
        facts = one.standing.facts
        if found and found[-1][1] == one.effective_from and found[-1][2:] == (facts.level, facts.team):
            found[-1] = (found[-1][0], one.effective_to, facts.level, facts.team)
        else:
            found.append((one.effective_from, one.effective_to, facts.level, facts.team))
    return found


def test_req_17_any_history_becomes_any_other() -> None:
    for seed in range(HISTORIES):
        chance = random.Random(seed)
        held: list[Held] = []
        rows = history(chance)
        for turn in range(3):
            plan = planned(rows, held)
            assert plan.problems == [], (seed, turn, plan.problems)
            held, now = done(plan, held, f"{turn}/")
            anew = planned(rows, [])
            assert said(now) == said(done(anew, [], "anew")[1]), (seed, turn)
            again = planned(rows, held)
            assert (again.steps, again.problems) == ([], []), (seed, turn)
            rows = altered(chance, rows)
