"""What production keeps to itself, what development shows, and how a schema is read."""

import hashlib
from pathlib import Path

import pytest
from graphql import build_schema, get_introspection_query

from service.graphql import playground
from service.graphql.playground import STATIC
from service.graphql.sdl import sdl
from service.graphql.trusted import TrustedDocuments, document_id
from tests.engines import Engine
from tests.graphql.served import RESPONSE, Small, refusal, serving_small
from tests.graphql.small import schema
from tests.rest.served import assert_problem

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
LISTED = "query Caller {\n  caller\n}\n"


async def test_production_shows_the_schema_to_administrators(sqlite: Engine) -> None:
    async with serving_small(sqlite, production=True) as small:
        for query in (
            get_introspection_query(),
            '{ __type(name: "Level") { name } }',
            "{ ...A } fragment A on Query { __schema { description } }",
        ):
            assert (await small.ask(query)).status_code == 200
            error = refusal(await small.ask(query, scopes=("ladders:read",)), "missing-scope")
            assert error["extensions"]["scope"] == "admin"
        assert (
            await small.ask("{ __typename allLadders { __typename } }", scopes=("ladders:read",))
        ).status_code == 200
        assert "Did you mean" not in (await small.ask("{ callr }")).text
        unfit = await small.ask("query A($w: Wanted!) { echo(wanted: $w) }", {"w": {"levle": "x"}})
        assert "Did you mean" not in unfit.text
        assert_problem(await small.client.get("/graphql/schema.graphql"), 401, "missing-key")
        asked = await small.send("GET", "/graphql/schema.graphql", scopes=("ladders:read",))
        assert_problem(asked, 403, "missing-scope")
        shown = await small.send("GET", "/graphql/schema.graphql")
        assert build_schema(shown.text).type_map.keys() >= {"Level", "Ladder", "Wanted"}
        assert_problem(await small.client.get("/graphql", headers=BROWSER), 401, "missing-key")
        assert_problem(await small.client.get("/graphql/playground/graphiql.min.js"), 404, "not-found")


async def test_development_shows_it_to_everybody(small: Small) -> None:
    assert (await small.ask(get_introspection_query(), scopes=("ladders:read",))).status_code == 200
    shown = await small.client.get("/graphql/schema.graphql")
    assert shown.text == sdl(schema).decode()
    again = await small.client.get("/graphql/schema.graphql", headers={"If-None-Match": shown.headers["etag"]})
    assert again.status_code == 304


async def test_the_page_asks_no_other_host(small: Small) -> None:
    page = await small.client.get("/graphql", headers=BROWSER)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["vary"] == "Accept"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self';" in policy and "connect-src 'self'" in policy
    assert "<script>" not in page.text and "http" not in page.text and " on" not in page.text.replace(" onl", "")
    parts = [line.split('"')[1] for line in page.text.splitlines() if 'src="/' in line]
    parts += [line.split('"')[3] for line in page.text.splitlines() if "stylesheet" in line]
    assert len(parts) == 6
    for path in parts:
        part = await small.client.get(path)
        assert part.status_code == 200, path
        again = await small.client.get(path, headers={"If-None-Match": part.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    assert_problem(await small.client.get("/graphql/playground/SHA256SUMS"), 404, "not-found")
    asked = {"query": "{ caller }"}
    assert_problem(await small.client.get("/graphql", params=asked, headers=BROWSER), 401, "missing-key")


def test_what_was_taken_is_what_its_authors_published() -> None:
    sums = {
        name: digest for digest, name in (line.split("  ") for line in (STATIC / "SHA256SUMS").read_text().splitlines())
    }
    ours = {"SHA256SUMS", "playground.html", "playground.js", "playground.css"}
    assert set(sums) == {path.name for path in STATIC.iterdir()} - ours
    for name, digest in sums.items():
        assert hashlib.sha256((STATIC / name).read_bytes()).hexdigest() == digest, name
    assert sum(path.stat().st_size for path in STATIC.iterdir()) < 3 * 1024 * 1024
    assert playground.PAGE in {path.name for path in STATIC.iterdir()}
    style = (STATIC / "graphiql.min.css").read_text()
    assert style.count("url(") == style.count("url(data:") and "@import" not in style


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "operations" / "people"
    made.mkdir(parents=True)
    (made / "caller.graphql").write_text(LISTED)
    return made.parent


async def test_a_listed_document_is_asked_for_by_its_digest(sqlite: Engine, folder: Path) -> None:
    wanted = document_id(LISTED)
    async with serving_small(sqlite, trusted=TrustedDocuments(mode="only", folder=folder)) as small:
        for asked in ({"documentId": wanted}, {"query": LISTED}, {"query": LISTED, "documentId": wanted}):
            answer = await small.send("POST", json={**asked, "operationName": "Caller"})
            assert answer.json()["data"]["caller"]
        got = await small.send("GET", params={"documentId": wanted})
        assert (got.status_code, list(got.json()["data"])) == (200, ["caller"]) and got.headers["etag"]
        for asked, code in [
            ({"query": "{ caller }"}, "document-required"),
            ({"query": LISTED + " "}, "document-required"),
            ({"query": "{", "documentId": wanted}, "document-unknown"),
            ({"documentId": wanted.upper()}, "document-unknown"),
            ({"documentId": "sha256:" + "0" * 64}, "document-unknown"),
            ({"documentId": "caller"}, "document-unknown"),
            ({"documentId": ""}, "document-unknown"),
            ({}, "query-invalid"),
        ]:
            refusal(await small.send("POST", json=asked, headers={"Accept": RESPONSE}), code)


async def test_prefer_answers_and_open_is_the_default(sqlite: Engine, folder: Path) -> None:
    for mode in ("prefer", "open"):
        async with serving_small(sqlite, trusted=TrustedDocuments(mode=mode, folder=folder)) as small:
            assert (await small.ask("{ caller }")).status_code == 200
            assert (await small.send("POST", json={"documentId": document_id(LISTED)})).json()["data"]["caller"]
