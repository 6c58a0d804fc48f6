"""`dualtrack health`: whether the service on this machine can answer requests, for container health checks."""

import http.client
from typing import Annotated

import typer

from service.cli import REFUSED, app
from service.settings import load_settings

_TIMEOUT_SECONDS = 3.0
_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}


@app.command()
def health(
    port: Annotated[int | None, typer.Option(help="Port that `serve` listens on, else DUALTRACK_PORT.")] = None,
) -> None:
    """Ask the service on this machine whether it is ready. Exit code 0: it is; 1: it is not.

    Example: dualtrack health --port 8000
    """
    settings = load_settings()
    host = _ANY_ADDRESS.get(settings.host, settings.host)
    answer = _readiness(host=host, port=port if port is not None else settings.port)
    typer.echo(answer)
    if answer != "ready":
        raise typer.Exit(REFUSED)


def _readiness(*, host: str, port: int) -> str:
    # http.client and not a client that reads proxy settings: this must reach the process beside us.
    connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/readyz")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"no answer from {host} port {port}: {type(error).__name__}"
    finally:
        connection.close()
    return "ready" if status == http.client.OK else f"not ready: status {status}"
