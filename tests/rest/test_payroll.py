"""Payroll files: what belongs to which, that one that is cut stays as it is, and that nothing paid is undone silently.

The company pays Berlin by the month and New York every two weeks. The file of a month is cut four days before its last
day, at midnight in Berlin; today is 2026-06-15.
"""

import csv
import hashlib
import io
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from service.usecases.changes import activate_due
from tests.builders import BANDS, COMPANY, DESIGN, ENGINEERING
from tests.rest.served import Served, assert_problem
from tests.rest.test_access import pay_in

HIRE = {"ladder": "engineering", "level": "ic4", "zone": "berlin"}
LINES, TABLE = {"Accept": "application/x-ndjson"}, {"Accept": "text/csv"}
CALENDARS = [
    {"key": "monthly", "frequency": "monthly", "anchor": "2026-04-01", "locks_after_days": -4},
    {"key": "two-weeks", "frequency": "biweekly", "anchor": "2026-05-25"},
]
ZONES = [
    {"key": "berlin", "currency": "EUR", "pay_calendar": "monthly"},
    {"key": "nyc", "currency": "USD", "pay_calendar": "two-weeks"},
]


async def publish(served: Served, calendars: list[dict[str, Any]] = CALENDARS) -> None:
    company = {**COMPANY, "zones": ZONES, "pay_calendars": calendars}
    body = {"company": company, "ladders": [{**ENGINEERING}, {**DESIGN}], "bands": [{**BANDS}]}
    done = await served.call("PUT", "/v1/definitions", json=body, headers={"If-Match": "*"})
    assert done.status_code == 200, done.text


def at(period: str, calendar: str = "monthly", **more: str) -> str:
    return f"/v1/payroll/changes?calendar={calendar}&period={period}" + "".join(
        f"&{name}={value}" for name, value in more.items()
    )


def june(limit: str) -> str:
    return at("2026-06-01", **({"limit": limit} if limit else {}))


async def act(served: Served, change: Mapping[str, Any], name: str, **body: Any) -> dict[str, Any]:
    done = await served.call("POST", f"/v1/changes/{change['id']}/{name}", json=body, headers={"If-Match": "*"})
    assert done.status_code in {200, 201}, done.text
    return done.json()


async def file(served: Served, period: str, calendar: str = "monthly", **more: str) -> dict[str, Any]:
    answer = await served.get(at(period, calendar, **more))
    assert answer.status_code == 200, answer.text
    return answer.json()


def told(found: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Whom, what, from when, what became of it, and which paid periods it alters."""
    return [
        (
            row["employee"]["key"],
            row["type"],
            row["effective_on"],
            row["status"],
            *(period["period"] for period in row["affected_periods"]),
        )
        for row in found["data"]
    ]


JUNE = [
    ("ada", "assignment.started", "2026-01-01", "effective", "2026-04-01", "2026-05-01"),
    ("bob", "assignment.started", "2026-06-10", "effective"),
    ("bob", "change.scheduled", "2026-06-29", "scheduled"),
    ("cyd", "assignment.started", "2026-06-01", "effective"),
    ("cyd", "change.scheduled", "2026-06-20", "scheduled"),
]
FORMS: tuple[tuple[str, Mapping[str, str]], ...] = (("2", {}), ("", LINES), ("", TABLE))
"""Pages have two rows, so there are cursors in them."""


async def a_june(served: Served) -> dict[str, dict[str, Any]]:
    """What is recorded on one day of June; the changes that something is done to later."""
    await publish(served)
    for key in ("ada", "bob", "cyd"):
        await served.person(key, gusto=f"g-{key}")
    await served.change(HIRE, "2026-01-01")
    await served.change(HIRE, "2026-06-10", employee="bob")
    raised = await served.change({"level": "ic5"}, "2026-07-10")
    moved = await served.change({"team": "web"}, "2026-06-29", employee="bob")
    await served.change(HIRE, "2026-06-01", employee="cyd")
    await served.change({"zone": "nyc"}, "2026-06-20", employee="cyd")
    leading = {"role": "project-lead", "name": "Night shift", "from": "2026-06-12", "to": "2026-07-01"}
    done = await served.call("POST", "/v1/employees/bob/overlays", json=leading, headers={"If-Match": "*"})
    assert done.status_code == 201, done.text

    return {"raised": raised, "moved": moved}


async def activated(served: Served, day: date) -> None:
    served.clock.move_to(day)
    for person in (await served.get("/v1/employees")).json()["data"]:
        await activate_due(served.house.runtime, person["id"])


async def test_req_02_what_is_planned_is_in_the_file_of_its_own_period(served_once: Served) -> None:
    served = served_once
    await a_june(served)
    found = await file(served, "2026-06-01")
    assert told(found) == JUNE
    assert (found["file"]["status"], found["file"]["cut_at"]) == ("open", "2026-06-25T22:00:00.000000Z")
    assert found["file"]["known_at"] == found["known_at"] < found["file"]["cut_at"]
    # What was cut before the calendar was known holds nothing; what is planned waits for its own period.
    assert [told(await file(served, period)) for period in ("2026-04-01", "2026-05-01")] == [[], []]
    assert told(await file(served, "2026-07-01")) == [("ada", "change.scheduled", "2026-07-10", "scheduled")]
    assert told(await file(served, "2026-06-08", "two-weeks")) == [JUNE[-1]]
    lines = await served.get(at("2026-06-01"), headers=LINES)
    assert (lines.headers["payroll-file"], "etag" in lines.headers) == ("open", False)


async def test_req_03_04_08_a_cut_file_stays_and_what_undoes_it_is_told_in_the_next_one(served: Served) -> None:
    changes = await a_june(served)
    await activated(served, date(2026, 6, 27))
    cut = await served.get(at("2026-06-01"))
    # By the 27th cyd had moved, which was told when it was planned; by the cutoff on the 26th nobody had told so.
    assert told(cut.json()) == JUNE
    assert (cut.json()["file"]["status"], cut.json()["known_at"]) == ("cut", "2026-06-25T22:00:00.000000Z")
    whole = [await served.get(june(limit), headers=form) for limit, form in FORMS]

    await act(served, changes["moved"], "cancel", reason="stays")
    wrong = await served.change({"team": "core"}, "2026-05-05")
    await act(served, wrong, "rescind", reason="never")
    await act(served, changes["raised"], "correct", effective_on="2026-07-20", to={"level": "em4"})
    july = await file(served, "2026-07-01")
    assert told(july) == [
        ("ada", "change.scheduled", "2026-07-10", "superseded"),
        ("bob", "change.cancelled", "2026-06-29", "cancelled", "2026-06-01"),
        ("ada", "assignment.changed", "2026-05-05", "rescinded", "2026-05-01", "2026-06-01"),
        ("ada", "change.rescinded", "2026-05-05", "rescinded", "2026-05-01", "2026-06-01"),
        ("ada", "change.corrected", "2026-07-20", "scheduled"),
    ]
    first, cancelled, _, rescinded, corrected = july["data"]
    assert (cancelled["alters_paid"], cancelled["retroactive"], rescinded["retroactive"]) == (True, False, True)
    assert (corrected["supersedes"], first["superseded_by"]) == (changes["raised"]["id"], corrected["change"])
    assert (corrected["affected_from"], corrected["previous"]["level"], corrected["current"]["level"]) == (
        "2026-07-10",
        "ic5",
        "em4",
    )
    assert [row["position"] for row in july["data"]] == sorted(row["position"] for row in july["data"])

    # A cut file is the same bytes for ever, whatever is recorded, published or takes effect afterwards.
    await publish(served, [{**CALENDARS[0], "locks_after_days": 10}, CALENDARS[1]])
    await activated(served, date(2026, 7, 25))
    for (limit, form), before in zip(FORMS, whole, strict=True):
        again = await served.get(june(limit), headers=form)
        assert (again.content, again.headers["etag"]) == (before.content, before.headers["etag"])
        kept = await served.get(june(limit), headers={**form, "If-None-Match": before.headers["etag"]})
        assert (kept.status_code, kept.content) == (304, b"")
    cursor = whole[0].json()["page"]["next_cursor"]
    assert told(await file(served, "2026-06-01", limit="2", cursor=cursor)) == JUNE[2:4]
    assert told(july) != told(await file(served, "2026-07-01"))
    assert told(await file(served, "2026-07-01", known_at=july["known_at"])) == told(july)


async def test_req_19_a_file_in_each_form_and_without_pay(served_once: Served) -> None:
    served = served_once
    await publish(served)
    for key in ("ada", "bob", "cyd"):
        await served.person(key, gusto=f"g-{key}")
        await served.change(HIRE, "2026-06-10", employee=key)
    served.clock.move_to(date(2026, 6, 27))
    pages: list[dict[str, Any]] = []
    query = at("2026-06-01", limit="2")
    while True:
        page = await file(served, "2026-06-01", limit="2") if not pages else (await served.get(query)).json()
        pages.append(page)
        if page["page"]["next_cursor"] is None:
            break
        query = at("2026-06-01", limit="2", cursor=page["page"]["next_cursor"])
    assert [len(page["data"]) for page in pages] == [2, 1]
    back = (await served.get(at("2026-06-01", limit="2", cursor=pages[1]["page"]["prev_cursor"]))).json()
    assert back["data"] == pages[0]["data"]

    lines = await served.get(at("2026-06-01"), headers=LINES)
    *rows, last = lines.content.splitlines(keepends=True)
    assert [json.loads(row) for row in rows] == [row for page in pages for row in page["data"]]
    end = json.loads(last)["end"]
    assert end == {
        **pages[0]["file"],
        "count": 3,
        "digest": "sha256:" + hashlib.sha256(b"".join(rows)).hexdigest(),
    }
    assert (lines.headers["payroll-file"], lines.headers["known-at"]) == ("cut", "2026-06-25T22:00:00.000000Z")
    assert lines.headers["content-disposition"] == 'attachment; filename="payroll-monthly-2026-06-01.ndjson"'
    table = await served.get(at("2026-06-01"), headers=TABLE)
    found = list(csv.DictReader(io.StringIO(table.text)))
    assert [(row["employee.key"], row["current.level"], row["current.band.max"]) for row in found[:-1]] == [
        (key, "ic4", json.loads(rows[0])["current"]["band"]["max"]) for key in ("ada", "bob", "cyd")
    ]
    assert (found[-1]["end.count"], found[-1]["employee.key"]) == ("3", "")
    before = table.content[: table.content.rstrip(b"\r\n").rindex(b"\r\n") + 2]
    assert found[-1]["end.digest"] == "sha256:" + hashlib.sha256(before).hexdigest()

    hr = {"scopes": ("assignments:read",)}
    for form in (LINES, TABLE, {}):
        without = await served.get(at("2026-06-01"), headers=form, **hr)
        assert pay_in(without.text) == []
        assert without.headers["etag"] != (await served.get(at("2026-06-01"), headers=form)).headers["etag"]
    shown = (await served.get(at("2026-06-01"), **hr)).json()["data"][0]["current"]
    assert (shown["redacted"], "band" in shown, shown["grade"]) == (["band"], False, "4")


async def test_what_refuses_a_file(served_once: Served) -> None:
    served = served_once
    await publish(served)
    for path, code in (
        (at("2026-06-01", "weekly"), "no-such-calendar"),
        (at("2026-06-02"), "no-such-period"),
        (at("June"), "no-such-period"),
        (at("1999-01-01"), "no-such-period"),
    ):
        for form in (LINES, {}):
            assert_problem(await served.get(path, headers=form), 404, code)
    assert_problem(await served.get(at("2026-06-01", known_at="2999-01-01T00:00:00Z")), 422, "known-at-in-future")
    assert_problem(await served.get("/v1/payroll/changes?calendar=monthly"), 422, "invalid-parameter")
    assert_problem(await served.get(at("2026-06-01", cursor="x")), 400, "cursor-invalid")
    assert_problem(await served.get(at("2026-06-01", limit="5"), headers=LINES), 422, "invalid-parameter")
    assert_problem(await served.get(at("2026-06-01"), scopes=("bands:read",)), 403, "missing-scope")
