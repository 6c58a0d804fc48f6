"""How far a sender is, and what each part of the way took."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Progress:
    """Counts what a dispatcher records until `events` are delivered; `noted` has one entry for each of the parts."""

    events: int
    parts: int
    done: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    noted: list[dict[str, float]] = field(default_factory=list[dict[str, float]])
    _count: int = 0
    _counted: int = 0
    _at: float = 0.0
    _used: float = 0.0

    def begin(self) -> None:
        self._at, self._used = time.perf_counter(), time.process_time()

    def step(self, name: str, detail: Any) -> None:
        """What the dispatcher tells."""
        if name == "failed" and not self.done.done():
            self.done.set_exception(detail)
        if name != "recorded":
            return
        self._count += sum(len(one.result.heads) for one in detail if one.result.verdict == "delivered")
        if self._count >= self.events * (len(self.noted) + 1) // self.parts:
            self._note()
        if self._count == self.events and not self.done.done():
            self.done.set_result(None)

    def _note(self) -> None:
        at, used = time.perf_counter(), time.process_time()
        self.noted.append(
            {"count": self._count - self._counted, "seconds": at - self._at, "cpu_seconds": used - self._used}
        )
        self._counted, self._at, self._used = self._count, at, used
