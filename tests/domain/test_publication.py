from datetime import date

from service.domain.bands import bandset_from_document
from service.domain.company import Company, company_from_document
from service.domain.definitions import Definitions, Recorded
from service.domain.ladders import Ladder, ladder_from_document
from service.domain.publication import backdated_findings, publication_findings
from tests.domain.documents import Document, bandset_document, company_document, ladder_document, row_document

PUBLISHED = Definitions(
    companies=[Recorded(recorded_at=1, value=company_from_document(company_document()))],
    ladders=[Recorded(recorded_at=1, value=ladder_from_document(ladder_document()))],
    bandsets=[Recorded(recorded_at=1, value=bandset_from_document(bandset_document(row_document())))],
)


def found(
    *,
    company: Document | None = None,
    ladder: Document | None = None,
    bands: Document | None = None,
    published: Definitions = PUBLISHED,
) -> list[tuple[str, str, str]]:
    findings = publication_findings(
        published=published,
        company=company_from_document(company or company_document()),
        ladders={"/ladders/0": ladder_from_document(ladder or ladder_document())},
        bandsets={"/bands/0": bandset_from_document(bands or bandset_document(row_document()))},
    )
    return [(finding.rule, finding.pointer, finding.message) for finding in findings]


def test_nothing_published_forbids_nothing() -> None:
    assert found(published=Definitions()) == []


def test_the_same_again_is_no_edit_even_when_it_is_written_otherwise() -> None:
    rewritten = ladder_document(summary=None, moves=[])

    assert rewritten != ladder_document()
    assert found(ladder=rewritten) == []


def test_dt041_a_published_version_is_never_edited() -> None:
    assert found(ladder=ladder_document(title="New")) == [
        (
            "DT041",
            "/ladders/0/version",
            "version 1 of ladder engineering is published and cannot be changed: raise `version`",
        )
    ]
    assert found(ladder=ladder_document(title="New", version="2")) == []


def test_dt041_a_published_band_set_is_never_edited() -> None:
    assert found(bands=bandset_document(row_document(min="1"))) == [
        (
            "DT041",
            "/bands/0/key",
            "band set 2026 is published and cannot be changed: give the new amounts a band set with another key",
        )
    ]
    assert found(bands=bandset_document(row_document(min="1"), key="2027")) == []


def test_dt042_keys_are_retired_and_never_removed() -> None:
    without = company_document(zones=[{"key": "de", "currency": "EUR"}], teams=[])
    retired = company_document(
        zones=[{"key": "de", "currency": "EUR"}, {"key": "us", "currency": "USD", "retired": True}]
    )

    assert found(company=without) == [
        ("DT042", "/company/zones", "zone us is published and cannot be removed: keep it, with `retired: true`"),
        ("DT042", "/company/teams", "team robots is published and cannot be removed: keep it, with `retired: true`"),
    ]
    assert found(company=retired) == []


def test_dt042_tracks_stay_in_later_versions() -> None:
    only_ic: Document = ladder_document(version="2", tracks=[{"key": "ic", "kind": "ic"}], levels=[])

    assert found(ladder=only_ic) == [
        ("DT042", "/ladders/0/tracks", "track mgr is published and cannot be removed: keep it, without levels")
    ]
    assert found(ladder=ladder_document(version="2", levels=[])) == []


def test_dt043_grades_keep_their_order_and_new_ones_may_stand_between() -> None:
    swapped = company_document(grades=[{"key": "1", "rank": 1}, {"key": "2", "rank": 3}, {"key": "3", "rank": 2}])
    between = company_document(
        grades=[{"key": "1", "rank": 10}, {"key": "1b", "rank": 15}, {"key": "2", "rank": 20}, {"key": "3", "rank": 30}]
    )

    assert found(company=swapped) == [
        (
            "DT043",
            "/company/grades/2/rank",
            "grade 3 was published above grade 2: keep their order; new grades may stand between them",
        )
    ]
    assert found(company=between) == []


def test_dt044_a_key_does_not_get_another_meaning() -> None:
    dollars = company_document(zones=[{"key": "de", "currency": "USD"}, {"key": "us", "currency": "USD"}])
    kind = ladder_document(version="2", tracks=[{"key": "ic", "kind": "ic"}, {"key": "mgr", "kind": "hybrid"}])

    assert found(company=dollars) == [
        (
            "DT044",
            "/company/zones/0/currency",
            "zone de was published with EUR: leave it as it was, and use a new key",
        )
    ]
    assert found(ladder=kind) == [
        (
            "DT044",
            "/ladders/0/tracks/1/kind",
            "track mgr was published with kind manager: leave it as it was, and use a new key",
        )
    ]


def test_dt044_a_retired_key_does_not_come_back() -> None:
    retired: Company = company_from_document(company_document(roles=[{"key": "engineer", "retired": True}]))
    ladder: Ladder = ladder_from_document(ladder_document())
    published = Definitions(
        companies=[Recorded(recorded_at=1, value=retired)], ladders=[Recorded(recorded_at=1, value=ladder)]
    )

    assert found(published=published) == [
        ("DT044", "/company/roles/0/retired", "role engineer was retired: leave it as it was, and use a new key")
    ]


def test_dt061_a_map_takes_nobody_to_another_track() -> None:
    def mapped(**levels: str) -> Document:
        return ladder_document(version="2", maps=levels)

    assert found(ladder=mapped(em2="ic2", eng1="ic2", ic2="ic3")) == [
        (
            "DT061",
            "/ladders/0/maps/em2",
            "em2 was on mgr but ic2 is on ic: map it to a level of the same tracks; a track switch is a change of "
            "its own",
        ),
        (
            "DT061",
            "/ladders/0/maps/eng1",
            "eng1 was on ic, mgr but ic2 is on ic: map it to a level of the same tracks; a track switch is a change "
            "of its own",
        ),
    ]
    assert found(ladder=mapped(ic3="ic2", em2="em2", gone="ic2")) == []


def test_dt023_a_role_cannot_wait_for_a_draft() -> None:
    draft = ladder_document(lifecycle="draft", version="2")

    assert found(ladder=draft, published=Definitions()) == [
        (
            "DT023",
            "/company/roles/0/ladder",
            "ladder engineering is a draft, so role engineer would have none: publish it together with the role, or "
            "leave the role without a ladder until then",
        )
    ]
    # A draft of the next version of a published ladder leaves the role where it is.
    assert found(ladder=draft) == []


def test_dt062_a_first_day_that_is_past_is_told_once_something_stood_in_its_place() -> None:
    def told(today: str, published: Definitions = PUBLISHED) -> list[tuple[str, str, str]]:
        findings = backdated_findings(
            published=published,
            ladders={"/ladders/0": ladder_from_document(ladder_document(version="2", effective_from="2026-03-01"))},
            bandsets={
                "/bands/0": bandset_from_document(
                    bandset_document(row_document(), key="next", effective_from="2026-03-01")
                )
            },
            today=date.fromisoformat(today),
        )
        return [(finding.rule, finding.severity, finding.pointer) for finding in findings]

    assert told("2026-03-02") == [
        ("DT062", "warning", "/ladders/0/effective_from"),
        ("DT062", "warning", "/bands/0/effective_from"),
    ]
    assert told("2026-03-01") == []
    assert told("2026-03-02", Definitions()) == []
