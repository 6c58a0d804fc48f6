"""Folders that cannot be published: every fault is named at its place, nothing is kept, and nothing breaks."""

import json
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest

from service.middleware.bounds import ROOMY
from tests.builders import BANDS, COMPANY, DESIGN, ENGINEERING
from tests.rest.published import PATH, announced, folder, kept, put, read, set_of, version_of
from tests.rest.served import JSON, Served, assert_problem


def places(answer: httpx.Response) -> list[tuple[str, str]]:
    """(pointer, rule) of each finding."""
    problem = assert_problem(answer, 422, "definitions-invalid")
    assert all(one["detail"] for one in problem["errors"])
    return [(one["pointer"], one["code"]) for one in problem["errors"]]


def first_changed(name: str, document: Any, **changed: Any) -> dict[str, Any]:
    """The document, the first entry of one of its lists with other values."""
    return {**document, name: [{**document[name][0], **changed}, *document[name][1:]]}


async def test_faults_of_all_documents_are_told_at_once(served: Served) -> None:
    before, told = await kept(served), await announced(served)
    misshapen = folder(
        company={**COMPANY, "nmae": "x", "grades": 7},
        ladders=(
            {**ENGINEERING, "effective_from": "2026-02-30"},
            first_changed("levels", DESIGN, tracks="ic", grade=2),
        ),
        bands=({"key": "2027", "rows": []}, first_changed("rows", BANDS, min=10001.17)),
    )
    contradictory = folder(
        company={**COMPANY, "timezone": "Europe/Atlantis"},
        ladders=(first_changed("levels", ENGINEERING, grade="9"), first_changed("levels", DESIGN, tracks=["icc"])),
        bands=(first_changed("rows", BANDS, zone="berln"),),
    )
    for dry_run in ("true", "false"):
        sent: dict[str, Any] = {"params": {"dry_run": dry_run}}
        assert places(await put(served, misshapen, **sent)) == [
            ("/company/nmae", "DT010"),
            ("/company/grades", "DT011"),
            ("/ladders/0/effective_from", "DT013"),
            ("/ladders/1/levels/0/tracks", "DT011"),
            ("/ladders/1/levels/0/grade", "DT011"),
            ("/bands/0", "DT012"),
            ("/bands/1/rows/0/min", "DT011"),
        ]
        found = places(await put(served, contradictory, **sent))
        assert {
            ("/company/timezone", "DT037"),
            ("/ladders/0/levels/0/grade", "DT021"),
            ("/ladders/1/levels/0/tracks/0", "DT022"),
            ("/bands/0/rows/0/zone", "DT024"),
        } <= set(found)
    assert (await kept(served), await announced(served)) == (before, told)


async def test_one_key_names_one_document(served: Served) -> None:
    twice = folder(
        ladders=(ENGINEERING, DESIGN, version_of(ENGINEERING, "2", "2027-01-01")),
        bands=(BANDS, {**BANDS, "effective_from": "2027-01-01"}),
    )
    found = places(await put(served, twice))
    assert ("/ladders/2/key", "DT040") in found
    assert ("/bands/1/key", "DT040") in found


async def test_what_is_published_is_not_rewritten(served: Served) -> None:
    before = await kept(served)
    edited = folder(
        company={**COMPANY, "zones": COMPANY["zones"][:1]},
        ladders=({**ENGINEERING, "title": "Other"}, version_of(DESIGN, "2", "2027-01-01", tracks=DESIGN["tracks"][:1])),
        bands=({**BANDS, "title": "Other"}, set_of("2027", "2027-01-01")),
    )
    found = places(await put(served, edited))
    assert {
        ("/company/zones", "DT042"),
        ("/ladders/0/version", "DT041"),
        ("/ladders/1/tracks", "DT042"),
        ("/bands/0/key", "DT041"),
    } <= set(found)
    assert await kept(served) == before


async def test_enforced_principles_stop_an_apply_and_reported_ones_do_not(served: Served) -> None:
    enforcing = folder(company={**COMPANY, "principles": "enforce"})
    refused, reported = await put(served, enforcing), await put(served, folder())
    assert ("/ladders/0/levels/2/influence", "DT106") in places(refused)
    notes = [(one["pointer"], one["rule"], one["severity"]) for one in reported.json()["findings"]]
    assert set(places(refused)) <= {(pointer, rule) for pointer, rule, _ in notes}
    assert {severity for _, _, severity in notes} == {"note"}


async def test_people_are_not_left_on_a_level_that_goes(served: Served) -> None:
    somebody = await served.person()
    await served.change({"ladder": "engineering", "level": "ic4"}, "2026-01-01")
    before, told = await kept(served), await announced(served)
    levels = [one for one in ENGINEERING["levels"] if one["key"] not in {"ic4", "ic5"}]
    without = version_of(ENGINEERING, "2", "2026-07-01", levels=levels, moves=[], overlays=[])
    for dry_run in ("true", "false"):
        answer = await put(served, folder(ladders=(without, DESIGN)), params={"dry_run": dry_run})
        problem = assert_problem(answer, 409, "people-unmapped")
        assert (problem["levels"], problem["employees"], problem["employee_count"]) == (["ic4"], [somebody], 1)
    assert (await kept(served), await announced(served)) == (before, told)


SHAPES: list[tuple[Any, str]] = [
    ([], ""),
    ("company", ""),
    (7, ""),
    (None, ""),
    ({}, "/company"),
    ({"company": COMPANY, "ladders": []}, "/bands"),
    (folder() | {"extra": 1}, "/extra"),
    (folder() | {"company": None}, "/company"),
    (folder() | {"company": [COMPANY]}, "/company"),
    (folder() | {"ladders": ENGINEERING}, "/ladders"),
    (folder() | {"ladders": [ENGINEERING, 7]}, "/ladders/1"),
    (folder() | {"bands": "2000"}, "/bands"),
    (folder() | {"bands": [None]}, "/bands/0"),
    (folder() | {"bands": [{}] * 1001}, "/bands"),
]
TYPES: list[tuple[dict[str, Any], str, str]] = [
    ({"name": None}, "/company/name", "DT011"),
    ({"name": ["x"]}, "/company/name", "DT011"),
    ({"name": "x" * 65}, "/company/name", "DT013"),
    ({"name": "a\nb"}, "/company/name", "DT013"),
    ({"timezone": "../../etc/passwd"}, "/company/timezone", "DT013"),
    ({"timezone": "Mars/Olympus"}, "/company/timezone", "DT037"),
    ({"timezone": ""}, "/company/timezone", "DT013"),
    ({"principles": True}, "/company/principles", "DT011"),
    ({"grades": {"1": 1}}, "/company/grades", "DT011"),
    ({"grades": [{"key": "1", "rank": 1.5}]}, "/company/grades/0/rank", "DT011"),
    ({"grades": [{"key": "1", "rank": 2**53}]}, "/company/grades/0/rank", "DT013"),
    ({"waivers": [[[[[[[[]]]]]]]]}, "/company/waivers/0", "DT011"),
]
RAW: list[tuple[bytes, str]] = [
    (b"", "malformed-json"),
    (b"\xff\xfe", "malformed-json"),
    (b'{"company": {', "malformed-json"),
    (b'{"company": {"name": "a\\u0000b"}, "ladders": [], "bands": []}', "unsafe-json"),
    (b'{"company": {"name": "\\ud800"}, "ladders": [], "bands": []}', "unsafe-json"),
    (b'{"company": {"\\udfff": 1}, "ladders": [], "bands": []}', "unsafe-json"),
    (b'{"company": {"name": "a", "name": "b"}, "ladders": [], "bands": []}', "unsafe-json"),
    (b'{"company": {"name": NaN}, "ladders": [], "bands": []}', "unsafe-json"),
    (b'{"company": {"name": 1e999}, "ladders": [], "bands": []}', "unsafe-json"),
    (b'{"company": {"name": 99999999999999999999}, "ladders": [], "bands": []}', "unsafe-json"),
    (b'{"company": {"name": ' + b"[" * 33 + b"]" * 33 + b'}, "ladders": [], "bands": []}', "unsafe-json"),
    (
        b'{"company": {"name": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b'}, "ladders": [], "bands": []}',
        "unsafe-json",
    ),
]


async def test_bodies_of_the_wrong_shape(served: Served) -> None:
    before = await kept(served)
    for body, pointer in SHAPES:
        sent = await served.call("PUT", PATH, content=json.dumps(body), headers={**JSON, "If-Match": "*"})
        problem = assert_problem(sent, 422, "invalid-body")
        assert pointer in [one["pointer"] for one in problem["errors"]], body
    for changed, pointer, rule in TYPES:
        assert (pointer, rule) in places(await put(served, folder(company={**COMPANY, **changed}))), changed
    for content, code in RAW:
        answer = await served.call("PUT", PATH, content=content, headers={**JSON, "If-Match": "*"})
        assert_problem(answer, 400 if code == "malformed-json" else 422, code)
    assert_problem(
        await served.call("PUT", PATH, content=b"{}", headers={"If-Match": "*"}), 415, "unsupported-media-type"
    )
    assert await kept(served) == before


def large(size: int) -> dict[str, Any]:
    """A ladder that is valid, and about so many bytes long in a folder."""
    summary = "Ä long summary, wörd for wörd. " * 200
    count = size // len(summary.encode())
    many = [{**ENGINEERING["levels"][6], "key": f"l{number}", "summary": summary} for number in range(count)]
    return version_of(ENGINEERING, "2", "2027-01-01", levels=[*ENGINEERING["levels"], *many])


async def test_a_large_folder_is_taken(served: Served) -> None:
    body = json.dumps(folder(ladders=(large(5_000_000), DESIGN)), ensure_ascii=False).encode()
    assert 5_000_000 < len(body) < 6_000_000
    headers = {**JSON, "If-Match": "*"}
    done = await served.call("PUT", PATH, content=body, headers=headers)
    assert done.status_code == 200, done.text
    assert (done.status_code, done.json()["ladders"]) == (200, ["engineering@2"])
    back = (await served.get(PATH)).json()
    assert back["ladders"] == [DESIGN, json.loads(body)["ladders"][0]]


async def test_more_than_a_folder_is_refused(served: Served) -> None:
    before, told = await kept(served), await announced(served)
    size = ROOMY[PATH]
    assert size == 16 * 1024 * 1024

    async def in_pieces() -> AsyncGenerator[bytes]:
        yield b'{"company": {}, "ladders": [], "bands": [], "x": "'
        for _ in range(17):
            yield b"a" * 1024 * 1024
        yield b'"}'

    chunked = await served.call("PUT", PATH, content=in_pieces(), headers={**JSON, "If-Match": "*"})
    head = f"PUT {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {size + 1}\r\n\r\n"
    announced_size = await served.raw(head.encode() + b"{}")
    assert_problem(chunked, 413, "body-too-large")
    assert announced_size.startswith(b"HTTP/1.1 413 ")
    elsewhere = await served.call("POST", "/v1/employees", content=b" " * (1024 * 1024 + 1), headers=JSON)
    assert_problem(elsewhere, 413, "body-too-large")
    assert (await kept(served), await announced(served)) == (before, told)


@pytest.mark.parametrize("scopes", [("ladders:write",), ("bands:write",), ("bands:read", "ladders:read")])
async def test_both_rights_are_needed_to_publish(served: Served, scopes: tuple[str, ...]) -> None:
    news = folder(ladders=(version_of(ENGINEERING, "2", "2027-01-01"), DESIGN))
    for dry_run in ("true", "false"):
        answer = await put(served, news, scopes=scopes, params={"dry_run": dry_run})
        assert_problem(answer, 403, "missing-scope")
    assert [one["version"] for one in await read(served, "/v1/ladders/engineering/versions")] == ["1"]
