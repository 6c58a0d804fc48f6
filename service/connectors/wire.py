"""Requests to other firms' systems: guarded as the sender's are, bounded, and never followed elsewhere.

The address of a host is looked up once and vetted, and that address is what is connected; the certificate is still
the host's. httpx, as for everything that is asked a few times a second.
"""

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator, Generator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from service.connectors.tunnels import Tunnelled
from service.webhooks.egress import EgressGuard, EgressRefused, Target
from service.webhooks.outcomes import NetworkClass
from service.webhooks.printing import printable
from service.webhooks.proxy import MOST_ADDRESSES, Proxy, ProxyFailed
from service.webhooks.retry import parse_retry_after

MOST_BYTES = 32 * 1024 * 1024
"""Of an answer that is read whole: a page, or one person's rows."""
TIMEOUT_SECONDS, CONNECT_SECONDS = 30.0, 10.0
"""Without a byte, and until a connection stands."""
KEPT_SECONDS = 4.0
"""Without a request: shorter than common servers keep a connection, so that none is met while it closes."""
CALL_SECONDS = 120.0
"""For an answer that is read whole."""
MOST_HOSTS = 100
"""To which connections are kept: answers may lead to any number of them."""
_UNWRITABLE = "the request cannot be written as it is: look at settings and credentials"
_TLS = "their certificate is not believed, or they speak no TLS"
_BROKEN = "the connection broke before their answer was whole, or it is no HTTP"
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
            return json.loads(self.body, parse_float=str, parse_constant=_no_number)
        except (ValueError, RecursionError):
            return None

    def retry_after(self, *, now_seconds: float) -> float | None:
        """Seconds it asks to wait; None where it does not say."""
        return parse_retry_after(self.headers.get("retry-after"), now_seconds=now_seconds)

    def said(self, header: str | None = None) -> str:
        """What is worth telling an owner of a refusal: the status, and the text of a header if it has that one."""
        text = printable(self.headers.get(header, ""))[:_TOLD_CHARS] if header else ""
        return f"they answered {self.status}" + (f": {text}" if text else "")


def _no_number(text: str) -> Any:
    raise ValueError(text)


class Wire:
    """The way out to connected systems. `guard` belongs to its maker.

    `trusted_ca` are certificates (PEM) that are believed beside everybody's. Each host has connections of its own: one
    that was made to an address for another name was checked for that name only.
    """

    def __init__(
        self, guard: EgressGuard, *, agent: str, trusted_ca: str | None = None, proxy: Proxy | None = None
    ) -> None:
        self._context = ssl.create_default_context()
        if trusted_ca:
            try:
                self._context.load_verify_locations(cadata=trusted_ca)
            except (ssl.SSLError, TypeError, ValueError):
                raise Unreachable("tls", "the authorities to be trusted cannot be read: give them as PEM") from None
        self._guard = guard
        self._agent = agent
        self._proxy = proxy
        self._clients: dict[str, httpx.AsyncClient] = {}

    async def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        most_bytes: int = MOST_BYTES,
        seconds: float = CALL_SECONDS,
    ) -> Reply:
        """Ask once, and read the whole answer within `seconds`. Raises Unreachable, also for one that is longer than
        `most_bytes`."""
        try:
            async with (
                asyncio.timeout(seconds),
                self.streamed(method, url, headers=headers, params=params, body=body) as response,
            ):
                read = bytearray()
                async for part in response.aiter_raw():
                    read += part
                    if len(read) > most_bytes:
                        raise Unreachable("protocol", f"their answer is longer than {most_bytes} bytes")
                return Reply(status=response.status_code, headers=response.headers, body=bytes(read))
        except TimeoutError:
            raise Unreachable("timeout", f"no complete answer within {seconds:g} s") from None

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
        """The answer while it comes, for extracts that are longer than memory should hold.

        Raises Unreachable; what its block raises by itself goes through as it is.
        """
        target, addresses = await self._vetted(url)
        asked = _Asked(method=method, url=url, target=target, headers=headers or {}, params=params, body=body)
        with _told():
            response = await self._sent(asked, addresses)
            try:
                yield response
            finally:
                await response.aclose()

    async def close(self) -> None:
        """Nothing is asked after it."""
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()

    async def _vetted(self, url: str) -> tuple[Target, Sequence[str]]:
        """What of the URL is asked where: the addresses to try, in their order."""
        try:
            target = self._guard.inspect(url)
            if target.literal is not None:
                return target, [str(target.literal)]
            if self._guard.hands_over(must_be_allowed=target.must_be_allowed):
                return target, [target.host]
            async with asyncio.timeout(TIMEOUT_SECONDS):
                found = await self._guard.resolve(
                    host=target.host, port=target.port, must_be_allowed=target.must_be_allowed
                )
        except EgressRefused as refusal:
            raise Unreachable("egress", str(refusal)) from None
        except OSError:
            raise Unreachable("dns", "their host cannot be looked up") from None
        return target, list(dict.fromkeys(str(address) for _, address in found))[:MOST_ADDRESSES]

    async def _sent(self, asked: "_Asked", addresses: Sequence[str]) -> httpx.Response:
        """At the first address that takes a connection: before that nothing was sent."""
        client = await self._client_of(asked.target.host)
        for address in addresses[:-1]:
            with suppress(httpx.ConnectError, httpx.ConnectTimeout), _elsewhere():
                return await client.send(asked.request(client, address), stream=True)
        return await client.send(asked.request(client, addresses[-1]), stream=True)

    async def _client_of(self, host: str) -> httpx.AsyncClient:
        """The one asked last is kept longest."""
        limits = httpx.Limits(keepalive_expiry=KEPT_SECONDS)
        client = self._clients.pop(host, None) or httpx.AsyncClient(
            verify=self._context,
            transport=Tunnelled(self._guard, self._proxy, self._context, limits) if self._proxy else None,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(TIMEOUT_SECONDS, connect=CONNECT_SECONDS),
            limits=limits,
            headers={"User-Agent": self._agent, "Accept-Encoding": "identity"},
            # A session of one connection is none of another's.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        )
        self._clients[host] = client
        if len(self._clients) > MOST_HOSTS:
            await self._clients.pop(next(iter(self._clients))).aclose()
        return client


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One request, to be made for an address."""

    method: str
    url: str
    target: Target
    headers: Mapping[str, str] = field(repr=False)
    params: Mapping[str, str] | None = field(repr=False)
    body: bytes | None = field(repr=False)

    def request(self, client: httpx.AsyncClient, address: str) -> httpx.Request:
        """Raises Unreachable for what cannot be put into a request; the text does not repeat it."""
        try:
            url = httpx.URL(self.url)
            others = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            return client.build_request(
                self.method,
                url.copy_with(host=address, port=self.target.port),
                headers={**others, "Host": url.netloc.decode()},
                params=self.params,
                content=self.body,
                extensions={"sni_hostname": self.target.host},
            )
        except (httpx.InvalidURL, ValueError):
            raise Unreachable("protocol", _UNWRITABLE) from None


def _led_to(error: BaseException) -> Iterator[BaseException]:
    """The error and those that it comes from."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__


@contextmanager
def _elsewhere() -> Generator[None]:
    """Of what the proxy does not do, what it may do for another address is left out."""
    try:
        yield
    except ProxyFailed as failed:
        if not failed.is_elsewhere:
            raise


@contextmanager
def _told() -> Generator[None]:
    """What goes wrong on the wire as Unreachable, in words that repeat nothing of what was sent or received."""
    try:
        yield
    except ProxyFailed as failed:
        raise Unreachable("connect" if failed.is_receiver else "proxy", str(failed)) from None
    except httpx.TimeoutException:
        raise Unreachable("timeout", f"no answer within {TIMEOUT_SECONDS:g} s") from None
    except httpx.ConnectError as error:
        secure = any(isinstance(one, ssl.SSLError) for one in _led_to(error))
        raise Unreachable("tls" if secure else "connect", _TLS if secure else "they take no connection") from None
    except httpx.HTTPError as error:
        raise Unreachable("protocol", f"{_BROKEN} ({type(error).__name__})") from None


class Wires:
    """The ways out, one for each set of authorities that some connection trusts beside everybody's."""

    def __init__(self, guard: EgressGuard, *, agent: str, proxy: Proxy | None = None) -> None:
        self._guard = guard
        self._agent = agent
        self._proxy = proxy
        self._made: dict[str | None, Wire] = {}

    def trusting(self, trusted_ca: str | None = None) -> Wire:
        """`trusted_ca` is PEM; None for nobody's own authorities. Raises Unreachable when it cannot be read."""
        if trusted_ca not in self._made:
            self._made[trusted_ca] = Wire(self._guard, agent=self._agent, trusted_ca=trusted_ca, proxy=self._proxy)
        return self._made[trusted_ca]

    async def close(self) -> None:
        for wire in self._made.values():
            await wire.close()
