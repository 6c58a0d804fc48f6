"""What every request passes before it reaches a route, as pure ASGI: a class per concern, no framework in between.

From the outside in: request id, response headers, request log, host, encoded slashes, methods, bounds.
"""

from collections.abc import Sequence

from starlette.types import ASGIApp

from service.middleware.bounds import Bounds
from service.middleware.headers import SafeHeaders
from service.middleware.hosts import Hosts
from service.middleware.methods import HeadAsGet
from service.middleware.paths import EncodedSlashes
from service.middleware.request_id import RequestId
from service.middleware.request_log import RequestLog


def wrap(app: ASGIApp, *, hosts: Sequence[str] = ()) -> ASGIApp:
    """`hosts` are the names the service answers to; none means any."""
    return RequestId(SafeHeaders(RequestLog(Hosts(EncodedSlashes(HeadAsGet(Bounds(app))), allowed=hosts))))
