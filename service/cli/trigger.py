"""`dualtrack trigger`: an example of an event, sent by a running service to one of its endpoints."""

import asyncio
import json
from typing import Annotated, Any

import httpx
import typer

from service.cli import REFUSED, UNUSABLE, app
from service.cli.receiving.forwarding import plain_text
from service.cli.receiving.remote import HERE, Key, Url, asking, refusal, stopped

_ANSWER_SECONDS = 60.0
"""The service waits for the receiver as long as the endpoint says, and then answers."""
_SHOWN = ("status", "outcome", "duration_ms", "error_class", "response_head")


@app.command()
def trigger(
    event_type: Annotated[str, typer.Argument(metavar="TYPE", help="Type of the event, such as track.switched.")],
    endpoint: Annotated[str, typer.Option("--endpoint", help="Id of the endpoint (end_…).")],
    key: Key,
    url: Url = HERE,
    as_json: Annotated[bool, typer.Option("--json", help="The answer of the service as one JSON document.")] = False,
) -> None:
    """Have a running service send an example of an event to an endpoint, on the way that real ones take.

    Exit code 0: the receiver took it; 1: it did not, or the service refuses; 2: the service does not answer.

    Example: dualtrack trigger track.switched --endpoint end_01h455vb4pex5vsknk084sn02q --json
    """
    answer = asyncio.run(_triggered(event_type, endpoint, url, key))
    attempt = _attempt(answer)
    typer.echo(json.dumps(answer, ensure_ascii=False) if as_json else _told(attempt))
    if not _is_taken(attempt):
        raise typer.Exit(REFUSED)


async def _triggered(event_type: str, endpoint: str, url: str, key: str) -> dict[str, Any]:
    if not endpoint.replace("_", "").isalnum():
        raise typer.BadParameter("an id of an endpoint begins with end_", param_hint="--endpoint")
    async with asking(url, key, read_seconds=_ANSWER_SECONDS) as client:
        try:
            answer = await client.post(f"/v1/endpoints/{endpoint}/test", json={"event_type": event_type})
        except httpx.HTTPError as error:
            raise stopped(f"{url} does not answer: {type(error).__name__}.", code=UNUSABLE) from None
    if answer.status_code != 200:
        raise refusal(answer)
    found: Any = answer.json()
    if not isinstance(found, dict):
        raise stopped(f"{answer.url} gives no attempt.")
    return found  # pyright: ignore[reportUnknownVariableType] - JSON has no types


def _attempt(answer: dict[str, Any]) -> dict[str, Any]:
    """Newer services may tell more beside it."""
    attempt = answer.get("attempt")
    return attempt if isinstance(attempt, dict) else answer  # pyright: ignore[reportUnknownVariableType]


def _is_taken(attempt: dict[str, Any]) -> bool:
    outcome, status = attempt.get("outcome"), attempt.get("status")
    return outcome == "delivered" if outcome is not None else isinstance(status, int) and 200 <= status < 300


def _told(attempt: dict[str, Any]) -> str:
    width = max(len(name) for name in _SHOWN)
    return "\n".join(
        f"{name:<{width}}  {plain_text(str(attempt[name]))}" for name in _SHOWN if attempt.get(name) is not None
    )
