"""Deciding a change: from a timeline and what is asked to rows and an event, or to a refusal. Pure.

Kinds are derived, never sent: the first of the rules in `kind_of` that fits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from service.domain.assignments import FACTS, Assignment, Facts, Row, Standing, level_in_force, resolve, resolve_before
from service.domain.cautions import cautions
from service.domain.definitions import Definitions
from service.domain.moves import check_move
from service.domain.references import check_references, check_stated_derivations
from service.domain.refusals import Conflict, FieldError, Invalid
from service.domain.timelines import (
    Form,
    LiveChange,
    Moment,
    Timeline,
    altered_days,
    difference,
    first_uncovered,
    fold,
)

Kind = Literal[
    "hire",
    "rehire",
    "end",
    "track_switch",
    "promotion",
    "demotion",
    "transfer",
    "lateral",
    "step",
    "update",
]
EventType = Literal[
    "assignment.started",
    "assignment.ended",
    "track.switched",
    "level.changed",
    "step.changed",
    "assignment.changed",
]

EVENT_OF_KIND: Mapping[Kind, EventType] = {
    "hire": "assignment.started",
    "rehire": "assignment.started",
    "end": "assignment.ended",
    "track_switch": "track.switched",
    "promotion": "level.changed",
    "demotion": "level.changed",
    "lateral": "level.changed",
    "step": "step.changed",
    "transfer": "assignment.changed",
    "update": "assignment.changed",
}


_COMPARED = ("ladder", "track", "level", "grade", *(name for name in FACTS if name not in {"ladder", "level"}))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What a change does on its day: kind, both sides as shown, and what differs between them."""

    kind: Kind
    before: Assignment | None
    after: Assignment | None
    grade_delta: int | None
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """An accepted change: the change as the fold keeps it, the rows it closes and opens, and what it altered."""

    change: LiveChange
    move: Move
    closes: tuple[Row, ...]
    opens: tuple[Row, ...]
    timeline: Timeline
    altered: tuple[date, date | None] | None
    scheduled: bool
    retroactive: bool
    warnings: tuple[str, ...]


def decide(proposal: Proposal, *, live: Sequence[LiveChange], definitions: Definitions, today: date) -> Decision:
    """Decide one change of a job whose live changes are `live`.

    Raises Invalid, Conflict: the codes of the decision table (docs/decisions: the fold).
    """
    old = fold(live, definitions)
    standing = old.on(proposal.effective_on)
    form, states = _statement(proposal, standing, definitions)
    ordinal = 1 + max((change.ordinal for change in live), default=0)
    change = LiveChange(
        id=proposal.change_id, effective_on=proposal.effective_on, ordinal=ordinal, form=form, states=states
    )
    new = fold([*live, change], definitions)
    _refuse_broken(new, change, old)
    _refuse_uncovered(new, definitions)
    moment = new.moment(change.id)
    move = move_of(moment, new, definitions)
    check_move(move.kind, moment, definitions, override=proposal.override.codes if proposal.override else ())
    closes, opens = difference(old.rows, new.rows)
    return Decision(
        change=change,
        move=move,
        closes=closes,
        opens=opens,
        timeline=new,
        altered=altered_days(old.rows, new.rows),
        scheduled=change.effective_on > today,
        retroactive=change.effective_on < today,
        warnings=cautions(move.kind, moment, new.rows, definitions),
    )


def move_of(moment: Moment, timeline: Timeline, definitions: Definitions) -> Move:
    """What the change does on its day, by the fold as it is now. A change that moves nothing is an `update`."""
    day = moment.change.effective_on
    before = resolve_before(moment.before, day=day, definitions=definitions) if moment.before else None
    after = resolve(moment.after, day=day, definitions=definitions) if moment.after else None
    return Move(
        kind=kind_of(moment, before, after, held=timeline.held_before(moment.change.id), definitions=definitions),
        before=before,
        after=after,
        grade_delta=_grade_delta(before, after, definitions),
        changed=changed_fields(moment, before, after),
    )


def kind_of(
    moment: Moment, before: Assignment | None, after: Assignment | None, *, held: bool, definitions: Definitions
) -> Kind:
    if after is None:
        return "end"
    if before is None:
        return "rehire" if held else "hire"
    if _switches_track(before, after, moment.change.effective_on, definitions):
        return "track_switch"
    if before.grade != after.grade:
        return "promotion" if (_grade_delta(before, after, definitions) or 0) > 0 else "demotion"
    if any(getattr(before, name) != getattr(after, name) for name in ("ladder", "role", "team", "zone")):
        return "transfer"
    if before.level != after.level:
        return "lateral"
    return "step" if before.step != after.step else "update"


def changed_fields(moment: Moment, before: Assignment | None, after: Assignment | None) -> tuple[str, ...]:
    """The facts that differ, and the track and grade made of them; on a start or an end, all that are stated.

    A title counts where the person's own differs: another level brings another title by itself.
    """
    old, new = _comparable(moment.before, before), _comparable(moment.after, after)
    return tuple(name for name in _COMPARED if old.get(name) != new.get(name))


def _comparable(standing: Standing | None, shown: Assignment | None) -> Mapping[str, str | None]:
    if standing is None or shown is None:
        return {}
    stated = {name: getattr(standing.facts, name) for name in FACTS}
    return {**stated, "track": shown.track, "grade": shown.grade}


def _statement(
    proposal: Proposal, standing: Standing | None, definitions: Definitions
) -> tuple[Form, Mapping[str, str | None]]:
    """What the change states: the given facts that differ from what holds, so a full and a partial `to` agree."""
    if proposal.to is None:
        if standing is None:
            raise Conflict(
                "not-employed",
                f"Nobody holds this job on {proposal.effective_on}. Name a day on which it is held, or another job.",
            )
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


def _refuse_broken(new: Timeline, change: LiveChange, old: Timeline) -> None:
    known = {broken.change_id for broken in old.broken}
    later = [broken.change_id for broken in new.broken if broken.change_id not in {change.id, *known}]
    if later:
        raise Conflict(
            "breaks-later-changes",
            f"Changes after {change.effective_on} would no longer make sense: {', '.join(later)}. "
            "Correct or withdraw those first.",
            extra={"changes": later},
        )


def _refuse_uncovered(new: Timeline, definitions: Definitions) -> None:
    uncovered = first_uncovered(new.rows, definitions)
    if uncovered:
        row, day = uncovered
        facts = row.standing.facts
        raise level_not_in_force(facts.ladder, facts.level, day, definitions)


def level_not_in_force(ladder: str, level: str, day: date, definitions: Definitions) -> Invalid:
    """The refusal that names the level, the day and the levels there are."""
    version = definitions.ladder(ladder, day)
    known = ", ".join(level.key for level in version.levels) if version else ""
    remedy = f"Its levels then are {known}." if known else "No version of that ladder is in force then."
    return Invalid(
        "level-not-in-force",
        f"Ladder {ladder} has no level {level} with a grade on {day}. {remedy}",
        errors=(FieldError(pointer="/to/level", detail=f"not in force on {day}", code="level-not-in-force"),),
    )


def _switches_track(before: Assignment, after: Assignment, day: date, definitions: Definitions) -> bool:
    if before.track is None or after.track is None:
        return False
    if before.ladder == after.ladder:
        return before.track != after.track
    return _track_kind(before, day, definitions) != _track_kind(after, day, definitions)


def _track_kind(assignment: Assignment, day: date, definitions: Definitions) -> str | None:
    ladder = definitions.ladder(assignment.ladder, day)
    return ladder.kind_of(assignment.track) if ladder and assignment.track else None


def _grade_delta(before: Assignment | None, after: Assignment | None, definitions: Definitions) -> int | None:
    """Steps on the company's grade scale, None for hire, rehire and end."""
    if before is None or after is None:
        return None
    company = definitions.company()
    ranks = company.ranks if company else {}
    return ranks[after.grade] - ranks[before.grade]
