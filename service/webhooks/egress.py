"""The one guard of outgoing requests: the same when an endpoint is saved and when it is sent to.

A name is looked up once, refused if any of its addresses is refused, and only the vetted
addresses are handed to the connection: what was checked is what is connected, whatever a
second lookup would have said. An address in the URL itself skips every resolver, so it is
judged before the request.
"""

import asyncio
import re
import socket
import threading
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from service.webhooks.addresses import Address, Network, Verdict, judge, parse_literal

URL_MAX_LENGTH = 2048
PORTS = frozenset((443, 8443))

# How long saving an endpoint waits for a name server; sending has the attempt's own deadline.
_SAVE_LOOKUP_SECONDS = 5.0
# A lookup cannot be cancelled, so one that hangs holds its thread: enough of them that dozens of
# dead name servers do not stop the lookups of other endpoints.
_LOOKUP_THREADS = 128

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")
_ILLEGAL = re.compile(r"[\x00-\x20\x7f\\]")

GetAddrInfo = Callable[..., Sequence[tuple[Any, ...]]]


class EgressRefused(Exception):
    """`reason` is one sentence without the remedy, `remedy` says what to do about it."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}: {remedy}")
        self.reason = reason
        self.remedy = remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A URL whose form is right. `literal` is set when the host is an address, and then it is vetted.

    `must_be_allowed`: plain http, or a port outside 443 and 8443, so every address has to be in
    the allow list. `addresses` are the vetted ones; empty when the name was not looked up.
    """

    url: URL
    host: str
    port: int
    literal: Address | None
    must_be_allowed: bool
    addresses: tuple[Address, ...] = ()


class EgressGuard:
    """`allow` is the operator's allow list. `getaddrinfo` has the signature of the socket function.

    With `by_proxy` names are looked up by the operator's proxy, which then has to guard them, but for those whose
    addresses have to be in the allow list.
    """

    def __init__(
        self,
        *,
        allow: Sequence[Network] = (),
        getaddrinfo: GetAddrInfo = socket.getaddrinfo,
        by_proxy: bool = False,
    ) -> None:
        self._allow = tuple(allow)
        self._by_proxy = by_proxy
        self._getaddrinfo = getaddrinfo
        self._threads = asyncio.Semaphore(_LOOKUP_THREADS)
        self._closed = False

    def inspect(self, url: str) -> Target:
        """Everything that can be said without a lookup.

        Raises: EgressRefused.
        """
        parsed = _parse(url)
        host, port = parsed.raw_host or "", parsed.port or 0
        must_be_allowed = parsed.scheme != "https" or port not in PORTS
        literal = parse_literal(host)
        if literal is None:
            _check_name(host)
        else:
            self._vet(literal, host=host, must_be_allowed=must_be_allowed)
        return Target(url=parsed, host=host, port=port, literal=literal, must_be_allowed=must_be_allowed)

    async def check_url(self, url: str) -> Target:
        """For saving an endpoint: `inspect`, then look the name up.

        A name that cannot be looked up now is accepted with no `addresses`, since its DNS entry
        may come later and every attempt checks again; but not when its addresses must be allowed.

        Raises: EgressRefused.
        """
        target = self.inspect(url)
        if target.literal is not None:
            return replace(target, addresses=(target.literal,))
        if self.hands_over(must_be_allowed=target.must_be_allowed):
            return target
        return replace(target, addresses=await self._looked_up_for_saving(target))

    def hands_over(self, *, must_be_allowed: bool) -> bool:
        """Whether a name is given to the proxy as it is."""
        return self._by_proxy and not must_be_allowed

    async def addresses_of_ours(self, host: str, port: int) -> list[tuple[int, int, int, str, tuple[Any, ...]]]:
        """Where something of the operator's own is, which nobody vets. Raises OSError."""
        literal = parse_literal(host)
        if literal is not None:
            family = socket.AF_INET if literal.version == 4 else socket.AF_INET6
            return [(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, port))]
        return [(*info[:3], "", info[4]) for info in await self._looked_up(host, port, socket.AF_UNSPEC)]

    async def resolve(
        self, *, host: str, port: int, must_be_allowed: bool, family: int = socket.AF_UNSPEC
    ) -> list[tuple[int, Address]]:
        """(family, address) for each vetted address of a name, in the order of the system's resolver.

        Raises: EgressRefused if any address is refused; OSError when the lookup fails.
        """
        infos = await self._looked_up(host, port, family)
        found = [(int(info[0]), address) for info in infos if (address := parse_literal(info[4][0])) is not None]
        if not found:
            raise OSError(f"no address for {host}")
        for _, address in found:
            self._vet(address, host=host, must_be_allowed=must_be_allowed)
        return found

    def close(self) -> None:
        """Look nothing up any more; a lookup that hangs keeps nobody."""
        self._closed = True

    async def _looked_up_for_saving(self, target: Target) -> tuple[Address, ...]:
        try:
            async with asyncio.timeout(_SAVE_LOOKUP_SECONDS):
                found = await self.resolve(host=target.host, port=target.port, must_be_allowed=target.must_be_allowed)
        except OSError:  # TimeoutError is one too
            if target.must_be_allowed:
                raise EgressRefused(
                    f"{target.host} cannot be looked up, and {_special(target)} needs its address in the allow list",
                    "use https on port 443 or 8443, or mend the name",
                ) from None
            return ()
        return tuple(dict.fromkeys(address for _, address in found))

    async def _looked_up(self, host: str, port: int, family: int) -> Sequence[tuple[Any, ...]]:
        """In a thread that no process waits for at its end, as it would for those of an executor."""
        await self._threads.acquire()
        loop = asyncio.get_running_loop()
        found: asyncio.Future[Sequence[tuple[Any, ...]]] = loop.create_future()

        def tell(infos: Sequence[tuple[Any, ...]], error: Exception | None) -> None:
            self._threads.release()
            if found.cancelled():
                return
            if error is None:
                found.set_result(infos)
            else:
                found.set_exception(error)

        def look() -> None:
            infos: Sequence[tuple[Any, ...]] = ()
            failure = None
            try:
                infos = self._lookup(host, port, family)
            except Exception as error:  # noqa: BLE001 - handed to whoever waits
                failure = error
            # A loop that was closed meanwhile has nobody left who waits.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(tell, infos, failure)

        try:
            threading.Thread(target=look, name="egress-lookup", daemon=True).start()
        except RuntimeError:
            self._threads.release()
            raise OSError("the system gives no thread for a lookup") from None
        return await found

    def _lookup(self, host: str, port: int, family: int) -> Sequence[tuple[Any, ...]]:
        if self._closed:
            raise OSError("nothing is looked up any more")
        return self._getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)

    def _vet(self, address: Address, *, host: str, must_be_allowed: bool) -> None:
        verdict = judge(address, allow=self._allow)
        if verdict.refused:
            raise EgressRefused(_refusal(address, host, verdict), _allow_remedy(verdict.address))
        if must_be_allowed and verdict.tier != "allowed":
            raise EgressRefused(
                "plain http, and ports other than 443 and 8443, are only for addresses in the allow list",
                f"use https on port 443 or 8443, or {_allow_remedy(address)}",
            )


class GuardedResolver(AbstractResolver):
    """The guard as aiohttp wants it. `on_lookup` is told the milliseconds of each lookup that succeeded."""

    def __init__(
        self, guard: EgressGuard, *, must_be_allowed: bool, on_lookup: Callable[[float], None] | None = None
    ) -> None:
        self._guard = guard
        self._must_be_allowed = must_be_allowed
        self._on_lookup = on_lookup

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if self._guard.hands_over(must_be_allowed=self._must_be_allowed):
            return [_place(host, host, port, int(family))]
        loop = asyncio.get_running_loop()
        started = loop.time()
        found = await self._guard.resolve(
            host=host, port=port, must_be_allowed=self._must_be_allowed, family=int(family)
        )
        if self._on_lookup is not None:
            self._on_lookup((loop.time() - started) * 1000)
        return [_place(host, str(address), port, address_family) for address_family, address in found]

    async def close(self) -> None:
        """The guard belongs to its maker, who closes it."""


def _place(name: str, host: str, port: int, family: int) -> ResolveResult:
    # The numeric flags keep the connection from ever looking the address up again.
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return {"hostname": name, "host": host, "port": port, "family": family, "proto": 0, "flags": flags}


def _parse(text: str) -> URL:
    if len(text) > URL_MAX_LENGTH:
        raise EgressRefused(f"the URL is longer than {URL_MAX_LENGTH} characters", "use a shorter one")
    if _ILLEGAL.search(text):
        raise EgressRefused("the URL holds a space, a control character or a backslash", "percent-encode it")
    scheme, separator, rest = text.partition("://")
    if not separator or scheme.lower() not in ("https", "http"):
        raise EgressRefused("the URL is not absolute https", "write https://host/path")
    if "#" in rest:
        raise EgressRefused("the URL has a fragment, which is never sent", "leave out everything from #")
    authority = re.split(r"[/?]", rest, maxsplit=1)[0]
    if "@" in authority:
        raise EgressRefused("the URL holds a user name or password", "leave them out and verify the signature")
    # Two readers of one odd host are how guards are passed, so what a reader would have to
    # fold (escapes, circled digits, full-width letters and stops) is refused, not folded.
    if re.search("[%\u3002]", authority) or unicodedata.normalize("NFKC", authority) != authority:
        raise EgressRefused("the host is written in an unusual form", "write it in plain letters and digits")
    try:
        parsed = URL(text)
        port = parsed.port
    except ValueError:
        raise EgressRefused("the URL cannot be read", "write https://host/path") from None
    if not parsed.raw_host or not port:
        raise EgressRefused("the URL has no host or no usable port", "write https://host/path")
    if authority.startswith("[") and ":" not in parsed.raw_host:
        raise EgressRefused("the host in brackets is not an IPv6 address", "write it without brackets")
    return parsed


def _check_name(host: str) -> None:
    labels = host.split(".")
    if len(host) > 253 or not all(map(_LABEL.fullmatch, labels)):
        raise EgressRefused("the host is not a valid name", "use a DNS name such as hooks.example.com")
    if _NUMBER_LABEL.fullmatch(labels[-1]):
        raise EgressRefused(
            "the host is an address in a short, octal, hexadecimal or decimal form",
            "write all four decimal parts, or a name",
        )


def _refusal(address: Address, host: str, verdict: Verdict) -> str:
    subject = str(address) if parse_literal(host) == address else f"{host} leads to {address}, which"
    relation = "is" if verdict.address == address else f"carries {verdict.address}, which is"
    return f"{subject} {relation} in the {verdict.tier} network {verdict.network}"


def _allow_remedy(address: Address) -> str:
    return f"have the operator add {address}/{address.max_prefixlen} to the egress allow list, or use a public address"


def _special(target: Target) -> str:
    return "plain http" if target.url.scheme == "http" else f"port {target.port}"
