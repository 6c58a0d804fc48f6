"""The numbers of a movement report. A range of days is half open; `start` and `end` are evenings.

Every number is a whole number but means and medians, which are decimal texts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field

TrackKindOrNone = Annotated[
    str | None, Field(description="Kind of the track; null on levels that several tracks share.")
]
Links = Annotated[
    Mapping[str, str],
    Field(description="Where to read what lies behind it, by name; empty where no question tells it."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadCount:
    """How many there are on one evening."""

    people: Annotated[int, Field(description="People, each once.")]
    jobs: Annotated[int, Field(description="Jobs that they hold.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeHeadCount:
    """How many stand at a grade on tracks of a kind."""

    track_kind: TrackKindOrNone
    grade: Annotated[str, Field(description="Key of the grade.")]
    start: Annotated[HeadCount, Field(description="On the evening before the range.")]
    end: Annotated[HeadCount, Field(description="On the last evening of the range.")]
    links: Links


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    """Jobs that came and went: those of the start, and these, make those of the end."""

    hires: Annotated[int, Field(description="Jobs begun that the person had never held.")]
    rehires: Annotated[int, Field(description="Jobs begun again after a time without.")]
    ends: Annotated[int, Field(description="Jobs ended.")]
    moved_in: Annotated[int, Field(description="Jobs that came in from what the filters leave out.")]
    moved_out: Annotated[int, Field(description="Jobs that went out to what the filters leave out.")]
    links: Links


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackMoves:
    """Moves by grade that did not leave the track, by the kind of track that they ended on."""

    track_kind: TrackKindOrNone
    promotions: Annotated[int, Field(description="Moves to a higher grade without a track switch.")]
    demotions: Annotated[int, Field(description="Moves to a lower grade without a track switch.")]
    links: Links


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """Track switches in one direction, returns included."""

    from_kind: Annotated[str, Field(description="Kind of the track that was left.")]
    to_kind: Annotated[str, Field(description="Kind of the track that was taken.")]
    count: Annotated[int, Field(description="How many.")]
    same_grade: Annotated[int, Field(description="Those at an equal grade.")]
    higher_grade: Annotated[int, Field(description="Those to a higher grade.")]
    lower_grade: Annotated[int, Field(description="Those to a lower grade.")]
    links: Links


@dataclass(frozen=True, slots=True, kw_only=True)
class Returns:
    """Switches back to a track that the person was on before in the same job, and what became of them.

    `count` = `on_track` + `elsewhere` + `left` = `higher_grade` + `same_grade` + `lower_grade` + `left`.
    """

    to_kind: Annotated[str, Field(description="Kind of the track that was taken again.")]
    count: Annotated[int, Field(description="How many switches; each is a return of its own.")]
    people: Annotated[int, Field(description="People who returned.")]
    on_track: Annotated[int, Field(description="Those on that track on the last evening of the range.")]
    elsewhere: Annotated[int, Field(description="Those in the job then, but not on that track.")]
    left: Annotated[int, Field(description="Those no longer in the job then.")]
    higher_grade: Annotated[int, Field(description="Those at a higher grade then than on the day of the return.")]
    same_grade: Annotated[int, Field(description="Those at the same grade then.")]
    lower_grade: Annotated[int, Field(description="Those at a lower grade then.")]
    promoted: Annotated[int, Field(description="Those promoted at least once between the return and then.")]
    promotions: Annotated[int, Field(description="Promotions between the returns and then.")]
    links: Links


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """Unbroken runs at a grade or a level in a job, with their length in days."""

    runs: Annotated[int, Field(description="How many.")]
    days: Annotated[int, Field(description="Days of all together.")]
    mean_days: Annotated[Decimal | None, Field(description="Mean in days, rounded to hundredths; null without a run.")]
    median_days: Annotated[Decimal | None, Field(description="Median in days; null without a run.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeTime:
    """How long people stay at a grade, by the kind of track on which a run ended or stands."""

    track_kind: TrackKindOrNone
    grade: Annotated[str, Field(description="Key of the grade.")]
    completed: Annotated[Runs, Field(description="Runs that ended in the range, whenever they began.")]
    promoted: Annotated[int, Field(description="Of those, ended by a higher grade.")]
    demoted: Annotated[int, Field(description="Of those, ended by a lower grade.")]
    left: Annotated[int, Field(description="Of those, ended with the job.")]
    running: Annotated[Runs, Field(description="Runs that go on on the last evening, as long as they are by then.")]
    regraded: Annotated[
        int, Field(description="Of those that ended, ended by a ladder version: nobody is promoted by it.")
    ] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelTime:
    """How long people stay at a level, by the track on which a run ended or stands."""

    ladder: Annotated[str, Field(description="Key of the ladder.")]
    track: Annotated[str | None, Field(description="Key of the track; null on a level that several tracks share.")]
    level: Annotated[str, Field(description="Key of the level.")]
    completed: Annotated[Runs, Field(description="Runs that ended in the range, whenever they began.")]
    promoted: Annotated[int, Field(description="Of those, ended by a promotion.")]
    demoted: Annotated[int, Field(description="Of those, ended by a demotion.")]
    switched: Annotated[int, Field(description="Of those, ended by a track switch.")]
    left: Annotated[int, Field(description="Of those, ended with the job.")]
    other: Annotated[
        int, Field(description="Of those, ended by another level at the same grade, or by a ladder version.")
    ]
    running: Annotated[Runs, Field(description="Runs that go on on the last evening, as long as they are by then.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Everything counted over a range of days."""

    start_on: Annotated[date, Field(description="Evening before the range.")]
    end_on: Annotated[date, Field(description="Last evening of the range.")]
    start: Annotated[HeadCount, Field(description="On the evening before the range.")]
    end: Annotated[HeadCount, Field(description="On the last evening of the range.")]
    headcount: Annotated[tuple[GradeHeadCount, ...], Field(description="The same by kind of track and grade.")]
    flows: Annotated[Flows, Field(description="Jobs that came and went.")]
    promotions: Annotated[int, Field(description="Moves to a higher grade without a track switch.")]
    demotions: Annotated[int, Field(description="Moves to a lower grade without a track switch.")]
    by_track: Annotated[tuple[TrackMoves, ...], Field(description="Promotions and demotions by kind of track.")]
    switches: Annotated[
        tuple[Switches, ...],
        Field(description="Track switches by direction. ic and manager are there both ways, counted or not."),
    ]
    returns: Annotated[tuple[Returns, ...], Field(description="Switches back, by the kind of track taken again.")]
    time_at_grade: Annotated[
        tuple[GradeTime, ...], Field(description="How long people stay, by kind of track and grade.")
    ]
    time_at_level: Annotated[tuple[LevelTime, ...], Field(description="The same by ladder, track and level.")]
