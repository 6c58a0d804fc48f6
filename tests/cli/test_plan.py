"""What `plan` shows, line by line: definitions, the people they touch, and what that costs at the least."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.cli.desk import NOTHING, Said, published, run
from tests.engines import Engine
from tests.ladderfiles.folders import BANDS, LADDER, WITH_SALES, write_folder

LATER = "2999-01-01"
UNCHANGED = [
    "  company, unchanged",
    "  ladder engineering 1, in force from 2020-01-01, unchanged",
    "  bands 2026, in force from 2020-01-01, unchanged",
]
NEXT_SET = "bands/2999.yaml"


def later(text: str, *edits: tuple[str, str]) -> str:
    """A definition that begins later, edited."""
    for old, new in [("2020-01-01", LATER), *edits]:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def planned(engine: Engine, folder: Path, *edits: tuple[str, str, str]) -> Said:
    said = run("plan", write_folder(folder / "next", *edits), engine=engine)
    assert said.err == ""
    return said


def today() -> str:
    return datetime.now(UTC).astimezone(ZoneInfo("Europe/Berlin")).date().isoformat()


def test_on_an_empty_database_all_is_new_and_nothing_is_kept(plain_sqlite: Engine, tmp_path: Path) -> None:
    path = Path(plain_sqlite.url.removeprefix("sqlite:///"))
    # Setting the journal is all that a first writer does to the file.
    run("plan", write_folder(tmp_path / "first"), engine=plain_sqlite)
    before, day = path.read_bytes(), today()
    said = run("plan", tmp_path / "first", engine=plain_sqlite)
    assert (said.code, said.err) == (2, "")
    assert said.lines[:3] == [
        "+ company",
        "+ ladder engineering 1, in force from 2020-01-01",
        "+ bands 2026, in force from 2020-01-01",
    ]
    assert said.lines[3] in {f"from {date}: 0 people are shown something else" for date in (day, today())}
    assert said.lines[4:] == ["To publish: the company, engineering@1, 2026."]
    assert path.read_bytes() == before
    assert published(plain_sqlite)[0].company is None


def test_after_an_apply_nothing_is_pending(plain_sqlite: Engine, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "first")
    applied = run("apply", folder, engine=plain_sqlite)
    assert (applied.code, applied.err) == (0, "")
    assert applied.out.startswith("published the company, engineering@1, 2026 at 2") and applied.out.endswith("Z\n")
    said = run("plan", folder, engine=plain_sqlite)
    assert (said.code, said.err, said.lines) == (0, "", [*UNCHANGED, NOTHING])
    again = run("apply", folder, engine=plain_sqlite)
    assert (again.code, again.out) == (0, "nothing new: all of it is published already\n")


def test_an_edit_of_the_company(staffed: Engine, tmp_path: Path) -> None:
    day = today()
    said = planned(
        staffed,
        tmp_path,
        ("company.yaml", "name: Northwind Robotics", "name: North"),
        ("company.yaml", "{key: robots, roles: [engineer]}", "{key: robots, title: Robots, roles: []}"),
        ("company.yaml", "  - {key: at, currency: EUR}", "  - {key: at, currency: EUR}\n  - {key: ch, currency: CHF}"),
    )
    assert said.code == 2
    assert said.lines[:6] == [
        "~ company",
        "    ~ name: Northwind Robotics -> North",
        "    + zones ch: key ch, currency CHF",
        "    + teams robots title: Robots",
        '    - teams robots roles: ["engineer"]',
        "  ladder engineering 1, in force from 2020-01-01, unchanged",
    ]
    assert said.lines[7] in {f"from {date}: 0 people are shown something else" for date in (day, today())}
    assert said.lines[8:] == ["To publish: the company."]


def test_a_new_version_says_what_comes_goes_and_alters_and_whom_it_touches(staffed: Engine, tmp_path: Path) -> None:
    version = later(
        LADDER,
        ('version: "1"', 'version: "2"'),
        ('  - {key: em4, tracks: [mgr], grade: "4", title: Director, expectations: {craft: [Leads.]}}\n', ""),
        (
            "title: Distinguished, expectations: {craft: [Leads.]}, influence: *seat}",
            "title: Top, expectations: "
            '{craft: [Leads.]}, influence: *seat}\n  - {key: m4, tracks: [mgr], grade: "4", title: Head, expectations: '
            "{craft: [Leads.]}}",
        ),
        ("title: Staff,", "title: Senior Staff,"),
        ("maps: {old: ic2}", "maps: {old: ic2, em4: m4}"),
    )
    said = planned(staffed, tmp_path, ("ladders/engineering.yaml", LADDER, version))
    assert said.code == 2
    assert said.lines == [
        "  company, unchanged",
        f"~ ladder engineering 2, in force from {LATER}, after 1",
        "    ~ version: 1 -> 2",
        f"    ~ effective_from: 2020-01-01 -> {LATER}",
        "    ~ levels ic2 title: Staff -> Senior Staff",
        "    ~ levels ic4 title: Distinguished -> Top",
        '    - levels em4: key em4, tracks ["mgr"], grade 4, title Director, expectati…',
        '    + levels m4: key m4, tracks ["mgr"], grade 4, title Head, expectations […',
        "    + maps em4: old_level em4, new_level m4",
        "  bands 2026, in force from 2020-01-01, unchanged",
        f"from {LATER}: 2 people are shown something else",
        "    1 on engineering ic2 in de: title",
        "    1 on engineering ic2 in us: title",
        "    cost at band minimum: +0.00 EUR a year for 1 person",
        "    cost at band minimum: +0.00 USD a year for 1 person",
        "To publish: engineering@2.",
    ]


def test_a_higher_minimum_costs_what_it_costs_in_each_currency(staffed: Engine, tmp_path: Path) -> None:
    rows = later(
        BANDS,
        ('key: "2026"', 'key: "2999"'),
        ('min: "50000"', 'min: "51000.50"'),
        ('min: "60000"', 'min: "59999.99"'),
        ('min: "90000"', 'min: "93000.25"'),
    )
    said = planned(staffed, tmp_path, (NEXT_SET, "", rows))
    assert said.code == 2
    assert said.lines == [
        *UNCHANGED,
        f"~ bands 2999, in force from {LATER}, after 2026",
        "    ~ key: 2026 -> 2999",
        f"    ~ effective_from: 2020-01-01 -> {LATER}",
        "    ~ rows 1 de min: 50000 -> 51000.50",
        "    ~ rows 2 de min: 60000 -> 59999.99",
        "    ~ rows 2 us min: 90000 -> 93000.25",
        f"from {LATER}: 4 people are shown something else",
        "    2 on engineering eng1 in de: band",
        "    1 on engineering ic2 in de: band",
        "    1 on engineering ic2 in us: band",
        # Two at 1000.50 more, one at 0.01 less.
        "    cost at band minimum: +2000.99 EUR a year for 3 people",
        "    cost at band minimum: +3000.25 USD a year for 1 person",
        "To publish: 2999.",
    ]


def test_a_lower_minimum_is_told_with_a_minus(staffed: Engine, tmp_path: Path) -> None:
    rows = later(
        BANDS, ('key: "2026"', 'key: "2999"'), ('min: "50000"', 'min: "49000"'), ('min: "60000"', 'min: "59000"')
    )
    said = planned(staffed, tmp_path, (NEXT_SET, "", rows))
    assert "    cost at band minimum: -3000.00 EUR a year for 3 people" in said.lines


HOURLY = ('currency: USD, period: year, min: "90000"', 'currency: USD, period: hour, min: "50"')


def test_pay_by_the_hour_cannot_be_told_without_the_hours_of_a_year(staffed: Engine, tmp_path: Path) -> None:
    rows = later(BANDS, ('key: "2026"', 'key: "2999"'), HOURLY)
    said = planned(staffed, tmp_path, (NEXT_SET, "", rows))
    assert said.code == 2
    assert said.lines[-6] == "    cost at band minimum: +0.00 USD a year for 0 people, 1 cannot be told"
    place, _, warning = said.lines[-5].partition(" warning ")
    assert place.startswith(str(tmp_path)) and place.endswith("bands/2999.yaml:13:51")
    assert warning == "DT058 how many periods of one hour a year has is not stated, so its cost cannot be told"
    assert said.lines[-1] == "To publish: 2999."


def test_pay_by_the_hour_is_told_with_the_hours_of_a_year(staffed: Engine, tmp_path: Path) -> None:
    rows = later(BANDS, ('key: "2026"', 'key: "2999"'), HOURLY) + 'periods_per_year: {hour: "2087"}\n'
    said = planned(staffed, tmp_path, (NEXT_SET, "", rows))
    # 50 * 2087 - 90000
    assert "    cost at band minimum: +14350.00 USD a year for 1 person" in said.lines
    assert "cannot be told" not in said.out and "DT058" not in said.out


def test_drafts_are_shown_and_never_published(staffed: Engine, tmp_path: Path) -> None:
    ((file, _, sales),) = WITH_SALES
    draft = later(BANDS, ('key: "2026"', 'key: "2999"\nlifecycle: draft'), ('min: "50000"', 'min: "51000"'))
    folder = write_folder(tmp_path / "next", (file, "", f"{sales}lifecycle: draft\n"), (NEXT_SET, "", draft))
    before = published(staffed)
    said = run("plan", folder, engine=staffed)
    assert (said.code, said.err) == (0, "")
    assert said.lines == [
        *UNCHANGED[:2],
        "? ladder sales 1, in force from 2020-01-01, draft",
        UNCHANGED[2],
        f"? bands 2999, in force from {LATER}, draft",
        "    ~ key: 2026 -> 2999",
        f"    ~ effective_from: 2020-01-01 -> {LATER}",
        "    ~ lifecycle: published -> draft",
        "    ~ rows 1 de min: 50000 -> 51000",
        "Nothing to publish: all else is published already. Not published: 2 drafts.",
    ]
    applied = run("apply", folder, engine=staffed)
    assert (applied.code, applied.out) == (0, "nothing new: all of it is published already\n")
    assert published(staffed) == before


def test_json_is_the_plan_whole(staffed: Engine, tmp_path: Path) -> None:
    rows = later(BANDS, ('key: "2026"', 'key: "2999"'), ('min: "90000"', 'min: "93000.25"'))
    folder = write_folder(tmp_path / "next", (NEXT_SET, "", rows), ("ladders/engineering.yaml", LADDER, LADDER))
    said = run("plan", folder, "--json", engine=staffed)
    found: dict[str, Any] = json.loads(said.out)
    assert (said.code, said.err) == (2, "")
    documents, (impact,) = found.pop("documents"), found.pop("impact")
    assert found == {
        "base": published(staffed)[1],
        "company": False,
        "ladders": [],
        "bands": ["2999"],
        "recorded_at": None,
        "remaps": [],
        "findings": [],
    }
    assert [(one["kind"], one["key"], one["state"]) for one in documents] == [
        ("company", None, "unchanged"),
        ("ladder", "engineering", "unchanged"),
        ("bands", "2026", "unchanged"),
        ("bands", "2999", "changed"),
    ]
    assert documents[3] == {
        "kind": "bands",
        "key": "2999",
        "version": None,
        "effective_from": LATER,
        "state": "changed",
        "previous": "2026",
        "differences": [
            {"op": "~", "path": ["key"], "before": "2026", "after": "2999"},
            {"op": "~", "path": ["effective_from"], "before": "2020-01-01", "after": LATER},
            {"op": "~", "path": ["rows", "2 us", "min"], "before": "90000", "after": "93000.25"},
        ],
    }
    assert sorted(impact) == ["cost", "effective_on", "people", "touched"]
    assert {one["currency"]: one for one in impact["cost"]}["USD"] == {
        "currency": "USD",
        "per_year": "3000.25",
        "people": 1,
        "not_told": 0,
    }
