"""Rules that compare new definitions with published ones: what is published stays, and keys keep their meaning."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta

from service.domain.bands import BandSet
from service.domain.company import Company
from service.domain.definitions import Definitions
from service.domain.findings import Finding, token
from service.domain.ladders import Ladder


def publication_findings(
    *,
    published: Definitions,
    company: Company,
    ladders: Mapping[str, Ladder],
    bandsets: Mapping[str, BandSet],
) -> Iterator[Finding]:
    """What forbids publishing these on top of `published`. Mappings go by JSON pointer, as in `structure.py`."""
    before = published.company()
    if before is not None:
        yield from (finding.under("/company") for finding in company_successor(before, company))
    yield from _roles_on_drafts(published, company, ladders.values())
    for pointer, ladder in ladders.items():
        yield from (finding.under(pointer) for finding in ladder_successor(published, ladder))
    for pointer, bandset in bandsets.items():
        yield from (finding.under(pointer) for finding in bandset_successor(published, bandset))


def backdated_findings(
    *, published: Definitions, ladders: Mapping[str, Ladder], bandsets: Mapping[str, BandSet], today: date
) -> Iterator[Finding]:
    """DT062 for what is new: a first day before today alters what is shown of days that are over.

    Corrections do that; slips do too.
    """
    yesterday = today - timedelta(days=1)
    for pointer, ladder in ladders.items():
        if ladder.effective_from < today and published.ladder(ladder.key, yesterday):
            yield _backdated(pointer, f"version {ladder.version} of ladder {ladder.key}", ladder.effective_from)
    for pointer, bands in bandsets.items():
        if bands.effective_from < today and published.bands(yesterday):
            yield _backdated(pointer, f"band set {bands.key}", bands.effective_from)


def _backdated(pointer: str, what: str, start: date) -> Finding:
    return Finding(
        rule="DT062",
        pointer=f"{pointer}/effective_from",
        text=f"{what} begins on {start}, so days that are over will be shown otherwise",
        remedy="give it a first day from today on, unless it corrects the past; `known_at` shows what was said before",
        severity="warning",
    )


def _roles_on_drafts(published: Definitions, company: Company, ladders: Iterable[Ladder]) -> Iterator[Finding]:
    """A draft is not published, so a role on a ladder that is nothing but a draft would have no ladder."""
    drafts = {ladder.key for ladder in ladders if ladder.lifecycle == "draft"} - set(published.ladder_keys)
    for index, role in enumerate(company.roles):
        if role.ladder in drafts:
            yield Finding(
                rule="DT023",
                pointer=f"/company/roles/{index}/ladder",
                text=f"ladder {role.ladder} is a draft, so role {role.key} would have none",
                remedy="publish it together with the role, or leave the role without a ladder until then",
            )


def company_successor(before: Company, after: Company) -> Iterator[Finding]:
    """A published key counts as in use: past assignments and versions may name it for ever."""
    for name, old, new in (
        ("grades", before.grades, after.grades),
        ("zones", before.zones, after.zones),
        ("roles", before.roles, after.roles),
        ("teams", before.teams, after.teams),
    ):
        retired = {entry.key: entry.retired for entry in old}
        yield from _removed(
            name[:-1], f"/{name}", retired, {entry.key for entry in new}, "keep it, with `retired: true`"
        )
        for index, entry in enumerate(new):
            if retired.get(entry.key) and not entry.retired:
                yield _reused(f"/{name}/{index}/retired", f"{name[:-1]} {entry.key} was retired")
    yield from _swapped_grades(before, after)
    for index, zone in enumerate(after.zones):
        known = before.zone(zone.key)
        if known is not None and known.currency != zone.currency:
            yield _reused(f"/zones/{index}/currency", f"zone {zone.key} was published with {known.currency}")


def ladder_successor(published: Definitions, ladder: Ladder) -> Iterator[Finding]:
    """A version may be stated again unchanged; anything else needs a name of its own."""
    same = published.ladder_version(ladder.key, ladder.version)
    if same is not None:
        if same != ladder:
            yield _edited("/version", f"version {ladder.version} of ladder {ladder.key}", "raise `version`")
        return
    versions = published.ladder_versions(ladder.key)
    if not versions:
        return
    latest = max(versions, key=lambda version: version.recorded_at).value
    tracks = [track.key for track in latest.tracks]
    yield from _removed("track", "/tracks", tracks, {track.key for track in ladder.tracks}, "keep it, without levels")
    for index, track in enumerate(ladder.tracks):
        known = latest.track(track.key)
        if known is not None and known.kind != track.kind:
            yield _reused(f"/tracks/{index}/kind", f"track {track.key} was published with kind {known.kind}")
    yield from _mapped_across(latest, ladder)


def _mapped_across(before: Ladder, after: Ladder) -> Iterator[Finding]:
    """A map puts people on another level without asking them, so it never takes them to another track."""
    for entry in after.maps:
        old, new = before.level(entry.old_level), after.level(entry.new_level)
        if old and new and set(old.tracks) != set(new.tracks):
            yield Finding(
                rule="DT061",
                pointer="/maps" + token(entry.old_level),
                text=f"{old.key} was on {', '.join(old.tracks)} but {new.key} is on {', '.join(new.tracks)}",
                remedy="map it to a level of the same tracks; a track switch is a change of its own",
            )


def bandset_successor(published: Definitions, bandset: BandSet) -> Iterator[Finding]:
    for recorded in published.bandsets():
        if recorded.value.key == bandset.key and recorded.value != bandset:
            yield _edited("/key", f"band set {bandset.key}", "give the new amounts a band set with another key")
            return


def _removed(noun: str, pointer: str, old: Collection[str], new: Collection[str], remedy: str) -> Iterator[Finding]:
    for key in old:
        if key not in new:
            yield Finding(
                rule="DT042", pointer=pointer, text=f"{noun} {key} is published and cannot be removed", remedy=remedy
            )


def _swapped_grades(before: Company, after: Company) -> Iterator[Finding]:
    ranks = before.ranks
    for index, grade in enumerate(after.grades):
        for other in after.grades:
            if grade.key not in ranks or other.key not in ranks:
                continue
            if ranks[other.key] < ranks[grade.key] and other.rank >= grade.rank:
                yield Finding(
                    rule="DT043",
                    pointer=f"/grades/{index}/rank",
                    text=f"grade {grade.key} was published above grade {other.key}",
                    remedy="keep their order; new grades may stand between them",
                )


def _reused(pointer: str, text: str) -> Finding:
    return Finding(rule="DT044", pointer=pointer, text=text, remedy="leave it as it was, and use a new key")


def _edited(pointer: str, what: str, remedy: str) -> Finding:
    return Finding(rule="DT041", pointer=pointer, text=f"{what} is published and cannot be changed", remedy=remedy)
