"""What a change states: the facts given for its day that differ from what holds just before it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from service.domain.assignments import FACTS, Facts, Standing, level_in_force
from service.domain.definitions import Definitions
from service.domain.references import check_references, check_stated_derivations
from service.domain.refusals import Conflict, FieldError, Invalid
from service.domain.timelines import Form
from service.domain.trials import TrialRequest

PASSABLE = ("move-not-allowed", "period-locked")
"""Codes of refusals that an override can pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """Refusals the recorder of a fact from elsewhere takes upon themselves: which codes, and why."""

    codes: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What is asked. `to` None ends the job on `effective_on`, its first day without it; else the given facts."""

    change_id: str
    effective_on: date
    to: Mapping[str, str | None] | None
    override: Override | None = None
    trial: TrialRequest | None = None
    is_backfill: bool = False
    """A first load tells what was: no pay period is locked to it."""


def statement_of(
    proposal: Proposal, standing: Standing | None, definitions: Definitions
) -> tuple[Form, Mapping[str, str | None]]:
    """What the change states: the given facts that differ from what holds, so a full and a partial `to` agree.

    `standing` is what holds just before it. Raises Invalid and Conflict: the codes of the decision table
    (docs/decisions: the fold).
    """
    if proposal.to is None:
        if standing is None:
            raise not_employed(proposal.effective_on)
        return "end", {}
    given = {name: value for name, value in proposal.to.items() if name in FACTS}
    missing = [name for name in ("ladder", "level") if standing is None and not given.get(name)]
    if missing:
        raise Invalid(
            "incomplete-assignment",
            f"Nobody holds this job on {proposal.effective_on}, so the change starts it: state ladder and level.",
            errors=tuple(
                FieldError(pointer=f"/to/{name}", detail="is needed to start a job", code="missing") for name in missing
            ),
        )
    nulled = [name for name in ("ladder", "level") if name in given and given[name] is None]
    if nulled:
        raise Invalid(
            "invalid-body",
            "Ladder and level cannot be null: leave them out to keep them, or send `to: null` to end the job.",
            errors=tuple(FieldError(pointer=f"/to/{name}", detail="cannot be null", code="null") for name in nulled),
        )
    base = standing.facts if standing else Facts(ladder=given["ladder"] or "", level=given["level"] or "")
    facts = base.with_stated(given)
    check_references(facts, given, day=proposal.effective_on, definitions=definitions)
    check_stated_derivations(facts, proposal.to, day=proposal.effective_on, definitions=definitions)
    if standing is None:
        return "start", given
    return "alter", _differing(given, standing, facts, proposal.effective_on, definitions)


def _differing(
    given: Mapping[str, str | None], standing: Standing, facts: Facts, day: date, definitions: Definitions
) -> Mapping[str, str | None]:
    states = {name: value for name, value in given.items() if value != getattr(standing.facts, name)}
    if "ladder" in states or "level" in states:
        # One statement: a level means nothing without its ladder.
        states |= {"ladder": facts.ladder, "level": facts.level}
    found = level_in_force(definitions, facts, day)
    if found and found[1].grade != standing.grade:
        # A new grade resets step and band set, so one that is given counts even where it reads as before.
        states |= {name: given[name] for name in ("step", "band_set") if name in given}
    if not states:
        raise Conflict(
            "no-change",
            f"On {day} this already holds. Send what differs, or nothing.",
        )
    return states


def not_employed(day: date) -> Conflict:
    return Conflict("not-employed", f"Nobody holds this job on {day}. Name a day on which it is held, or another job.")
