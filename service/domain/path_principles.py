"""Principle rules of single paths: DT101-DT103, DT106, DT110 (`principles.py` lists all)."""

from collections.abc import Iterator, Mapping

from service.domain.company import Company
from service.domain.coverage import lacks_a_track, unequal_tops
from service.domain.expectations import competencies_of, expected
from service.domain.findings import Finding
from service.domain.ladders import Ladder
from service.domain.levels import Level
from service.domain.waivers import Breach, breach, concerning


def path_breaches(ladder: Ladder, company: Company, ladders: Mapping[str, Ladder]) -> Iterator[Breach]:
    """Pointers begin at the ladder; `ladders` by key hold the frameworks it extends."""
    lack = lacks_a_track(ladder)
    if lack is not None:
        yield breach(
            "DT101",
            "/tracks",
            f"ladder {ladder.key} is not dual: {lack}",
            "give it the track",
            concerning(ladder=ladder.key),
        )
    yield from _top_breaches(ladder, company)
    yield from _counterpart_breaches(ladder, company)
    yield from _influence_breaches(ladder, company)
    yield from _expectation_breaches(ladder, ladders)


def _top_breaches(ladder: Ladder, company: Company) -> Iterator[Breach]:
    tops = unequal_tops(ladder, company.ranks)
    if tops is not None:
        short, missed = tops
        place, _ = _first_at(ladder, missed)
        text = f"the {short} track of {ladder.key} does not reach grade {missed}"
        remedy = f"add a level of kind {short} at grade {missed}, or end both tracks alike"
        yield breach("DT102", f"/levels/{place}/grade", text, remedy, concerning(ladder=ladder.key, grade=missed))


def _counterpart_breaches(ladder: Ladder, company: Company) -> Iterator[Breach]:
    ranks = company.ranks
    for grade in dict.fromkeys(level.grade for level in ladder.levels):
        pairing = ladder.pairing_at(grade, ranks=ranks) if grade is not None else None
        if grade is not None and pairing is not None and pairing.state == "missing":
            place, level = _first_at(ladder, grade)
            yield breach(
                "DT103",
                f"/levels/{place}/grade",
                f"{level.key} has no counterpart at grade {grade}",
                "add the level on the other track, or state in `pairing` why there is none",
                concerning(ladder=ladder.key, grade=grade),
            )


def _first_at(ladder: Ladder, grade: str) -> tuple[int, Level]:
    """The first level at the grade and its place; one of the kinds that are compared before any other."""
    found = [(index, level) for index, level in enumerate(ladder.levels) if level.grade == grade]
    return next((at for at in found if ladder.kinds_of(at[1]) & {"ic", "manager"}), found[0])


def _influence_breaches(ladder: Ladder, company: Company) -> Iterator[Breach]:
    ranks = company.ranks
    fork = ladder.fork(ranks=ranks)
    if fork is None:
        return
    for index, level in enumerate(ladder.levels):
        if level.grade not in ranks or ranks[level.grade] < ranks[fork] or "ic" not in ladder.kinds_of(level):
            continue
        missing = _missing_influence(level)
        if missing:
            yield breach(
                "DT106",
                f"/levels/{index}/influence",
                f"{level.key} does not state its {', '.join(missing)}",
                "say what people on it decide, where they have a seat and how far their work reaches",
                concerning(ladder=ladder.key, grade=level.grade),
            )


def _missing_influence(level: Level) -> tuple[str, ...]:
    influence = level.influence
    stated = {
        "scope": bool(influence and (influence.scope or "").strip()),
        "decision_rights": bool(influence and influence.decision_rights),
        "forums": bool(influence and influence.forums),
    }
    return tuple(name for name, there in stated.items() if not there)


def _expectation_breaches(ladder: Ladder, ladders: Mapping[str, Ladder]) -> Iterator[Breach]:
    competencies = competencies_of(ladder, ladders)
    for index, level in enumerate(ladder.levels):
        said = {
            expectation.competency
            for expectation in expected(level, ladder, ladders)
            if expectation.statements or expectation.proficiency
        }
        missing = [
            competency.key
            for competency in competencies
            if competency.key not in said and (not competency.tracks or set(competency.tracks) & set(level.tracks))
        ]
        if missing:
            finding = Finding(
                rule="DT110",
                pointer=f"/levels/{index}/expectations",
                text=f"{level.key} says nothing of {', '.join(missing)}",
                remedy="state what is expected, or narrow the competency down by `tracks`",
                severity="warning",
            )
            yield Breach(finding=finding, concerns=concerning(ladder=ladder.key, grade=level.grade))
