"""What every request passes before it reaches a route, as pure ASGI: a class per concern, no framework in between.

From the outside in: published answers, request id, response headers, request log, host, encoded slashes, methods,
bounds.
"""

from collections.abc import Sequence

from starlette.types import ASGIApp

from service.middleware.bounds import Bounds
from service.middleware.headers import SafeHeaders
from service.middleware.hosts import Hosts
from service.middleware.methods import HeadAsGet
from service.middleware.paths import EncodedSlashes
from service.middleware.published import Published
from service.middleware.request_id import RequestId
from service.middleware.request_log import RequestLog
from service.usecases.office import Office


def wrap(app: ASGIApp, *, hosts: Sequence[str] = (), office: Office | None = None) -> ASGIApp:
    """`hosts` are the names the service answers to; none means any. Without an office no answer is kept."""
    whole = RequestId(SafeHeaders(RequestLog(Hosts(EncodedSlashes(HeadAsGet(Bounds(app))), allowed=hosts))))
    return Published(whole, office=office) if office else whole
