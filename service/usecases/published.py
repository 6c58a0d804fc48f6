"""Finished answers that hang on definitions, the company's date and the caller's scopes alone, kept as bytes.

An edition is what all of them rest on. Only answers of the edition in force are kept: a new one empties the store.
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date

from service.domain.company import Company
from service.usecases.act import Runtime
from service.usecases.reading import today_in

MOST_BYTES = 64 * 1024 * 1024
"""What all kept answers of a process may take together."""
_LARGEST_PART = 4
"""An answer that takes more than this part of the room is not kept: it would drive out all others."""
_OVERHEAD_BYTES = 2048
"""What an entry takes beside its bytes, its key included, which may have half of it."""
LONGEST_KEY = 1024
MARK = "published"
"""In the state of a request by whoever stands before the routes and keeps answers; True says that this one may be."""
_MINUTE = 60_000_000

Header = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True, eq=False)
class Edition:
    """`day` is the company's today. Made once as long as nothing changes, so identity tells whether anything did."""

    generation: int
    day: date


class Editions:
    """Says which edition is in force."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._edition: Edition | None = None
        self._company: Company | None = None
        self._minute = -1

    def known(self) -> Edition | None:
        """The edition where that can be told at once; None: await `current`."""
        edition = self._edition
        if edition is None or self._runtime.generation.known() != edition.generation:
            return None
        return self._of(edition.generation)

    async def current(self) -> Edition:
        """Raises Unavailable when the database does not answer."""
        generation = await self._runtime.generation.current()
        if self._edition is None or generation != self._edition.generation:
            # The generation is read before the definitions: those that come later bring a later generation.
            async with self._runtime.database.read() as connection:
                definitions = await self._runtime.shelf.load(connection)
            self._company, self._minute = definitions.company(), -1
        return self._of(generation)

    def _of(self, generation: int) -> Edition:
        now = self._runtime.database.now_us()
        # No place changes its date within a minute, so the date is worked out once a minute.
        if now // _MINUTE == self._minute and self._edition and self._edition.generation == generation:
            return self._edition
        self._minute = now // _MINUTE
        found = Edition(generation, today_in(self._company, now=now))
        if self._edition is None or (found.generation, found.day) != (self._edition.generation, self._edition.day):
            self._edition = found
        return self._edition


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """A finished answer. `headers` go with 200, `unchanged` with 304, `heads` are both as they are written to the
    wire where a surface wants them so; `route` is for the log."""

    body: bytes
    tag: bytes
    headers: tuple[Header, ...]
    unchanged: tuple[Header, ...]
    heads: tuple[bytes, bytes] = (b"", b"")
    route: str | None = None

    @property
    def size(self) -> int:
        return len(self.body) + 2 * sum(len(name) + len(value) for name, value in self.headers) + _OVERHEAD_BYTES


class PublishedStore:
    """Bounded by bytes; what was asked for longest ago goes first.

    A key names what was asked and by which scopes, in `LONGEST_KEY` bytes at most: what is longer is not to be kept.
    """

    def __init__(self, *, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._edition: Edition | None = None
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self.size = 0

    def get(self, edition: Edition, key: Hashable) -> Kept | None:
        """`edition` is the one in force now: ask for it without a wait in between."""
        if edition is not self._edition:
            self._kept.clear()
            self._edition, self.size = edition, 0
            return None
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def put(self, edition: Edition, key: Hashable, kept: Kept) -> None:
        """`edition` is the one that was in force before the answer was made; nothing is kept when it has passed."""
        if edition is not self._edition or kept.size > self._most_bytes // _LARGEST_PART:
            return
        old = self._kept.pop(key, None)
        self._kept[key] = kept
        self.size += kept.size - (old.size if old else 0)
        while self.size > self._most_bytes:
            _, gone = self._kept.popitem(last=False)
            self.size -= gone.size
