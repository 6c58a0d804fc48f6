"""What we wrote for a person in one place, from day to day: written once, followed until it stands, taken back.

Two steps, each remembered before the next: that a request is about to leave, and which event came of it. After a
crash between them it is looked what stands there; a second request while the first one is in progress is refused
there, and waits.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

from service.connectors.former import Kept, kept_of, under_former
from service.connectors.kinds import Tools
from service.connectors.sinks import NotTaken, Postponed
from service.connectors.workday.client import Tenant
from service.connectors.workday.places import Place
from service.connectors.workday.processes import events_of, status_of, take_back
from service.connectors.workday.references import id_of
from service.connectors.workday.standing import Post, standing_on
from service.usecases.connection_work import UNDER, Link, forget_link, keep_link, leave_links, links_of
from service.usecases.open_connections import OpenConnection

_COUNT = (None, "in progress", "completed")
"""Statuses of events that stand, may stand, or will."""


class Rows:
    """The rows of one person's job in one place."""

    def __init__(self, connection: OpenConnection, tools: Tools, tenant: Tenant, place: Place, post: Post) -> None:
        self._connection = connection
        self._tools = tools
        self._runtime = tools.runtime
        self._now_seconds = tools.now_seconds
        self._tenant = tenant
        self._place = place
        self._post = post

    async def leave_former(self) -> list[date]:
        """Take back what was entered for workers whom the person was taken for before; the days of it."""
        days: list[date] = []
        for worker, links in (await self._kept()).former.items():
            post = replace(self._post, worker=worker)
            there = Rows(self._connection, self._tools, self._tenant, self._place, post)
            try:
                for link in reversed(links):
                    await there._take_back(link)
            except NotTaken as not_taken:
                raise NotTaken(under_former(not_taken.told)) from None
            await leave_links(self._runtime, self._connection, links, worker)
            days += [link.effective_on for link in links]
        return days

    async def take_back_all(self, first: date, to: date | None, wanted: Callable[[date], str | None]) -> int:
        """What we wrote on days from `first` until before `to` and is not `wanted` any more, the last one first."""
        taken = 0
        for link in reversed(await self._links()):
            inside = first <= link.effective_on and (to is None or link.effective_on < to)
            value = wanted(link.effective_on) if inside else None
            if inside and (value is None or digest(value) != link.written):
                await self._take_back(link)
                await forget_link(self._runtime, self._connection, link)
                taken += 1
        return taken

    async def ensure(self, day: date, value: str, kind: str, change: str) -> bool:
        """Have `value` stand there from a day on, by a change of ours; whether something was written for that. Raises
        NotTaken."""
        link = next((one for one in await self._links() if one.effective_on == day), None)
        if link is not None and link.remote_id is None:
            link = await self._found_again(link)
        if link is not None and link.remote_id is not None and link.written == digest(value):
            await self._follow(link, value, change)
            return False
        standing = await standing_on(self._tenant, self._post, day)
        if self._place.stands(standing, day) == value:
            return False
        post = replace(self._post, position=self._post.position or standing.position)
        request = self._place.request(post, day, value, kind)
        link = Link(
            employee_id=self._post.employee_id,
            job=self._post.job,
            place=self._place.name,
            effective_on=day,
            remote_id=None,
            written=digest(value),
            detail={UNDER: self._post.worker, "sent": self._now().isoformat()},
        )
        await keep_link(self._runtime, self._connection, link)
        answer = await self._tenant.ask(self._place.service, self._place.operation, request)
        wid = next((id_of(one, "WID") for name, one in answer.items() if name.endswith("Event_Reference")), None)
        link = replace(link, remote_id=wid)
        await keep_link(self._runtime, self._connection, link)
        await self._follow(link, value, change)
        return True

    async def lacks(self, day: date, value: str) -> bool:
        """Whether something would be entered for that. Nothing is, there or here."""
        ours = {link.effective_on: link for link in await self._links() if link.remote_id is not None}
        if day in ours and ours[day].written == digest(value):
            return False
        return await self._stands(day) != value

    async def _follow(self, link: Link, value: str, change: str) -> None:
        """Whether it came to stand: only then it is a row of that change. Raises NotTaken, Postponed for what does not
        yet, or by somebody's doing not."""
        status = await status_of(self._tenant, link.remote_id) if link.remote_id else None
        if status == "in progress":
            raise _waits(
                "workday-in-progress", f"The event {link.remote_id} is in progress there: somebody approves it."
            )
        if await self._stands(link.effective_on) == value:
            seen = replace(link, change_id=change, detail={**link.detail, "seen": True})
            if seen != link:
                await keep_link(self._runtime, self._connection, seen)
            return
        match status:
            case "denied":
                raise _waits(
                    "workday-denied",
                    f"The event {link.remote_id} was denied there. Withdraw the change here, or enter it there.",
                )
            case "canceled" | "rescinded":
                raise _waits(
                    "workday-withdrawn-there",
                    f"The event {link.remote_id} was taken back there. Withdraw the change here, or enter it there.",
                )
            case "completed":
                raise _waits(
                    "workday-otherwise",
                    f"The event {link.remote_id} is completed, and the day shows something else: another event of that "
                    "day came after it. Rescind that one there, or correct the change here.",
                )
            case None:
                raise _waits("workday-in-progress", "It does not show there yet: somebody may have to approve it.")

    async def _found_again(self, link: Link) -> Link:
        """With the event that a request came to whose answer was lost, if it is the only one that may be it."""
        wids = await self._candidates(link)
        if wids is None or len(wids) != 1:
            return link
        link = replace(link, remote_id=wids.pop())
        await keep_link(self._runtime, self._connection, link)
        return link

    async def _candidates(self, link: Link) -> set[str] | None:
        """Events of its day that may have come of it and count still; None where the tenant does not tell."""
        since = datetime.fromisoformat(link.detail["sent"])
        found = await events_of(self._tenant, self._post, link.effective_on, since=since, until=self._now())
        if found is None:
            return None
        known = {one.remote_id for one in await links_of(self._runtime, self._connection, self._post.employee_id)}
        return {wid for wid in found - known if await status_of(self._tenant, wid) in _COUNT}

    async def _take_back(self, link: Link) -> None:
        if link.remote_id is None:
            link = await self._found_again(link)
        if link.remote_id is None:
            await self._refuse_unclear(link)
            return
        status = await status_of(self._tenant, link.remote_id)
        if status is None and digest(await self._stands(link.effective_on)) != link.written:
            if "seen" in link.detail:
                return
            raise _waits(
                "workday-needs-integrations",
                f"Whether the event {link.remote_id} is in progress cannot be told without the WSDL of Integrations.",
            )
        await take_back(self._tenant, link.remote_id, status)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._now_seconds(), UTC)

    async def _refuse_unclear(self, link: Link) -> None:
        """Of a request whose answer was lost, and of which no event is found: only where none is there, all is well."""
        stands = digest(await self._stands(link.effective_on)) == link.written
        if stands:
            raise _waits(
                "workday-rescind-by-hand",
                f"Rescind the event of {link.effective_on} there, whose id was lost. It goes on by itself.",
            )
        candidates = await self._candidates(link)
        if candidates is None:
            raise _waits(
                "workday-needs-history",
                f"Whether an event of {link.effective_on} came of a request whose answer was lost cannot be told "
                "without the WSDL of Human_Resources.",
            )
        if candidates:
            raise _waits(
                "workday-answer-lost",
                f"One of several events of {link.effective_on} there may be ours. Take back what should not be.",
            )

    async def _stands(self, day: date) -> str:
        return self._place.stands(await standing_on(self._tenant, self._post, day), day)

    async def _links(self) -> tuple[Link, ...]:
        return (await self._kept()).own

    async def _kept(self) -> Kept:
        post = self._post
        return await kept_of(self._runtime, self._connection, post.employee_id, post.job, self._place.name, post.worker)


def digest(value: str) -> str:
    """By which it is known again whether the same was written."""
    return hashlib.sha256(value.encode()).hexdigest()


def _waits(code: str, reason: str) -> NotTaken:
    return NotTaken(Postponed(code=code, reason=reason))
