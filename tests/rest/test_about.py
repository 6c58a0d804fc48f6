"""Texts about the service: made from what is there, or absent."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from service.app import contract
from service.web.about import security_text
from tests.engines import Engine
from tests.house.sources import ROOT
from tests.rest.served import Served, assert_problem, serving


async def test_llms_txt_names_every_operation_by_its_summary(served_once: Served) -> None:
    answer = await served_once.client.get("/llms.txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    lines = answer.text.splitlines()
    assert lines[0] == "# dualtrack"
    for path, methods in contract().document["paths"].items():
        for method, operation in methods.items():
            assert f"- {method.upper()} {path}: {operation['summary']}" in lines
    assert "Authorization: Bearer dt_…" in answer.text
    for link in re.findall(r"\]\((/[^)]*)\)", answer.text):
        assert (await served_once.client.get(link)).status_code == 200, link


async def test_the_changelog_is_the_committed_one(served_once: Served) -> None:
    answer = await served_once.client.get("/changelog")
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert answer.content == (ROOT / "CHANGELOG.md").read_bytes()


async def test_a_security_contact_is_published_if_there_is_one(one_engine: Engine, served_once: Served) -> None:
    assert_problem(await served_once.client.get("/.well-known/security.txt"), 404, "not-found")
    assert "security" not in (await served_once.client.get("/")).json()["links"]
    async with serving(one_engine, security_contact="https://dualtrack.example/report") as served:
        answer = await served.client.get("/.well-known/security.txt")
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        fields = dict(line.split(": ", 1) for line in answer.text.splitlines())
        assert fields["Contact"] == "https://dualtrack.example/report"
        left = datetime.fromisoformat(fields["Expires"]) - datetime.now(UTC)
        assert timedelta(days=178) < left <= timedelta(days=180)
        links = (await served.client.get("/")).json()["links"]
        assert links["security"] == "/.well-known/security.txt"
        for path in links.values():
            assert (await served.client.get(path)).status_code == 200, path


@pytest.mark.parametrize(
    ("now", "expires"),
    [
        (datetime(2026, 6, 15, 0, 0, tzinfo=UTC), "2026-12-12T00:00:00Z"),
        (datetime(2026, 6, 15, 23, 59, tzinfo=UTC), "2026-12-12T00:00:00Z"),
    ],
)
def test_the_contact_is_the_same_all_day(now: datetime, expires: str) -> None:
    assert security_text("tel:+49-1", now) == f"Contact: tel:+49-1\nExpires: {expires}\nPreferred-Languages: en\n"
