"""What begins before today is told by the plan, once, and only if it would be published."""

from typing import Any

from tests.builders import BANDS, DESIGN, ENGINEERING
from tests.stage import Stage, publish

PAST = "2025-01-01"
NEXT: dict[str, Any] = {**ENGINEERING, "version": "2", "effective_from": PAST}
NEXT_BANDS: dict[str, Any] = {**BANDS, "key": "2025", "effective_from": PAST}


def told(published: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["severity"], one["pointer"]) for one in published["findings"] if one["rule"] == "DT062"]


async def test_a_past_first_day_is_told_when_it_is_published_and_not_again(stage: Stage) -> None:
    first = await publish(stage, ladders=(NEXT, DESIGN), bands=(NEXT_BANDS,))
    again = await publish(stage, ladders=(NEXT, DESIGN), bands=(NEXT_BANDS,))

    assert told(first) == [("warning", "/ladders/0/effective_from"), ("warning", "/bands/0/effective_from")]
    assert (first["ladders"], first["bands"]) == (["engineering@2"], ["2025"])
    assert (told(again), again["recorded_at"]) == ([], None)


async def test_a_draft_alters_no_day(stage: Stage) -> None:
    drafts = await publish(
        stage, ladders=({**NEXT, "lifecycle": "draft"}, DESIGN), bands=({**NEXT_BANDS, "lifecycle": "draft"},)
    )

    assert (told(drafts), drafts["recorded_at"]) == ([], None)


async def test_what_stands_in_nobodys_place_is_no_change_of_the_past(stage: Stage) -> None:
    new = await publish(stage, ladders=(ENGINEERING, DESIGN, {**NEXT, "key": "research"}))

    assert (told(new), new["ladders"]) == ([], ["research@2"])
