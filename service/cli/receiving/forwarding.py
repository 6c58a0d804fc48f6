"""An event sent as webhooks are: signed, once, to code on the developer's own machine."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

import httpx
import typer

from service import __version__
from service.webhooks.signing import InvalidSecret, new_secret, secret_key, sign

ANSWER_SECONDS = 15.0
"""As long as the service waits for a receiver, unless an endpoint says otherwise."""
MOST_BYTES = 2_048
_SHOWN = 200

Secret = Annotated[
    str | None, typer.Option("--secret", help="Signing secret (whsec_…); one is made and shown when left out.")
]


def secret_of(given: str | None) -> str:
    """The secret to sign with. Raises BadParameter for one that is none."""
    chosen = given or new_secret()
    try:
        secret_key(chosen)
    except InvalidSecret as error:
        raise typer.BadParameter(str(error), param_hint="--secret") from None
    return chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What came back. `status` is None where nothing did, and then `said` is why."""

    status: int | None
    duration_ms: float
    said: str

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def local_client() -> httpx.AsyncClient:
    """Follows no redirects and asks no proxy: what is beside us is reached directly."""
    return httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=None)


def signed_headers(event_id: str, body: bytes, *, secret: str, at: int | None = None) -> dict[str, str]:
    """As the service sends them. `at` is seconds since 1970; None is now."""
    at = int(time.time()) if at is None else at
    return {
        "content-type": "application/json",
        "user-agent": f"dualtrack/{__version__}",
        "webhook-id": event_id,
        "webhook-timestamp": str(at),
        "webhook-signature": sign(message_id=event_id, timestamp_seconds=at, body=body, secrets=[secret]),
    }


async def posted(
    client: httpx.AsyncClient,
    url: str,
    *,
    headers: dict[str, str],
    content: bytes | AsyncIterator[bytes],
    seconds: float = ANSWER_SECONDS,
) -> Answered:
    """Send once. `seconds` bound everything; of the answer's body a little is read."""
    began = time.perf_counter()
    status: int | None = None
    said = b""
    try:
        async with asyncio.timeout(seconds), client.stream("POST", url, headers=headers, content=content) as answer:
            status = answer.status_code
            async for piece in answer.aiter_raw():
                said += piece
                if len(said) >= MOST_BYTES:
                    break
    except TimeoutError:
        return _answered(None, began, f"no whole answer within {seconds:g} s")
    except (httpx.HTTPError, OSError) as error:
        return _answered(status, began, f"{type(error).__name__}: {error}".rstrip(": "))
    return _answered(status, began, said.decode(errors="replace"))


def plain_text(text: str) -> str:
    """On one line, and without what would steer a terminal."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _answered(status: int | None, began: float, said: str) -> Answered:
    duration = round((time.perf_counter() - began) * 1000, 1)
    return Answered(status=status, duration_ms=duration, said=plain_text(said)[:_SHOWN])
