"""Structure rules: whether definitions hang together. `docs/lint.md` explains each rule with an example.

    DT020 entry stated twice         DT030 min, mid, max out of order
    DT021 unknown grade              DT031 two band rows for the same people
    DT022 unknown track              DT032 step amount without such a step
    DT023 unknown ladder             DT033 currency is not the zone's
    DT024 unknown zone               DT034 amount negative or too fine
    DT025 unknown role               DT035 band row without an amount
    DT026 level on no track          DT036 level without grade or title
    DT027 unknown level              DT037 unknown time zone
    DT028 unknown competency         DT038 parity tolerance not stated
    DT029 pairing contradicts levels DT039 unknown currency
                                     DT040 two definitions with one key

DT00x come from reading files, DT01x from the shape of a document (`documents.py`),
DT041-DT044 compare with what is published (`publication.py`). Every function takes what
it judges and yields findings with pointers relative to the document judged.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from service.domain.band_structure import bandset_findings
from service.domain.bands import BandSet
from service.domain.company import Company
from service.domain.currencies import MINOR_DIGITS
from service.domain.findings import Finding, repeated, token, unknown, unknown_currency
from service.domain.ladders import GradePairing, Ladder, Level


def definition_findings(
    *,
    company: Company | None,
    ladders: Mapping[str, Ladder],
    bandsets: Mapping[str, BandSet],
    timezones: Collection[str],
    all_usable: bool = True,
) -> Iterator[Finding]:
    """Every structure finding of a set of definitions.

    `ladders` and `bandsets` go by the JSON pointer that each document has, for example `/ladders/0`.
    The company is None when it could not be used, `all_usable` is False when some ladder or band set
    could not: what refers to them is then left unjudged.
    """
    known_ladders = list(ladders.values())
    if company is not None:
        findings = company_findings(company, known_ladders if all_usable else None, timezones)
        yield from (finding.under("/company") for finding in findings)
    for pointer, ladder in ladders.items():
        yield from (finding.under(pointer) for finding in ladder_findings(ladder, company))
    for pointer, bandset in bandsets.items():
        findings = bandset_findings(bandset, company, known_ladders if all_usable else None)
        yield from (finding.under(pointer) for finding in findings)
    yield from _one_key_each(ladders, "ladder")
    yield from _one_key_each(bandsets, "band set")


def company_findings(
    company: Company, ladders: Sequence[Ladder] | None, timezones: Collection[str]
) -> Iterator[Finding]:
    """`ladders` is None when not all of them are known."""
    for name, entries in (
        ("grades", company.grades),
        ("zones", company.zones),
        ("roles", company.roles),
        ("teams", company.teams),
    ):
        yield from repeated([entry.key for entry in entries], f"/{name}", "key", "/key")
    yield from repeated([grade.rank for grade in company.grades], "/grades", "rank", "/rank")
    if company.timezone not in timezones:
        remedy = "write an IANA time zone, for example Europe/Berlin"
        yield unknown("DT037", "/timezone", "time zone", company.timezone, timezones, remedy=remedy)
    for index, zone in enumerate(company.zones):
        if zone.currency not in MINOR_DIGITS:
            yield unknown_currency(f"/zones/{index}/currency", zone.currency)
    yield from _role_findings(company, ladders)
    if (company.parity.policy == "tolerance") != (company.parity.tolerance_percent is not None):
        yield Finding(
            rule="DT038",
            pointer="/parity",
            text="`tolerance_percent` and the policy `tolerance` go together",
            remedy="state both, or neither",
        )


def ladder_findings(ladder: Ladder, company: Company | None) -> Iterator[Finding]:
    """`company` is None when it is not known: grades are then left unjudged."""
    yield from repeated([track.key for track in ladder.tracks], "/tracks", "track", "/key")
    yield from repeated([competency.key for competency in ladder.competencies], "/competencies", "competency", "/key")
    yield from repeated([level.key for level in ladder.levels], "/levels", "level", "/key")
    yield from repeated([pairing.grade for pairing in ladder.pairing.grades], "/pairing/grades", "grade", "/grade")
    for index, level in enumerate(ladder.levels):
        yield from (finding.under(f"/levels/{index}") for finding in _level_findings(level, ladder, company))
    yield from _reference_findings(ladder)
    if company is not None:
        yield from _pairing_findings(ladder, company)


def _role_findings(company: Company, ladders: Sequence[Ladder] | None) -> Iterator[Finding]:
    known = [ladder.key for ladder in ladders or ()]
    for index, role in enumerate(company.roles):
        if ladders is not None and role.ladder is not None and role.ladder not in known:
            yield unknown("DT023", f"/roles/{index}/ladder", "ladder", role.ladder, known)
    roles = [role.key for role in company.roles]
    for index, team in enumerate(company.teams):
        for place, role in enumerate(team.roles):
            if role not in roles:
                yield unknown("DT025", f"/teams/{index}/roles/{place}", "role", role, roles)


def _level_findings(level: Level, ladder: Ladder, company: Company | None) -> Iterator[Finding]:
    tracks = [track.key for track in ladder.tracks]
    if not level.tracks:
        yield Finding(
            rule="DT026",
            pointer="/tracks",
            text=f"level {level.key} is on no track",
            remedy=f"name at least one of {', '.join(tracks) or 'the tracks, once the ladder has any'}",
        )
    for index, track in enumerate(level.tracks):
        if track not in tracks:
            yield unknown("DT022", f"/tracks/{index}", "track", track, tracks)
    yield from repeated(level.tracks, "/tracks", "track")
    yield from repeated(level.steps, "/steps", "step")
    competencies = [competency.key for competency in ladder.competencies]
    for expectation in level.expectations:
        if expectation.competency not in competencies:
            pointer = "/expectations" + token(expectation.competency)
            yield unknown("DT028", pointer, "competency", expectation.competency, competencies)
    if company is None:
        return
    grades = [grade.key for grade in company.grades]
    if level.grade is not None and level.grade not in grades:
        yield unknown("DT021", "/grade", "grade", level.grade, grades)
    for name, value in (("grade", level.grade), ("title", level.title)):
        if value is None and company.principles == "enforce":
            yield Finding(
                rule="DT036",
                pointer="",
                text=f"level {level.key} has no {name}",
                remedy=f"state its {name}, or set `principles: report` in company.yaml while facts are missing",
            )


def _reference_findings(ladder: Ladder) -> Iterator[Finding]:
    levels = [level.key for level in ladder.levels]
    for index, move in enumerate(ladder.moves):
        for name, level in (("from_level", move.from_level), ("to_level", move.to_level)):
            elsewhere = name == "to_level" and move.to_ladder not in (None, ladder.key)
            if level not in levels and not elsewhere:
                yield unknown("DT027", f"/moves/{index}/{name}", "level", level, levels)
    for entry in ladder.maps:
        if entry.new_level not in levels:
            yield unknown("DT027", "/maps" + token(entry.old_level), "level", entry.new_level, levels)


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


def _one_key_each(documents: Mapping[str, Ladder] | Mapping[str, BandSet], noun: str) -> Iterator[Finding]:
    seen: set[str] = set()
    for pointer, document in documents.items():
        if document.key in seen:
            yield Finding(
                rule="DT040",
                pointer=f"{pointer}/key",
                text=f"a second {noun} has the key {document.key}",
                remedy="give it another key, or merge the two",
            )
        seen.add(document.key)
