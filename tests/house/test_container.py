"""The image is built from what is there, runs as nobody in particular, and checks itself by a command that exists."""

import json
import re
import subprocess
import sys

from tests.house.sources import ROOT

LINES = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text()).splitlines()


def arguments(word: str) -> list[str]:
    return [line.removeprefix(word).strip() for line in LINES if line.startswith(f"{word} ")]


def test_two_stages_and_no_root() -> None:
    assert len(arguments("FROM")) == 2
    (user,) = arguments("USER")
    assert int(user.partition(":")[0]) >= 1000


def test_everything_copied_is_there_and_not_ignored() -> None:
    allowed = {
        line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    }
    copied = {word for line in arguments("COPY") if "--from" not in line for word in line.split()[:-1]}
    assert {word for word in copied if not (ROOT / word).exists()} == set()
    assert copied == allowed


def test_dependencies_come_from_the_lock_with_hashes() -> None:
    assert "pip install --require-hashes -r requirements.lock" in arguments("RUN")


def test_the_commands_exist() -> None:
    (check,) = arguments("HEALTHCHECK")
    (entry,) = arguments("ENTRYPOINT")
    (default,) = arguments("CMD")
    for command in (json.loads(check.partition("CMD ")[2]), json.loads(entry) + json.loads(default)):
        assert command[0] == "python"
        answer = subprocess.run([sys.executable, *command[1:], "--help"], cwd=ROOT, capture_output=True, text=True)
        assert answer.returncode == 0, command
