"""What is known of an account for a while: its tables, and the list that job titles are from."""

from collections.abc import Callable, Mapping, Sequence

from service.connectors.bamboohr.client import Client, ListOptions
from service.connectors.bamboohr.settings import Settings
from service.connectors.sinks import Failed, NotTaken, Postponed

KEPT_SECONDS = 600.0
"""For how long it is believed; what is missing is looked for anew."""


class Account:
    """`now_seconds` counts from the epoch, UTC."""

    def __init__(self, client: Client, settings: Settings, now_seconds: Callable[[], float]) -> None:
        self.client = client
        self._settings = settings
        self._now_seconds = now_seconds
        self._tables: Mapping[str, frozenset[str]] = {}
        self._titles: ListOptions | None = None
        self._read_at = float("-inf")

    async def fields_of(self, table: str, needed: Sequence[str]) -> frozenset[str]:
        """Names of a table's fields. Raises NotTaken where there is no such table, or one of `needed` is not in it."""
        if self._is_old() or not set(needed) <= self._tables.get(table, frozenset()):
            self._tables, self._titles = await self.client.tables(), None
            self._read_at = self._now_seconds()
        found = self._tables.get(table)
        missing = [name for name in needed if name not in (found or ())]
        if missing:
            what = f"no field {missing[0]} in the table {table}" if found else f"no table {table}"
            raise NotTaken(Failed(status=404, reason=f"the account has {what}: name it as /meta/tables does"))
        return found or frozenset()

    async def have_title(self, title: str) -> None:
        """See to it that a row may say this title. Raises NotTaken where it may not, and cannot be added."""
        if self._titles is not None and title in self._titles.names:
            return
        self._titles = await self.titles()
        if self._titles is None or title in self._titles.names:
            # A field without a list takes any text.
            return
        if title in self._titles.archived:
            raise _held("title-archived", f"the title {title} is put away in its list there: take it out again")
        if not (self._settings.add_titles and self._titles.editable):
            raise _held("title-not-in-list", f"the title {title} is no option of its list there: add it")
        await self.client.add_option(self._titles, title)
        self._titles = await self.titles()

    def forget_titles(self) -> None:
        """They refused one that was taken for theirs."""
        self._titles = None

    async def titles(self) -> ListOptions | None:
        """The list of job titles as it is now."""
        return await self.client.list_of(self._settings.jobs.title)

    def _is_old(self) -> bool:
        return not 0 <= self._now_seconds() - self._read_at < KEPT_SECONDS


def _held(code: str, reason: str) -> NotTaken:
    return NotTaken(Postponed(code=code, reason=reason))
