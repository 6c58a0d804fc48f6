"""What `plan` shows: exact lines for definitions, people and money."""
from pathlib import Path
import pytest
from tests.cli.desk import *
from tests.ladderfiles.folders import write_folder

def test_probe(sqlite_url, tmp_path):
    engine = sqlite(sqlite_url)
    folder = write_folder(tmp_path / "c")
    print(run("plan", folder, engine=engine))
    print(run("apply", folder, engine=engine))
    print(run("plan", folder, engine=engine))
    hire(engine, ada={"ladder":"engineering","level":"eng1","zone":"de"}, bob={"ladder":"engineering","level":"ic2","zone":"us"}, cy={"ladder":"engineering","level":"ic3","zone":"de"}, dee={"ladder":"engineering","level":"ic3"})
    two = write_folder(tmp_path / "d", ("bands/2999.yaml", "", (folder/"bands/2026.yaml").read_text().replace('"2026"','"2999"').replace('2020-01-01', '2999-01-01')),
       ("company.yaml", "name: Northwind Robotics", "name: North"))
    v2 = (folder/"ladders/engineering.yaml").read_text().replace('version: "1"','version: "2"').replace('2020-01-01', '2999-01-01').replace("title: Principal", "title: Chief")
    (two / "ladders/z.yaml").write_text(v2)
    print(run("plan", two, engine=engine).out, run("plan", two, engine=engine).err)
    (two / "ladders/engineering.yaml").write_text(v2)
    (two / "ladders/z.yaml").unlink()
    print(run("plan", two, engine=engine).out, run("plan", two, engine=engine).err)
    print(run("plan", two, "--json", engine=engine).out, run("plan", two, engine=engine).err)
    assert 0
