"""Acts that make a record say what another system says. Pure data."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from service.domain.intake_reports import IntakeChoice, IntakeProblem
from service.domain.statements import Override

NEW = "new "
"""What the id of a change begins with that a plan makes; the rest is the number of its step, from 0."""
Facts = dict[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One act. `target` is the change that is corrected or withdrawn; a correction that does not restate moves it.

    `name` is what it counts as: a kind of change, corrected, cancelled or rescinded.
    """

    act: Literal["record", "correct", "withdraw"]
    name: str
    job: str
    day: date
    to: Facts | None
    restated: bool
    target: str | None
    reason: str
    override: Override | None
    row: str | None


@dataclass(slots=True, kw_only=True)
class Plan:
    """The acts in their order, and what stands in their way."""

    steps: list[Step] = field(default_factory=list[Step])
    problems: list[IntakeProblem] = field(default_factory=list[IntakeProblem])
    choices: list[IntakeChoice] = field(default_factory=list[IntakeChoice])
