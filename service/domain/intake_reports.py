"""What reading people from a connected system came to."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from typing import Annotated, TypeVar

from pydantic import Field

from service.domain.claims import keepable

MOST_TOLD = 1_000
"""Problems, and choices, that a report names one by one; all are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeProblem:
    """A row that could not be taken in, or a person, or all that was still to come. It is never guessed at."""

    code: Annotated[str, Field(description="not-mapped, ambiguous, id-taken, … or the code of a refusal.")]
    person: Annotated[str | None, Field(description="Whom it is about, as system:value; null where it is nobody.")]
    row: Annotated[str | None, Field(description="Their row, as table and id; null where it is about no row.")]
    detail: Annotated[str, Field(description="What is wrong, without pay and without names of people.")]
    remedy: Annotated[str, Field(description="What to do about it.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeChoice:
    """A name of theirs that stands for several levels here, and the one that was taken."""

    person: Annotated[str, Field(description="Whom it is about, as system:value.")]
    row: Annotated[str | None, Field(description="Their row, as table and id.")]
    theirs: Annotated[str, Field(description="What they call it.")]
    ours: Annotated[str, Field(description="The level taken, as ladder/level: the only one on the person's track.")]
    among: Annotated[tuple[str, ...], Field(description="All that it may stand for.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeCount:
    """How many of something there were."""

    name: Annotated[str, Field(description="A kind of change, corrected, cancelled or rescinded; or a problem's code.")]
    count: Annotated[int, Field(description="How many.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeReport:
    """What was taken in, or in a dry run would be."""

    connection: Annotated[str, Field(description="Id of the connection.")]
    dry_run: Annotated[bool, Field(description="Nothing was kept.")]
    first_load: Annotated[bool, Field(description="Everything was read, and told to nobody.")]
    people: Annotated[int, Field(description="People whose rows were read.")]
    made: Annotated[int, Field(description="People made known.")]
    bound: Annotated[int, Field(description="Ids in other systems that were added to somebody known.")]
    unchanged: Annotated[int, Field(description="People of whom all was here already.")]
    changes: Annotated[tuple[IntakeCount, ...], Field(description="What was recorded, by kind.")]
    problems: Annotated[tuple[IntakeProblem, ...], Field(description="The first 1000 problems.")]
    problem_counts: Annotated[tuple[IntakeCount, ...], Field(description="All problems, by code.")]
    choices: Annotated[tuple[IntakeChoice, ...], Field(description="The first 1000 names that stood for several.")]
    alarms: Annotated[tuple[IntakeProblem, ...], Field(description="What whoever runs this has to look at.")]
    complete: Annotated[bool, Field(description="Everything was read to the end; if not, the next run reads it again.")]


MOST_WORDS = 1_000
"""Characters of any text of a problem or choice: more than an id that can be kept, and than what is said of it."""
Told = TypeVar("Told", IntakeProblem, IntakeChoice)


@dataclass(slots=True, kw_only=True)
class Tally:
    """A report while it grows."""

    people: int = 0
    made: int = 0
    bound: int = 0
    unchanged: int = 0
    complete: bool = False
    changes: dict[str, int] = field(default_factory=dict[str, int])
    counts: dict[str, int] = field(default_factory=dict[str, int])
    problems: list[IntakeProblem] = field(default_factory=list[IntakeProblem])
    choices: list[IntakeChoice] = field(default_factory=list[IntakeChoice])
    alarms: list[IntakeProblem] = field(default_factory=list[IntakeProblem])

    def recorded(self, kind: str) -> None:
        self.changes[kind] = self.changes.get(kind, 0) + 1

    def refused(self, problems: Iterable[IntakeProblem]) -> None:
        for problem in problems:
            self.counts[problem.code] = self.counts.get(problem.code, 0) + 1
            if len(self.problems) < MOST_TOLD:
                self.problems.append(_told(problem))

    def chosen(self, choices: Iterable[IntakeChoice]) -> None:
        self.choices.extend(map(_told, list(choices)[: MOST_TOLD - len(self.choices)]))

    def report(self, connection: str, *, dry_run: bool, first_load: bool) -> IntakeReport:
        return IntakeReport(
            connection=connection,
            dry_run=dry_run,
            first_load=first_load,
            people=self.people,
            made=self.made,
            bound=self.bound,
            unchanged=self.unchanged,
            changes=_counts(self.changes),
            problems=tuple(self.problems),
            problem_counts=_counts(self.counts),
            choices=tuple(self.choices),
            alarms=tuple(self.alarms),
            complete=self.complete,
        )


def _told(one: Told) -> Told:
    """With their words as they can be kept and sent, however long they are there."""
    texts = {it.name: value for it in fields(one) if isinstance(value := getattr(one, it.name), str)}
    return replace(one, **{name: keepable(text[:MOST_WORDS]) for name, text in texts.items()})


def _counts(counts: dict[str, int]) -> tuple[IntakeCount, ...]:
    return tuple(IntakeCount(name=name, count=counts[name]) for name in sorted(counts))
