"""Requests to other firms' systems: guarded as the sender's are, bounded, and never followed elsewhere.

The address of a host is looked up once and vetted, and that address is what is connected; the certificate is still
the host's. httpx, as for everything that is asked a few times a second.
"""

import json
import ssl
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from service.webhooks.egress import EgressGuard, EgressRefused, Target
from service.webhooks.outcomes import NetworkClass
from service.webhooks.printing import printable
from service.webhooks.retry import parse_retry_after

MOST_BYTES = 32 * 1024 * 1024
"""Of an answer that is read whole: a page, or one person's rows."""
TIMEOUT_SECONDS = 30.0
_TOLD_CHARS = 200


class Unreachable(Exception):
    """No complete answer. `error_class` is the sender's; the text says nothing of what was sent."""

    def __init__(self, error_class: NetworkClass, detail: str) -> None:
        super().__init__(detail)
        self.error_class: NetworkClass = error_class


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer, whole. `headers` are case-insensitive."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def ok(self) -> bool:
        return 200 <= self.status <= 299

    def json(self) -> Any:
        """None for a body that is no JSON. Numbers with a fraction stay texts: money is never a float."""
        try:
            return json.loads(self.body, parse_float=str)
        except (ValueError, RecursionError):
            return None

    def retry_after(self, *, now_seconds: float) -> float | None:
        """Seconds it asks to wait; None where it does not say."""
        return parse_retry_after(self.headers.get("retry-after"), now_seconds=now_seconds)

    def said(self, header: str | None = None) -> str:
        """What is worth telling an owner of a refusal: the status, and the text of a header if it has that one."""
        text = printable(self.headers.get(header, ""))[:_TOLD_CHARS] if header else ""
        return f"they answered {self.status}" + (f": {text}" if text else "")


class Wire:
    """One client for everything that goes to connected systems. `guard` belongs to its maker.

    `trusted_ca` are certificates (PEM) that are believed beside everybody's.
    """

    def __init__(self, guard: EgressGuard, *, agent: str, trusted_ca: str | None = None) -> None:
        context = ssl.create_default_context()
        if trusted_ca:
            context.load_verify_locations(cadata=trusted_ca)
        self._guard = guard
        self._client = httpx.AsyncClient(
            verify=context,
            trust_env=False,
            follow_redirects=False,
            timeout=TIMEOUT_SECONDS,
            headers={"User-Agent": agent, "Accept-Encoding": "identity"},
        )

    async def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        most_bytes: int = MOST_BYTES,
    ) -> Reply:
        """Ask once, and read the whole answer. Raises Unreachable, also for one that is longer than `most_bytes`."""
        async with self.streamed(method, url, headers=headers, params=params, body=body) as response:
            read = bytearray()
            async for part in response.aiter_raw():
                read += part
                if len(read) > most_bytes:
                    raise Unreachable("protocol", f"their answer is longer than {most_bytes} bytes")
            return Reply(status=response.status_code, headers=response.headers, body=bytes(read))

    @asynccontextmanager
    async def streamed(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> AsyncGenerator[httpx.Response]:
        """The answer while it comes, for extracts that are longer than memory should hold. Raises Unreachable."""
        try:
            target = self._guard.inspect(url)
            address = await self._vetted(target)
            request = self._client.build_request(
                method,
                httpx.URL(url).copy_with(host=address),
                headers={"Host": httpx.URL(url).netloc.decode(), **(headers or {})},
                params=params,
                content=body,
                extensions={"sni_hostname": target.host},
            )
            response = await self._client.send(request, stream=True)
            try:
                yield response
            finally:
                await response.aclose()
        except EgressRefused as refusal:
            raise Unreachable("egress", str(refusal)) from None
        except httpx.TimeoutException:
            raise Unreachable("timeout", f"no complete answer within {TIMEOUT_SECONDS:g} s") from None
        except httpx.ConnectError as error:
            secure = isinstance(error.__cause__ and error.__cause__.__cause__, ssl.SSLError)
            raise Unreachable("tls" if secure else "connect", type(error).__name__) from None
        except httpx.HTTPError as error:
            raise Unreachable("protocol", type(error).__name__) from None
        except OSError:
            raise Unreachable("dns", "their host cannot be looked up") from None

    async def close(self) -> None:
        """Nothing is asked after it."""
        await self._client.aclose()

    async def _vetted(self, target: Target) -> str:
        if target.literal is not None:
            return str(target.literal)
        found = await self._guard.resolve(host=target.host, port=target.port, must_be_allowed=target.must_be_allowed)
        return str(found[0][1])


class Wires:
    """The ways out, one for each set of authorities that some connection trusts beside everybody's."""

    def __init__(self, guard: EgressGuard, *, agent: str) -> None:
        self._guard = guard
        self._agent = agent
        self._made: dict[str | None, Wire] = {}

    def trusting(self, trusted_ca: str | None = None) -> Wire:
        """`trusted_ca` is PEM; None for nobody's own authorities."""
        if trusted_ca not in self._made:
            self._made[trusted_ca] = Wire(self._guard, agent=self._agent, trusted_ca=trusted_ca)
        return self._made[trusted_ca]

    async def close(self) -> None:
        for wire in self._made.values():
            await wire.close()
