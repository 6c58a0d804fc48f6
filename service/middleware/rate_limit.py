"""How many requests a caller may send in a window, told in every answer by the IETF's RateLimit headers.

Whose window it is: of a key that works, the key's own; of everybody else, that of the address they come from, wrong
keys included. So nobody uses up another's window by naming its key. Counters are this process's own.
"""

import hashlib
import ipaddress
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache

from limits import RateLimitItemPerSecond
from limits.strategies import FixedWindowRateLimiter
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.auth import token_of
from service.domain.access import Actor
from service.domain.refusals import Refused
from service.middleware.refusal import NEVER_REFUSED, Refusal, announces_body, refuse
from service.middleware.windows import Windows

MOST_ADDRESSES = 10_000
"""Windows at once beyond which new addresses share one."""
MOST_KNOWN = 10_000
_OTHERS = "address:others"

CallerOf = Callable[[str], Awaitable[Actor | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """`amount` requests in `seconds`. `caller_of` finds out whose a key is; None when it is no live key."""

    amount: int
    seconds: int
    caller_of: CallerOf


class RateLimit:
    """Fixed windows, each from its first request on. An answer 304 costs nothing."""

    def __init__(self, app: ASGIApp, *, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._rate = rate
        self._clock = clock
        self._item = RateLimitItemPerSecond(rate.amount, rate.seconds)
        self._windows = Windows(clock)
        self._limiter = FixedWindowRateLimiter(self._windows)
        self._policy = f'"default";q={rate.amount};w={rate.seconds}'
        self._policy_header = (b"ratelimit-policy", self._policy.encode())
        self._keys_of: dict[str, str] = {}
        """What `limits` calls the window of a caller, which takes it a while to work out."""
        self._known: dict[bytes, str] = {}
        """Window by digest of the whole header, of keys that were found to work."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in NEVER_REFUSED:
            await self._app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        token = token_of(given.decode("latin-1"), scope["path"])
        digest = hashlib.sha256(given).digest()
        window = await self._window_of(scope, token, digest) if token else self._address_window(scope)
        key = self._item.key_for(window)
        if not self._limiter.hit(self._item, window):
            await refuse(scope, send, self._refusal(scope, key))
            return

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                if message["status"] == 304:
                    self._windows.give_back(key)
                elif message["status"] == 401:
                    self._known.pop(digest, None)
                standing = (b"ratelimit", self._standing(key).encode())
                message["headers"] = [*message.get("headers", ()), self._policy_header, standing]
            await send(message)

        await self._app(scope, receive, told)

    def standing(self, caller: str, *, costs: int) -> tuple[tuple[bytes, bytes], tuple[bytes, bytes]] | None:
        """For an answer that was given before it came here: count it, and what is to be told with it.

        `caller` is the id of a key that works. None, and nothing counted, when the window is used up.
        """
        key = self._keys_of.get(caller)
        if key is None:
            if len(self._keys_of) >= MOST_KNOWN:
                self._keys_of.clear()
            key = self._keys_of[caller] = self._item.key_for(caller)
        if costs and self._windows.get(key) >= self._rate.amount and self._windows.get_expiry(key) > self._clock():
            return None
        if costs:
            self._windows.incr(key, self._rate.seconds)
        return self._policy_header, (b"ratelimit", self._standing(key).encode())

    async def _window_of(self, scope: Scope, token: str, digest: bytes) -> str:
        if digest in self._known:
            return self._known[digest]
        try:
            actor = await self._rate.caller_of(token)
        except Refused:
            # The database is away; whoever needs it says so.
            actor = None
        if actor is None:
            return self._address_window(scope)
        # Kept for counting only: the route asks again whether the key still works.
        if len(self._known) >= MOST_KNOWN:
            del self._known[next(iter(self._known))]
        self._known[digest] = actor.id
        return actor.id

    def _address_window(self, scope: Scope) -> str:
        window = _network_of(scope["client"][0]) if scope.get("client") else _OTHERS
        self._windows.drop_ended()
        if len(self._windows) >= MOST_ADDRESSES and self._item.key_for(window) not in self._windows:
            return _OTHERS
        return window

    def _standing(self, key: str) -> str:
        left = max(0, self._rate.amount - self._windows.get(key))
        return f'"default";r={left};t={max(0, math.ceil(self._windows.get_expiry(key) - self._clock()))}'

    def _refusal(self, scope: Scope, key: str) -> Refusal:
        wait = max(1, math.ceil(self._windows.get_expiry(key) - self._clock()))
        return Refusal(
            "quota-exceeded",
            f"More than {self._rate.amount} requests came in {self._rate.seconds} s. Send this again in {wait} s.",
            headers={
                "ratelimit-policy": self._policy,
                "ratelimit": self._standing(key),
                "retry-after": str(wait),
            },
            extra={"violated-policies": ["default"]},
            close=announces_body(scope),
        )


@lru_cache(4096)
def _network_of(host: str) -> str:
    """Of IPv6 the network that one site has: its addresses are free."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return _OTHERS
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            # How a socket for both names callers of the older kind: they are no site.
            return f"address:{address.ipv4_mapped}"
        return f"address:{ipaddress.ip_network((int(address), 64), strict=False)}"
    return f"address:{address}"
