from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.bands import BandSet, bandset_from_document
from service.domain.company import company_from_document
from service.domain.definitions import Definitions, Recorded
from service.domain.ladders import Ladder, ladder_from_document
from tests.domain.documents import bandset_document, company_document, ladder_document


def ladder(version: str, effective_from: str, recorded_at: int, key: str = "engineering") -> Recorded[Ladder]:
    document = ladder_document(key=key, version=version, effective_from=effective_from)
    return Recorded(recorded_at=recorded_at, value=ladder_from_document(document))


def bands(key: str, effective_from: str, recorded_at: int) -> Recorded[BandSet]:
    document = bandset_document(key=key, effective_from=effective_from)
    return Recorded(recorded_at=recorded_at, value=bandset_from_document(document))


def in_force(definitions: Definitions, day: str, known_at: int | None = None) -> str | None:
    found = definitions.ladder("engineering", date.fromisoformat(day), known_at)
    return found.version if found else None


def test_nothing_applied_means_nothing_holds() -> None:
    empty = Definitions()

    assert empty.company() is None
    assert empty.ladder("engineering", date(2026, 1, 1)) is None
    assert empty.bands(date(2026, 1, 1)) is None
    assert empty.bands(date(2026, 1, 1), pinned="2026") is None
    assert (empty.ladder_keys, empty.ladder_versions("engineering"), empty.bandsets()) == ((), (), ())


def test_the_greatest_effective_date_up_to_the_day_is_in_force() -> None:
    definitions = Definitions(ladders=[ladder("2", "2026-01-01", 10), ladder("1", "2020-01-01", 20)])

    assert in_force(definitions, "2019-12-31") is None
    assert in_force(definitions, "2020-01-01") == "1"
    assert in_force(definitions, "2025-12-31") == "1"
    assert in_force(definitions, "2026-01-01") == "2"


def test_of_two_versions_from_one_day_the_later_recorded_holds() -> None:
    definitions = Definitions(ladders=[ladder("2b", "2026-01-01", 30), ladder("2a", "2026-01-01", 20)])

    assert in_force(definitions, "2026-06-01") == "2b"
    assert in_force(definitions, "2026-06-01", 29) == "2a"
    assert in_force(definitions, "2026-06-01", 30) == "2b"


def test_what_was_recorded_later_was_not_known() -> None:
    definitions = Definitions(ladders=[ladder("1", "2020-01-01", 10), ladder("2", "2026-01-01", 20)])

    assert in_force(definitions, "2026-06-01", 9) is None
    assert in_force(definitions, "2026-06-01", 10) == "1"
    assert in_force(definitions, "2026-06-01", 20) == "2"


def test_ladders_do_not_mix_and_versions_are_listed_oldest_first() -> None:
    definitions = Definitions(
        ladders=[ladder("2", "2026-01-01", 30), ladder("1", "2020-01-01", 20), ladder("9", "2021-01-01", 40, "sales")]
    )

    assert definitions.ladder_keys == ("engineering", "sales")
    assert [found.value.version for found in definitions.ladder_versions("engineering")] == ["1", "2"]
    assert [found.value.version for found in definitions.ladder_versions("engineering", 20)] == ["1"]
    named = definitions.ladder_version("engineering", "2")
    assert named is not None
    assert named.effective_from == date(2026, 1, 1)
    assert definitions.ladder_version("engineering", "2", 29) is None
    assert definitions.ladder_version("engineering", "9") is None


def test_the_company_is_the_last_one_recorded() -> None:
    definitions = Definitions(
        companies=[
            Recorded(recorded_at=at, value=company_from_document(company_document(name=name)))
            for at, name in ((10, "Old"), (20, "New"))
        ]
    )

    assert [definitions.company(at) and definitions.company(at).name for at in (9, 10, 19, 20, None)] == [  # type: ignore[union-attr]
        None,
        "Old",
        "Old",
        "New",
        "New",
    ]


def test_a_pinned_band_set_holds_whatever_the_day() -> None:
    definitions = Definitions(bandsets=[bands("2025", "2025-01-01", 10), bands("2026", "2026-01-01", 20)])
    day = date(2026, 6, 1)

    assert [found and found.key for found in (definitions.bands(day), definitions.bands(date(2025, 6, 1)))] == [
        "2026",
        "2025",
    ]
    pinned = (definitions.bands(day, pinned="2025"), definitions.bands(date(2024, 1, 1), pinned="2026"))
    assert [found and found.key for found in pinned] == ["2025", "2026"]
    assert definitions.bands(day, 19, pinned="2026") is None
    assert definitions.bands(day, pinned="2024") is None
    assert [found.value.key for found in definitions.bandsets()] == ["2025", "2026"]


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 28), st.integers(1, 50)), unique_by=lambda pair: pair[1], max_size=8),
    st.integers(1, 28),
    st.none() | st.integers(0, 51),
)
def test_the_rule_holds_for_any_history(versions: list[tuple[int, int]], day: int, known_at: int | None) -> None:
    definitions = Definitions(ladders=[ladder(f"v{at}", f"2026-01-{start:02}", at) for start, at in versions])
    known = [(start, at) for start, at in versions if start <= day and (known_at is None or at <= known_at)]

    assert in_force(definitions, f"2026-01-{day:02}", known_at) == (f"v{max(known)[1]}" if known else None)
