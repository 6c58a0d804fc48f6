"""The principle rules, DT101-DT111: where a company's definitions break its own promise of two equal tracks.

    DT101 ladder without both tracks       DT107 switch allowed one way only
    DT102 tracks end at different grades   DT108 switch lowers band or step
    DT103 grade without a counterpart      DT109 role or team without a dual ladder
    DT104 bands differ beyond the policy   DT110 expectations missing (warning)
    DT105 rewards differ                   DT111 expired waiver
    DT106 level without influence

Only kinds ic and manager are compared; a level that both share counts for both. What is `unstated` is never a
finding. Frameworks that nobody stands on (`generic`) are not judged.
"""

from collections.abc import Iterator, Mapping
from datetime import date

from service.domain.bands import BandSet, followed_on
from service.domain.company import Company
from service.domain.coverage import RoleCoverage, role_coverage, team_coverage
from service.domain.findings import Finding
from service.domain.ladders import Ladder
from service.domain.pair_principles import pair_breaches
from service.domain.path_principles import path_breaches
from service.domain.pay_principles import pay_breaches
from service.domain.waivers import Breach, breach, concerning, covering, judged


def principle_findings(
    *, company: Company, ladders: Mapping[str, Ladder], bandsets: Mapping[str, BandSet], today: date
) -> Iterator[Finding]:
    """Every principle finding. `ladders` and `bandsets` go by JSON pointer, as in `structure.py`.

    `today` is the company's: waivers hold on it or have expired.
    """
    by_key = {ladder.key: ladder for ladder in ladders.values()}
    for pointer, ladder in ladders.items():
        if not ladder.generic:
            found = [*path_breaches(ladder, company, by_key), *pair_breaches(ladder, by_key)]
            yield from (finding.under(pointer) for finding in judged(found, company, today=today))
    for pointer, bands in bandsets.items():
        until = followed_on(bands, bandsets.values())
        paid = [
            found
            for place, ladder in ladders.items()
            # What no longer pays anybody, or never paid this version, is not judged again.
            if not ladder.generic and (until is None or max(ladder.effective_from, today) < until)
            for found in pay_breaches(bands, ladder, company.parity, bands_at=pointer, ladder_at=place)
        ]
        yield from judged(paid, company, today=today)
    yield from judged(_coverage_breaches(company, by_key, today), company, today=today)
    yield from judged(_expired(company, today), company, today=today)


def _coverage_breaches(company: Company, ladders: Mapping[str, Ladder], today: date) -> Iterator[Breach]:
    roles: dict[str, RoleCoverage] = {}
    for index, role in enumerate(company.roles):
        if role.retired:
            continue
        found = roles[role.key] = role_coverage(role, company, ladders, today=today)
        concerns = concerning(ladder=role.ladder, role=role.key)
        # A role whose ladder is waived is no finding of its own; one that is waived itself is, as a note.
        if found.state == "gap" or (found.state == "waived" and covering(company, "DT109", concerns, today=today)):
            yield breach(
                "DT109",
                f"/company/roles/{index}/ladder",
                f"role {role.key} has no dual path: {found.reason}",
                "put it on a ladder with both tracks up to one top grade",
                concerns,
            )
    for index, team in enumerate(company.teams):
        gaps = () if team.retired else team_coverage(team, roles).gaps
        if gaps:
            yield breach(
                "DT109",
                f"/company/teams/{index}/roles",
                f"team {team.key} has roles without a dual path: {', '.join(gaps)}",
                "mend the roles",
                concerning(team=team.key),
            )


def _expired(company: Company, today: date) -> Iterator[Breach]:
    for index, waiver in enumerate(company.waivers):
        if waiver.expires_on <= today:
            yield breach(
                "DT111",
                f"/company/waivers/{index}/expires_on",
                f"the waiver of {waiver.rule} owned by {waiver.owner} has expired",
                "mend what it was for, or renew it with a later day",
                waiver.scope,
            )
