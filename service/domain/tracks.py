"""What the levels of a ladder refer to: tracks, competencies, kinds of places inside a level, roles beside it."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from service.domain.levels import Reports, TimeSplit
from service.domain.provenance import Origins
from service.domain.shapes import Key, Label, Otherwise, Plain, Prose, Within

TrackKind = Literal["ic", "manager", "hybrid", "executive", "support"]
SubpositionKind = Literal["step", "modifier", "progress"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A way up within a ladder: individual contributor, manager, or another kind."""

    key: Annotated[Key, Field(description="Key of the track within its ladder.")]
    kind: Annotated[TrackKind, Field(description="What kind of work the track is for.")]
    title: Annotated[Label | None, Field(description="What the track is called.")]
    summary: Annotated[Prose | None, Field(description="What growth on this track means.")]
    recognised_on: Annotated[
        date | None,
        Field(description="Day on which the company recognised the track; people may have been on it before."),
    ]
    time_split: TimeSplit
    reports: Reports
    provenance: Origins


@dataclass(frozen=True, slots=True, kw_only=True)
class Competency:
    """Something that people are assessed on."""

    key: Annotated[Key, Field(description="Key of the competency within its ladder.")]
    title: Annotated[Label, Field(description="What the competency is called.")]
    theme: Annotated[Label | None, Field(description="What it belongs to together with others.")]
    summary: Annotated[Prose | None, Field(description="What it covers.")]
    tracks: Annotated[tuple[Key, ...], Field(description="Tracks it is expected on; none named means all.")]
    scale: Annotated[
        tuple[Label, ...], Field(description="Its own points of proficiency, lowest first; empty when it has none.")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubpositionLabel:
    """One label of a subposition."""

    label: Annotated[Label, Field(description="The label that levels and band rows use.")]
    minimum_months: Annotated[
        int | None, Within(0, 1200), Field(description="Expected months on the position before; null when not stated.")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subposition:
    """A kind of place inside a level: pay steps, modifiers, progress."""

    key: Annotated[Key, Field(description="Key of the kind.")]
    kind: Annotated[SubpositionKind, Field(description="What it is.")]
    title: Annotated[Label | None, Field(description="What it is called.")]
    moves_pay: Annotated[bool, Field(description="Whether pay moves with it.")]
    changes_level: Annotated[bool, Field(description="Whether moving along it changes the level.")]
    labels: Annotated[
        tuple[Annotated[SubpositionLabel, Plain("label")], ...], Field(description="Its places, lowest first.")
    ]
    summary: Annotated[Prose | None, Field(description="What it means.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayRole:
    """A role that people take for a time beside their level; ending it restores what was."""

    key: Annotated[Key, Field(description="Key of the role, for example tech-lead.")]
    title: Annotated[Label | None, Field(description="What it is called.")]
    summary: Annotated[Prose | None, Field(description="What it means.")]
    levels: Annotated[tuple[Key, ...], Field(description="Levels from which it may be taken; none named means all.")]
    maximum_months: Annotated[int | None, Within(1, 1200), Field(description="Longest time; null when not stated.")]
    high_profile: Annotated[
        bool, Otherwise(False), Field(description="Whether it counts as a role in which people are seen.")
    ]
