"""What the surfaces of one process work with, put into the application's state by `app.py`."""

from dataclasses import dataclass, field

from service.usecases.access import KeyRing
from service.usecases.act import Runtime
from service.usecases.endpoints import Sending
from service.usecases.published import Editions, PublishedStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    runtime: Runtime
    sending: Sending
    keys: KeyRing
    editions: Editions
    published: PublishedStore
    secret: bytes = field(repr=False)
    """Digests of what was sent are keyed by it."""

    def now(self) -> int:
        """The instant (µs) by the clock that writes are recorded by."""
        return self.runtime.database.now_us()
