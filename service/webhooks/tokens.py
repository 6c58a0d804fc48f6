"""OAuth2 client credentials: a token for each client, fetched once for everybody who waits for it.

    courier = Courier(transport)          a Transport like any other
    await courier.send(request)           with a token, if the request's access asks for one

A token is used until shortly before it ends. One that the receiver answers 401 to is thrown away, and the attempt is
made once more with a fresh one. Tokens and secrets are in no message, no error and no log.
"""

import asyncio
import base64
import hashlib
import json
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast
from urllib.parse import quote_plus, urlencode

from service.webhooks.access import Access, OAuth2
from service.webhooks.certificates import Identity
from service.webhooks.outcomes import Answer, NoAnswer
from service.webhooks.transport import OutboundRequest, Transport

MARGIN_SECONDS = 30.0
"""A token is not used in its last half minute, or of a short one in the last tenth of its life."""
LIFE_SECONDS = 300.0
"""How long one is used whose life is not told."""
LONGEST_SECONDS = 86_400.0
MOST = 1024
"""Clients whose tokens are kept; the one longest unused goes first."""
_ANSWER_BYTES = 32 * 1024
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{1,16384}=*")
_CODE = re.compile(r"[a-z_]{1,40}")


@dataclass(slots=True)
class _Kept:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    token: str | None = None
    until: float = 0.0
    """By the event loop's clock."""
    unsent: NoAnswer | None = None
    """That the last question did not get out of here: whoever waited for its answer has had as little of a chance."""


class Courier:
    """Sends through `transport`, with the token that the request's access asks for."""

    def __init__(self, transport: Transport, *, clock: Callable[[], float] | None = None) -> None:
        self._transport = transport
        self._time = clock or asyncio.get_running_loop().time
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    async def send(self, request: OutboundRequest) -> Answer | NoAnswer:
        """As every Transport; fetching a token is part of the attempt and of its time."""
        if request.access.oauth2 is None:
            return await self._transport.send(request)
        begun = self._time()
        first = await self._once(request, request.access.oauth2, begun, refused=None)
        if isinstance(first[0], Answer) and first[0].status == 401:
            first = await self._once(request, request.access.oauth2, begun, refused=first[1])
        return replace(first[0], duration_ms=(self._time() - begun) * 1000)

    async def _once(
        self, request: OutboundRequest, oauth2: OAuth2, begun: float, *, refused: str | None
    ) -> tuple[Answer | NoAnswer, str | None]:
        """What came of it, and the token it was tried with. `refused` is a token that must not be used again."""
        token = await self._token(oauth2, request.access, self._left(request, begun), refused=refused)
        if isinstance(token, NoAnswer):
            return token, None
        left = self._left(request, begun)
        if left <= 0:
            detail = f"no complete answer within {request.timeout_seconds:g} s: the token took all of it"
            return NoAnswer(error_class="timeout", detail=detail, duration_ms=0), token
        bearer = {**request.extra_headers, "Authorization": f"Bearer {token}"}
        return await self._transport.send(replace(request, extra_headers=bearer, timeout_seconds=left)), token

    async def _token(self, oauth2: OAuth2, access: Access, seconds: float, *, refused: str | None) -> str | NoAnswer:
        kept = self._entry(oauth2)
        known, begun = kept.unsent, self._time()
        try:
            # One at a time: those who wait find the token that the first one fetched.
            async with asyncio.timeout(max(0.0, seconds)):
                await kept.lock.acquire()
        except TimeoutError:
            detail = "the token server gave no complete answer in time"
            return kept.unsent or NoAnswer(error_class="token", detail=detail, duration_ms=0)
        try:
            if kept.unsent is not known and kept.unsent is not None:
                return kept.unsent
            if kept.token and kept.token != refused and self._time() < kept.until:
                return kept.token
            return await self._fetched(kept, _asking(oauth2, access, begun + seconds - self._time()))
        finally:
            kept.lock.release()

    async def _fetched(self, kept: _Kept, request: OutboundRequest) -> str | NoAnswer:
        kept.token = kept.unsent = None
        found = _granted(await self._transport.send(request))
        if isinstance(found, NoAnswer):
            kept.unsent = found if found.error_class == "proxy" else None
            return found
        kept.token, life = found
        kept.until = self._time() + life - min(MARGIN_SECONDS, life / 10)
        return kept.token

    def _entry(self, oauth2: OAuth2) -> _Kept:
        parts = (oauth2.token_url, oauth2.client_id, oauth2.client_secret, oauth2.scope, oauth2.audience, oauth2.method)
        name = hashlib.sha256("\0".join(part or "" for part in parts).encode()).hexdigest()
        kept = self._kept.setdefault(name, _Kept())
        self._kept.move_to_end(name)
        if len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return kept

    def _left(self, request: OutboundRequest, begun: float) -> float:
        return begun + request.timeout_seconds - self._time()


def _asking(oauth2: OAuth2, access: Access, seconds: float) -> OutboundRequest:
    """The request for a token. Authorities of the endpoint's own are believed beside everybody's: token servers are
    as often public as not. Its client certificate stays with the endpoint."""
    form = {"grant_type": "client_credentials"}
    headers = {"Accept": "application/json"}
    if oauth2.method == "basic":
        # Both halves as a form would write them, by RFC 6749, 2.3.1.
        pair = f"{quote_plus(oauth2.client_id)}:{quote_plus(oauth2.client_secret)}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        form |= {"client_id": oauth2.client_id, "client_secret": oauth2.client_secret}
    form |= {name: value for name, value in (("scope", oauth2.scope), ("audience", oauth2.audience)) if value}
    trusted = access.identity.trusted_ca if access.identity else None
    return OutboundRequest(
        url=oauth2.token_url,
        timeout_seconds=seconds,
        body=urlencode(form).encode(),
        content_type="application/x-www-form-urlencoded",
        extra_headers=headers,
        access=Access(identity=Identity(trusted_ca=trusted, also_public=True) if trusted else None),
        head_bytes=_ANSWER_BYTES,
    )


def _granted(came: Answer | NoAnswer) -> tuple[str, float] | NoAnswer:
    """The token and its life in seconds."""
    if isinstance(came, NoAnswer):
        if came.error_class == "proxy":
            return came
        return replace(came, error_class="token", detail=f"the token server: {came.error_class}: {came.detail}"[:300])
    answer = _read(came.body)
    if came.status != 200:
        code = answer.get("error")
        named = f" ({code})" if isinstance(code, str) and _CODE.fullmatch(code) else ""
        return _refused(came, f"the token server answered {came.status}{named}: check its address and the client")
    token, kind = answer.get("access_token"), answer.get("token_type")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        return _refused(came, "the token server answered 200 without a token that can be used")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        return _refused(came, "the token server gave a token of another kind than Bearer")
    life = answer.get("expires_in")
    if isinstance(life, bool) or not isinstance(life, int | float) or not life > 0:
        return token, LIFE_SECONDS
    return token, min(float(life), LONGEST_SECONDS)


def _read(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return cast(dict[str, Any], found) if isinstance(found, dict) else {}


def _refused(came: Answer, detail: str) -> NoAnswer:
    return NoAnswer(
        error_class="token", detail=detail, duration_ms=came.duration_ms, peer_ip=came.peer_ip, phases=came.phases
    )
