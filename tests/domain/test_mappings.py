"""What is called what in another system: by day, both ways, and what cannot be kept."""

from dataclasses import replace
from datetime import date

import pytest

from service.domain.mappings import MappingEntry, SystemMapping, mapping_of, wrong_entries
from service.domain.wire import plain

BEFORE, ON, AFTER = date(2026, 6, 30), date(2026, 7, 1), date(2026, 7, 2)


def level(ours: str, theirs: str, from_: date | None = None, to: date | None = None, **more: bool) -> MappingEntry:
    return MappingEntry(of="level", ours=ours, theirs=theirs, from_=from_, to=to, **more)


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


def test_of_several_names_one_is_written_and_all_are_read() -> None:
    """Whatever order they are given in, and on whatever days."""
    sr = level("engineering/ic5", "Sr. Engineer", to=AFTER, read_only=True)
    lead = (level("engineering/ic5", "Lead", read_only=True), level("engineering/em5", "Lead", read_only=True))
    entries = (sr, *RENAMED, replace(sr, theirs="Snr Eng"), *lead)
    assert list(wrong_entries(entries)) == []
    mapping = SystemMapping(entries=entries)
    assert mapping.theirs("level", "engineering/ic5", BEFORE) == "Staff Engineer"
    assert mapping.all_theirs("level", BEFORE) == ("Staff Engineer",)
    read = [mapping.ours("level", name, ON) for name in ("Sr. Engineer", "Snr Eng", "Staff Software Engineer", "Lead")]
    assert read == [("engineering/ic5",)] * 3 + [("engineering/ic5", "engineering/em5")]
    assert mapping.ours("level", "Sr. Engineer", AFTER) == ()
    # A level that has only names to be read is called nothing there, and is told to have no name.
    assert (mapping.theirs("level", "engineering/em5", ON), mapping.reads("level", ON)) == (None, True)
    assert mapping.reads("team", ON) is False
    # What says the same by another name is as good as what would be written; what may say something else is not.
    names = [mapping.as_written("level", name, BEFORE) for name in ("Sr. Engineer", "Staff Engineer", "Lead", "Wizard")]
    assert names == ["Staff Engineer", "Staff Engineer", "Lead", "Wizard"]
    assert mapping.renamed("level", "engineering/ic5", date(2026, 1, 1), None) == [ON]
    assert mapping.renamed("level", "engineering/ic5", ON, None) == []


def test_two_names_to_write_are_refused_with_what_mends_it() -> None:
    (found,) = wrong_entries((level("engineering/ic5", "A"), level("engineering/ic5", "B")))
    assert found.message == (
        "level engineering/ic5 has another name there on the same day, in entry 0: let one end where the other begins, "
        "or mark the one that is not to be written with read_only"
    )


@pytest.mark.parametrize(
    ("entries", "pointers"),
    [
        ((level("engineering/ic5", "A", ON, ON),), ["/entries/0/to"]),
        ((level("ic5", "A"),), ["/entries/0/ours"]),
        ((level("engineering/ic5", ""),), ["/entries/0/theirs"]),
        (
            (level("engineering/ic5", "A"), level("engineering/ic\ud800", "\0")),
            ["/entries/1/ours", "/entries/1/theirs"],
        ),
        ((level("engineering/ic5", "A"), level("engineering/ic5", "B", ON)), ["/entries/1/from"]),
        ((level("engineering/ic5", "B", ON), level("engineering/ic5", "A", None, AFTER)), ["/entries/0/from"]),
        ((level("engineering/ic5", "A"), level("engineering/ic6", "A")), []),
    ],
)
def test_what_cannot_be_kept_is_told_where_it_stands(entries: tuple[MappingEntry, ...], pointers: list[str]) -> None:
    assert [found.pointer for found in wrong_entries(entries)] == pointers


def test_it_is_read_as_it_was_kept() -> None:
    entries = (*RENAMED, level("engineering/ic5", "Lead", read_only=True))
    assert mapping_of({"entries": plain(entries)}) == SystemMapping(entries=entries)
    # One that was kept before there were names that are only read.
    kept = {"of": "level", "ours": "engineering/ic5", "theirs": "Lead", "from": None, "to": None}
    assert mapping_of({"entries": [kept]}).theirs("level", "engineering/ic5", ON) == "Lead"
    assert mapping_of({}) == SystemMapping()
