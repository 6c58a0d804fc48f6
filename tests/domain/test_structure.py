"""What each rule says at which line stands in tests/ladderfiles/test_rules.py; here is what files cannot show."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.bands import bandset_from_document
from service.domain.company import company_from_document
from service.domain.documents import bind
from service.domain.findings import DocumentRejected, Finding, token
from service.domain.ladders import Ladder, ladder_from_document
from service.domain.structure import definition_findings
from tests.domain.documents import (
    Document,
    bandset_document,
    company_document,
    ladder_document,
    level_document,
    row_document,
)

TIMEZONES = frozenset({"Europe/Berlin", "UTC"})


def findings(
    company: Document | None, ladders: Sequence[Document], bandsets: Sequence[Document] = (), all_usable: bool = True
) -> list[tuple[str, str]]:
    found = definition_findings(
        company=company_from_document(company) if company else None,
        ladders={f"/ladders/{index}": ladder_from_document(ladder) for index, ladder in enumerate(ladders)},
        bandsets={f"/bands/{index}": bandset_from_document(bands) for index, bands in enumerate(bandsets)},
        timezones=TIMEZONES,
        all_usable=all_usable,
    )
    return [(finding.rule, finding.pointer) for finding in found]


def test_definitions_that_hang_together_have_no_findings() -> None:
    rows = (row_document(steps={"entry": "61000"}), row_document(zone="us"))

    assert findings(company_document(), [ladder_document()], [bandset_document(*rows)]) == []


def test_without_a_usable_company_only_what_needs_none_is_judged() -> None:
    ladder = ladder_document(levels=[level_document("a", "99", "ic"), level_document("a", "1", "boss")])

    assert findings(None, [ladder], [bandset_document(row_document(grade="99", max="1"))]) == [
        ("DT020", "/ladders/0/levels/1/key"),
        ("DT022", "/ladders/0/levels/1/tracks/0"),
        ("DT030", "/bands/0/rows/0/min"),
    ]


def test_a_ladder_that_could_not_be_used_is_not_called_unknown() -> None:
    bands = bandset_document(row_document(ladder="sales"))
    company = company_document(roles=[{"key": "seller", "ladder": "sales"}], teams=[])

    assert findings(company, [ladder_document()], [bands], all_usable=False) == []
    assert findings(company, [ladder_document()], [bands]) == [
        ("DT023", "/company/roles/0/ladder"),
        ("DT023", "/bands/0/rows/0/ladder"),
    ]


def test_principles_in_report_mode_let_grades_and_titles_be_missing() -> None:
    ladder = ladder_document(levels=[level_document("a", None, "ic", title=None)])

    assert findings(company_document(), [ladder]) == [("DT036", "/ladders/0/levels/0")] * 2
    assert findings(company_document(principles="report"), [ladder]) == []


def test_two_grades_cannot_share_a_rank() -> None:
    grades = [{"key": "1", "rank": 1}, {"key": "2", "rank": 2}, {"key": "3", "rank": 1}]

    assert findings(company_document(grades=grades), [ladder_document()]) == [
        ("DT020", "/company/grades/2/rank"),
        ("DT045", "/ladders/0/levels/3/grade"),
    ]


def test_steps_are_looked_up_on_the_levels_that_the_row_pays() -> None:
    levels = [level_document("ic2", "2", "ic", steps=["a"]), level_document("em2", "2", "mgr", steps=["b"])]
    rows = (
        row_document(steps={"a": "1", "b": "2"}),
        row_document(track="ic", steps={"b": "2"}),
        row_document(track="mgr", steps={"b": "2"}),
    )

    assert findings(company_document(), [ladder_document(levels=levels)], [bandset_document(*rows)]) == [
        ("DT032", "/bands/0/rows/1/steps/b")
    ]


def test_a_finding_moves_with_the_document_that_holds_it() -> None:
    finding = Finding(rule="DT021", pointer="/grade", text="a", remedy="b")

    assert finding.under("/ladders/0").pointer == "/ladders/0/grade"
    assert finding.message == "a: b"
    assert token("a/b~c") == "/a~1b~0c"


def test_a_refusal_counts_what_it_does_not_show() -> None:
    one = Finding(rule="DT021", pointer="", text="a", remedy="b")

    assert DocumentRejected([one]).detail == "/ DT021 a: b"
    assert DocumentRejected([one.under("/x"), one, one]).detail == "/x DT021 a: b (and 2 more)"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(["key", "version", "effective_from", "tracks", "levels", "pairing", "moves", "maps", "title"])


@settings(deadline=None)
@given(st.dictionaries(FIELDS | st.text(max_size=8), JSON, max_size=9))
def test_no_document_does_anything_but_bind_or_be_rejected(document: Document) -> None:
    try:
        found: Sequence[Finding] = ()
        bound = bind(Ladder, document)
    except DocumentRejected as rejected:
        found, bound = rejected.findings, None

    assert bound is None or bound.document == document
    assert bool(found) is (bound is None)
    assert all(finding.remedy for finding in found)


@settings(deadline=None)
@given(st.data())
def test_a_good_document_with_one_value_replaced_never_crashes_a_rule(data: st.DataObject) -> None:
    ladder = ladder_document()
    name = data.draw(st.sampled_from(sorted(ladder)))
    ladder[name] = data.draw(JSON)
    try:
        usable = {"/ladders/0": ladder_from_document(ladder)}
    except DocumentRejected:
        return
    company = company_from_document(company_document())

    found = definition_findings(company=company, ladders=usable, bandsets={}, timezones=TIMEZONES)

    assert all(finding.pointer.startswith(("/ladders/0", "/company")) for finding in found)
