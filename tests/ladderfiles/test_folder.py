import os
from datetime import date
from pathlib import Path

import pytest

from service.domain.findings import Finding
from service.ladderfiles.folder import MOST_BYTES, read_folder
from tests.ladderfiles.folders import COMPANY, write_folder


def lines(folder: Path) -> list[str]:
    return [str(located) for located in read_folder(folder).findings]


def test_a_clean_folder_is_read_whole(tmp_path: Path) -> None:
    folder = read_folder(write_folder(tmp_path))

    assert folder.findings == ()
    assert folder.is_usable
    assert folder.company is not None
    assert folder.company.name == "Northwind Robotics"
    assert [(pointer, ladder.key) for pointer, ladder in folder.ladders.items()] == [("/ladders/0", "engineering")]
    assert [(pointer, bands.key) for pointer, bands in folder.bandsets.items()] == [("/bands/0", "2026")]


def test_unquoted_dates_are_dates_and_documents_hold_only_json(tmp_path: Path) -> None:
    ladder = read_folder(write_folder(tmp_path)).ladders["/ladders/0"]

    assert ladder.effective_from == date(2020, 1, 1)
    assert ladder.document["effective_from"] == "2020-01-01"
    assert type(ladder.document) is dict
    assert type(ladder.document["levels"]) is list


def test_files_are_read_in_order_of_name_with_either_ending(tmp_path: Path) -> None:
    sales = "key: {}\nversion: '1'\neffective_from: 2020-01-01\n"
    write_folder(tmp_path, ("ladders/a.yml", "", sales.format("alpha")), ("ladders/z.yaml", "", sales.format("zeta")))
    (tmp_path / "ladders" / "notes.txt").write_text("not read")

    folder = read_folder(tmp_path)

    assert [ladder.key for ladder in folder.ladders.values()] == ["alpha", "engineering", "zeta"]
    assert folder.findings == ()


def test_findings_of_all_files_come_at_once_in_order_of_place(tmp_path: Path) -> None:
    write_folder(
        tmp_path,
        ("company.yaml", "timezone: Europe/Berlin", "timezone: 7"),
        ("ladders/engineering.yaml", "kind: manager", "kind: boss"),
        ("bands/2026.yaml", 'mid: "55000"', 'mid: "99000", middle: 1'),
    )

    assert [line.split(" ")[:2] for line in lines(tmp_path)] == [
        ["bands/2026.yaml:4:85", "DT010"],
        ["company.yaml:2:11", "DT011"],
        ["ladders/engineering.yaml:6:22", "DT013"],
    ]


def test_what_is_broken_is_left_out_and_the_rest_is_still_judged(tmp_path: Path) -> None:
    write_folder(
        tmp_path,
        ("ladders/engineering.yaml", "kind: manager", "kind: boss"),
        ("bands/2026.yaml", 'mid: "55000"', 'mid: "99000"'),
    )

    folder = read_folder(tmp_path)

    assert dict(folder.ladders) == {}
    assert list(folder.bandsets) == ["/bands/0"]
    # The role's ladder is there, though unusable, so it is not called unknown.
    assert [located.finding.rule for located in folder.findings] == ["DT030", "DT013"]
    assert not folder.is_usable


def test_dt005_a_folder_needs_a_company(tmp_path: Path) -> None:
    message = "company.yaml:1:1 DT005 the folder has no company.yaml: add one, or name the folder that has it"

    assert lines(tmp_path) == [message]
    assert lines(tmp_path / "nowhere") == [message]


def test_dt001_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    padding = "# " + "x" * (MOST_BYTES - len(COMPANY) - 3) + "\n"
    write_folder(tmp_path)
    (tmp_path / "company.yaml").write_text(padding + COMPANY)
    assert lines(tmp_path) == []

    (tmp_path / "company.yaml").write_text("#" + padding + COMPANY)
    assert lines(tmp_path) == [
        "company.yaml:1:1 DT001 the file is larger than 5000000 bytes: split it into smaller ones"
    ]


def test_dt001_bytes_that_are_not_utf8_are_named_with_their_place(tmp_path: Path) -> None:
    write_folder(tmp_path)
    (tmp_path / "company.yaml").write_bytes(b"name: A\ntimezone: \xe4\n")

    assert lines(tmp_path) == ["company.yaml:2:11 DT001 byte 0xe4 is not UTF-8: save the file as UTF-8"]


def test_dt001_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    write_folder(tmp_path)
    (tmp_path / "ladders" / "dir.yaml").mkdir()
    os.mkfifo(tmp_path / "bands" / "pipe.yaml")

    assert lines(tmp_path) == [
        "bands/pipe.yaml:1:1 DT001 this is no regular file: put a file in its place",
        "ladders/dir.yaml:1:1 DT001 this is no regular file: put a file in its place",
    ]


def test_columns_of_a_broken_byte_count_characters(tmp_path: Path) -> None:
    write_folder(tmp_path)
    (tmp_path / "company.yaml").write_bytes("name: A\ntimezone: äö".encode() + b"\xe4\n")

    assert lines(tmp_path) == ["company.yaml:2:13 DT001 byte 0xe4 is not UTF-8: save the file as UTF-8"]


@pytest.mark.parametrize("text", ["", "# nothing\n", "---", "~"])
def test_an_empty_file_lacks_everything(tmp_path: Path, text: str) -> None:
    write_folder(tmp_path)
    (tmp_path / "bands" / "2026.yaml").write_text(text)

    assert [line.split(": ")[0].split(" ", 1)[1] for line in lines(tmp_path)] == [
        "DT012 `key` is missing",
        "DT012 `effective_from` is missing",
    ]


def test_a_byte_order_mark_and_windows_line_ends_change_no_place(tmp_path: Path) -> None:
    write_folder(tmp_path)
    text = COMPANY.replace("Europe/Berlin", "7").replace("\n", "\r\n")
    (tmp_path / "company.yaml").write_bytes(b"\xef\xbb\xbf" + text.encode())

    assert lines(tmp_path) == ['company.yaml:2:11 DT011 the number 7 does not belong here: put it in quotes: "7"']


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("/company/timezone", ("company.yaml", 2, 11)),
        ("/ladders/0/levels/1", ("ladders/engineering.yaml", 16, 5)),
        ("/ladders/0/levels/1/nothing/there", ("ladders/engineering.yaml", 16, 5)),
        ("/bands/0", ("bands/2026.yaml", 1, 1)),
        ("/bands/7/rows", ("company.yaml", 1, 1)),
        ("", ("company.yaml", 1, 1)),
    ],
)
def test_a_finding_from_elsewhere_gets_the_nearest_place(
    tmp_path: Path, pointer: str, place: tuple[str, int, int]
) -> None:
    folder = read_folder(write_folder(tmp_path))

    located = folder.locate(Finding(rule="DT042", pointer=pointer, text="a", remedy="b"))

    assert (located.position.file, located.position.line, located.position.column) == place
    assert located.finding.pointer == pointer
