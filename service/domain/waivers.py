"""Waivers: what a broken promise is broken for, and which dated exception covers it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import date

from service.domain.company import Company, Waiver, WaiverScope
from service.domain.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A finding of a principle rule, and all that it concerns: a waiver covers it by naming some of that."""

    finding: Finding
    concerns: WaiverScope


def concerning(
    *,
    ladder: str | None = None,
    grade: str | None = None,
    zone: str | None = None,
    role: str | None = None,
    team: str | None = None,
) -> WaiverScope:
    return WaiverScope(ladder=ladder, grade=grade, zone=zone, role=role, team=team)


def breach(rule: str, pointer: str, text: str, remedy: str, concerns: WaiverScope) -> Breach:
    return Breach(finding=Finding(rule=rule, pointer=pointer, text=text, remedy=remedy), concerns=concerns)


def covering(company: Company, rule: str, concerns: WaiverScope, *, today: date) -> Waiver | None:
    """The waiver that holds today for all of `concerns`; None when there is none, or only an expired one."""
    for waiver in company.waivers:
        if waiver.rule == rule and today < waiver.expires_on and _covers(waiver.scope, concerns):
            return waiver
    return None


def judged(breaches: Iterable[Breach], company: Company, *, today: date) -> Iterator[Finding]:
    """Each breach as a finding: a note where it is waived or principles are only reported, else as it is."""
    for breach in breaches:
        waiver = covering(company, breach.finding.rule, breach.concerns, today=today)
        if waiver is not None:
            told = f"until {waiver.expires_on}, {waiver.owner}: {waiver.reason}"
            yield replace(breach.finding, severity="note", waiver=told)
        elif company.principles == "report":
            yield replace(breach.finding, severity="note")
        else:
            yield breach.finding


def _covers(scope: WaiverScope, concerns: WaiverScope) -> bool:
    stated = [(field.name, getattr(scope, field.name)) for field in fields(WaiverScope)]
    return all(value is None or value == getattr(concerns, name) for name, value in stated)
