"""Whether the grade and the band that a row names are those of our definitions. Pure."""

from dataclasses import dataclass
from datetime import date

from service.domain.assignments import Facts
from service.domain.definitions import Definitions
from service.domain.drift_mends import beside
from service.domain.drift_shapes import BandPlace, ExtractRow, TheirBand
from service.domain.drift_words import Place, Words
from service.domain.pay import Band, band_on

FIGURES = ("min", "mid", "max")
"""Figures of a band that are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BandDrift:
    """What differs, by name, and which band of ours was looked at; None where none was."""

    differs: tuple[str, ...]
    band: BandPlace | None


def band_drift(
    row: ExtractRow, place: Place, facts: Facts | None, words: Words, definitions: Definitions, day: date
) -> BandDrift | None:
    """What of grade and band in a row is not what our definitions say of the level, on a day; None where all is.

    `facts` are those of our record: what it pins and the zone are taken from there, else the zone from the row.
    """
    found = words.level_at(place, day)
    if found is None or found[1].grade is None:
        return None
    track, grade = found[1].track, found[1].grade
    differs: tuple[str, ...] = ()
    if row.claim.grade is not None and grade not in words.ours("grade", row.claim.grade, day):
        differs = ("grade",)
    zone = (facts.zone if facts else None) or beside(row.claim, words, day).get("zone")
    where = None
    if row.band is not None and zone is not None:
        where = BandPlace(
            grade=grade, zone=zone, ladder=place[0], track=track, band_set=facts.band_set if facts else None
        )
        differs = (*differs, *_differing(row.band, band_at(where, definitions, day, None)))
    return BandDrift(differs=differs, band=where) if differs else None


def band_at(where: BandPlace, definitions: Definitions, day: date, known_at: int | None) -> Band | None:
    return band_on(
        definitions,
        day=day,
        known_at=known_at,
        pinned=where.band_set,
        grade=where.grade,
        zone=where.zone,
        ladder=where.ladder,
        track=where.track,
        step=None,
    )


def without_figures(differs: tuple[str, ...]) -> tuple[str, ...]:
    """The same, without telling which figures: for whoever may not read bands."""
    hidden = any(name in FIGURES for name in differs)
    return (*(name for name in differs if name not in FIGURES), *(("figures",) if hidden else ()))


def _differing(theirs: TheirBand, ours: Band | None) -> tuple[str, ...]:
    """Nothing is converted: in another currency or period no figure is compared."""
    if ours is None:
        return ("band",)
    if theirs.currency is not None and theirs.currency != ours.currency:
        return ("currency",)
    if theirs.period != ours.period:
        return ("period",)
    return tuple(name for name in FIGURES if name in theirs.figures and theirs.figures[name] != getattr(ours, name))
