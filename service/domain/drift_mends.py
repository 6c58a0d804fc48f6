"""What makes two sides equal that part: changes of our record, or what to write over there. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from service.domain.assignments import FACTS, Row
from service.domain.claims import Claim
from service.domain.drift_runs import Parting
from service.domain.drift_shapes import Authority, ExtractRow, Mend, MendRow, MendThere
from service.domain.drift_words import Place, Words
from service.domain.mappings import Noun, level_name

_WITH_LEVEL = ("ladder", "level", "step", "band_set")
"""Facts that are lost when the grade changes."""
_BESIDE: tuple[Noun, ...] = ("zone", "team", "role")
_CORRECT = "No new change does that: correct the change that {what}, with POST /v1/changes/{{change}}/correct."


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a report is made: their words, its day, and which side is taken for right."""

    words: Words
    as_of: date
    authority: Authority


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Whom rows are about. `employee_id` None: nobody that our record knows; then what they are made known by.

    `timelines` are the rows of each job by key, `stated` the days on which live changes of it state a level: some
    of them own no row, because what they state holds already, and come to light when that is altered.
    """

    employee_id: str | None
    person: str
    key: str | None = None
    external_ids: Mapping[str, str] = field(default_factory=dict[str, str])
    timelines: Mapping[str, Sequence[Row]] = field(default_factory=dict[str, Sequence[Row]])
    stated: Mapping[str, Sequence[date]] = field(default_factory=dict[str, Sequence[date]])

    def row(self, job: str, day: date, to: Mapping[str, str | None] | None) -> MendRow:
        is_new = self.employee_id is None
        return MendRow(
            employee=self.employee_id,
            effective_on=day,
            job=job,
            to=to,
            key=self.key if is_new else None,
            external_ids=self.external_ids if is_new else {},
        )


def mend_of(parting: Parting, who: Who, job: str, terms: Terms) -> Mend:
    """What makes the days of a parting equal and leaves those behind them as they are."""
    return _there(parting, terms) if terms.authority == "ours" else _here(parting, who, job, terms)


def start_here(who: Who, job: str, day: date, place: Place, row: ExtractRow | None, words: Words) -> MendRow:
    """Somebody comes to hold the job, with what their row says beside the level where that is one thing of ours."""
    return who.row(job, day, {**_level(place), **(beside(row.claim, words, day) if row else {})})


def beside(claim: Claim, words: Words, day: date) -> dict[str, str]:
    """Zone, team and role of ours that a row names without doubt."""
    found = {of: words.one(of, getattr(claim, of), day) for of in _BESIDE}
    return {of: name for of, name in found.items() if name is not None}


def end_here(who: Who, job: str, day: date, rows: Sequence[Row]) -> Mend:
    """Nobody holds the job from a day on."""
    later = [row.effective_from for row in rows] + [row.effective_to for row in rows if row.effective_to is not None]
    first = next((row for row in rows if row.days.contains(day)), None)
    if first and first.effective_from == day and not any(row.days.ends_by(day) for row in rows):
        return Mend(text=f"It never began, they say. {_CORRECT.format(what='began it')} Or rescind it.")
    if any(one > day for one in (*later, *who.stated.get(job, ()))):
        return Mend(text=f"End it on {day}: correct or withdraw the later changes of the job, which rest on it.")
    return Mend(text=f"End the job on {day}.", here=(who.row(job, day, None),))


def _here(parting: Parting, who: Who, job: str, terms: Terms) -> Mend:
    day, meaning, rows = parting.day, parting.theirs.meaning, who.timelines.get(job, ())
    if meaning.place is None:
        return _and_back(end_here(who, job, day, rows), parting, who, job)
    if parting.ours.place is not None:
        text = f"Let {level_name(*meaning.place)} hold from {day} on."
        days = (day, *_hidden(parting, who.stated.get(job, ())))
        stated = tuple(who.row(job, one, _level(meaning.place)) for one in days)
        return _and_back(Mend(text=text, here=stated), parting, who, job)
    if any(row.effective_from > day for row in rows):
        return Mend(text=f"It began on {day}, they say. {_CORRECT.format(what='began it')}")
    start = start_here(who, job, day, meaning.place, parting.theirs.row, terms.words)
    text = f"Begin {level_name(*meaning.place)} on {day}."
    return _and_back(Mend(text=text, here=(start,)), parting, who, job)


def _hidden(parting: Parting, stated: Sequence[date]) -> Sequence[date]:
    """Days within a parting on which a change states what holds already: there it has to be stated once more."""
    return sorted({day for day in stated if parting.day < day and (parting.until is None or day < parting.until)})


def _and_back(mend: Mend, parting: Parting, who: Who, job: str) -> Mend:
    """What follows the days that are mended stays what it is: our record states it anew where it does not already."""
    until = parting.until
    if until is None or parting.next_ours is not None or until in who.stated.get(job, ()) or not mend.here:
        return mend
    back = who.row(job, until, _held_on(until, parting, who.timelines.get(job, ())))
    return Mend(text=f"{mend.text} Until {until}: then what holds now holds again.", here=(*mend.here, back))


def _there(parting: Parting, terms: Terms) -> Mend:
    row, words = parting.theirs.row, terms.words
    place = row.claim.place if row else None
    if parting.ours.place is None:
        ended = MendThere(place=None, effective_on=parting.day, level=None, ended=True)
        return Mend(text=f"End the job there on {parting.day}.", there=ended)
    if parting.is_late and parting.next_ours and parting.next_ours.place:
        # Their row comes too early: it is the one that has to move.
        word = words.level_word(parting.next_ours.place, parting.next_ours.day)
        moved = MendThere(place=place, effective_on=parting.until, level=word)
        return Mend(text=f"Move their row to {parting.until}.", there=moved)
    if parting.is_early and parting.next_theirs and parting.next_theirs.row:
        word = words.level_word(parting.ours.place, parting.day)
        moved = MendThere(place=parting.next_theirs.row.claim.place, effective_on=parting.day, level=word)
        return Mend(text=f"Move their row to {parting.day}.", there=moved)
    return write_there(parting.ours.place, place, parting.day, parting.theirs.day, words)


def write_there(ours: Place, place: str | None, day: date, theirs: date | None, words: Words) -> Mend:
    """Their row of that day is to name our level; where it is of another day, a row is to be added."""
    word = words.level_word(ours, day)
    if word is None:
        return Mend(text=f"{level_name(*ours)} has no name there on {day}. Add it to the mapping first.")
    there = MendThere(place=place if theirs == day else None, effective_on=day, level=word)
    return Mend(text=f"Write {level_name(*ours)} there from {day} on.", there=there)


def _level(place: Place) -> dict[str, str | None]:
    return {"ladder": place[0], "level": place[1]}


def _held_on(day: date, parting: Parting, rows: Sequence[Row]) -> dict[str, str | None] | None:
    """What has to be stated so that on a day our record holds again what it holds: after an end everything, after
    another level what goes with the level. The rest flows on by itself."""
    held = next((row.standing.facts for row in rows if row.days.contains(day)), None)
    if held is None:
        return None
    names = FACTS if parting.theirs.meaning.ended else _WITH_LEVEL
    stated = {name: getattr(held, name) for name in names}
    return {name: value for name, value in stated.items() if value is not None}
