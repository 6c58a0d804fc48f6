"""Structure rules of a single level; `structure.py` lists all rules."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from service.domain.company import Company
from service.domain.dated import HasDays
from service.domain.expectations import competencies_of
from service.domain.findings import Finding, repeated, token, unknown
from service.domain.ladders import Ladder
from service.domain.levels import Level
from service.domain.titles import known_placeholders, placeholders

_UNWRITTEN = re.compile(
    r"\W*(?:todo|tbd|tba|fixme|coming soon|to be (?:done|defined|written|determined))\b.*", re.I | re.S
)


def level_findings(
    level: Level, ladder: Ladder, company: Company | None, ladders: Mapping[str, Ladder]
) -> Iterator[Finding]:
    """Pointers begin at the level. `company` is None when it is not known: what refers to it is left unjudged."""
    yield from _track_findings(level, ladder)
    yield from _step_findings(level, ladder)
    yield from _expectation_findings(level, ladder, ladders)
    for name in ("hireable", "internal_only", "terminal", "maximum_months"):
        yield from overlapping_days(getattr(level, name), f"/{name}", name)
    yield from unwritten({"summary": level.summary, "title": level.title})
    if company is not None:
        yield from _company_findings(level, company)


def overlapping_days(values: Sequence[HasDays], pointer: str, noun: str) -> Iterator[Finding]:
    """DT050 at each value that holds on a day on which an earlier one holds too."""
    for index, value in enumerate(values):
        if any(value.days.overlaps(other.days) for other in values[:index]):
            yield Finding(
                rule="DT050",
                pointer=f"{pointer}/{index}" if len(values) > 1 else pointer,
                text=f"two values of {noun} hold on the same day",
                remedy="end one where the next begins: `effective_to` is the first day after",
            )


def unwritten(texts: Mapping[str, str | None]) -> Iterator[Finding]:
    """DT060 at each text that only says it is still to be written."""
    for pointer, text in texts.items():
        if text is not None and _UNWRITTEN.fullmatch(text):
            yield Finding(
                rule="DT060",
                pointer="/" + pointer,
                text=f"{text[:40]!r} stands for a text that is not written yet",
                remedy="write it, or leave it out: what is missing is shown as missing",
                severity="warning",
            )


def _track_findings(level: Level, ladder: Ladder) -> Iterator[Finding]:
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


def _step_findings(level: Level, ladder: Ladder) -> Iterator[Finding]:
    yield from repeated(level.steps, "/steps", "step")
    declared = [place.label for kind in ladder.subpositions for place in kind.labels]
    for index, step in enumerate(level.steps):
        if ladder.subpositions and step not in declared:
            yield unknown("DT047", f"/steps/{index}", "step", step, declared)


def _expectation_findings(level: Level, ladder: Ladder, ladders: Mapping[str, Ladder]) -> Iterator[Finding]:
    declared = {competency.key: competency for competency in competencies_of(ladder, ladders)}
    yield from _weight_findings(level, declared)
    for expectation in level.expectations:
        pointer = "/expectations" + token(expectation.competency)
        competency = declared.get(expectation.competency)
        if competency is None:
            yield unknown("DT028", pointer, "competency", expectation.competency, declared)
            continue
        asked = expectation.proficiency
        if asked is not None and asked not in competency.scale:
            remedy = (
                f"use one of {', '.join(competency.scale)}" if competency.scale else "give the competency a `scale`"
            )
            yield unknown("DT049", pointer + "/proficiency", "proficiency", asked, competency.scale, remedy=remedy)
        texts = {f"{index}": statement.text for index, statement in enumerate(expectation.statements)}
        yield from (finding.under(pointer) for finding in unwritten(texts))


def _weight_findings(level: Level, declared: Collection[str]) -> Iterator[Finding]:
    for entry in level.rule.weights if level.rule else ():
        if entry.competency not in declared:
            pointer = "/rule/weights" + token(entry.competency)
            yield unknown("DT028", pointer, "competency", entry.competency, declared)


def _company_findings(level: Level, company: Company) -> Iterator[Finding]:
    grades = [grade.key for grade in company.grades]
    if level.grade is not None and level.grade not in grades:
        yield unknown("DT021", "/grade", "grade", level.grade, grades)
    known = known_placeholders(company)
    for name in placeholders(level.title or ""):
        if name not in known:
            remedy = f"use one of {', '.join(known)}, or add it to the `words` of the roles"
            yield unknown("DT046", "/title", "placeholder", f"{{{name}}}", known, remedy=remedy)
    for name, value in (("grade", level.grade), ("title", level.title)):
        if value is None and company.principles == "enforce":
            yield Finding(
                rule="DT036",
                pointer="",
                text=f"level {level.key} has no {name}",
                remedy=f"state its {name}, or set `principles: report` in company.yaml while facts are missing",
            )
