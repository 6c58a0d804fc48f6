"""Whether equal grades are paid equally: the rows that pay each side of a pair, compared by the company's policy."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from service.domain.band_rows import POINTS, BandRow
from service.domain.bands import BandSet
from service.domain.company import ParityPolicy
from service.domain.ladders import Ladder
from service.domain.levels import Level
from service.domain.tracks import TrackKind

Verdict = Literal["equal", "within_policy", "gap", "not_comparable", "no_band"]

_WORST_FIRST: tuple[Verdict, ...] = ("gap", "not_comparable", "within_policy", "equal", "no_band")
_IC: frozenset[TrackKind] = frozenset({"ic"})
_MANAGER: frozenset[TrackKind] = frozenset({"manager"})
_SIDES = _IC | _MANAGER


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """An individual contributor level and a manager level at one grade."""

    ic: Level
    manager: Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What pays both sides of a pair in a zone.

    `beyond` names the figures that differ more than the policy allows, such as `mid` or `steps/entry`;
    `gap_percent` is how much the individual contributor's middle lies above (+) or below (-) the manager's, in
    percent of the manager's; None where it cannot be told.
    """

    pair: Pair
    zone: str
    ic: BandRow | None
    manager: BandRow | None
    verdict: Verdict
    beyond: tuple[str, ...]
    lower: tuple[str, ...]
    """Figures of `beyond` that both sides have, so that a switch one way lowers them."""
    gap_percent: Decimal | None


def side_at(ladder: Ladder, grade: str, kind: Literal["ic", "manager"]) -> tuple[Level, ...]:
    """Levels of the grade that are for the kind and not for the other: a level that both share is on no side."""
    alone = _IC if kind == "ic" else _MANAGER
    return tuple(level for level in ladder.levels_at(grade) if ladder.kinds_of(level) & _SIDES == alone)


def pairs_at(ladder: Ladder, grade: str) -> tuple[Pair, ...]:
    """Every pair of the grade."""
    managers = side_at(ladder, grade, "manager")
    return tuple(Pair(ic=ic, manager=manager) for ic in side_at(ladder, grade, "ic") for manager in managers)


def compared(ladder: Ladder, bands: BandSet, policy: ParityPolicy, *, grade: str, zone: str) -> Iterator[Compared]:
    """One comparison for each pair of tracks that meet at the grade, by the first pair of levels on them."""
    seen: set[tuple[str | None, str | None]] = set()
    for pair in pairs_at(ladder, grade):
        tracks = (pair.ic.track, pair.manager.track)
        if tracks not in seen:
            seen.add(tracks)
            ic, manager = (bands.band_for(grade=grade, zone=zone, ladder=ladder.key, track=track) for track in tracks)
            yield _compare(pair, zone, ic, manager, policy)


def worst_verdict(verdicts: Iterable[Verdict]) -> Verdict:
    """The one that matters most; `no_band` when there is nothing to compare."""
    found = set(verdicts)
    for verdict in _WORST_FIRST:
        if verdict in found:
            return verdict
    return "no_band"


def _compare(pair: Pair, zone: str, ic: BandRow | None, manager: BandRow | None, policy: ParityPolicy) -> Compared:
    ours, theirs = _figures(ic), _figures(manager)
    beyond = tuple(
        name for name in dict.fromkeys((*ours, *theirs)) if not _fits(ours.get(name), theirs.get(name), policy)
    )
    comparable = not (ic and manager) or (ic.currency, ic.period) == (manager.currency, manager.period)
    verdict: Verdict = "equal" if ours == theirs else "within_policy"
    if ic is None and manager is None:
        verdict = "no_band"
    elif not comparable:
        verdict = "not_comparable"
    elif beyond:
        verdict = "gap"
    return Compared(
        pair=pair,
        zone=zone,
        ic=ic,
        manager=manager,
        verdict=verdict,
        beyond=beyond,
        lower=tuple(name for name in beyond if name in ours and name in theirs),
        gap_percent=_gap(ours, theirs) if comparable else None,
    )


def _figures(row: BandRow | None) -> Mapping[str, Decimal]:
    if row is None:
        return {}
    points = {name: amount for name in POINTS if (amount := getattr(row, name)) is not None}
    return {**points, **{name: amount for name, amount in row.amounts() if name.startswith("steps/")}}


def _fits(ic: Decimal | None, manager: Decimal | None, policy: ParityPolicy) -> bool:
    """A value on one side only never fits."""
    if ic is None or manager is None:
        return False
    match policy.policy:
        case "equal":
            return ic == manager
        case "ic_at_least_manager":
            return ic >= manager
        case "tolerance":
            return abs(ic - manager) * 100 <= manager * (policy.tolerance_percent or 0)


def _gap(ours: Mapping[str, Decimal], theirs: Mapping[str, Decimal]) -> Decimal | None:
    name = next((name for name in ("mid", "point", "target", "min", "max") if name in ours and name in theirs), None)
    if name is None or not theirs[name]:
        return None
    return ((ours[name] - theirs[name]) * 100 / theirs[name]).quantize(Decimal("0.01"))
