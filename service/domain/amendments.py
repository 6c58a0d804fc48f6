"""Deciding what becomes of a change that is recorded already: it is withdrawn, or another one takes its place. Pure.

Nothing recorded is altered: the set of live changes is another one from now on, and the timeline is folded anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from service.domain.assignments import Assignment, Row, Standing, resolve
from service.domain.cautions import cautions
from service.domain.changes import (
    EVENT_OF_KIND,
    EventType,
    Kind,
    Move,
    Refold,
    differing_fields,
    move_of,
    own_moment,
    refuse_broken,
    refuse_uncovered,
)
from service.domain.dates import LATEST
from service.domain.definitions import Definitions
from service.domain.moves import check_move
from service.domain.pay_periods import locked_periods
from service.domain.refusals import Conflict, Invalid
from service.domain.statements import Override, Proposal, statement_of
from service.domain.timelines import LiveChange, Moment, Timeline, altered_days, difference, fold
from service.domain.trials import Trial, TrialRequest, asked_again, trial_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A live change with what was derived when it was recorded."""

    change: LiveChange
    kind: Kind
    grade_delta: int | None
    announced: EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment(Refold):
    """An accepted act on a change.

    `move` goes from what the change made hold to what holds now: on its day after a withdrawal, else on the day of
    the new one. `change` is the new one, None after a withdrawal. `announces` is the type of the plain event of the
    change itself, `touched` what held and what holds on the days that differ.
    """

    change: LiveChange | None
    effective_on: date
    announces: EventType
    touched: tuple[Assignment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What is to stand in a change's place.

    None of `effective_on` keeps its day; without `restated` its content, and its trial if none is given.
    """

    change_id: str
    effective_on: date | None
    restated: bool
    to: Mapping[str, str | None] | None
    override: Override | None = None
    trial: TrialRequest | None = None


def withdraw(
    wrong: Recorded,
    *,
    live: Sequence[LiveChange],
    definitions: Definitions,
    today: date,
    override: Sequence[str] = (),
) -> Amendment:
    """Take a change out of a job's live changes `live`, of which it is one.

    Raises Conflict `breaks-later-changes` and `period-locked`.
    """
    change, day = wrong.change, wrong.change.effective_on
    old = fold(live, definitions)
    new = fold([other for other in live if other.id != change.id], definitions)
    refuse_broken(new, change, old)
    try:
        refuse_uncovered(new, definitions)
    except Invalid as error:
        raise Conflict("breaks-later-changes", f"{error.detail} Correct the change instead.") from None
    told = _told(wrong, old, definitions)
    after = new.on(day)
    sides = _shown(told.made, day, definitions), _shown(after, day, definitions)
    move = Move(
        kind=told.kind,
        before=sides[0],
        after=sides[1],
        grade_delta=told.grade_delta,
        changed=differing_fields((told.made, sides[0]), (after, sides[1])),
    )
    closes, opens = difference(old.rows, new.rows)
    return Amendment(
        change=None,
        announces=told.announces,
        move=move,
        effective_on=day,
        closes=closes,
        opens=opens,
        touched=shown_rows((*closes, *opens), definitions),
        timeline=new,
        altered=_around(altered_days(old.rows, new.rows), day),
        scheduled=False,
        retroactive=day < today,
        periods=locked_periods(old.rows, new.rows, day=day, definitions=definitions, today=today, override=override),
    )


def correct(
    wrong: Recorded, correction: Correction, *, live: Sequence[LiveChange], definitions: Definitions, today: date
) -> Amendment:
    """Put another change in the place of one of a job's live changes `live`, keeping its place within a day.

    Raises Conflict `no-change`, `breaks-later-changes`, `already-employed` and whatever `changes.decide` raises for
    the new one.
    """
    old_change = wrong.change
    others = [other for other in live if other.id != old_change.id]
    old = fold(live, definitions)
    change = _corrected(old_change, correction, others, definitions)
    new = fold([*others, change], definitions)
    refuse_broken(new, change, old)
    moment = own_moment(new, change, definitions)
    refuse_uncovered(new, definitions)
    made = _told(wrong, old, definitions).made
    derived = move_of(moment, new, definitions)
    trial = _trial(correction, wrong, derived.kind, moment, definitions)
    sides = [(one.effective_on, one.form, one.trial) for one in (old_change, replace(change, trial=trial))]
    if sides[0] == sides[1] and moment.after == made and new.rows == old.rows:
        raise Conflict("no-change", "The change says this already. Send what is to be different, or nothing.")
    override = correction.override.codes if correction.override else ()
    check_move(derived.kind, moment, definitions, override=override, live=others)
    shown = _shown(made, old_change.effective_on, definitions)
    move = Move(
        kind=derived.kind,
        before=shown,
        after=derived.after,
        grade_delta=derived.grade_delta,
        changed=differing_fields((made, shown), (moment.after, derived.after)),
    )
    closes, opens = difference(old.rows, new.rows)
    day = change.effective_on
    return Amendment(
        change=replace(change, trial=trial),
        announces=EVENT_OF_KIND[derived.kind],
        move=move,
        effective_on=day,
        closes=closes,
        opens=opens,
        touched=shown_rows((*closes, *opens), definitions),
        timeline=new,
        altered=_around(altered_days(old.rows, new.rows), old_change.effective_on, day),
        scheduled=day > today,
        retroactive=min(old_change.effective_on, day) < today,
        periods=locked_periods(old.rows, new.rows, day=day, definitions=definitions, today=today, override=override),
        warnings=cautions(derived.kind, moment, new.rows, definitions),
    )


def _trial(
    correction: Correction, wrong: Recorded, kind: Kind, moment: Moment, definitions: Definitions
) -> Trial | None:
    """The trial that is asked for, or the one that goes with the content that stays."""
    day = moment.change.effective_on
    kept = None if correction.restated else asked_again(wrong.change, day, definitions)
    return trial_of(correction.trial or kept, kind, day, moment.before, definitions)


def _corrected(
    old: LiveChange, correction: Correction, others: Sequence[LiveChange], definitions: Definitions
) -> LiveChange:
    """The change that is to stand in the place of `old`. What is not restated stays as it is, form and all."""
    day = correction.effective_on or old.effective_on
    form, states = old.form, replace(old, effective_on=day).means(definitions)
    if correction.restated:
        proposal = Proposal(
            change_id=correction.change_id, effective_on=day, to=correction.to, override=correction.override
        )
        standing = _just_before(others, day, old.ordinal, definitions)
        form, states = statement_of(proposal, standing, definitions)
    return LiveChange(id=correction.change_id, effective_on=day, ordinal=old.ordinal, form=form, states=states)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What a change makes hold and by which kind and type it is or would be told, by the fold as it is now."""

    made: Standing | None
    kind: Kind
    grade_delta: int | None
    announces: EventType


def _told(wrong: Recorded, old: Timeline, definitions: Definitions) -> _Told:
    moment = old.moment(wrong.change.id)
    move = move_of(moment, old, definitions) if moment else None
    if moment and move and move.changed:
        return _Told(
            made=moment.after, kind=move.kind, grade_delta=move.grade_delta, announces=EVENT_OF_KIND[move.kind]
        )
    # It moves nothing any more, or cannot: then it keeps what it had promised.
    made = moment.after if moment else old.on(wrong.change.effective_on)
    return _Told(made=made, kind=wrong.kind, grade_delta=wrong.grade_delta, announces=wrong.announced)


def _just_before(others: Sequence[LiveChange], day: date, ordinal: int, definitions: Definitions) -> Standing | None:
    """What holds before a change of a day with this place within it: by what comes earlier, and the day's level map."""
    return fold([one for one in others if (one.effective_on, one.ordinal) < (day, ordinal)], definitions).on(day)


def _shown(standing: Standing | None, day: date, definitions: Definitions) -> Assignment | None:
    return resolve(standing, day=day, definitions=definitions) if standing else None


def shown_rows(rows: Sequence[Row], definitions: Definitions) -> tuple[Assignment, ...]:
    """Each as on its first day."""
    return tuple(resolve(row.standing, day=row.effective_from, definitions=definitions) for row in rows)


def _around(altered: tuple[date, date | None] | None, *days: date) -> tuple[date, date | None]:
    """The days altered and those of the act itself, so that nobody looks for an event's day in vain."""
    start, end = min(days), max(days)
    behind = end + timedelta(days=1) if end < LATEST else None
    if altered is None:
        return start, behind
    return min(start, altered[0]), altered[1] and behind and max(altered[1], behind)
