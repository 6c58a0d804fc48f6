"""Deciding a change: from a timeline and what is asked to rows and an event, or to a refusal. Pure.

Kinds are derived, never sent: the first of the rules in `kind_of` that fits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, get_args

from service.domain.assignments import FACTS, Assignment, Row, Standing, resolve, resolve_before
from service.domain.cautions import cautions
from service.domain.definitions import Definitions
from service.domain.moves import check_move
from service.domain.pay_periods import PERIOD_LOCKED, Periods, locked_periods
from service.domain.refusals import Conflict, FieldError, Invalid
from service.domain.statements import Proposal, not_employed, statement_of
from service.domain.timelines import (
    LiveChange,
    Moment,
    Timeline,
    altered_days,
    difference,
    first_uncovered,
    fold,
)
from service.domain.trials import trial_of

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
    "remap",
]
KINDS: tuple[str, ...] = get_args(Kind)
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
    "remap": "level.changed",
    "step": "step.changed",
    "transfer": "assignment.changed",
    "update": "assignment.changed",
}


_COMPARED = ("ladder", "track", "level", "grade", *(name for name in FACTS if name not in {"ladder", "level"}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What a change does on its day: kind, both sides as shown, and what differs between them."""

    kind: Kind
    before: Assignment | None
    after: Assignment | None
    grade_delta: int | None
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refold:
    """What an accepted act makes of a job's timeline: the rows it closes and opens, and the days it alters.

    `scheduled` tells that the day of its change is still to come, `retroactive` that it has passed. `periods` are the
    locked pay periods among the days altered.
    """

    move: Move
    closes: tuple[Row, ...]
    opens: tuple[Row, ...]
    timeline: Timeline
    altered: tuple[date, date | None] | None
    scheduled: bool
    retroactive: bool
    periods: Periods
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(Refold):
    """An accepted change, as the fold keeps it."""

    change: LiveChange


def decide(
    proposal: Proposal,
    *,
    live: Sequence[LiveChange],
    definitions: Definitions,
    today: date,
    old: Timeline | None = None,
) -> Decision:
    """Decide one change of a job whose live changes are `live`; `old` is their fold, if it is known already.

    Raises Invalid, Conflict: the codes of the decision table (docs/decisions: the fold).
    """
    old = fold(live, definitions) if old is None else old
    standing = old.on(proposal.effective_on)
    form, states = statement_of(proposal, standing, definitions)
    ordinal = 1 + max((change.ordinal for change in live), default=0)
    change = LiveChange(
        id=proposal.change_id, effective_on=proposal.effective_on, ordinal=ordinal, form=form, states=states
    )
    new = fold([*live, change], definitions)
    refuse_broken(new, change, old)
    refuse_uncovered(new, definitions)
    moment = own_moment(new, change, definitions)
    move = move_of(moment, new, definitions)
    override = proposal.override.codes if proposal.override else ()
    check_move(move.kind, moment, definitions, override=override, live=live)
    trial = trial_of(proposal.trial, move.kind, change.effective_on, moment.before, definitions)
    closes, opens = difference(old.rows, new.rows)
    return Decision(
        change=replace(change, trial=trial),
        move=move,
        closes=closes,
        opens=opens,
        timeline=new,
        altered=altered_days(old.rows, new.rows),
        scheduled=change.effective_on > today,
        retroactive=change.effective_on < today,
        periods=locked_periods(
            old.rows,
            new.rows,
            day=change.effective_on,
            definitions=definitions,
            today=today,
            override=(*override, PERIOD_LOCKED) if proposal.is_backfill else override,
        ),
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
    if moment.change.form == "map":
        return "remap"
    if after is None:
        return "end"
    if before is None:
        return "rehire" if held else "hire"
    switches = _switches_track(before, after, moment.change.effective_on, definitions)
    return altering_kind(before, after, switches=switches, grade_delta=_grade_delta(before, after, definitions) or 0)


def altering_kind(before: Assignment, after: Assignment, *, switches: bool, grade_delta: int) -> Kind:
    """The kind of what leads from one assignment to another. `switches`: from one track to another."""
    if switches:
        return "track_switch"
    if before.grade != after.grade:
        return "promotion" if grade_delta > 0 else "demotion"
    if any(getattr(before, name) != getattr(after, name) for name in ("ladder", "role", "team", "zone")):
        return "transfer"
    if before.level != after.level:
        return "lateral"
    return "step" if before.step != after.step else "update"


def changed_fields(moment: Moment, before: Assignment | None, after: Assignment | None) -> tuple[str, ...]:
    """The facts that differ, and the track and grade made of them; on a start or an end, all that are stated.

    A title counts where the person's own differs: another level brings another title by itself.
    """
    return differing_fields((moment.before, before), (moment.after, after))


def differing_fields(
    old: tuple[Standing | None, Assignment | None], new: tuple[Standing | None, Assignment | None]
) -> tuple[str, ...]:
    """The same between any two standings, each with how it is shown; None where nobody held the job."""
    before, after = _comparable(*old), _comparable(*new)
    return tuple(name for name in _COMPARED if before.get(name) != after.get(name))


def _comparable(standing: Standing | None, shown: Assignment | None) -> Mapping[str, str | None]:
    if standing is None or shown is None:
        return {}
    stated = {name: getattr(standing.facts, name) for name in FACTS}
    return {**stated, "track": shown.track, "grade": shown.grade}


def refuse_broken(new: Timeline, change: LiveChange, old: Timeline) -> None:
    known = {broken.change_id for broken in old.broken}
    later = [broken.change_id for broken in new.broken if broken.change_id not in {change.id, *known}]
    if later:
        raise Conflict(
            "breaks-later-changes",
            f"Changes after {change.effective_on} would no longer make sense: {', '.join(later)}. "
            "Correct or withdraw those first.",
            extra={"changes": later},
        )


def own_moment(new: Timeline, change: LiveChange, definitions: Definitions) -> Moment:
    """What a change does that is to be recorded. Raises Conflict and Invalid where it cannot be folded there."""
    moment = new.moment(change.id)
    if moment is not None:
        return moment
    why = next(broken.why for broken in new.broken if broken.change_id == change.id)
    day = change.effective_on
    if why == "not-employed":
        raise not_employed(day)
    if why == "already-employed":
        raise Conflict(
            "already-employed",
            f"Somebody holds this job on {day} already, and the change starts it. State what is to hold from then on.",
        )
    raise level_not_in_force(change.states.get("ladder") or "", change.states.get("level") or "", day, definitions)


def refuse_uncovered(new: Timeline, definitions: Definitions) -> None:
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
    became = definitions.became(ladder, level, day)
    remedy = f"{became} {remedy}" if became else remedy
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
