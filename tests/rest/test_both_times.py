"""Every read of definitions on both time axes: what was answered for a day and an instant is answered so for ever."""

from tests.builders import BANDS, COMPANY, DESIGN, ENGINEERING
from tests.rest.published import folder, publish, put, read, retitled, set_of, version_of
from tests.rest.served import Served, assert_problem

DAY, INSTANT = "effective_on", "known_at"
READS: dict[str, set[str]] = {
    "/v1/definitions": {INSTANT},
    "/v1/company": {INSTANT},
    "/v1/grades": {DAY, INSTANT},
    "/v1/ladders": {DAY, INSTANT},
    "/v1/ladders/engineering": {DAY, INSTANT},
    "/v1/ladders/engineering/versions": {DAY, INSTANT},
    "/v1/ladders/engineering/versions/1": {DAY, INSTANT},
    "/v1/ladders/engineering/levels/ic4": {DAY, INSTANT},
    "/v1/ladders/engineering/chart": {DAY, INSTANT},
    "/v1/compare?a=engineering/ic4&b=engineering/em4": {DAY, INSTANT},
    "/v1/compare?a=engineering@1&b=engineering": {DAY, INSTANT},
    "/v1/compare?a=engineering@2026-07-01&b=design": {DAY, INSTANT},
    "/v1/band-sets": {DAY, INSTANT},
    "/v1/bands": {DAY, INSTANT},
    "/v1/bands?band_set=2000&limit=3&period=month": {DAY, INSTANT},
    "/v1/parity": {DAY, INSTANT},
    "/v1/coverage": {DAY, INSTANT},
}


async def answers(served: Served, known: str, day: str) -> dict[str, tuple[bytes, str]]:
    found: dict[str, tuple[bytes, str]] = {}
    for path, axes in READS.items():
        asked = {DAY: day, INSTANT: known}
        joined = "&".join(f"{axis}={asked[axis]}" for axis in sorted(axes))
        answer = await served.get(f"{path}{'&' if '?' in path else '?'}{joined}")
        assert answer.status_code == 200, (path, answer.text)
        found[path] = (answer.content, answer.headers["etag"])
    return found


async def test_the_same_question_has_the_same_bytes_for_ever(served: Served) -> None:
    await served.person()
    await served.change({"ladder": "engineering", "level": "ic4", "zone": "berlin"}, "2026-01-01")
    known = (await read(served, "/v1/company"))["known_at"]
    before = await answers(served, known, "2026-08-01")

    ladder = version_of(
        ENGINEERING,
        "0",
        "2000-01-01",
        levels=[{**one, "influence": {"scope": "All."}} for one in retitled(ENGINEERING, ic4="Other")],
        moves=[],
    )
    rows = [{**row, "mid": row["min"], "track": "ic"} for row in BANDS["rows"]]
    waiver = {"rule": "DT103", "scope": {}, "reason": "Time.", "owner": "CTO", "expires_on": "2027-01-01"}
    company = {
        **COMPANY,
        "name": "Renamed Ltd",
        "parity": {"policy": "ic_at_least_manager"},
        "zones": [*COMPANY["zones"], {"key": "far", "currency": "JPY"}],
        "roles": [*COMPANY["roles"], {"key": "other"}],
        "waivers": [waiver],
    }
    await publish(served, company=company, ladders=(ladder, DESIGN), bands=(set_of("1999", "2000-01-01", rows=rows),))
    later = version_of(ENGINEERING, "3", "2026-07-01", levels=retitled(ENGINEERING, ic5="Third"))
    await publish(
        served, company=company, ladders=(later, {**DESIGN, "version": "2"}), bands=(set_of("x", "2026-08-01"),)
    )
    await served.change({"level": "em4"}, "2026-03-01")
    served.clock.us += 400 * 86_400_000_000

    assert await answers(served, known, "2026-08-01") == before
    now = (await read(served, "/v1/company"))["known_at"]
    after = await answers(served, now, "2026-08-01")
    assert [path for path in READS if after[path] == before[path]] == []


async def test_parameters_are_read_strictly_everywhere(served: Served) -> None:
    for path, axes in READS.items():
        for name in ("effectiveon", *({DAY, INSTANT} - axes)):
            answer = await served.get(f"{path}{'&' if '?' in path else '?'}{name}=2026-01-01")
            assert assert_problem(answer, 400, "unknown-parameter")["errors"][0]["parameter"] == name, path
        answer = await served.get(f"{path}{'&' if '?' in path else '?'}{INSTANT}=2026-06-15T10:00:01Z")
        assert_problem(answer, 422, "known-at-in-future")
    for query, code in {
        f"{INSTANT}=2026-01-01": "invalid-parameter",
        f"{INSTANT}=": "invalid-parameter",
        f"{DAY}=2026-02-30": "invalid-date",
        f"{DAY}=": "invalid-date",
    }.items():
        assert_problem(await served.get(f"/v1/parity?{query}"), 422, code)
    body = folder(company={**COMPANY, "name": "Other"})
    assert_problem(await put(served, body, params={"dryrun": "true"}), 400, "unknown-parameter")
    assert_problem(await put(served, body, params={"dry_run": "yes"}), 422, "invalid-parameter")
    assert (await read(served, "/v1/company"))["definition"]["name"] == COMPANY["name"]
