"""Deciding what becomes of a change that is recorded already: it is withdrawn, or another one takes its place. Pure.

Nothing recorded is altered: the set of live changes is another one from now on, and the timeline is folded anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from service.domain.assignments import Assignment, Standing, resolve
from service.domain.cautions import cautions
from service.domain.changes import (
    Kind,
    Move,
    Refold,
    differing_fields,
    move_of,
    refuse_broken,
    refuse_uncovered,
)
from service.domain.definitions import Definitions
from service.domain.moves import check_move
from service.domain.refusals import Conflict
from service.domain.statements import Override, Proposal, statement_of
from service.domain.timelines import LiveChange, Timeline, altered_days, difference, fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A live change with what was derived when it was recorded."""

    change: LiveChange
    kind: Kind
    grade_delta: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment(Refold):
    """An accepted act on a change.

    `move` goes from what the change made hold to what holds now: on its day after a withdrawal, else on the day of
    the new one. `change` is the new one, None after a withdrawal.
    """

    change: LiveChange | None
    effective_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What is to stand in a change's place. None of `effective_on` keeps its day; without `restated` its content."""

    change_id: str
    effective_on: date | None
    restated: bool
    to: Mapping[str, str | None] | None
    override: Override | None = None


def withdraw(wrong: Recorded, *, live: Sequence[LiveChange], definitions: Definitions, today: date) -> Amendment:
    """Take a change out of a job's live changes `live`, of which it is one.

    Raises Conflict `breaks-later-changes`, Invalid `level-not-in-force`.
    """
    change, day = wrong.change, wrong.change.effective_on
    old = fold(live, definitions)
    new = fold([other for other in live if other.id != change.id], definitions)
    refuse_broken(new, change, old)
    refuse_uncovered(new, definitions)
    before, after = old.moment(change.id).after, new.on(day)
    shown_before, shown_after = _shown(before, day, definitions), _shown(after, day, definitions)
    closes, opens = difference(old.rows, new.rows)
    return Amendment(
        change=None,
        move=Move(
            kind=wrong.kind,
            before=shown_before,
            after=shown_after,
            grade_delta=wrong.grade_delta,
            changed=differing_fields((before, shown_before), (after, shown_after)),
        ),
        effective_on=day,
        closes=closes,
        opens=opens,
        timeline=new,
        altered=altered_days(old.rows, new.rows),
        scheduled=False,
        retroactive=day < today,
    )


def correct(
    wrong: Recorded, correction: Correction, *, live: Sequence[LiveChange], definitions: Definitions, today: date
) -> Amendment:
    """Put another change in the place of one of a job's live changes `live`, keeping its place within a day.

    Raises Conflict `no-change`, `breaks-later-changes` and whatever `changes.decide` raises for the new one.
    """
    old_change = wrong.change
    day = correction.effective_on or old_change.effective_on
    others = [other for other in live if other.id != old_change.id]
    old = fold(live, definitions)
    proposal = Proposal(
        change_id=correction.change_id,
        effective_on=day,
        to=correction.to if correction.restated else _stated(old_change),
        override=correction.override,
    )
    standing = _just_before(fold(others, definitions), day, old_change.ordinal)
    form, states = statement_of(proposal, standing, definitions)
    if (day, form, states) == (old_change.effective_on, old_change.form, old_change.states):
        raise Conflict("no-change", "The change says this already. Send what is to be different, or nothing.")
    change = LiveChange(id=correction.change_id, effective_on=day, ordinal=old_change.ordinal, form=form, states=states)
    new = fold([*others, change], definitions)
    refuse_broken(new, change, old)
    refuse_uncovered(new, definitions)
    moment = new.moment(change.id)
    derived = move_of(moment, new, definitions)
    check_move(derived.kind, moment, definitions, override=correction.override.codes if correction.override else ())
    before = old.moment(old_change.id).after
    shown_before = _shown(before, old_change.effective_on, definitions)
    closes, opens = difference(old.rows, new.rows)
    return Amendment(
        change=change,
        move=Move(
            kind=derived.kind,
            before=shown_before,
            after=derived.after,
            grade_delta=derived.grade_delta,
            changed=differing_fields((before, shown_before), (moment.after, derived.after)),
        ),
        effective_on=day,
        closes=closes,
        opens=opens,
        timeline=new,
        altered=_from_the_earlier(altered_days(old.rows, new.rows), old_change.effective_on, day),
        scheduled=day > today,
        retroactive=day < today,
        warnings=cautions(derived.kind, moment, new.rows, definitions),
    )


def _stated(change: LiveChange) -> Mapping[str, str | None] | None:
    """What a change says, as it would be asked for."""
    return None if change.form == "end" else change.states


def _just_before(timeline: Timeline, day: date, ordinal: int) -> Standing | None:
    standing: Standing | None = None
    for moment in timeline.moments:
        if (moment.change.effective_on, moment.change.ordinal) > (day, ordinal):
            break
        standing = moment.after
    return standing


def _shown(standing: Standing | None, day: date, definitions: Definitions) -> Assignment | None:
    return resolve(standing, day=day, definitions=definitions) if standing else None


def _from_the_earlier(
    altered: tuple[date, date | None] | None, old_day: date, new_day: date
) -> tuple[date, date | None]:
    """The days altered, from the earlier of both days on, so that nobody looks for the event's day in vain."""
    start = min(old_day, new_day)
    if altered is None:
        return start, max(old_day, new_day) + timedelta(days=1)
    return min(start, altered[0]), altered[1]
