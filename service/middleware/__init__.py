"""What every request passes before it reaches a route, as pure ASGI: a class per concern, no framework in between."""

from collections.abc import Sequence

from starlette.types import ASGIApp

from service.graphql.transport import Surface
from service.middleware.bounds import Bounds
from service.middleware.compression import Compression
from service.middleware.headers import SafeHeaders
from service.middleware.hosts import Hosts
from service.middleware.in_flight import InFlight
from service.middleware.methods import HeadAsGet
from service.middleware.paths import EncodedSlashes
from service.middleware.published import Published
from service.middleware.rate_limit import Rate, RateLimit
from service.middleware.request_id import RequestId
from service.middleware.request_log import RequestLog
from service.middleware.retiring import Retiring
from service.middleware.trace import Trace
from service.rest import events
from service.telemetry.book import Book
from service.telemetry.spans import Spans
from service.usecases.office import Office


def wrap(
    app: ASGIApp,
    *,
    hosts: Sequence[str] = (),
    rate: Rate | None = None,
    office: Office | None = None,
    book: Book | None = None,
    spans: Spans | None = None,
) -> ASGIApp:
    """`hosts` are the names the service answers to; none means any. `rate` None sets no limit. Without an office no
    answer is kept, without a book none is counted, without spans none is told of."""
    # From the inside out: what stands last sees a request first, and its answer last.
    app = Retiring(app)
    app = Bounds(app)
    app = EncodedSlashes(app)
    app = Compression(app)
    # Outside of it, so that HEAD tells the length that GET would send.
    app = HeadAsGet(app)
    limit = RateLimit(app, rate=rate) if rate else None
    app = Hosts(limit or app, allowed=hosts)
    app = InFlight(app)
    app = RequestLog(app, book=book)
    app = SafeHeaders(app)
    app = Trace(app, spans=spans)
    app = RequestId(app)
    # What is answered from memory passes none of these, so it counts and names itself.
    if office is None:
        return app
    posted, lasting = frozenset({Surface.path}), frozenset({events.PATH})
    return Published(app, office=office, limit=limit, posted=posted, lasting=lasting, book=book)
