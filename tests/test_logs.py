import io
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Generator
from typing import Any

import pytest
import structlog

from service import logs


@pytest.fixture(autouse=True)
def logging_left_as_it_was() -> Generator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    # By its method: loggers remember what they were enabled for.
    root.setLevel(level)
    logging.getLogger("uvicorn.access").disabled = False
    structlog.reset_defaults()


class Written:
    """What went to the log, line by line, after everything queued was written."""

    def __init__(self, *, level: str = "info", console: bool = False) -> None:
        self.stream = io.StringIO()
        self._stop = logs.configure_logs(level=level, stream=self.stream, console=console)

    def text(self) -> str:
        self._stop()
        return self.stream.getvalue()

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text().splitlines()]


def test_one_json_object_a_line() -> None:
    written = Written()
    logs.get_logger("service.rest").info("request answered", method="GET", status=200, duration_ms=1.5)
    (line,) = written.lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "request answered",
        "level": "info",
        "logger": "service.rest",
        "method": "GET",
        "status": 200,
        "duration_ms": 1.5,
    }


def test_the_request_id_is_on_each_line_of_the_request_and_on_no_other() -> None:
    written = Written()
    log = logs.get_logger("x")
    token = logs.request_id.set("req-1")
    log.info("inside")
    logs.request_id.reset(token)
    log.info("outside")
    inside, outside = written.lines()
    assert inside["request_id"] == "req-1"
    assert "request_id" not in outside


def test_the_level_holds_for_us_and_for_libraries() -> None:
    written = Written(level="warning")
    logs.get_logger("x").info("not written")
    logging.getLogger("alembic.runtime").info("not written")
    logs.get_logger("x").warning("written")
    assert [line["event"] for line in written.lines()] == ["written"]


def test_a_field_that_is_not_listed_keeps_only_its_name() -> None:
    written = Written()
    logs.get_logger("x").info("saved", salary=71234, band={"min": 71234}, employee="emp_1", name="Ada")
    text = written.text()
    assert json.loads(text)["redacted"] == ["band", "name", "salary"]
    assert json.loads(text)["employee"] == "emp_1"
    assert "71234" not in text
    assert "Ada" not in text


@pytest.mark.parametrize(
    "secret",
    [
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "dt_7f3a_Qm9vLXdpdGgtbG90cw",
        "Bearer eyJhbGciOi.J9.x",
        "postgresql://u:hunter2@h/d",
    ],
)
def test_secrets_are_cut_out_of_listed_fields_too(secret: str) -> None:
    written = Written()
    logs.get_logger("x").info(f"got {secret}", reason=f"because {secret}!")
    text = written.text()
    assert "[secret]" in text
    for part in ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "Qm9vLXdpdGgtbG90cw", "eyJhbGciOi", "hunter2"):
        assert part not in text


def test_an_exception_leaves_types_and_places_but_no_message() -> None:
    written = Written()
    try:
        try:
            raise ValueError("salary 71234")
        except ValueError as error:
            raise KeyError("band 71234") from error
    except KeyError:
        logs.get_logger("x").exception("failed")
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    text = written.text()
    ours, theirs = (json.loads(line) for line in text.splitlines())
    assert ours["errors"] == theirs["errors"] == ["builtins.KeyError", "builtins.ValueError"]
    assert ours["stack"][0].endswith("test_an_exception_leaves_types_and_places_but_no_message")
    assert "71234" not in text


def test_arguments_of_unknown_libraries_are_not_written() -> None:
    written = Written()
    logging.getLogger("sqlalchemy.engine").warning("statement failed with %s", {"min": 71234})
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: ValueError('71234')")
    logging.getLogger("uvicorn.error").info("Started server process [%d]", 12)
    text = written.text()
    assert [json.loads(line)["event"] for line in text.splitlines()] == [
        "statement failed with %s",
        "Task exception was never retrieved",
        "Started server process [12]",
    ]
    assert "71234" not in text


def test_the_access_log_of_the_server_is_off() -> None:
    written = Written()
    logging.getLogger("uvicorn.access").info('%s - "%s"', "1.2.3.4", "GET /v1/x?min_pay=71234")
    assert written.lines() == []


def test_what_a_caller_sent_cannot_begin_a_line_or_colour_the_terminal() -> None:
    written = Written(console=True)
    logs.get_logger("x").info("got", reason="a\r\n\x1b[31mfake line\x85\u2028end")
    text = written.text()
    assert len(text.splitlines()) == 1
    assert "\x1b[31mfake" not in text


def test_long_values_are_cut() -> None:
    written = Written()
    logs.get_logger("x").info("got", reason="a" * 10_000)
    (line,) = written.lines()
    assert len(line["reason"]) == logs.TEXT_LIMIT + 1


def test_a_reader_that_stops_reading_stops_no_caller_and_is_told_what_it_missed() -> None:
    stuck = _StuckStream()
    stop = logs.configure_logs(level="info", stream=stuck, console=False)
    log = logs.get_logger("x")
    log.info("first")
    stuck.entered.wait()
    for _ in range(logs.QUEUE_LINES + 5):
        log.info("more")
    assert stuck.text == ""
    stuck.go_on.set()
    stuck.wait_for_lines(logs.QUEUE_LINES + 2)
    stop()
    lines = [json.loads(line) for line in stuck.text.splitlines()]
    assert [line["dropped"] for line in lines if "dropped" in line] == [5]
    assert len(lines) == logs.QUEUE_LINES + 2


def test_lines_go_to_standard_error_and_are_there_when_the_process_ends() -> None:
    script = (
        "from service.logs import configure_logs, get_logger\n"
        "configure_logs(level='info')\n"
        "for number in range(500): get_logger('x').info('line', count=number)\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert answer.stdout == ""
    assert [json.loads(line)["count"] for line in answer.stderr.splitlines()] == list(range(500))


class _StuckStream(io.StringIO):
    """Accepts nothing until `go_on` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.entered, self.go_on = threading.Event(), threading.Event()
        self.text = ""
        self._grown = threading.Condition()

    def write(self, text: str) -> int:
        self.entered.set()
        self.go_on.wait()
        with self._grown:
            self.text += text
            self._grown.notify_all()
        return len(text)

    def wait_for_lines(self, count: int) -> None:
        with self._grown:
            assert self._grown.wait_for(lambda: self.text.count("\n") >= count, timeout=30)
