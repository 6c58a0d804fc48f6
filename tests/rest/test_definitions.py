"""The whole folder over the network: planned, published, exported; all of it or nothing, once."""

from typing import Any

from tests.builders import BANDS, COMPANY, DESIGN, ENGINEERING
from tests.rest.published import PATH, announced, folder, kept, publish, put, read, retitled, set_of, version_of
from tests.rest.served import Served, assert_problem

NEXT = version_of(ENGINEERING, "2", "2026-07-01", levels=retitled(ENGINEERING, ic4="Staff"))
NEXT_BANDS = set_of("2027", "2027-01-01")
PUBLISHED = ("company_version", "ladder_version", "band_set", "event", "generation", "position")
"""What only publishing something adds to."""
DRY: dict[str, Any] = {"params": {"dry_run": "true"}}


async def tag(served: Served) -> str:
    return (await served.get(PATH)).headers["etag"].removeprefix("W/")


async def test_what_is_read_is_what_was_written_and_its_tag_is_the_base(served: Served) -> None:
    first = await served.get(PATH)
    again = await served.get(PATH, headers={"If-None-Match": first.headers["etag"]})
    planned = await put(served, folder(), **DRY)

    assert first.json() == folder(ladders=(DESIGN, ENGINEERING))
    assert first.headers["cache-control"] == "private, no-store"
    assert first.headers["etag"].removeprefix("W/") == f'"{planned.json()["base"]}"'
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])

    await publish(served, ladders=(NEXT, DESIGN))
    after = await served.get(PATH, headers={"If-None-Match": first.headers["etag"]})
    assert after.status_code == 200
    assert after.headers["etag"] != first.headers["etag"]
    assert after.json() == folder(ladders=(DESIGN, NEXT))


async def test_the_latest_of_each_is_read_and_a_past_instant_has_its_own_base(served: Served) -> None:
    before = await served.get(PATH)
    known = (await read(served, "/v1/company"))["known_at"]
    later = await publish(served, ladders=(NEXT, DESIGN), bands=(NEXT_BANDS, BANDS))

    past = await served.get(PATH, params={"known_at": known})
    new = await served.get(PATH, params={"known_at": later["recorded_at"]})
    nothing = await served.get(PATH, params={"known_at": "2020-01-01T00:00:00Z"})

    assert (past.content, past.headers["etag"]) == (before.content, before.headers["etag"])
    assert new.json() == folder(ladders=(DESIGN, NEXT), bands=(BANDS, NEXT_BANDS))
    assert nothing.json() == {"company": None, "ladders": [], "bands": []}


async def test_a_write_says_what_it_is_based_on(served: Served) -> None:
    stale = await tag(served)
    await publish(served, ladders=(ENGINEERING, DESIGN), bands=(BANDS, NEXT_BANDS))
    before = await kept(served)
    news = folder(ladders=(NEXT, DESIGN))

    unsaid = await put(served, news, base=None)
    moved = await put(served, news, base=stale)
    moved_plan = await put(served, news, base=stale, **DRY)
    assert_problem(unsaid, 428, "if-match-missing")
    for answer in (moved, moved_plan):
        assert f'"{assert_problem(answer, 412, "plan-stale")["base"]}"' == await tag(served)
    for wrong in ("7", '"7"', stale.strip('"'), f'{stale}, "x"', '"*"'):
        assert_problem(await put(served, news, base=wrong), 400, "invalid-if-match")
    assert await kept(served) == before

    done = await put(served, news, base=f'"{moved.json()["base"]}"')
    assert (done.status_code, done.json()["ladders"]) == (200, ["engineering@2"])
    any_base = await put(served, folder(ladders=(NEXT, DESIGN), bands=(BANDS, set_of("2028", "2028-01-01"))))
    assert (any_base.status_code, any_base.json()["bands"]) == (200, ["2028"])


async def test_a_plan_is_what_publishing_answers_and_keeps_nothing(served: Served) -> None:
    await served.person()
    await served.change({"ladder": "engineering", "level": "ic4", "zone": "berlin"}, "2026-01-01")
    rows = [{**row, "min": row["mid"]} if row["grade"] == "4" else row for row in BANDS["rows"]]
    news = folder(
        company={**COMPANY, "name": "Renamed Ltd"},
        ladders=(NEXT, DESIGN),
        bands=(BANDS, set_of("2027", "2027-01-01", rows=rows)),
    )
    before, told = await kept(served), await announced(served)

    unbased = await put(served, news, base=None, **DRY)
    planned = await put(served, news, base=await tag(served), headers={"Idempotency-Key": "k"}, **DRY)
    assert (await kept(served), await announced(served)) == (before, told)
    done = await put(served, news, base=await tag(served), headers={"Idempotency-Key": "k"})

    plan = planned.json()
    assert unbased.json() == plan
    assert done.json()["recorded_at"].startswith("2026-06-15T10:00:00.")
    assert plan == {**done.json(), "recorded_at": None}
    assert "idempotent-replayed" not in done.headers
    assert (plan["company"], plan["ladders"], plan["bands"]) == (True, ["engineering@2"], ["2027"])
    assert [(one["kind"], one["key"], one["state"], one["previous"]) for one in plan["documents"]] == [
        ("company", None, "changed", None),
        ("ladder", "engineering", "changed", "1"),
        ("ladder", "design", "unchanged", "1"),
        ("bands", "2000", "unchanged", "2000"),
        ("bands", "2027", "changed", "2000"),
    ]
    assert plan["documents"][1]["differences"][-1] == {
        "op": "~",
        "path": ["levels", "ic4", "title"],
        "before": "IC4",
        "after": "Staff",
    }
    days = {one["effective_on"]: (one["people"], one["touched"], one["cost"]) for one in plan["impact"]}
    here = {"ladder": "engineering", "level": "ic4", "zone": "berlin", "people": 1}
    assert days == {
        "2026-06-15": (0, [], []),
        "2026-07-01": (
            1,
            [{**here, "changed": ["title"]}],
            [{"currency": "EUR", "per_year": "0.00", "people": 1, "not_told": 0}],
        ),
        "2027-01-01": (
            1,
            [{**here, "changed": ["title", "band"]}],
            [{"currency": "EUR", "per_year": "5002.12", "people": 1, "not_told": 0}],
        ),
    }


async def test_the_same_request_under_its_key_is_done_once(served: Served) -> None:
    base, key = await tag(served), {"Idempotency-Key": "apply-1"}
    done = await put(served, folder(ladders=(NEXT, DESIGN)), base=base, headers=key)
    after = await kept(served)

    again = await put(served, folder(ladders=(NEXT, DESIGN)), base=base, headers=key)
    other = await put(served, folder(ladders=(ENGINEERING, DESIGN)), base=base, headers=key)
    unkeyed = await put(served, folder(ladders=(NEXT, DESIGN)), base=base)

    assert (again.status_code, again.content) == (200, done.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert_problem(other, 422, "idempotency-key-reused")
    assert_problem(unkeyed, 412, "plan-stale")
    assert await kept(served) == after
    assert len([one for one in await announced(served) if one["data"].get("version") == "2"]) == 1


async def test_one_event_for_each_new_version_and_each_new_set(served: Served) -> None:
    before = await announced(served)
    assert [(one["type"], one["sequence"]) for one in before] == [
        ("ladder.published", 1),
        ("ladder.published", 1),
        ("bands.published", 1),
    ]

    rows = [
        {**row, "min": row["mid"]} if row["zone"] == "nyc" and row["grade"] == "1" else row for row in BANDS["rows"]
    ]
    two_sets = (BANDS, NEXT_BANDS, set_of("2028", "2028-01-01", rows=rows))
    done = await publish(served, ladders=(NEXT, DESIGN), bands=two_sets)

    new = (await announced(served))[len(before) :]
    assert [(one["type"], one["sequence"], one["timestamp"]) for one in new] == [
        ("ladder.published", 2, done["recorded_at"]),
        ("bands.published", 2, done["recorded_at"]),
        ("bands.published", 3, done["recorded_at"]),
    ]
    assert [one["data"].get("previous_version", one["data"].get("previous_band_set")) for one in new] == [
        "1",
        "2000",
        "2000",
    ]
    assert [len(one["data"].get("changed", [])) for one in new] == [0, 0, 1]
    assert "10001.17" not in str(new)
    assert len({one["id"] for one in new}) == 3


async def test_what_is_unchanged_is_not_published_again(served: Served) -> None:
    await publish(served, ladders=(NEXT, DESIGN), bands=(BANDS, NEXT_BANDS))
    before, told = await kept(served), await announced(served)

    read_back = (await served.get(PATH)).json()
    base = await tag(served)
    for body in (read_back, folder(ladders=(NEXT, DESIGN)), folder(ladders=(ENGINEERING, DESIGN), bands=())):
        answer = (await put(served, body, base=base)).json()
        assert (answer["recorded_at"], answer["company"], answer["ladders"], answer["bands"]) == (None, False, [], [])
        assert {one["state"] for one in answer["documents"]} == {"unchanged"}
        assert answer["impact"] == []

    after = await kept(served)
    assert {name: after[name] for name in PUBLISHED} == {name: before[name] for name in PUBLISHED}
    assert await announced(served) == told
    assert (await tag(served), (await served.get(PATH)).json()) == (base, read_back)


async def test_a_draft_is_judged_and_not_published(served: Served) -> None:
    before = await kept(served)
    draft: dict[str, Any] = {**NEXT, "lifecycle": "draft"}
    drafts = folder(ladders=(draft, DESIGN), bands=({**NEXT_BANDS, "lifecycle": "draft"},))

    answer = (await put(served, drafts)).json()
    assert (answer["recorded_at"], answer["ladders"], answer["bands"]) == (None, [], [])
    assert [one["state"] for one in answer["documents"]] == ["unchanged", "draft", "unchanged", "draft"]
    faulty = folder(ladders=({**draft, "levels": [{**NEXT["levels"][0], "grade": "99"}]}, DESIGN))
    assert_problem(await put(served, faulty), 422, "definitions-invalid")

    after = await kept(served)
    assert {name: after[name] for name in PUBLISHED} == {name: before[name] for name in PUBLISHED}
    assert [one["version"] for one in await read(served, "/v1/ladders/engineering/versions")] == ["1"]
    assert_problem(await served.get("/v1/ladders/engineering/versions/2"), 404, "no-such-version")
    assert [one["key"] for one in await read(served, "/v1/band-sets")] == ["2000"]

    published = await publish(served, ladders=(NEXT, DESIGN), bands=(NEXT_BANDS,))
    assert (published["ladders"], published["bands"]) == (["engineering@2"], ["2027"])
