"""Extracts as they come: what is read of each form, and what is refused, by row and column."""

import tracemalloc
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from service.connectors.extracts.gathering import RawRow, gathered
from service.connectors.extracts.reading import Format, read_extract
from service.domain.drift_shapes import ExtractRow
from service.domain.extracts import MOST_ROWS, Columns
from service.domain.refusals import Invalid
from service.strict_json import parse_json

COLUMNS = Columns(employee="id", level="title", effective_on="since", ended="left")
PAID = "91919.19"
Told = tuple[str | None, str, str | None, str | None, bool, str | None]


def read(extract: Any, format: Format = "csv", columns: Columns | None = COLUMNS) -> list[ExtractRow]:
    return read_extract(extract, format=format, system="hr", columns=columns, parse=parse_json)


def told(rows: Sequence[ExtractRow]) -> list[Told]:
    """Who, in which job, on which level, from when, whether it ended, and which row says so."""
    claims = [row.claim for row in rows]
    return [
        (
            one.external_ids.get("hr"),
            one.job,
            one.level,
            str(one.effective_on) if one.effective_on else None,
            one.ended,
            one.place,
        )
        for one in claims
    ]


def refused(extract: Any, format: Format = "csv", columns: Columns | None = COLUMNS) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refusal:
        read(extract, format, columns)
    assert refusal.value.code == "extract-invalid"
    assert PAID not in str(refusal.value) + str(refusal.value.errors)
    return [(one.pointer, one.detail) for one in refusal.value.errors]


def test_columns_say_who_it_is_whatever_the_format() -> None:
    person: dict[str, Any] = {"Employee_ID": "1", "Job_Profile_ID": "Staff"}
    wrong = [("/columns", "The columns have to say who a row is about: name `employee` or `key`.")]
    report = {"Report_Entry": [person]}
    extracts: dict[Format, Any] = {"csv": "id\n1", "ndjson": "{}", "bamboohr": [person], "workday": report}
    for format, extract in extracts.items():
        assert refused(extract, format, Columns()) == wrong
        assert refused(extract, format, Columns(level="Job_Profile_ID")) == wrong
    (row,) = read(report, "workday", Columns(key="Employee_ID"))
    assert (row.claim.key, row.claim.level, row.claim.external_ids) == ("1", None, {})


def test_tables_and_lines() -> None:
    table = '\ufeffid,title,since,left,salary\r\n1,"Staff, Engineer",2026-01-01,,91919.19\r\n\r\n2,,,true,x\r\n'
    expected: list[Told] = [
        ("1", "primary", "Staff, Engineer", "2026-01-01", False, "row 1"),
        ("2", "primary", None, None, True, "row 2"),
    ]
    assert told(read(table)) == expected
    lines = (
        '\ufeff{"id": 1, "title": "Staff, Engineer", "since": "2026-01-01", "salary": 91919.19}\n'
        '\n{"id": "2", "left": true}\r\n'
    )
    assert told(read(lines, "ndjson")) == expected
    assert PAID not in repr(read(table)) and all(
        row.claim.pay is None and row.claim.name is None for row in read(table)
    )
    assert read("id,title,since,left\n") == []
    german = Columns(employee="id", effective_on="seit", date_form="DD.MM.YYYY")
    (row,) = read("id,seit\n1,03.02.2026\n", columns=german)
    assert row.claim.effective_on == date(2026, 2, 3)


def test_vendors() -> None:
    entry = {"Employee_ID": "1", "Job_Profile_ID": "ENG_IC5", "Effective_Date": "2026-01-01", "Pay": PAID}
    expected: list[Told] = [("1", "primary", "ENG_IC5", "2026-01-01", False, "row 1")]
    assert told(read({"Report_Entry": [entry]}, "workday", None)) == expected
    assert read({"Report_Entry": []}, "workday", None) == []
    row = {"id": "902", "employeeId": "1", "date": "2026-01-01", "jobTitle": "Staff", "location": "Lisbon"}
    undated = {**row, "id": 903, "date": "0000-00-00"}
    kept: list[Told] = [
        ("1", "primary", "Staff", "2026-01-01", False, "jobInfo 902"),
        ("1", "primary", "Staff", None, False, "jobInfo 903"),
    ]
    assert told(read([row, undated], "bamboohr", None)) == kept
    changed = {"table": "jobInfo", "employees": {"1": {"lastChanged": "x", "rows": [row, undated]}}}
    assert told(read(changed, "bamboohr", None)) == kept
    employees = {"employees": [{"id": "1", "jobTitle": "Staff", "date": "2020-01-01"}]}
    assert told(read(employees, "bamboohr", None)) == [("1", "primary", "Staff", None, False, "employee 1")]
    job = {
        **{"uuid": "job-1", "employee_uuid": "e-1", "primary": True, "title": "Staff", "rate": PAID},
        "compensations": [
            {"uuid": "c-1", "effective_date": "2025-01-01", "rate": PAID},
            {"uuid": "c-2", "effective_date": "2025-06-01", "title": "Senior", "rate": PAID},
            {"uuid": "c-3", "effective_date": "2026-01-01", "rate": PAID},
        ],
    }
    gusto: list[Told] = [
        # Of what is not the current one, the job's title says nothing.
        ("e-1", "primary", "Senior", "2025-06-01", False, "compensation c-2"),
        ("e-1", "primary", "Staff", "2026-01-01", False, "compensation c-3"),
    ]
    assert told(read([job], "gusto", None)) == gusto
    assert told(read([{"uuid": "e-1", "jobs": [job]}], "gusto", None)) == gusto
    second = {**job, "primary": False, "current_compensation_uuid": "c-2"}
    assert [one[1:3] for one in told(read([second], "gusto", None))] == [("job-1", "Senior")]


HOSTILE: dict[str, tuple[Any, Format, Columns | None, str, str]] = {
    "no first line": ("", "csv", COLUMNS, "/extract", "name its columns"),
    "a column twice": ("id,title,since,left,id\n", "csv", COLUMNS, "/extract", "The column id is there twice."),
    "a column that is not there": ("id,since,left\n", "csv", COLUMNS, "/columns/level", "no column title"),
    "too few cells": ("id,title,since,left\n1,a\n", "csv", COLUMNS, "/rows/1", "Row 1: it has 2 cells"),
    "an open quote": ('id,title,since,left\n1,"a\n', "csv", COLUMNS, "/extract", "Line 2 of the table"),
    "NUL": ("id,title,since,left\n1,a\0,,\n", "csv", COLUMNS, "/extract", "NUL"),
    "a formula": ("id,title,since,left\n1,=1+1,,\n", "csv", COLUMNS, "/rows/1", "Row 1, column title: begins like a"),
    "a formula for a person": ("id,title,since,left\n@x,a,,\n", "csv", COLUMNS, "/rows/1", "column id: begins like"),
    "nobody": ("id,title,since,left\n ,a,,\n", "csv", COLUMNS, "/rows/1", "column id: is empty"),
    "a bell": ("id,title,since,left\n1,a\x07,,\n", "csv", COLUMNS, "/rows/1", "cannot be shown"),
    "a text turned around": ("id,title,since,left\n1,a\u202eb,,\n", "csv", COLUMNS, "/rows/1", "cannot be shown"),
    "a long cell": (f"id,title,since,left\n1,{'a' * 201},,\n", "csv", COLUMNS, "/rows/1", "longer than 200"),
    "another form of day": ("id,title,since,left\n1,a,01.02.2026,\n", "csv", COLUMNS, "/rows/1", "YYYY-MM-DD"),
    "no day": ("id,title,since,left\n1,a,2026-02-30,\n", "csv", COLUMNS, "/rows/1", "no day of the calendar"),
    "a day out of bounds": ("id,title,since,left\n1,a,0001-01-01,\n", "csv", COLUMNS, "/rows/1", "from 1900 to 2999"),
    "other digits": ("id,title,since,left\n1,a,\u0662\u0660\u0662\u0666-01-01,\n", "csv", COLUMNS, "/rows/1", "form"),
    "no text": ({"id": 1}, "csv", COLUMNS, "/extract", "is a text"),
    "no columns": ("id\n1\n", "csv", None, "/columns", "which column holds what"),
    "a line that is no JSON": ('{"id": 1}\n{', "ndjson", Columns(employee="id"), "/rows/2", "Row 2: "),
    "a key twice": ('{"id": 1, "id": 2}', "ndjson", Columns(employee="id"), "/rows/1", 'The key "id" is there twice'),
    "a line that is a list": ("[1]", "ndjson", Columns(employee="id"), "/rows/1", "no JSON object"),
    "a fraction": ('{"id": 1.5}', "ndjson", Columns(employee="id"), "/rows/1", "neither a text nor a whole number"),
    "a list in a cell": ('{"id": [1]}', "ndjson", Columns(employee="id"), "/rows/1", "neither a text"),
    "a column that no row has": (
        *('{"id": 1}', "ndjson", Columns(employee="id", level="title"), "/extract"),
        "No row has the column title",
    ),
    "pay in the wrong place": (
        *("id,least\n1,EUR 91919.19\n", "csv", Columns(employee="id", band_min="least"), "/rows/1"),
        "column least: is no decimal",
    ),
    "another currency": (
        *("id,least,c\n1,1,euro\n", "csv", Columns(employee="id", band_min="least", band_currency="c"), "/rows/1"),
        "column c: is no ISO 4217",
    ),
    "another period": (
        *("id,least,p\n1,1,fortnight\n", "csv", Columns(employee="id", band_min="least", band_period="p"), "/rows/1"),
        "column p: is none of hour",
    ),
    "a report of another kind": ({"entries": []}, "workday", None, "/extract", "Report_Entry"),
    "a report that is a text": ("{}", "workday", None, "/extract", "is JSON"),
    "a report with other columns": (
        *({"Report_Entry": [{"Worker": "1"}]}, "workday", None, "/rows/1"),
        "column Employee_ID: is empty",
    ),
    "a report without levels": (
        *({"Report_Entry": [{"Employee_ID": "1"}]}, "workday", None, "/extract"),
        "No row has the column Job_Profile_ID",
    ),
    "employees of another kind": ({"data": []}, "bamboohr", None, "/extract", "neither rows of a table nor employees"),
    "a changed table without rows": ({"employees": {"1": {}}}, "bamboohr", None, "/extract", "no list `rows`"),
    "no jobs": ({}, "gusto", None, "/extract", "These are no jobs"),
    "jobs without compensations": ([{"uuid": "1"}], "gusto", None, "/extract", "include=all_compensations"),
    "jobs with columns": ([], "gusto", COLUMNS, "/columns", "leave the columns out"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_refused_says_where(case: str) -> None:
    extract, format, columns, pointer, said = HOSTILE[case]
    (fault,) = refused(extract, format, columns)
    assert fault[0] == pointer and said in fault[1], fault


def test_faults_are_told_a_hundred_at_a_time_and_rows_are_bounded() -> None:
    bad = "id,title,since,left\n" + "1,=,,\n" * 300
    assert [place for place, _ in refused(bad)] == [f"/rows/{number}" for number in range(1, 101)]
    with pytest.raises(Invalid, match="extract-too-large"):
        gathered([RawRow(number=MOST_ROWS + 1, cells={"id": "1"}, place="")], Columns(employee="id"), system="hr")


def test_as_many_rows_as_there_may_be_take_bounded_memory() -> None:
    table = "id,title,since,left,note\n" + "".join(
        f"{number},Engineer,2026-01-01,,{'x' * 20}\n" for number in range(3_000)
    )
    tracemalloc.start()
    rows = read(table)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # About 1 KB for a row, whatever stands in columns that are not looked at: 100 MB for the most that are taken.
    assert len(rows) == 3_000 and peak < 3_000 * 1_100 + 4 * len(table)
