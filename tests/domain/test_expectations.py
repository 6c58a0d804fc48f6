import copy
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.expectations import competencies_of, expected, frameworks_of
from service.domain.ladders import Ladder, ladder_from_document
from tests.domain.documents import Document, ladder_document, level_document

COMPETENCIES = [
    {"key": "craft", "title": "Craft", "scale": ["basic", "solid", "deep"]},
    {"key": "people", "title": "People"},
]


def level(key: str, expectations: Document, *tracks: str, **changes: object) -> Document:
    return level_document(key, None, *(tracks or ("ic",)), expectations=expectations, **changes)


def ladder(*levels: Document, **changes: object) -> Ladder:
    return ladder_from_document(ladder_document(levels=list(levels), **{"competencies": COMPETENCIES, **changes}))


def resolved(key: str, subject: Ladder, *frameworks: Ladder) -> dict[str, list[str]]:
    """Texts by competency, both in resolved order."""
    found = subject.level(key)
    assert found is not None
    by_key = {known.key: known for known in (subject, *frameworks)}
    return {
        expectation.competency: [statement.text for statement in expectation.statements]
        for expectation in expected(found, subject, by_key)
    }


def proficiency(key: str, subject: Ladder, *frameworks: Ladder) -> str | None:
    found = subject.level(key)
    assert found is not None
    return expected(found, subject, {known.key: known for known in frameworks})[0].proficiency


def test_without_inheritance_a_level_expects_what_it_states() -> None:
    subject = ladder(level("a", {"craft": ["A."]}), level("b", {"people": ["B."]}))

    assert resolved("a", subject) == {"craft": ["A."]}
    assert resolved("b", subject) == {"people": ["B."]}


def test_a_level_inherits_from_the_level_of_its_key_in_the_framework() -> None:
    frame = ladder(level("a", {"craft": ["Frame."]}), level("b", {"craft": ["Not a."]}), key="frame")
    subject = ladder(level("a", {"craft": ["Own."], "people": ["P."]}), level("c", {}), extends="frame")

    assert resolved("a", subject, frame) == {"craft": ["Frame.", "Own."], "people": ["P."]}
    assert resolved("c", subject, frame) == {}
    # A framework that is not known adds nothing: another rule names it.
    assert resolved("a", subject) == {"craft": ["Own."], "people": ["P."]}


def test_frameworks_of_frameworks_hold_too_furthest_first() -> None:
    far = ladder(level("a", {"craft": ["Far."]}), key="far")
    near = ladder(level("a", {"craft": ["Near."]}), key="near", extends="far")
    subject = ladder(level("a", {"craft": ["Own."]}), extends="near")

    assert resolved("a", subject, near, far) == {"craft": ["Far.", "Near.", "Own."]}
    assert frameworks_of(subject, {"near": near, "far": far}) == (near, far)


def test_a_framework_resolves_its_own_inheritance_first() -> None:
    frame = ladder(level("a", {"craft": ["A."]}), level("b", {"craft": ["B."]}), key="frame", cumulative=True)
    subject = ladder(level("b", {"craft": ["Own."]}), extends="frame")

    assert resolved("b", subject, frame) == {"craft": ["A.", "B.", "Own."]}


def test_on_a_cumulative_ladder_levels_below_on_its_tracks_hold_too() -> None:
    levels = [
        level("a", {"craft": ["A."]}, "ic", "mgr"),
        level("b", {"craft": ["B."]}, "ic"),
        level("m", {"people": ["M."]}, "mgr"),
        level("c", {"craft": ["C."]}, "ic"),
        level("top", {}, "ic", "mgr"),
    ]

    assert resolved("c", ladder(*levels, cumulative=True)) == {"craft": ["A.", "B.", "C."]}
    assert resolved("m", ladder(*levels, cumulative=True)) == {"craft": ["A."], "people": ["M."]}
    assert resolved("top", ladder(*levels, cumulative=True)) == {"craft": ["A.", "B.", "C."], "people": ["M."]}
    assert resolved("c", ladder(*levels)) == {"craft": ["C."]}


def test_a_level_extends_others_in_the_order_it_names_them() -> None:
    levels = [level("a", {"craft": ["A."]}), level("b", {"craft": ["B."]}), level("c", {"craft": ["C."]})]
    both = level("d", {"craft": ["D."]}, extends=["b", "a", "gone"])

    assert resolved("d", ladder(*levels, both)) == {"craft": ["B.", "A.", "D."]}


def test_the_three_forms_come_in_order_framework_levels_below_extended_levels() -> None:
    frame = ladder(level("c", {"craft": ["Frame."]}), key="frame")
    levels = [
        level("x", {"craft": ["Extended."]}, "mgr"),
        level("a", {"craft": ["Below."]}),
        level("c", {"craft": ["Own."]}, extends=["x"]),
    ]

    assert resolved("c", ladder(*levels, extends="frame", cumulative=True), frame) == {
        "craft": ["Frame.", "Below.", "Extended.", "Own."]
    }


def test_what_is_said_twice_is_expected_once() -> None:
    levels = [
        level("a", {"craft": ["Same.", "A."]}),
        level("b", {"craft": ["B.", "Same."]}, extends=["a"]),
        level("c", {"craft": ["A."]}, extends=["a", "b"]),
    ]

    assert resolved("c", ladder(*levels, cumulative=True)) == {"craft": ["Same.", "A.", "B."]}


def test_the_last_stated_proficiency_counts() -> None:
    subject = ladder(
        level("a", {"craft": {"proficiency": "solid"}}),
        level("b", {"craft": ["Silent."]}),
        level("c", {"craft": {"proficiency": "basic"}}),
        cumulative=True,
    )

    assert [proficiency(key, subject) for key in ("a", "b", "c")] == ["solid", "solid", "basic"]


def test_expectations_stand_in_the_order_of_the_competencies() -> None:
    subject = ladder(level("a", {"unknown": ["U."], "people": ["P."], "craft": ["C."]}))

    assert list(resolved("a", subject)) == ["craft", "people", "unknown"]


def test_competencies_of_frameworks_come_first_and_may_be_declared_anew() -> None:
    far = ladder(key="far", competencies=[{"key": "craft", "title": "Far craft"}, {"key": "care", "title": "Care"}])
    near = ladder(key="near", extends="far", competencies=[{"key": "people", "title": "Near people"}])
    subject = ladder(extends="near", competencies=[{"key": "wit", "title": "Wit"}, {"key": "craft", "title": "Craft"}])

    found = competencies_of(subject, {"far": far, "near": near})

    assert [(competency.key, competency.title) for competency in found] == [
        ("craft", "Craft"),
        ("care", "Care"),
        ("people", "Near people"),
        ("wit", "Wit"),
    ]


def test_circles_end() -> None:
    one = ladder(level("a", {"craft": ["One."]}), key="one", extends="two")
    two = ladder(level("a", {"craft": ["Two."]}), key="two", extends="one")
    round_about = ladder(
        level("a", {"craft": ["A."]}, extends=["b"]),
        level("b", {"craft": ["B."]}, extends=["a", "b"]),
        cumulative=True,
    )

    assert resolved("a", one, two) == {"craft": ["Two.", "One."]}
    assert resolved("a", two, one) == {"craft": ["One.", "Two."]}
    assert resolved("a", round_about) == {"craft": ["B.", "A."]}
    assert resolved("b", round_about) == {"craft": ["A.", "B."]}


def test_the_source_form_stays_as_it_is_written() -> None:
    frame = ladder(level("a", {"craft": ["Frame."]}), key="frame")
    document = ladder_document(
        levels=[level("a", {"craft": ["Own."]}), level("b", {}, extends=["a"])],
        competencies=COMPETENCIES,
        extends="frame",
        cumulative=True,
    )
    before = copy.deepcopy(document)
    subject = ladder_from_document(document)

    assert resolved("b", subject, frame) == {"craft": ["Own."]}
    assert subject.document == before
    assert ladder_from_document(subject.document) == subject


KEYS = ("a", "b", "c", "d")


@settings(deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(KEYS), max_size=3), min_size=4, max_size=4),
    st.lists(st.sampled_from([("ic",), ("mgr",), ("ic", "mgr")]), min_size=4, max_size=4),
    st.booleans(),
)
def test_any_web_of_levels_resolves_without_repetition(
    extends: Sequence[Sequence[str]], tracks: Sequence[Sequence[str]], cumulative: bool
) -> None:
    levels = [
        level(key, {"craft": [f"{key}.", "Same."]}, *on, extends=list(named))
        for key, named, on in zip(KEYS, extends, tracks, strict=True)
    ]
    subject = ladder(*levels, cumulative=cumulative)

    for key, named in zip(KEYS, extends, strict=True):
        texts = resolved(key, subject)["craft"]
        assert len(set(texts)) == len(texts)
        assert {f"{key}.", "Same.", *(f"{other}." for other in named)} <= set(texts)
