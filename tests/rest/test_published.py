"""Kept answers: the same bytes as long as they hold, for those they were made for, and not an instant longer."""

from datetime import UTC, datetime

import httpx
import pytest

from service.domain.access import OPERATOR, parse_scopes
from service.middleware.prepared import head_of
from service.rest.answers import MARK
from service.usecases.access import create_key, revoke_key
from tests.builders import DESIGN, ENGINEERING
from tests.rest.published import publish, retitled, version_of
from tests.rest.served import Served, assert_problem

LADDER = "/v1/ladders/engineering"
READER = ("ladders:read",)
PAY_READER = ("ladders:read", "bands:read")
TOMORROW = version_of(ENGINEERING, "2", "2026-06-16", levels=retitled(ENGINEERING, ic4="Staff"))


async def test_an_answer_is_kept_until_more_is_published_or_a_key_changes(served: Served) -> None:
    # Making a key raises the generation: it comes before anything is kept.
    await served.key("admin")
    first = await served.get(LADDER, scopes=READER)
    # Whatever is recorded moves `known_at`: an answer with the old one was not made anew.
    await served.person("ada")
    kept = await served.get(LADDER, scopes=READER, headers={"X-Request-Id": "mine"})
    same = await served.get(LADDER, scopes=READER, headers={"If-None-Match": f'"other", {first.headers["etag"]}'})
    other = await served.get(LADDER, scopes=READER, headers={"If-None-Match": '"other"'})
    head = await served.call("HEAD", LADDER, scopes=READER)
    assert kept.content == first.content == other.content
    assert kept.headers["x-request-id"] == "mine"
    assert (same.status_code, same.content) == (304, b"")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == kept.headers["content-length"]
    for answer in (first, kept, same, other, head):
        assert answer.headers["etag"] == first.headers["etag"]
        assert answer.headers["vary"] == "Authorization, Accept, Accept-Encoding"
        assert answer.headers["cache-control"] == "private, no-cache"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert len(answer.headers.get_list("x-request-id")) == 1
        assert MARK not in answer.headers
    assert "content-type" not in same.headers and "content-length" not in same.headers

    await served.key("audit:read")
    remade = await served.get(LADDER, scopes=READER)
    unchanged = await served.get(LADDER, scopes=READER, headers={"If-None-Match": first.headers["etag"]})
    assert remade.json()["known_at"] > first.json()["known_at"]
    # The same but for `known_at`, so whoever has the old one need not read it again.
    assert (remade.headers["etag"], unchanged.status_code) == (first.headers["etag"], 304)

    await publish(served, ladders=(version_of(ENGINEERING, "2", "2026-01-01"), DESIGN))
    renewed = await served.get(LADDER, scopes=READER, headers={"If-None-Match": first.headers["etag"]})
    assert (renewed.status_code, renewed.json()["version"]["version"]) == (200, "2")
    assert renewed.headers["etag"] != first.headers["etag"]


async def test_every_published_address_answers_alike_when_it_is_asked_again(served_once: Served) -> None:
    paths = [
        *("/v1/company", "/v1/grades", "/v1/ladders", LADDER, f"{LADDER}/versions", f"{LADDER}/versions/1"),
        *(f"{LADDER}/levels/ic4", f"{LADDER}/chart", "/v1/compare?a=engineering/ic4&b=engineering/em4"),
        *("/v1/parity", "/v1/coverage", "/v1/bands?limit=2", "/v1/band-sets", "/v1/definitions"),
    ]
    first = {path: await served_once.get(path) for path in paths}
    await served_once.person("ada")
    again = {path: await served_once.get(path) for path in paths}
    for path in paths:
        assert first[path].status_code == 200, path
        assert first[path].content == again[path].content, path
        passing = {"date", "x-request-id", "ratelimit"}
        shown, kept = (
            {name: value for name, value in answer.headers.items() if name not in passing}
            for answer in (first[path], again[path])
        )
        assert shown == kept, path
    # Parameters stand in any order, and `known_at` in the answer is that of the first.
    turned = await served_once.get("/v1/compare?b=engineering/em4&a=engineering/ic4")
    assert turned.content == first["/v1/compare?a=engineering/ic4&b=engineering/em4"].content


async def test_a_kept_answer_is_as_well_formed_on_the_wire_as_a_made_one(served_once: Served) -> None:
    key = (await served_once.key(*READER)).encode()
    made = await served_once.get(LADDER, scopes=READER, headers={"Accept-Encoding": "identity"})
    lines = b"GET /v1/ladders/engineering HTTP/1.1\r\nHost: " + made.request.headers["host"].encode()
    lines += b"\r\nAccept: */*\r\nX-Request-Id: one\r\nAuthorization: Bearer " + key + b"\r\n"
    tag = b"If-None-Match: " + made.headers["etag"].encode() + b"\r\n"
    # Three in one go, of which the last ends the connection.
    answers = await served_once.raw(lines + b"\r\n" + lines + tag + b"\r\n" + lines + b"Connection: close\r\n\r\n")
    whole, _, rest = answers.partition(b"\r\n\r\n" + made.content)
    unchanged, _, rest = rest.partition(b"\r\n\r\n")
    last, _, rest = rest.partition(b"\r\n\r\n")
    assert rest == made.content
    assert [head.split(b"\r\n")[0] for head in (whole, unchanged, last)] == [
        *(b"HTTP/1.1 200 OK", b"HTTP/1.1 304 Not Modified", b"HTTP/1.1 200 OK")
    ]
    names = sorted(name.lower().encode() for name in made.headers)
    for head, expected in (
        (whole, names),
        (unchanged, [name for name in names if name not in {b"content-type", b"content-length"}]),
        (last, sorted([*names, b"connection"])),
    ):
        assert sorted(line.partition(b":")[0] for line in head.split(b"\r\n")[1:]) == expected
        assert b"x-request-id: one" in head
    for wrong in (b"a\r\nset-cookie: b", b"a\x00"):
        with pytest.raises(ValueError, match="cannot be written"):
            head_of(200, [(b"link", wrong)])


async def test_nobody_is_answered_with_what_was_made_for_other_scopes(served: Served) -> None:
    hidden = [f"{LADDER}/levels/ic4", f"{LADDER}/chart", "/v1/compare?a=engineering/ic4&b=engineering/em4"]
    refused = ["/v1/bands", "/v1/band-sets", "/v1/definitions"]
    open_to_both = [LADDER, "/v1/company", "/v1/grades"]
    found: dict[tuple[str, tuple[str, ...]], list[httpx.Response]] = {}
    await served.key(*PAY_READER)
    await served.key(*READER)
    for scopes in (PAY_READER, READER, PAY_READER, READER):
        for path in (*hidden, *refused, *open_to_both):
            found.setdefault((path, scopes), []).append(await served.get(path, scopes=scopes))
    for (path, scopes), answers in found.items():
        pays = scopes == PAY_READER
        if path in refused and not pays:
            for answer in answers:
                assert_problem(answer, 403, "missing-scope")
            continue
        assert {answer.status_code for answer in answers} == {200}, path
        assert answers[0].content == answers[1].content, path
        shown = path not in open_to_both and pays and path != "/v1/band-sets"
        assert (b"0001.17" in answers[1].content) is shown, (path, scopes)
        storable = "private, no-store" if pays and path not in open_to_both else "private, no-cache"
        assert {answer.headers["cache-control"] for answer in answers} == {storable}, (path, scopes)
    nobody = await served.client.get(LADDER)
    assert_problem(nobody, 401, "missing-key")
    stranger = await served.client.get(LADDER, headers={"Authorization": "Bearer dt_0011223344556677_x"})
    assert_problem(stranger, 401, "key-refused")


async def test_the_day_begins_at_midnight_where_the_company_is(served: Served) -> None:
    await publish(served, ladders=(TOMORROW, DESIGN))

    async def versions() -> list[str]:
        answers = [await served.get(path) for path in (LADDER, f"{LADDER}?effective_on=2026-06-15")]
        return [answer.json()["version"]["version"] for answer in answers]

    # Berlin is two hours ahead of UTC in June.
    midnight = int(datetime(2026, 6, 15, 22, tzinfo=UTC).timestamp()) * 1_000_000
    served.clock.us = midnight - 1
    assert [await versions(), await versions()] == [["1", "1"], ["1", "1"]]
    served.clock.us = midnight
    assert [await versions(), await versions()] == [["2", "1"], ["2", "1"]]
    served.clock.us = midnight - 1
    assert await versions() == ["1", "1"]


async def test_a_key_stops_at_its_last_instant_and_when_it_is_revoked(served: Served) -> None:
    end = served.clock.us + 60_000_000
    scopes = parse_scopes(list(READER))
    made = await create_key(served.house.runtime, OPERATOR, name="short", scopes=scopes, expires_at=end)
    bearer = {"Authorization": f"Bearer {made.answer['key']}"}
    wrong = {"Authorization": f"Bearer {made.answer['key'][:-1]}"}
    served.clock.us = end - 1
    assert [(await served.client.get(LADDER, headers=bearer)).status_code for _ in range(2)] == [200, 200]
    assert_problem(await served.client.get(LADDER, headers=wrong), 401, "key-refused")
    served.clock.us = end
    assert_problem(await served.client.get(LADDER, headers=bearer), 401, "key-refused")

    assert [(await served.get(LADDER, scopes=READER)).status_code for _ in range(2)] == [200, 200]
    key_id = (await served.key(*READER)).split("_")[1]
    await revoke_key(served.house.runtime, OPERATOR, key_id)
    assert_problem(await served.get(LADDER, scopes=READER), 401, "key-refused")


async def test_what_hangs_on_people_is_not_kept(served: Served) -> None:
    await publish(served, ladders=(TOMORROW, DESIGN))
    path = "/v1/compare?a=engineering@1&b=engineering@2"
    await served.person("ada")
    empty = await served.get(path)
    hired = {"ladder": "engineering", "level": "ic4", "role": "engineer", "team": "core", "zone": "berlin"}
    await served.change(hired, "2026-06-15")
    assert empty.json()["versions"]["people"] == []
    assert (await served.get(path)).json()["versions"]["people"] == [{"level": "ic4", "people": 1}]

    person = await served.get("/v1/employees/ada")
    again = await served.get("/v1/employees/ada", headers={"If-None-Match": person.headers["etag"]})
    assert again.status_code == 304
    assert "Authorization" not in person.headers["vary"] and person.headers["cache-control"] == "private, no-store"
