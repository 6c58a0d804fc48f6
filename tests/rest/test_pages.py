"""What needs no key: the docs page that asks nobody else for anything, the contract, problems and schemas."""

import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from service.problems import PROBLEMS
from service.web import pages
from tests.house.sources import ROOT
from tests.rest.served import Served, assert_problem

STATIC = Path(pages.__file__).parent / "static"


class Sources(HTMLParser):
    """Every address that the page loads something from."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inline = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.found += [value for name in ("src", "href") if (value := named.get(name))]
        self.inline += tag == "script" and "src" not in named


def test_what_was_taken_is_what_its_authors_published() -> None:
    lines = [line.split("  ") for line in (STATIC / "SHA256SUMS").read_text().splitlines()]
    sums = {name: digest for digest, name in lines}
    assert set(sums) == {path.name for path in STATIC.iterdir()} - {"SHA256SUMS", "docs.html", "docs.js"}
    for name, digest in sums.items():
        assert hashlib.sha256((STATIC / name).read_bytes()).hexdigest() == digest, name


def test_the_page_loads_from_nowhere_else() -> None:
    page = Sources()
    page.feed((STATIC / "docs.html").read_text())
    assert page.inline == 0
    assert {one for one in page.found if not one.startswith(("/", "data:"))} == set()
    # Addresses in the bundle are texts and links; a stylesheet would load its own, so it must have none.
    style = (STATIC / "swagger-ui.css").read_text()
    loads = re.findall(r"url\(\s*[\"']?([^\"')]{0,12})|@import", style)
    assert {one for one in loads if not one.startswith("data:")} == set()
    assert "validatorUrl: null" in (STATIC / "docs.js").read_text()


async def test_the_docs_page(served_once: Served) -> None:
    page = await served_once.client.get("/docs")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    parts = [(part.strip() + " ").split(" ", 1) for part in page.headers["content-security-policy"].split(";")]
    policy = {part[0]: part[1].strip() for part in parts}
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["strict-transport-security"].startswith("max-age=")
    sources = Sources()
    sources.feed(page.text)
    for path in (one for one in sources.found if one.startswith("/")):
        part = await served_once.client.get(path)
        assert part.status_code == 200, path
        again = await served_once.client.get(path, headers={"If-None-Match": part.headers.get("etag", "")})
        assert again.status_code == (304 if "etag" in part.headers else 200), path
        assert part.headers["x-content-type-options"] == "nosniff"
    away = await served_once.client.get("/docs/../../settings.py")
    assert away.status_code in {307, 404}
    assert (await served_once.client.get("/docs/SHA256SUMS")).status_code == 307


async def test_the_contract_is_the_committed_one(served_once: Served) -> None:
    written = await served_once.client.get("/openapi.yaml")
    assert written.headers["content-type"] == "application/yaml"
    assert written.content == (ROOT / "openapi.yaml").read_bytes()
    assert (await served_once.client.get("/openapi.json")).json() == yaml.load(written.text, yaml.CSafeLoader)


async def test_every_problem_has_its_page(served_once: Served) -> None:
    listed = (await served_once.client.get("/problems")).json()
    assert set(listed) == set(PROBLEMS)
    for code, problem in PROBLEMS.items():
        page = (await served_once.client.get(f"/problems/{code}")).json()
        expected = {"code": code, "status": problem.status, "title": problem.title, "remedy": problem.remedy}
        assert page == expected
    assert_problem(await served_once.client.get("/problems/nope"), 404, "not-found")


async def test_schemas_are_served_as_they_are_published(served_once: Served) -> None:
    paths = (await served_once.client.get("/schemas")).json()["data"]
    assert len(paths) == len(list((ROOT / "schemas").rglob("*.json")))
    for path in paths:
        answer = await served_once.client.get(path)
        assert answer.content == (ROOT / path.lstrip("/")).read_bytes(), path
        is_schema = path.endswith(".schema.json")
        assert answer.headers["content-type"] == ("application/schema+json" if is_schema else "application/json")
        # A schema says where it is served, on whichever host.
        assert not is_schema or urlsplit(answer.json()["$id"]).path == path
        known = await served_once.client.get(path, headers={"If-None-Match": f'"other", {answer.headers["etag"]}'})
        assert (known.status_code, known.content) == (304, b"")
    assert len({(await served_once.client.get(path)).headers["etag"] for path in paths}) == len(paths)
    schema, example = (next(path for path in paths if path.endswith(".schema.json") is it) for it in (True, False))
    plain = await served_once.client.get(schema, headers={"Accept": "application/json"})
    assert (plain.status_code, plain.headers["content-type"]) == (200, "application/json")
    no_schema = await served_once.client.get(example, headers={"Accept": "application/schema+json"})
    assert_problem(no_schema, 406, "not-acceptable")
    for path in ("/schemas/../pyproject.toml", "/schemas/%2e%2e/pyproject.toml", "/schemas/..%2fpyproject.toml"):
        assert (await served_once.client.get(path)).status_code == 404, path


async def test_health_says_one_word_and_more_with_a_key(served: Served) -> None:
    live, ready = await served.client.get("/livez"), await served.client.get("/readyz")
    assert (live.status_code, live.text) == (200, "live")
    assert (ready.status_code, ready.text) == (200, "ready")
    details = (await served.get("/readyz", scopes=("ladders:read",))).json()
    assert details["ready"] is True
    assert details["schema_revision"] == details["schema_head"]
    assert details["engine"] == served.house.database.dialect
    wrong = await served.client.get("/readyz", headers={"Authorization": "Bearer dt_x_y"})
    assert_problem(wrong, 401, "key-refused")
    links = (await served.client.get("/")).json()["links"]
    for path in links.values():
        assert (await served.client.get(path)).status_code == 200, path
