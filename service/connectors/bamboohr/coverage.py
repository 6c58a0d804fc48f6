"""In which share of their rows each field is seen: rights that were taken away look like values that were. Pure.

They leave out what credentials may not see, without a word. So it is counted what is there, and compared with the run
before; where much less is seen nothing is believed.
"""

from collections.abc import Mapping, Sequence

from service.connectors.bamboohr.rows import Person

PEOPLE = "people"
"""Under which name it is counted how many people there are, of everybody."""


def seen(
    people: Sequence[Person], *, jobs: Sequence[str], statuses: Sequence[str], fields: Sequence[str]
) -> dict[str, int]:
    """In how many of a hundred rows each field is seen, and of how many people a table has rows at all.

    What nobody has a row of is not told.
    """
    found: dict[str, int] = {}
    rows = {"jobs": [one for person in people for one in person.jobs]}
    rows["status"] = [one for person in people for one in person.statuses]
    for table, names in (("jobs", jobs), ("status", statuses)):
        for name in names:
            _share(found, f"{table}.{name}", [name in one.values for one in rows[table]])
    if statuses:
        _share(found, "status", [bool(person.statuses) for person in people if person.jobs])
    for name in fields:
        _share(found, name, [name in person.fields for person in people])
    return found


def dropped(before: Mapping[str, int], now: Mapping[str, int], *, most: int) -> tuple[str, ...]:
    """What is seen by more than `most` points less than before, in words."""
    return tuple(
        f"{name} is seen in {now[name]} of 100, and was in {share}"
        for name, share in before.items()
        if name in now and name != PEOPLE and share - now[name] > most
    )


def vanished(before: Mapping[str, int], people: int) -> bool:
    """Whether half of everybody is there no more."""
    return people * 2 < before.get(PEOPLE, 0)


def _share(found: dict[str, int], name: str, flags: Sequence[bool]) -> None:
    if flags:
        found[name] = 100 * sum(flags) // len(flags)
