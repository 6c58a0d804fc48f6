"""Moves bind track switches only: at equal grade both ways, else by an edge of the ladder version in force.

Everything else that happened elsewhere must be recordable as it happened.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from service.domain.assignments import Assignment, level_in_force
from service.domain.definitions import Definitions
from service.domain.pay import Band
from service.domain.refusals import FieldError, Invalid
from service.domain.timelines import LiveChange, Moment
from service.domain.trials import leads_back


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarantee:
    """What a switch kept, computed from both sides. A part that cannot be compared is null."""

    same_grade: Annotated[bool, Field(description="The grade is the same on both tracks.")]
    step_kept: Annotated[bool, Field(description="The position inside the band is the same.")]
    band_not_lower: Annotated[
        bool | None, Field(description="No figure of the band fell; null when either side has no comparable band.")
    ]
    tenure_kept: Annotated[bool, Field(description="Time at the grade goes on counting.")]


def check_move(
    kind: str, moment: Moment, definitions: Definitions, *, override: Sequence[str], live: Sequence[LiveChange]
) -> None:
    """Raises Invalid `move-not-allowed` for a track switch that the ladder does not allow.

    Unless it is overridden, or one of the job's other live changes is a trial that leads back this way.
    """
    if kind != "track_switch" or "move-not-allowed" in override or moment.before is None or moment.after is None:
        return
    day = moment.change.effective_on
    target = level_in_force(definitions, moment.after.facts, day)
    origin = level_in_force(definitions, moment.before.facts, day)
    if target is None:
        return
    if origin is None:
        # No version in force holds the level left behind, so no edge can name it: equal grade is the rule.
        allowed = moment.before.grade == moment.after.grade
    else:
        allowed = origin[0].allows_switch(origin[1], target[1], to_ladder=target[0].key)
    to = moment.after.facts
    if not allowed and not leads_back(live, day=day, ordinal=moment.change.ordinal, to=to, definitions=definitions):
        before, after = moment.before, moment.after
        raise Invalid(
            "move-not-allowed",
            f"Ladder {after.facts.ladder} allows no switch from {before.facts.level} (grade {before.grade}) to "
            f"{after.facts.level} (grade {after.grade}). Switch at equal grade, add the move to the ladder, or "
            "record it with an override and its scope.",
            errors=(FieldError(pointer="/to/level", detail="no allowed switch", code="move-not-allowed"),),
        )


def guarantee_of(before: Assignment, after: Assignment) -> Guarantee:
    return Guarantee(
        same_grade=before.grade == after.grade,
        step_kept=before.step == after.step,
        band_not_lower=_not_lower(before.band, after.band),
        tenure_kept=before.grade_since == after.grade_since,
    )


def _not_lower(before: Band | None, after: Band | None) -> bool | None:
    if before is None or after is None:
        return None
    return after.not_lower_than(before)
