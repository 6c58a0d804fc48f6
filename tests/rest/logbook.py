"""What the service logs, as it would be on standard error."""

import io
import json
import logging
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import structlog

from service.logs import configure_logs


def written(stream: io.StringIO) -> list[dict[str, Any]]:
    """Every line, once the thread that writes them has written all that was queued."""
    # Pytest has handlers of its own beside it.
    (handler,) = [one for one in logging.getLogger().handlers if hasattr(one, "stop")]
    handler.stop()  # pyright: ignore[reportAttributeAccessIssue]
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@contextmanager
def logging_to_a_stream() -> Generator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    stop = configure_logs(level="debug", stream=stream, console=False)
    yield stream
    stop()
    root.handlers = handlers
    # By its method: loggers remember what they were enabled for.
    root.setLevel(level)
    logging.getLogger("uvicorn.access").disabled = False
    structlog.reset_defaults()
