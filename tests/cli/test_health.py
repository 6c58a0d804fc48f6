import http.server
import socket
import threading
from collections.abc import Generator

import pytest
from typer.testing import CliRunner

from service.cli import DONE, REFUSED, app
from service.cli import health as command

assert command


class _Answers(http.server.BaseHTTPRequestHandler):
    status = 200
    asked: list[str]

    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # pyright: ignore[reportAttributeAccessIssue]
        self.send_response(self.server.status)  # pyright: ignore[reportAttributeAccessIssue]
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Server(http.server.ThreadingHTTPServer):
    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.asked: list[str] = []


@pytest.fixture
def server() -> Generator[_Server]:
    with _Server() as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def test_ready(server: _Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUALTRACK_PORT", str(server.server_port))
    # A container listens on every address; the check asks its own machine, past any proxy.
    monkeypatch.setenv("DUALTRACK_HOST", "0.0.0.0")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    answer = CliRunner().invoke(app, ["health"])
    assert (answer.exit_code, answer.output) == (DONE, "ready\n")
    assert server.asked == ["/readyz"]


def test_not_ready(server: _Server) -> None:
    server.status = 503
    answer = CliRunner().invoke(app, ["health", "--port", str(server.server_port)])
    assert (answer.exit_code, answer.output) == (REFUSED, "not ready: status 503\n")


def test_nobody_there() -> None:
    # Bound but not listening: nobody else can have the port meanwhile.
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        answer = CliRunner().invoke(app, ["health", "--port", str(port)])
    assert answer.exit_code == REFUSED
    assert answer.output == f"no answer from 127.0.0.1 port {port}: ConnectionRefusedError\n"
