"""Structure rules: whether definitions hang together. `docs/lint.md` explains each rule with an example.

    DT020 entry stated twice         DT040 two definitions with one key
    DT021 unknown grade              DT045 levels of a track out of grade order
    DT022 unknown track              DT046 unknown placeholder in a title
    DT023 unknown ladder             DT047 step that no sub-position declares
    DT024 unknown zone               DT048 a requirement drops at a higher level (warning)
    DT025 unknown role               DT049 unknown proficiency
    DT026 level on no track          DT050 dated values overlap
    DT027 unknown level              DT051 points overlap or leave a hole
    DT028 unknown competency         DT052 inheritance in a circle
    DT029 pairing contradicts levels DT053 provenance of nothing, or by an unknown source
    DT030 min, mid, max out of order DT054 rule that cannot be waived
    DT031 two rows for the same      DT055 unknown team
    DT032 step amount without a step DT056 hole in a band set
    DT033 currency is not the zone's DT057 derived zone without a source, or paid twice
    DT034 amount negative, too fine  DT058 a period without a count per year (warning)
    DT035 band row without an amount DT059 amounts stated in two ways
    DT036 level without grade, title DT060 text still to be written (warning)
    DT037 unknown time zone          DT061 map across tracks
    DT038 parity tolerance           DT063 pay calendar that cannot be told
    DT039 unknown currency           DT064 pay periods out of order
    DT062 first day is past (warning) DT065 unknown pay calendar

DT00x come from reading files, DT01x from the shape of a document (`documents.py`), DT041-DT044, DT061 and DT062 compare
with what is published (`publication.py`), DT1xx judge the principles (`principles.py`). Every function takes what
it judges and yields findings with pointers relative to the document judged.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from service.domain.band_structure import bandset_findings
from service.domain.bands import BandSet, followed_on
from service.domain.calendar_structure import calendar_findings
from service.domain.company import Company
from service.domain.currencies import MINOR_DIGITS
from service.domain.findings import Finding, repeated, unknown, unknown_currency
from service.domain.ladder_structure import ladder_findings, origin_findings
from service.domain.ladders import Ladder

WAIVABLE = tuple(f"DT{number}" for number in range(101, 111))
"""Rules that say what the company promises. DT111 is about waivers themselves."""


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
    by_key = {ladder.key: ladder for ladder in known_ladders} if all_usable else None
    if company is not None:
        findings = company_findings(company, known_ladders if all_usable else None, timezones)
        yield from (finding.under("/company") for finding in findings)
    for pointer, ladder in ladders.items():
        yield from (finding.under(pointer) for finding in ladder_findings(ladder, company, by_key))
    for pointer, bandset in bandsets.items():
        until = followed_on(bandset, bandsets.values())
        findings = bandset_findings(bandset, company, known_ladders if all_usable else None, until=until)
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
    yield from calendar_findings(company)
    yield from _role_findings(company, ladders)
    yield from _waiver_findings(company, ladders)
    yield from origin_findings(company, company.provenance, company.sources)
    if (company.parity.policy == "tolerance") != (company.parity.tolerance_percent is not None):
        yield Finding(
            rule="DT038",
            pointer="/parity",
            text="`tolerance_percent` and the policy `tolerance` go together",
            remedy="state both, or neither",
        )


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


def _waiver_findings(company: Company, ladders: Sequence[Ladder] | None) -> Iterator[Finding]:
    for index, waiver in enumerate(company.waivers):
        pointer = f"/waivers/{index}"
        if waiver.rule not in WAIVABLE:
            yield unknown(
                "DT054",
                f"{pointer}/rule",
                "rule that can be waived",
                waiver.rule,
                (),
                remedy=f"waive one of {', '.join(WAIVABLE)}; other rules say what cannot work",
            )
        known: dict[str, tuple[str, Sequence[str] | None]] = {
            "grade": ("DT021", [grade.key for grade in company.grades]),
            "ladder": ("DT023", None if ladders is None else [ladder.key for ladder in ladders]),
            "zone": ("DT024", [zone.key for zone in company.zones]),
            "role": ("DT025", [role.key for role in company.roles]),
            "team": ("DT055", [team.key for team in company.teams]),
        }
        for name, (rule, keys) in known.items():
            key = getattr(waiver.scope, name)
            if key is not None and keys is not None and key not in keys:
                yield unknown(rule, f"{pointer}/scope/{name}", name, key, keys)


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
