"""Spans by OTLP over HTTP, made when what they tell of is over.

Their ids are those of the traceparents that went through the service, so nothing of the library runs before the end
of a request or an attempt. It sends from a thread of its own; what does not fit its queue is dropped.
"""

import asyncio
import os
import random
import secrets
import socket
import threading

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from service import __version__
from service.webhooks.work import Tried

EXPORT_SECONDS = 2.0
CLOSE_SECONDS = 5.0
_SAMPLED = 0x01


class OtlpSpans:
    """`sample` is the share of requests without a trace that begin one; of those with one the caller says."""

    def __init__(self, endpoint: str, *, sample: float) -> None:
        self._sample = sample
        self._processor = BatchSpanProcessor(
            OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_SECONDS)
        )
        self._resource = Resource(
            {
                "service.name": "dualtrack",
                "service.version": __version__,
                "service.instance.id": f"{socket.gethostname()}-{os.getpid()}",
            }
        )
        self._scope = InstrumentationScope("dualtrack", __version__)

    def begin(self, given: str | None) -> str | None:
        if given is None:
            is_sampled = random.random() < self._sample
            return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01" if is_sampled else None
        _, trace, _, flags = given.split("-")
        return f"00-{trace}-{secrets.token_hex(8)}-{flags}" if int(flags, 16) & _SAMPLED else None

    def request(
        self, own: str, given: str | None, *, method: str, route: str | None, status: int, began_ns: int, ended_ns: int
    ) -> None:
        self._end(
            ReadableSpan(
                name=f"{method} {route}" if route else method,
                context=_context(own, is_remote=False),
                parent=_context(given, is_remote=True) if given else None,
                resource=self._resource,
                instrumentation_scope=self._scope,
                kind=SpanKind.SERVER,
                status=Status(StatusCode.ERROR if status >= 500 else StatusCode.UNSET),
                attributes={
                    "http.request.method": method,
                    "http.response.status_code": status,
                    **({"http.route": route} if route else {}),
                },
                start_time=began_ns,
                end_time=ended_ns,
            )
        )

    def attempt(self, tried: Tried) -> None:
        result, head = tried.result, tried.head
        if tried.traceparent is None or head.traceparent is None:
            return
        begun = result.started_at * 1_000
        told = {
            "http.request.method": "POST",
            "http.response.status_code": result.status,
            "network.peer.address": result.ip,
            "error.type": result.error_class,
            "dualtrack.endpoint": tried.endpoint,
            "dualtrack.event.id": head.event_id,
            "dualtrack.event.type": head.event_type,
            "dualtrack.attempt": tried.n,
            "dualtrack.outcome": "dead" if tried.is_dead else result.outcome,
            "dualtrack.dns_ms": result.dns_ms,
            "dualtrack.connect_ms": result.connect_ms,
            "dualtrack.tls_ms": result.tls_ms,
            "dualtrack.first_byte_ms": result.ttfb_ms,
        }
        self._end(
            ReadableSpan(
                name=f"deliver {head.event_type}",
                context=_context(tried.traceparent, is_remote=False),
                parent=_context(head.traceparent, is_remote=True),
                resource=self._resource,
                instrumentation_scope=self._scope,
                kind=SpanKind.CLIENT,
                status=Status(StatusCode.UNSET if result.verdict == "delivered" else StatusCode.ERROR),
                attributes={name: value for name, value in told.items() if value is not None},
                start_time=begun,
                end_time=begun + int(result.duration_ms * 1_000_000),
            )
        )

    async def close(self) -> None:
        # A collector that does not answer must not keep the process: this thread ends with it.
        closing = threading.Thread(target=self._processor.shutdown, daemon=True)
        closing.start()
        await asyncio.to_thread(closing.join, CLOSE_SECONDS)

    def _end(self, span: ReadableSpan) -> None:
        self._processor.on_end(span)


def _context(traceparent: str, *, is_remote: bool) -> SpanContext:
    _, trace, span, flags = traceparent.split("-")
    return SpanContext(
        trace_id=int(trace, 16), span_id=int(span, 16), is_remote=is_remote, trace_flags=TraceFlags(int(flags, 16))
    )
