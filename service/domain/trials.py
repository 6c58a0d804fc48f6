"""Trial switches: a switch between tracks with a review ahead and a way back. Pure.

What is stored is a permission: until its day, a switch back to the level named passes the rules of moves. It says
nothing of pay, and takes nobody back by itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Protocol

from pydantic import Field

from service.domain.assignments import Facts, Standing, level_in_force
from service.domain.definitions import Definitions
from service.domain.refusals import FieldError, Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class WayBack:
    """Where somebody may switch back to, and until when."""

    until: Annotated[date, Field(description="First day on which the way back is closed.")]
    ladder: Annotated[str, Field(description="Ladder that was left.")]
    level: Annotated[str, Field(description="Level of it to switch back to, or what that was mapped to.")]
    step: Annotated[str | None, Field(description="Step that was in mind; null when none was.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What makes a switch a trial."""

    review_on: Annotated[date, Field(description="Day on which it is looked at again.")]
    return_: Annotated[WayBack, Field(alias="return", description="The way back.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRequest:
    """What is asked. The ladder is the one that the switch leaves."""

    review_on: date
    until: date
    level: str
    step: str | None


def asked_again(change: "_Dated", day: date, definitions: Definitions) -> TrialRequest | None:
    """The trial of a change as it would be asked for on `day`; None where it has none."""
    if change.trial is None:
        return None
    back = change.trial.return_
    level = _mapped(back, change, day, definitions)
    return TrialRequest(review_on=change.trial.review_on, until=back.until, level=level, step=back.step)


class _Dated(Protocol):
    @property
    def effective_on(self) -> date: ...

    @property
    def ordinal(self) -> int: ...

    @property
    def trial(self) -> Trial | None: ...

    @property
    def recorded_at(self) -> int | None: ...


def trial_of(
    asked: TrialRequest | None, kind: str, day: date, before: Standing | None, definitions: Definitions
) -> Trial | None:
    """What a change of a derived kind on `day` keeps; None where nothing is asked.

    Raises Invalid `trial-not-a-switch`, `invalid-date`, `level-not-in-force`, `unknown-step`, and `move-not-allowed`
    for a way back to another grade: it would pass the rules of moves by a detour.
    """
    if asked is None:
        return None
    if kind != "track_switch" or before is None:
        raise trial_of_another_kind(kind)
    late = [
        FieldError(pointer=pointer, detail=f"{on} is not after {day}", code="invalid-date")
        for pointer, on in (("/review_on", asked.review_on), ("/return/until", asked.until))
        if on <= day
    ]
    if late:
        raise Invalid("invalid-date", f"A trial that begins on {day} is looked at and ends later.", errors=tuple(late))
    ladder = before.facts.ladder
    found = level_in_force(definitions, Facts(ladder=ladder, level=asked.level), day)
    if found is None or found[1].grade is None:
        version = definitions.ladder(ladder, day)
        known = ", ".join(level.key for level in version.levels) if version else "none"
        detail = f"Ladder {ladder} has no level {asked.level} with a grade on {day}; its levels are {known}."
        raise _unusable("/return/level", detail, "level-not-in-force")
    if found[1].grade != before.grade:
        detail = (
            f"Level {asked.level} is of grade {found[1].grade}, and grade {before.grade} is left: a way back leads no "
            "higher and no lower. Name a level of that grade; what changes the grade is a change of its own."
        )
        raise _unusable("/return/level", detail, "move-not-allowed")
    if asked.step is not None and asked.step not in found[1].steps:
        known = ", ".join(found[1].steps) or "none"
        raise _unusable(
            "/return/step", f"Level {asked.level} has no step {asked.step}; its steps are {known}.", "unknown-step"
        )
    back = WayBack(until=asked.until, ladder=ladder, level=asked.level, step=asked.step)
    return Trial(review_on=asked.review_on, return_=back)


def trial_of_another_kind(kind: str) -> Invalid:
    """The refusal of a trial that would be of a change of this kind."""
    return _unusable(
        "/return",
        f"Only a switch between tracks can be on trial, and this is of kind {kind}. Leave review_on and return out.",
        "trial-not-a-switch",
    )


def leads_back(changes: Iterable[_Dated], *, day: date, ordinal: int, to: Facts, definitions: Definitions) -> bool:
    """Whether a live trial from before a change on `day` with that ordinal lets it switch to these facts."""
    earlier = (change for change in changes if (change.effective_on, change.ordinal) < (day, ordinal))
    return (to.ladder, to.level) in ways_back(earlier, day=day, definitions=definitions)


def ways_back(
    changes: Iterable[_Dated], *, day: date, definitions: Definitions, known_at: int | None = None
) -> Mapping[tuple[str, str], date]:
    """Where the trials of live changes up to `day` lead back to on it, (ladder, level), each with its `until`.

    By the maps known at `known_at` (µs; None = all that are known).
    """
    found: dict[tuple[str, str], date] = {}
    for change in changes:
        back = change.trial.return_ if change.trial else None
        if back and change.effective_on <= day < back.until:
            place = back.ladder, _mapped(back, change, day, definitions, known_at)
            found[place] = max(back.until, found.get(place, back.until))
    return found


def _mapped(back: WayBack, change: _Dated, day: date, definitions: Definitions, known_at: int | None = None) -> str:
    """The level by the maps of the versions that came into force, or became known, since it was stated."""
    level = back.level
    for mapping in definitions.maps(back.ladder):
        if known_at is not None and mapping.recorded_at > known_at:
            continue
        is_later = change.recorded_at is not None and change.recorded_at < mapping.recorded_at
        if mapping.day <= day and (change.effective_on < mapping.day or is_later):
            level = mapping.levels.get(level, level)
    return level


def _unusable(pointer: str, detail: str, code: str) -> Invalid:
    return Invalid(code, detail, errors=(FieldError(pointer=pointer, detail=detail, code=code),))
