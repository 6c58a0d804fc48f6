"""Levels: what a rung of a ladder is, expects and gives."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from service.domain.dated import Aliases, Flags, Months, held_on
from service.domain.provenance import Origins
from service.domain.shapes import ByKey, Key, Label, Otherwise, Plain, Prose, Within


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelLabel:
    """A name that another scheme has for a level, for example `stage: [IC6, IC7]`."""

    scheme: Annotated[Key, Field(description="Which scheme the labels belong to.")]
    values: Annotated[tuple[Label, ...], Field(description="Labels of the level in that scheme.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One thing that is expected. A plain text is the statement without examples."""

    text: Annotated[Prose, Field(description="What is expected.")]
    examples: Annotated[tuple[Prose, ...], Field(description="What meeting it looks like.")]
    anti_examples: Annotated[tuple[Prose, ...], Field(description="What does not meet it although it may seem to.")]
    source_id: Annotated[Label | None, Field(description="Id of the statement where it was taken from.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What a level expects in one competency. A plain list is the statements alone."""

    competency: Annotated[Key, Field(description="Key of the competency.")]
    statements: Annotated[
        tuple[Annotated[Statement, Plain("text")], ...],
        Field(description="What is expected of people on the level."),
    ]
    proficiency: Annotated[
        Label | None, Field(description="Point on the competency's scale that is asked for; null when none is.")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """Recognition beyond the band, for example `time: [10 % for own research]`."""

    kind: Annotated[Key, Field(description="What kind of reward it is.")]
    statements: Annotated[tuple[Prose, ...], Field(description="What people on the level receive.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Influence:
    """The influence of people on a level, made formal."""

    scope: Annotated[Prose | None, Field(description="How far their work reaches.")]
    decision_rights: Annotated[tuple[Prose, ...], Field(description="What they decide.")]
    forums: Annotated[tuple[Prose, ...], Field(description="Where they have a seat.")]
    influence: Annotated[Prose | None, Field(description="Whom they move without authority.")]
    autonomy: Annotated[Prose | None, Field(description="How independently they work.")]
    complexity: Annotated[Prose | None, Field(description="How hard the problems are.")]
    value: Annotated[Prose | None, Field(description="How the organisation values the contribution.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeShare:
    """The part of working time that an activity is expected to take, in percent; any of the three may be unstated."""

    activity: Annotated[Key, Field(description="What the time goes to.")]
    about: Annotated[int | None, Within(0, 100), Field(description="About this many percent.")]
    least: Annotated[int | None, Within(0, 100), Field(description="At least this many percent.")]
    most: Annotated[int | None, Within(0, 100), Field(description="At most this many percent.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRange:
    """How many people report to somebody on the level. It never decides the track."""

    least: Annotated[int | None, Within(0, 100_000), Field(description="At least; null when not stated.")]
    most: Annotated[int | None, Within(0, 100_000), Field(description="At most; null when not stated.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class PointRange:
    """Points p with least <= p < below."""

    least: Annotated[Decimal, Field(description="Fewest points of the level.")]
    below: Annotated[Decimal | None, Field(description="First number of points that is too many; null when open.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """How much a competency counts in a rule."""

    competency: Annotated[Key, Field(description="Key of the competency.")]
    weight: Annotated[Decimal, Field(description="How much it counts.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRule:
    """What it takes to be on the level, beside the expectations. A plain text is the rule in prose."""

    text: Annotated[Prose | None, Field(description="The rule in the company's own words.")]
    required: Annotated[tuple[Prose, ...], Field(description="All of these.")]
    optional: Annotated[tuple[Prose, ...], Field(description="Some of these.")]
    optional_needed: Annotated[
        int | None, Within(0, 1000), Field(description="How many of `optional`; null when not stated.")
    ]
    weights: Annotated[
        tuple[Weight, ...], ByKey(), Field(description="How much each competency counts; empty when not stated.")
    ]
    points: Annotated[PointRange | None, Field(description="Points by which the company places people here.")]


TimeSplit = Annotated[
    tuple[TimeShare, ...], ByKey(plain="about"), Field(description="Expected shares of working time, by activity.")
]
Reports = Annotated[ReportRange | None, Field(description="How many people report here; null when not stated.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A rung of a ladder, on one track or on several."""

    key: Annotated[Key, Field(description="Key of the level within its ladder.")]
    tracks: Annotated[
        tuple[Key, ...], Field(description="Tracks that the level belongs to; several for a trunk level.")
    ]
    grade: Annotated[Key | None, Field(description="Company grade of the level; null when it is not stated.")]
    title: Annotated[
        Label | None,
        Field(
            description="Title of people on the level, with `{role}`, `{team}` or a word of the role in braces where "
            "it depends on them; null when it is not stated."
        ),
    ]
    title_aliases: Annotated[Aliases, Field(description="Other titles that the level has or had.")]
    summary: Annotated[Prose | None, Field(description="What the level is about.")]
    steps: Annotated[tuple[Label, ...], Field(description="Labels of the pay steps, lowest first.")]
    labels: Annotated[tuple[LevelLabel, ...], ByKey(), Field(description="Names of the level in other schemes.")]
    influence: Annotated[Influence | None, Field(description="The formal influence of the level.")]
    extends: Annotated[tuple[Key, ...], Field(description="Levels of this ladder whose expectations hold here too.")]
    expectations: Annotated[
        tuple[Expectation, ...],
        ByKey(plain="statements"),
        Field(description="Statements of what is expected, by competency."),
    ]
    rule: Annotated[
        Annotated[LevelRule, Plain("text")] | None, Field(description="What it takes to be here, beside expectations.")
    ]
    time_split: TimeSplit
    reports: Reports
    rewards: Annotated[tuple[Reward, ...], ByKey(), Field(description="Recognition beyond the band, by kind.")]
    hireable: Annotated[Flags, Field(description="Whether people are hired into the level; true when not stated.")]
    internal_only: Annotated[Flags, Field(description="Whether only people of the company move to the level.")]
    terminal: Annotated[Flags, Field(description="Whether people may stay here for good.")]
    maximum_months: Annotated[Months, Field(description="Longest expected stay in months.")]
    retired: Annotated[
        bool, Otherwise(False), Field(description="True when nobody new should come here; people on it stay.")
    ]
    provenance: Origins

    @property
    def track(self) -> str | None:
        """The only track of the level; None on a level that several tracks share."""
        return self.tracks[0] if len(self.tracks) == 1 else None

    def is_hireable(self, day: date) -> bool:
        """Whether people are hired into it on a day. What is not stated or not known forbids nothing."""
        flag = held_on(self.hireable, day)
        return flag is None or flag.value is not False

    def is_internal_only(self, day: date) -> bool:
        flag = held_on(self.internal_only, day)
        return flag is not None and flag.value is True

    def is_terminal(self, day: date) -> bool | None:
        """Whether people may stay for good; None when that is not known."""
        flag = held_on(self.terminal, day)
        return False if flag is None else flag.value

    def longest_stay(self, day: date) -> int | None:
        """Months; None for no limit."""
        limit = held_on(self.maximum_months, day)
        return limit.value if limit else None
