"""Where a kind of track is, by the versions of a ladder."""

from service.domain.visibility import places_by_kind
from tests.builders import DESIGN, ENGINEERING, day, definitions, level


def test_the_latest_version_begun_before_the_end_of_the_days_says_where_a_level_is() -> None:
    moved = [one for one in ENGINEERING["levels"] if one["key"] != "ic4"]
    newer = {
        **ENGINEERING,
        "version": "2",
        "effective_from": "2026-07-01",
        "levels": [*moved, level("ic4", ["manager"], "4")],
        "moves": [],
    }
    known = definitions(ladders=(ENGINEERING, DESIGN, newer))
    found = [
        {
            kind
            for kind, ladders in places_by_kind(known, before=day(on), known_at=10).items()
            if "ic4" in ladders["engineering"]
        }
        for on in ("2026-07-01", "2026-07-02")
    ]
    assert found == [{"ic"}, {"manager"}]
