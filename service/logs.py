"""Logs as data: one JSON object a line on standard error, or readable text when that is a terminal.

What may be logged is listed, not what may not: a field outside `FIELDS` keeps its name only, under `redacted`.
Of an exception the types and the places are written and never the message, which may quote a row, a request or
an amount. Lines go through a bounded queue to a thread of their own, so a reader that stops reading costs
lines, counted in the next one that gets through, and never a request. Evidence belongs to the audit, not here.
"""

import atexit
import logging
import queue
import re
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import IO, Any

import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""Set by the middleware for the length of a request; each line written meanwhile carries it."""

traceparent: ContextVar[str | None] = ContextVar("traceparent", default=None)
"""W3C trace of the request, in the form of version 00; None when its caller traces nothing."""

FIELDS = frozenset(
    {
        *("event", "level", "timestamp", "logger", "request_id", "trace_id", "redacted", "stack", "errors", "dropped"),
        *("method", "route", "status", "duration_ms", "bytes", "client", "code", "pointer"),
        *("actor", "key_id", "act", "employee", "change", "batch", "replay", "ladder", "version", "revision"),
        *("position", "generation"),
        *("connection", "people", "changes", "problems", "alarms"),
        *("endpoint", "delivery", "event_id", "event_type", "attempt", "outcome", "state", "owner", "epoch", "lanes"),
        *("host", "port", "pid", "database", "journal", "synchronous", "sqlite", "postgres", "schema", "folder"),
        *("count", "seconds", "signal", "worker", "reason", "error", "level_name", "due", "delay_seconds", "url_host"),
    }
)
TEXT_LIMIT = 300
QUEUE_LINES = 10_000

# Loggers whose arguments are addresses, numbers and revision names; of all others only the template is kept.
_PLAIN_LOGGERS = ("uvicorn", "alembic")
_SECRETS = re.compile(
    r"whsec_[A-Za-z0-9+/=_-]+|whsk_[A-Za-z0-9+/=_-]+|\bdt_[A-Za-z0-9]+_[A-Za-z0-9_-]+"
    r"|(?<=://)[^/\s]*:[^\s]*(?=@)|(?i:(?:(?<=bearer )|(?<=basic ))[^\s\"']+)"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def configure_logs(*, level: str, stream: IO[str] | None = None, console: bool | None = None) -> Callable[[], None]:
    """Send this process's logs, those of libraries too, to `stream` (standard error when None).

    `console` None means: readable when the stream is a terminal. Returns a function that writes what is queued,
    waiting a second at most, and ends the thread; it also runs at exit.
    """
    target = stream or sys.stderr
    readable = target.isatty() if console is None else console
    renderer: Any = (
        structlog.dev.ConsoleRenderer(pad_level=False) if readable else structlog.processors.JSONRenderer(_json)
    )
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_ids,
        _describe_exception,
        _only_listed_fields,
    ]
    handler = _QueuedHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_quiet_arguments, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
    # Its lines carry the query string; the middleware writes one line a request with the route instead.
    logging.getLogger("uvicorn.access").disabled = True
    # It introduces itself whenever somebody asks for the revision, which each readiness probe does.
    logging.getLogger("alembic.runtime.migration").setLevel(max(logging.WARNING, root.level))
    atexit.register(handler.stop)
    return handler.stop


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger whose calls take an event text, which is constant, and listed fields."""
    return structlog.stdlib.get_logger(name)


class _QueuedHandler(logging.Handler):
    def __init__(self, stream: IO[str]) -> None:
        super().__init__()
        self._stream = stream
        self._lines: queue.Queue[str | None] = queue.Queue(maxsize=QUEUE_LINES)
        self._dropped = 0
        self._thread = threading.Thread(target=self._write, name="logs", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._lines.put_nowait(self.format(record))
        except queue.Full:
            self._dropped += 1

    def stop(self) -> None:
        atexit.unregister(self.stop)
        try:
            self._lines.put_nowait(None)
        except queue.Full:
            return
        self._thread.join(timeout=1)

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            if self._dropped:
                line = f"{_json({'event': 'log lines dropped', 'level': 'warning', 'dropped': self._dropped})}\n{line}"
                self._dropped = 0
            try:
                self._stream.write(line + "\n")
                self._stream.flush()
            except (OSError, ValueError):
                # Nobody reads any more; there is no other place to say so.
                return


def _json(value: Any, **_: object) -> str:
    return orjson.dumps(value, default=str).decode()


def _add_ids(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    current = request_id.get()
    if current is not None:
        event["request_id"] = current
    traced = traceparent.get()
    if traced is not None:
        event["trace_id"] = traced.split("-")[1]
    return event


def _quiet_arguments(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A library's line: the formatted text from those known to be harmless, else the first line of the template."""
    record: logging.LogRecord = event["_record"]
    if not record.name.startswith(_PLAIN_LOGGERS):
        event["event"] = str(record.msg).partition("\n")[0]
    return event


def _describe_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    info: Any = event.pop("exc_info", None)
    error = _exception_in(info)
    if error is None:
        return event
    event["errors"] = [_type_name(link) for link in _chain(error)]
    event["stack"] = [
        f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)[-12:]
    ]
    return event


def _exception_in(info: Any) -> BaseException | None:
    """As logging takes it: the exception, the triple of sys.exc_info(), or True for the one being handled."""
    if isinstance(info, BaseException):
        return info
    return sys.exc_info()[1] if info is True else info[1] if info else None


def _chain(error: BaseException) -> list[BaseException]:
    """The exception, its cause, and so on: at most eight."""
    links: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and len(links) < 8:
        links.append(current)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return links


def _type_name(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def _only_listed_fields(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    kept: dict[str, Any] = {
        name: _plain(value) for name, value in event.items() if name in FIELDS or name.startswith("_")
    }
    hidden = sorted(event.keys() - kept.keys())
    if hidden:
        kept["redacted"] = hidden
    return kept


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | logging.LogRecord):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value[:20]]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, Mapping):
        return "[object]"
    text = _CONTROL.sub(" ", _SECRETS.sub("[secret]", str(value)))
    return text if len(text) <= TEXT_LIMIT else text[:TEXT_LIMIT] + "…"
