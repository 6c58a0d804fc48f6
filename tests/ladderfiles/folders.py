"""A small company folder that lints clean, and a way to write it with one thing changed."""

from pathlib import Path

COMPANY = """\
name: Northwind Robotics
timezone: Europe/Berlin
grades:
  - {key: "1", rank: 1}
  - {key: "2", rank: 2}
  - {key: "3", rank: 3}
zones:
  - {key: de, currency: EUR}
  - {key: us, currency: USD}
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
  - {key: ic2, tracks: [ic], grade: "2", title: Staff, steps: [entry, full]}
  - {key: em2, tracks: [mgr], grade: "2", title: Lead, steps: [entry, full]}
  - {key: ic3, tracks: [ic], grade: "3", title: Principal}
pairing:
  grades:
    - {grade: "2", state: paired}
    - {grade: "3", state: unpaired_by_design, reason: Nothing to lead.}
moves:
  - {from_level: em2, to_level: ic3, kind: track_switch}
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
