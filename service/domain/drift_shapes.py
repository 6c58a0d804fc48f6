"""Drift as it is told: what both sides say of a job, where they part, and what would make them equal. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from service.domain.band_rows import Period
from service.domain.claims import Claim

Kind = Literal[
    "missing_there",
    "missing_here",
    "wrong_level",
    "wrong_track",
    "wrong_date",
    "unknown_code",
    "ambiguous_code",
    "band_mismatch",
    "duplicate_person",
]
Authority = Literal["ours", "theirs"]
MENDED_AS = "reconciled"
"""Reason of the changes that mend our record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TheirBand:
    """A pay band as an extract has it. Compared and forgotten: no figure of it is kept."""

    figures: Mapping[str, Decimal] = field(repr=False)
    currency: str | None = None
    period: Period = "year"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractRow:
    """A row of an extract."""

    claim: Claim
    band: TheirBand | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OurSide:
    """What our record says of the job on the day."""

    ladder: Annotated[str, Field(description="Key of the ladder.")]
    level: Annotated[str, Field(description="Key of the level.")]
    track: Annotated[str | None, Field(description="The level's track; null on a level that several tracks share.")]
    grade: Annotated[str | None, Field(description="Grade of the level.")]
    since: Annotated[date, Field(description="First day on which the level is held without a break.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TheirSide:
    """What their row says, in their words."""

    level: Annotated[str | None, Field(description="The level as they call it.")]
    grade: Annotated[str | None, Field(description="The grade as they call it.")]
    effective_on: Annotated[date | None, Field(description="Day of their row; null when it has none.")]
    ended: Annotated[bool, Field(description="Nobody holds the job there from that day on.")]
    means: Annotated[tuple[str, ...], Field(description="What of ours their word may stand for, as ladder/level.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class MendRow:
    """A change of our record, in the form of a row of a change batch."""

    employee: Annotated[str | None, Field(description="Id of the person; null for one who is to be made known.")]
    effective_on: Annotated[date, Field(description="First day on which it holds.")]
    job: Annotated[str, Field(description="Key of the job.")]
    to: Annotated[Mapping[str, str | None] | None, Field(description="What is to hold; null ends the job.")]
    reason: Annotated[str, Field(description="Always `reconciled`.")] = MENDED_AS
    key: Annotated[str | None, Field(description="Your own key of somebody who is to be made known.")] = None
    external_ids: Annotated[
        Mapping[str, str], Field(description="Ids in other systems of somebody who is to be made known.")
    ] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class MendThere:
    """What to write over there, where our record is taken for right."""

    place: Annotated[str | None, Field(description="Their row to alter; null to write a new one.")]
    effective_on: Annotated[date | None, Field(description="Day the row has to have.")]
    level: Annotated[str | None, Field(description="Level the row has to have, in their words.")]
    ended: Annotated[bool, Field(description="The row has to end the job.")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mend:
    """What makes both sides equal."""

    text: Annotated[str, Field(description="What to do.")]
    here: Annotated[
        tuple[MendRow, ...],
        Field(description="Changes of our record, valid as rows of a change batch; empty where none of it would do."),
    ] = ()
    there: Annotated[MendThere | None, Field(description="What to write over there; null where nothing can be.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BandPlace:
    """Which band of ours was compared: enough to look its figures up again."""

    grade: str
    zone: str
    ladder: str
    track: str | None
    band_set: str | None

    @property
    def document(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One difference. `person` is who their row says it is, `employee_id` whom of ours that is; None for nobody.

    `until` is the first day after it, None while open. `differs` names what of grade and band differs.
    """

    kind: Kind
    employee_id: str | None
    person: str
    job: str
    effective_on: date
    until: date | None
    ours: OurSide | None
    theirs: TheirSide | None
    place: str | None
    mend: Mend
    differs: tuple[str, ...] = ()
    band: BandPlace | None = None
