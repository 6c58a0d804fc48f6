"""People as BambooHR has them: everybody, those who have changed since, or those whom a message names.

Whatever has changed of somebody, all their rows come: what is new is found by comparing. Rows of later days are in
the tables from the day they are entered, so what is planned there is planned here.
"""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from service.connectors.bamboohr.client import Client
from service.connectors.bamboohr.coverage import PEOPLE, dropped, seen, vanished
from service.connectors.bamboohr.reader import Missing, Reader
from service.connectors.bamboohr.rows import Forms, Person, Row, claims_of
from service.connectors.bamboohr.settings import Credentials, Settings
from service.connectors.intake import CURSOR, Halted
from service.connectors.kinds import Tools
from service.domain.claims import Claim
from service.domain.intake_reports import IntakeProblem
from service.usecases.connection_work import cursor_of
from service.usecases.open_connections import OpenConnection

_OVERLAP = timedelta(minutes=1)
"""What changed in the same moment as the last reading is read twice: a second time it changes nothing."""
_DAY = timedelta(days=1)
"""How far back their feed is asked how far it reaches: their clock may go otherwise than ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far was read, and in how many of a hundred rows each field was seen by then."""

    at: datetime
    seen: dict[str, int] = field(default_factory=dict[str, int])

    @classmethod
    def of(cls, text: str) -> "Mark":
        kept = json.loads(text)
        return cls(at=datetime.fromisoformat(kept["at"]), seen=kept["seen"])

    def text(self) -> str:
        return json.dumps({"at": self.at.isoformat(), "seen": dict(sorted(self.seen.items()))})


class BambooSource:
    """A Source, of everybody unless it is of some people `only`. `problems` are of what no claim was made of."""

    def __init__(self, connection: OpenConnection, tools: Tools, *, only: Sequence[str] | None = None) -> None:
        self._settings = Settings.model_validate(connection.settings, strict=False)
        credentials = Credentials.model_validate(connection.credentials, strict=False)
        self._reader = Reader(Client(self._settings, credentials, tools))
        self._connection = connection
        self._tools = tools
        self._only = only
        self._mark: Mark | None = None
        self.problems: list[IntakeProblem] = []

    @property
    def cursor(self) -> str | None:
        return self._mark.text() if self._mark else None

    async def claims(self, since: str | None) -> AsyncIterator[Claim]:
        """Raises Unreachable, and Halted for what they refuse and for what is not to be believed."""
        reached: datetime | None = None
        if self._only is not None:
            people = [one for person in self._only if (one := await self._person(person, {})) is not None]
        elif since is None:
            reached, people = await self._everybody()
        else:
            reached, people = await self._changed(Mark.of(since).at)
        shares = await self._believed(people, whole=self._only is None and since is None)
        if reached is not None:
            self._mark = Mark(at=reached, seen=shares)
        forms = Forms(
            system=self._connection.system,
            job=self._settings.job,
            date=self._settings.jobs.date,
            title=self._settings.jobs.title,
            reading=self._settings.reading,
        )
        for person in people:
            for claim in claims_of(person, forms, self.problems):
                yield claim

    async def _everybody(self) -> tuple[datetime, list[Person]]:
        # Asked first: what changes while the rest is read is read again by the next run.
        reached, _ = await self._reader.feed(datetime.fromtimestamp(self._tools.now_seconds(), UTC) - _DAY)
        fields = {one: values async for one, values in self._reader.everybody(self._settings.reading.of_people)}
        jobs, statuses = [await self._reader.rows_of_all(table) if table else {} for table in self._tables]
        people = [
            Person(id=one, jobs=jobs.get(one, ()), statuses=statuses.get(one, ()), fields=fields.get(one, {}))
            for one in _by_number({*fields, *jobs, *statuses})
        ]
        return reached, people

    async def _changed(self, since: datetime) -> tuple[datetime, list[Person]]:
        after = since - _OVERLAP
        reached, actions = await self._reader.feed(after)
        fed = {table: await self._reader.fed_rows(table, after) for table in self._tables if table}
        gone = {one for one, action in actions.items() if action == "Deleted"}
        self.problems.extend(self._gone(one) for one in _by_number(gone))
        # Whose rows are as they were is read only where something of the person is.
        of_person = bool(self._settings.reading.of_people)
        changed = {one for one, action in actions.items() if of_person or action == "Inserted"}
        ids = {*changed, *(one for rows in fed.values() for one in rows)} - gone
        people = [
            await self._person(one, {table: rows[one] for table, rows in fed.items() if one in rows})
            for one in _by_number(ids)
        ]
        return reached, [one for one in people if one is not None]

    async def _person(self, person: str, known: dict[str, list[Row]]) -> Person | None:
        """Somebody whose rows are read as far as they are not known; None for one who is there no more."""
        names = self._settings.reading.of_people
        try:
            jobs, statuses = [
                (known[table] if table in known else await self._reader.rows(person, table)) if table else []
                for table in self._tables
            ]
            fields = await self._reader.fields(person, names) if names else {}
        except Missing:
            self.problems.append(self._gone(person))
            return None
        return Person(id=person, jobs=jobs, statuses=statuses, fields=fields)

    @property
    def _tables(self) -> tuple[str | None, str | None]:
        """Of jobs and, if it is read, of who is employed."""
        return self._settings.jobs.table, self._settings.reading.status_table

    async def _believed(self, people: Sequence[Person], *, whole: bool) -> dict[str, int]:
        """In which shares of their rows fields are seen. Raises Halted where that is much less than before."""
        reading = self._settings.reading
        text = await cursor_of(self._tools.runtime, self._connection, CURSOR)
        before = Mark.of(text).seen if text else {}
        now = seen(
            people,
            jobs=reading.of_jobs(self._settings.jobs.date, self._settings.jobs.title),
            statuses=(reading.status_date, reading.status) if reading.status_table else (),
            fields=reading.of_people,
        )
        lost = dropped(before, now, most=reading.most_hidden)
        if whole and vanished(before, len(people)):
            lost = (*lost, f"{len(people)} people are seen, and {before[PEOPLE]} were")
        if lost:
            remedy = "give the credentials their rights back; if it is meant, raise most_hidden for one run"
            raise Halted("coverage-dropped", "; ".join(lost), remedy)
        return {**before, **now, **({PEOPLE: len(people)} if whole else {})}

    def _gone(self, person: str) -> IntakeProblem:
        return IntakeProblem(
            code="deleted-there",
            person=f"{self._connection.system}:{person}",
            row=None,
            detail="the person is there no more, and stays here as recorded",
            remedy="end their job here if they hold one, or release the id",
        )


def _by_number(ids: set[str]) -> list[str]:
    return sorted(ids, key=lambda one: (len(one), one))
