"""Principle rules of pay: DT104 and, as to bands, DT108 (`principles.py` lists all).

Texts name figures and never their amounts: findings reach callers who may not read pay.
"""

from collections.abc import Iterator

from service.domain.bands import BandSet
from service.domain.company import ParityPolicy
from service.domain.ladders import Ladder
from service.domain.parity import Compared, compared
from service.domain.waivers import Breach, breach, concerning


def pay_breaches(
    bands: BandSet, ladder: Ladder, policy: ParityPolicy, *, bands_at: str, ladder_at: str
) -> Iterator[Breach]:
    """Pointers of DT104 begin with `bands_at`, those of DT108 with `ladder_at`.

    Derived zones are left out: what differs there differs in the zone that they are derived from.
    """
    zones = dict.fromkeys(row.zone for row in bands.rows)
    for grade in dict.fromkeys(level.grade for level in ladder.levels if level.grade is not None):
        for zone in zones:
            for found in compared(ladder, bands, policy, grade=grade, zone=zone):
                yield from _breaches(found, bands, ladder, policy, grade, (bands_at, ladder_at))


def _breaches(
    found: Compared, bands: BandSet, ladder: Ladder, policy: ParityPolicy, grade: str, places: tuple[str, str]
) -> Iterator[Breach]:
    place = _place(bands, found)
    if found.verdict not in ("gap", "not_comparable") or place is None:
        return
    ic, manager = found.pair.ic, found.pair.manager
    concerns = concerning(ladder=ladder.key, grade=grade, zone=found.zone)
    figures = ", ".join(found.beyond) if found.verdict == "gap" else "currency or period"
    yield breach(
        "DT104",
        f"{places[0]}/rows/{place}",
        f"in zone {found.zone} grade {grade} of {ladder.key} pays {ic.key} and {manager.key} differently: {figures}",
        f"let one row pay both, or stay within the parity policy {policy.policy}",
        concerns,
    )
    if found.verdict == "gap" and found.lower:
        yield breach(
            "DT108",
            f"{places[1]}/levels/{ladder.levels.index(ic)}",
            f"in zone {found.zone} a switch between {ic.key} and {manager.key} lowers {', '.join(found.lower)} one way",
            "pay both levels alike",
            concerns,
        )


def _place(bands: BandSet, found: Compared) -> int | None:
    """Where the more special of the two rows is written; None when both are derived."""
    cells = {row.cell for row in (found.ic, found.manager) if row is not None}
    written = [index for index, row in enumerate(bands.rows) if row.cell in cells]
    return max(written, key=lambda index: bands.rows[index].weight, default=None)
