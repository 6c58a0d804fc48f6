"""What is told of a request and of an attempt as spans of one trace, whoever takes them. Without OTLP nobody does."""

from importlib import import_module
from importlib.util import find_spec
from typing import Protocol

from service.settings import Settings, SettingsError
from service.webhooks.work import Tried

NEEDED = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")


class Spans(Protocol):
    def begin(self, given: str | None) -> str | None:
        """The traceparent of a request's own span, in the trace of the one that was `given`. None: it gets none."""
        ...

    def request(
        self, own: str, given: str | None, *, method: str, route: str | None, status: int, began_ns: int, ended_ns: int
    ) -> None:
        """A request is over. Its route is the template; times are of the wall clock."""
        ...

    def attempt(self, tried: Tried) -> None:
        """An attempt is over."""
        ...

    async def close(self) -> None:
        """Send what is left, for a few seconds at most."""
        ...


def spans_of(settings: Settings) -> Spans | None:
    """None where no collector is named. Raises SettingsError where the packages are missing."""
    if settings.otlp_endpoint is None:
        return None
    if not all(_is_there(name) for name in NEEDED):
        raise SettingsError(
            ["DUALTRACK_OTLP_ENDPOINT needs more packages: pip install 'dualtrack[telemetry]', or remove it."]
        )
    # Importing them takes longer than most commands run.
    return import_module("service.telemetry.otlp").OtlpSpans(settings.otlp_endpoint, sample=settings.otlp_sample)


def _is_there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False
