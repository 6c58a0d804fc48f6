"""Structure rules of a ladder as a whole; `structure.py` lists all rules."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from itertools import pairwise

from service.domain.company import Company
from service.domain.expectations import competencies_of, expected
from service.domain.findings import Finding, repeated, token, unknown
from service.domain.ladders import GradePairing, Ladder
from service.domain.level_structure import level_findings
from service.domain.levels import Level
from service.domain.provenance import Provenance, Source


def ladder_findings(ladder: Ladder, company: Company | None, ladders: Mapping[str, Ladder] | None) -> Iterator[Finding]:
    """`company` and `ladders` (by key) are None when they are not (all) known: what refers to them is unjudged."""
    yield from _repetitions(ladder)
    frameworks = ladders or {}
    for index, level in enumerate(ladder.levels):
        findings = level_findings(level, ladder, company, frameworks)
        yield from (finding.under(f"/levels/{index}") for finding in findings)
    yield from _reference_findings(ladder)
    if ladders is not None:
        yield from _framework_findings(ladder, ladders)
    yield from _inheritance_findings(ladder)
    yield from _drops(ladder, frameworks)
    yield from _point_findings(ladder)
    yield from _origin_findings(ladder)
    if company is not None:
        yield from _pairing_findings(ladder, company)
        yield from _order_findings(ladder, company)


def origin_findings(holder: object, origins: tuple[Provenance, ...], sources: tuple[Source, ...]) -> Iterator[Finding]:
    """DT053: provenance of a fact that its holder has no field for, or by a source that is not listed."""
    facts = [field.name for field in fields(holder) if field.init and field.name not in ("document", "provenance")]  # type: ignore[arg-type]
    keys = [source.key for source in sources]
    for origin in origins:
        pointer = "/provenance" + token(origin.fact)
        if origin.fact not in facts:
            yield unknown("DT053", pointer, "fact", origin.fact, facts)
        if origin.source is not None and origin.source not in keys:
            yield unknown("DT053", pointer, "source", origin.source, keys)


def _repetitions(ladder: Ladder) -> Iterator[Finding]:
    yield from repeated([track.key for track in ladder.tracks], "/tracks", "track", "/key")
    yield from repeated([competency.key for competency in ladder.competencies], "/competencies", "competency", "/key")
    yield from repeated([kind.key for kind in ladder.subpositions], "/subpositions", "sub-position", "/key")
    yield from repeated([overlay.key for overlay in ladder.overlays], "/overlays", "overlay", "/key")
    yield from repeated([level.key for level in ladder.levels], "/levels", "level", "/key")
    yield from repeated([pairing.grade for pairing in ladder.pairing.grades], "/pairing/grades", "grade", "/grade")


def _reference_findings(ladder: Ladder) -> Iterator[Finding]:
    levels = [level.key for level in ladder.levels]
    tracks = [track.key for track in ladder.tracks]
    for index, move in enumerate(ladder.moves):
        for name, level in (("from_level", move.from_level), ("to_level", move.to_level)):
            elsewhere = name == "to_level" and move.to_ladder not in (None, ladder.key)
            if level not in levels and not elsewhere:
                yield unknown("DT027", f"/moves/{index}/{name}", "level", level, levels)
    for entry in ladder.maps:
        if entry.new_level not in levels:
            yield unknown("DT027", "/maps" + token(entry.old_level), "level", entry.new_level, levels)
    for index, overlay in enumerate(ladder.overlays):
        for place, level in enumerate(overlay.levels):
            if level not in levels:
                yield unknown("DT027", f"/overlays/{index}/levels/{place}", "level", level, levels)
    for index, competency in enumerate(ladder.competencies):
        for place, track in enumerate(competency.tracks):
            if track not in tracks:
                yield unknown("DT022", f"/competencies/{index}/tracks/{place}", "track", track, tracks)
    for index, level in enumerate(ladder.levels):
        for place, other in enumerate(level.extends):
            if other not in levels:
                yield unknown("DT027", f"/levels/{index}/extends/{place}", "level", other, levels)


def _framework_findings(ladder: Ladder, ladders: Mapping[str, Ladder]) -> Iterator[Finding]:
    for index, move in enumerate(ladder.moves):
        if move.to_ladder is not None and move.to_ladder not in ladders:
            yield unknown("DT023", f"/moves/{index}/to_ladder", "ladder", move.to_ladder, ladders)
    if ladder.extends is None:
        return
    if ladder.extends not in ladders:
        yield unknown("DT023", "/extends", "ladder", ladder.extends, ladders)
        return
    seen = [ladder.key]
    current = ladder
    while current.extends is not None and current.extends in ladders:
        if current.extends in seen:
            yield _cycle("/extends", (*seen, current.extends))
            return
        current = ladders[current.extends]
        seen.append(current.key)


def _inheritance_findings(ladder: Ladder) -> Iterator[Finding]:
    """A cycle is reported once, at the first of its levels."""
    reported: set[str] = set()
    for index, level in enumerate(ladder.levels):
        path = _way_back(level, ladder)
        if path and not reported & set(path):
            reported.update(path)
            yield _cycle(f"/levels/{index}/extends", path)


def _way_back(level: Level, ladder: Ladder) -> tuple[str, ...]:
    """The levels from this one to itself along `extends`; empty when there is no such way."""
    waiting: list[tuple[str, ...]] = [(level.key,)]
    seen: set[str] = set()
    while waiting:
        path = waiting.pop()
        found = ladder.level(path[-1])
        for other in found.extends if found else ():
            if other == level.key:
                return (*path, other)
            if other not in seen:
                seen.add(other)
                waiting.append((*path, other))
    return ()


def _cycle(pointer: str, path: tuple[str, ...]) -> Finding:
    return Finding(
        rule="DT052",
        pointer=pointer,
        text=f"inheritance runs in a circle: {' -> '.join(path)}",
        remedy="remove one of the links",
    )


def _drops(ladder: Ladder, ladders: Mapping[str, Ladder]) -> Iterator[Finding]:
    """DT048: a requirement that is lower on a higher level of one track may be meant; it is said, not refused."""
    scales = {competency.key: competency.scale for competency in competencies_of(ladder, ladders)}
    asked = {
        level.key: {
            expectation.competency: scales[expectation.competency].index(expectation.proficiency)
            for expectation in expected(level, ladder, ladders)
            if expectation.proficiency in scales.get(expectation.competency, ())
        }
        for level in ladder.levels
    }
    places = {level.key: index for index, level in enumerate(ladder.levels)}
    said: set[tuple[str, str]] = set()
    for track in ladder.tracks:
        for lower, higher in pairwise(ladder.levels_of(track.key)):
            for competency, place in asked[higher.key].items():
                before = asked[lower.key].get(competency)
                if before is not None and place < before and (higher.key, competency) not in said:
                    said.add((higher.key, competency))
                    yield Finding(
                        rule="DT048",
                        pointer=f"/levels/{places[higher.key]}/expectations{token(competency)}",
                        text=f"{competency} asks for less on {higher.key} than on {lower.key} below it",
                        remedy="raise it if that is a slip; a drop is allowed",
                        severity="warning",
                    )


def _point_findings(ladder: Ladder) -> Iterator[Finding]:
    """DT051: along a track, points of one level begin where those of the level below end."""
    places = {level.key: index for index, level in enumerate(ladder.levels)}
    said: set[str] = set()
    for track in ladder.tracks:
        stated = [
            (level, level.rule.points) for level in ladder.levels_of(track.key) if level.rule and level.rule.points
        ]
        for level, points in stated:
            if points.below is not None and points.below <= points.least and level.key not in said:
                said.add(level.key)
                yield Finding(
                    rule="DT051",
                    pointer=f"/levels/{places[level.key]}/rule/points/below",
                    text=f"no points fit {level.key}: {points.below} is not above {points.least}",
                    remedy="`below` is the first number that is too many",
                )
        for (lower, before), (higher, after) in pairwise(stated):
            if before.below == after.least or higher.key in said:
                continue
            said.add(higher.key)
            overlap = before.below is None or before.below > after.least
            yield Finding(
                rule="DT051",
                pointer=f"/levels/{places[higher.key]}/rule/points/least",
                text=f"points of {higher.key} {'overlap' if overlap else 'leave a hole after'} those of {lower.key}",
                remedy=f"let `below` of {lower.key} and `least` of {higher.key} be the same number",
            )


def _origin_findings(ladder: Ladder) -> Iterator[Finding]:
    yield from origin_findings(ladder, ladder.provenance, ladder.sources)
    for name, holders in (("tracks", ladder.tracks), ("levels", ladder.levels)):
        for index, holder in enumerate(holders):
            found = origin_findings(holder, holder.provenance, ladder.sources)
            yield from (finding.under(f"/{name}/{index}") for finding in found)


def _order_findings(ladder: Ladder, company: Company) -> Iterator[Finding]:
    """DT045: along a track grades never fall."""
    ranks = company.ranks
    places = {level.key: index for index, level in enumerate(ladder.levels)}
    said: set[str] = set()
    for track in ladder.tracks:
        graded = [level for level in ladder.levels_of(track.key) if level.grade in ranks]
        for lower, higher in pairwise(graded):
            if ranks[higher.grade or ""] < ranks[lower.grade or ""] and higher.key not in said:
                said.add(higher.key)
                yield Finding(
                    rule="DT045",
                    pointer=f"/levels/{places[higher.key]}/grade",
                    text=f"level {higher.key} stands above {lower.key} on track {track.key} but its grade is lower",
                    remedy="list levels lowest first, or mend the grade",
                )


def _pairing_findings(ladder: Ladder, company: Company) -> Iterator[Finding]:
    grades = [grade.key for grade in company.grades]
    for index, pairing in enumerate(ladder.pairing.grades):
        pointer = f"/pairing/grades/{index}"
        if pairing.grade not in grades:
            yield unknown("DT021", f"{pointer}/grade", "grade", pairing.grade, grades)
        elif (fault := _pairing_fault(ladder, pairing)) is not None:
            text, remedy = fault
            yield Finding(rule="DT029", pointer=pointer, text=text, remedy=remedy)


def _pairing_fault(ladder: Ladder, pairing: GradePairing) -> tuple[str, str] | None:
    """What is wrong and how to mend it; None when the statement fits the levels."""
    present = {kind for level in ladder.levels_at(pairing.grade) for kind in ladder.kinds_of(level)}
    both = {"ic", "manager"} <= present
    if pairing.state == "paired" and not both:
        return f"grade {pairing.grade} is stated as paired but lacks a side", "add the level, or state why it has none"
    if pairing.state in ("unpaired_by_design", "missing") and both:
        return f"grade {pairing.grade} has levels on both tracks", "state `paired`, or remove the entry"
    if pairing.state == "unpaired_by_design" and not (pairing.reason or "").strip():
        return f"grade {pairing.grade} is unpaired by design without a reason", "add `reason`"
    return None
