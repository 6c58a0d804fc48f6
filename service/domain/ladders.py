"""Ladders: published versions of tracks and levels, and what follows from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from service.domain.documents import bind
from service.domain.levels import Level
from service.domain.provenance import NotKnown, Origins, Sources
from service.domain.shapes import ByKey, Key, Label, Otherwise, Prose, SourceForm, Within
from service.domain.tracks import Competency, OverlayRole, Subposition, Track, TrackKind

PairingState = Literal["paired", "unpaired_by_design", "missing", "unstated"]
MoveKind = Literal["promotion", "track_switch", "lateral", "return", "demotion"]
Lifecycle = Literal["draft", "published", "retired"]

_MANAGER_ONLY: frozenset[TrackKind] = frozenset({"manager"})


@dataclass(frozen=True, slots=True, kw_only=True)
class GradePairing:
    """What the ladder says of its levels at one grade."""

    grade: Annotated[Key, Field(description="The grade.")]
    state: Annotated[PairingState, Field(description="Whether the tracks have counterparts at this grade.")]
    reason: Annotated[Prose | None, Field(description="Why; needed for `unpaired_by_design`.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """What a ladder states about the counterparts of its levels."""

    otherwise: Annotated[
        Literal["missing", "unstated"],
        Otherwise("missing"),
        Field(description="State of a grade from the fork up that has no counterpart and no entry."),
    ]
    grades: Annotated[tuple[GradePairing, ...], Field(description="What is stated for single grades.")]


PAIRING_NOT_STATED = Pairing(otherwise="missing", grades=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """An edge between levels. Track switches at an equal grade need none; other track switches do."""

    from_level: Annotated[Key, Field(description="Level that the move leaves.")]
    to_level: Annotated[Key, Field(description="Level that the move reaches.")]
    to_ladder: Annotated[Key | None, Field(description="Ladder of `to_level`; null means the same ladder.")]
    kind: Annotated[MoveKind, Field(description="What the move is.")]
    reversible: Annotated[bool, Otherwise(False), Field(description="Whether the way back is a move too.")]
    allowed: Annotated[
        bool, Otherwise(True), Field(description="False forbids a track switch that an equal grade would allow.")
    ]
    minimum_months: Annotated[
        int | None, Within(0, 1200), Field(description="Expected months on `from_level` before the move.")
    ]
    minimum_tenure_months: Annotated[
        int | None, Within(0, 1200), Field(description="Expected months in the company before the move.")
    ]
    approval: Annotated[Prose | None, Field(description="Who has to agree.")]
    internal_only: Annotated[bool, Otherwise(False), Field(description="Whether only people of the company may.")]
    note: Annotated[Prose | None, Field(description="What else is to be known.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelMap:
    """Where people of an earlier level go."""

    old_level: Annotated[Key, Field(description="Level of earlier versions.")]
    new_level: Annotated[Key, Field(description="Level of this version that takes its place.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """One version of a ladder, immutable once published. Levels stand in order, lowest first on each track."""

    key: Annotated[Key, Field(description="Key of the ladder.")]
    version: Annotated[Key, Field(description="Name of this version.")]
    title: Annotated[Label | None, Field(description="What the ladder is called.")]
    summary: Annotated[Prose | None, Field(description="What growth on this ladder means.")]
    effective_from: Annotated[date, Field(description="First day on which this version is in force.")]
    lifecycle: Annotated[
        Lifecycle,
        Otherwise("published"),
        Field(
            description="`draft`: judged but not published. `published`: in force from its day until a later version. "
            "`retired`: in force, but nobody new should come to the ladder."
        ),
    ]
    generic: Annotated[
        bool,
        Otherwise(False),
        Field(description="True for a framework that other ladders extend and nobody stands on itself."),
    ]
    extends: Annotated[
        Key | None,
        Field(description="Ladder whose competencies and expectations, by level key, hold here too."),
    ]
    cumulative: Annotated[
        bool,
        Otherwise(False),
        Field(description="Whether each level also expects what the levels below it on its tracks expect."),
    ]
    tracks: Annotated[tuple[Track, ...], Field(description="Tracks, in the order in which they are shown.")]
    subpositions: Annotated[
        tuple[Subposition, ...],
        Field(description="Kinds of places inside a level; steps of levels are drawn from them."),
    ]
    competencies: Annotated[tuple[Competency, ...], Field(description="What people are assessed on.")]
    levels: Annotated[tuple[Level, ...], Field(description="Levels in order, lowest first on each track.")]
    pairing: Annotated[Pairing, Otherwise(PAIRING_NOT_STATED), Field(description="What is stated about counterparts.")]
    moves: Annotated[tuple[Move, ...], Field(description="Moves beyond those that an equal grade allows.")]
    overlays: Annotated[
        tuple[OverlayRole, ...], Field(description="Roles that people of this ladder may take for a time.")
    ]
    maps: Annotated[
        tuple[LevelMap, ...], ByKey(), Field(description="Where people go whose level this version replaces.")
    ]
    source: Annotated[Prose | None, Field(description="Where the facts come from, in one text.")]
    sources: Sources
    not_public: NotKnown
    provenance: Origins
    # The definition as it was written, which is what is kept and exported.
    document: Annotated[Mapping[str, object], SourceForm(), Field(exclude=True)] = field(
        compare=False, repr=False, metadata={"source_form": True}
    )

    def level(self, key: str) -> Level | None:
        return next((level for level in self.levels if level.key == key), None)

    def track(self, key: str) -> Track | None:
        return next((track for track in self.tracks if track.key == key), None)

    def kind_of(self, track: str) -> TrackKind:
        """Raises KeyError for a track that the ladder lacks; levels of a checked ladder name none."""
        found = self.track(track)
        if found is None:
            raise KeyError(track)
        return found.kind

    def kinds_of(self, level: Level) -> frozenset[TrackKind]:
        """Kinds of all tracks of the level."""
        return frozenset(track.kind for track in self.tracks if track.key in level.tracks)

    def is_for_managers(self, level: Level) -> bool:
        """Whether the level belongs to managers alone."""
        return self.kinds_of(level) == _MANAGER_ONLY

    def levels_at(self, grade: str) -> tuple[Level, ...]:
        return tuple(level for level in self.levels if level.grade == grade)

    def levels_of(self, track: str) -> tuple[Level, ...]:
        """Levels of one track, shared ones included, lowest first."""
        return tuple(level for level in self.levels if track in level.tracks)

    def first_step(self, level: Level) -> str | None:
        """Where people begin who come to the level without a stated step; None when it has no steps."""
        return level.steps[0] if level.steps else None

    def edge(self, from_level: str, to_level: str, *, to_ladder: str | None = None) -> Move | None:
        """The move that leads from one level to the other, its way back included; None when none is stated.

        `to_ladder` is the key of the ladder that holds `to_level`, None when it is this one.
        """
        elsewhere = None if to_ladder == self.key else to_ladder
        for move in self.moves:
            away = None if move.to_ladder == self.key else move.to_ladder
            if away == elsewhere and _leads(move, from_level, to_level, away):
                return move
        return None

    def allows_switch(self, from_level: Level, to_level: Level, *, to_ladder: str | None = None) -> bool:
        """Whether somebody may change tracks from one level, of this ladder, to the other.

        A stated move decides (one with `allowed: false` forbids); without one, equal grades allow it both ways.
        `to_ladder` is the key of the ladder that holds `to_level`, None when it is this one.
        """
        edge = self.edge(from_level.key, to_level.key, to_ladder=to_ladder)
        if edge is not None:
            return edge.allowed
        return from_level.grade is not None and from_level.grade == to_level.grade

    def fork(self, *, ranks: Mapping[str, int]) -> str | None:
        """The lowest grade with a manager-only level, by the company's ranks; None when there is none."""
        grades = [
            level.grade
            for level in self.levels
            if level.grade in ranks and level.grade is not None and self.is_for_managers(level)
        ]
        return min(grades, key=ranks.__getitem__, default=None)

    def pairing_at(self, grade: str, *, ranks: Mapping[str, int]) -> GradePairing | None:
        """The state of one grade; None where no pairing is needed: below the fork, or a level all share.

        What the ladder states for the grade wins; else equal grades on kinds ic and manager are a pair.
        """
        stated = next((pairing for pairing in self.pairing.grades if pairing.grade == grade), None)
        if stated is not None:
            return stated
        kinds = [self.kinds_of(level) & {"ic", "manager"} for level in self.levels_at(grade)]
        fork = self.fork(ranks=ranks)
        if fork is None or grade not in ranks or ranks[grade] < ranks[fork] or not any(kinds):
            return None
        if any(len(both) == 2 for both in kinds):
            return None
        paired = {"ic", "manager"} <= frozenset[str]().union(*kinds)
        return GradePairing(grade=grade, state="paired" if paired else self.pairing.otherwise, reason=None)


def ladder_from_document(document: Mapping[str, object]) -> Ladder:
    """Raises DocumentRejected, whose findings carry JSON pointers into `document`."""
    return bind(Ladder, document)


def _leads(move: Move, from_level: str, to_level: str, away: str | None) -> bool:
    # The way back of a move to another ladder starts there, so only that ladder's own moves can state it.
    return (move.from_level, move.to_level) == (from_level, to_level) or (
        move.reversible and away is None and (move.to_level, move.from_level) == (from_level, to_level)
    )
