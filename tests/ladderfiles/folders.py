"""A small company folder that lints clean and keeps every principle, and a way to write it with one thing changed."""

from pathlib import Path

COMPANY = """\
name: Northwind Robotics
timezone: Europe/Berlin
grades:
  - {key: "1", rank: 1}
  - {key: "2", rank: 2}
  - {key: "3", rank: 3}
  - {key: "4", rank: 4}
zones:
  - {key: de, currency: EUR}
  - {key: us, currency: USD}
  - {key: at, currency: EUR}
roles:
  - {key: engineer, ladder: engineering}
teams:
  - {key: robots, roles: [engineer]}
parity: {policy: equal}
"""

LADDER = """\
key: engineering
version: "1"
effective_from: 2020-01-01
tracks:
  - {key: ic, kind: ic}
  - {key: mgr, kind: manager}
competencies:
  - {key: craft, title: Craft}
levels:
  - key: eng1
    tracks: [ic, mgr]
    grade: "1"
    title: Engineer
    expectations:
      craft: [Builds.]
  - {key: ic2, tracks: [ic], grade: "2", title: Staff, steps: [entry, full], expectations: {craft: [Leads.]}, \
influence: &seat {scope: Team., decision_rights: [Design.], forums: [Review.]}}
  - {key: em2, tracks: [mgr], grade: "2", title: Lead, steps: [entry, full], expectations: {craft: [Leads.]}}
  - {key: ic3, tracks: [ic], grade: "3", title: Principal, expectations: {craft: [Leads.]}, influence: *seat}
  - {key: ic4, tracks: [ic], grade: "4", title: Distinguished, expectations: {craft: [Leads.]}, influence: *seat}
  - {key: em4, tracks: [mgr], grade: "4", title: Director, expectations: {craft: [Leads.]}}
pairing:
  grades:
    - {grade: "2", state: paired}
    - {grade: "3", state: unpaired_by_design, reason: Nothing to lead.}
moves:
  - {from_level: em2, to_level: ic3, kind: track_switch, reversible: true}
maps: {old: ic2}
"""

BANDS = """\
key: "2026"
effective_from: 2020-01-01
rows:
  - {grade: "1", zone: de, currency: EUR, period: year, min: "50000", mid: "55000", max: "60000"}
  - grade: "2"
    zone: de
    currency: EUR
    period: year
    min: "60000"
    mid: "65000"
    max: "70000"
    steps: {entry: "61000", full: "66000"}
  - {grade: "2", zone: us, currency: USD, period: year, min: "90000"}
"""

FILES = {"company.yaml": COMPANY, "ladders/engineering.yaml": LADDER, "bands/2026.yaml": BANDS}

# A framework that nobody stands on, and a second ladder: edits that add them, both clean too.
FRAME_FILE = "ladders/frame.yaml"
FRAME = """\
key: frame
version: "1"
effective_from: 2020-01-01
generic: true
tracks:
  - {key: ic, kind: ic}
competencies:
  - {key: craft, title: Craft, scale: [basic, solid, deep]}
levels:
  - {key: f1, tracks: [ic], grade: "1", title: First, expectations: {craft: {proficiency: solid}}}
  - {key: f2, tracks: [ic], grade: "2", title: Second, expectations: {craft: {proficiency: deep}}}
"""
WITH_FRAME = ((FRAME_FILE, "", FRAME),)

SALES_FILE = "ladders/sales.yaml"
SALES = """\
key: sales
version: "1"
effective_from: 2020-01-01
tracks:
  - {key: ic, kind: ic}
  - {key: lead, kind: manager}
levels:
  - {key: s1, tracks: [ic, lead], grade: "1", title: Seller}
  - {key: s2, tracks: [ic], grade: "2", title: Senior, \
influence: &seat {scope: Land, decision_rights: [Price], forums: [Fair]}}
  - {key: l2, tracks: [lead], grade: "2", title: Team lead}
"""
WITH_SALES = ((SALES_FILE, "", SALES),)


def write_folder(folder: Path, *edits: tuple[str, str, str]) -> Path:
    """Each edit is (file, old text, new text): the old text stands in the file once, and is "" for a new file."""
    files = dict(FILES)
    for file, old, new in edits:
        before = files.get(file, "")
        assert before.count(old) == 1 or not before, f"{old!r} stands {before.count(old)} times in {file}"
        files[file] = before.replace(old, new) if before else new
    for file, text in files.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text, encoding="utf-8")
    return folder
