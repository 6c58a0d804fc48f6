"""What is called what in another system: by day, both ways, and what cannot be kept."""

from datetime import date

import pytest

from service.domain.mappings import MappingEntry, SystemMapping, mapping_of, wrong_entries
from service.domain.wire import plain

BEFORE, ON, AFTER = date(2026, 6, 30), date(2026, 7, 1), date(2026, 7, 2)


def level(ours: str, theirs: str, from_: date | None = None, to: date | None = None) -> MappingEntry:
    return MappingEntry(of="level", ours=ours, theirs=theirs, from_=from_, to=to)


RENAMED = (level("engineering/ic5", "Staff Engineer", to=ON), level("engineering/ic5", "Staff Software Engineer", ON))


@pytest.mark.parametrize(("day", "name"), [(BEFORE, "Staff Engineer"), (ON, "Staff Software Engineer")])
def test_a_name_holds_from_its_first_day_up_to_that_of_the_next(day: date, name: str) -> None:
    assert list(wrong_entries(RENAMED)) == []
    assert SystemMapping(entries=RENAMED).theirs("level", "engineering/ic5", day) == name


def test_what_is_theirs_may_stand_for_several_of_ours_and_for_none() -> None:
    mapping = SystemMapping(entries=(level("engineering/ic5", "Lead"), level("engineering/em5", "Lead")))
    assert mapping.ours("level", "Lead", ON) == ("engineering/ic5", "engineering/em5")
    assert mapping.ours("level", "Leader", ON) == ()
    assert mapping.ours("grade", "Lead", ON) == ()
    assert mapping.theirs("level", None, ON) is None


@pytest.mark.parametrize(
    ("entries", "pointers"),
    [
        ((level("engineering/ic5", "A", ON, ON),), ["/entries/0/to"]),
        ((level("ic5", "A"),), ["/entries/0/ours"]),
        ((level("engineering/ic5", ""),), ["/entries/0/theirs"]),
        ((level("engineering/ic5", "A"), level("engineering/ic5", "B", ON)), ["/entries/1/from"]),
        ((level("engineering/ic5", "B", ON), level("engineering/ic5", "A", None, AFTER)), ["/entries/0/from"]),
        ((level("engineering/ic5", "A"), level("engineering/ic6", "A")), []),
    ],
)
def test_what_cannot_be_kept_is_told_where_it_stands(entries: tuple[MappingEntry, ...], pointers: list[str]) -> None:
    assert [found.pointer for found in wrong_entries(entries)] == pointers


def test_it_is_read_as_it_was_kept() -> None:
    assert mapping_of({"entries": plain(RENAMED)}) == SystemMapping(entries=RENAMED)
    assert mapping_of({}) == SystemMapping()
