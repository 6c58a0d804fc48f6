"""Trying a receiver out, one trial after the other, and judging what it answers."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

import httpx

from service.cli.receiving.forwarding import ANSWER_SECONDS, Answered, posted
from service.cli.receiving.trials import Sent, Trial

_PIECES = 10
_KEPT_WAITING = 0.75
"""Who is answered only after so much of the time that a slow one takes has waited for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """`found` is what is wrong; None when nothing is."""

    trial: Trial
    answers: tuple[Answered, ...]
    found: str | None

    @property
    def is_good(self) -> bool:
        return self.found is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Examiner:
    """`slow_seconds` is how long a slow body takes."""

    client: httpx.AsyncClient
    url: str
    slow_seconds: float
    answer_seconds: float = ANSWER_SECONDS

    async def is_reached(self) -> str | None:
        """None when something listens there; else why not."""
        try:
            async with self.client.stream("OPTIONS", self.url, timeout=self.answer_seconds):
                return None
        except httpx.ReadTimeout:
            return None
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            return f"{type(error).__name__}: {error}".rstrip(": ")
        except httpx.HTTPError:
            # Somebody is there, and how he answers is found out by trying.
            return None

    async def grade(self, trial: Trial) -> Grade:
        if any(sent.slow for sent in trial.sends):
            return await self._grade_beside(trial)
        answers = [await self._post(sent) for sent in trial.sends]
        return Grade(trial=trial, answers=tuple(answers), found=_found(trial, answers))

    async def _grade_beside(self, trial: Trial) -> Grade:
        """The others are sent while the slow one is under way, and must be answered before it ends."""
        slow, *others = trial.sends
        begun = asyncio.Event()
        under_way = asyncio.create_task(self._post(slow, begun))
        try:
            await begun.wait()
            answers = [await self._post(sent) for sent in others]
            longest = max(one.duration_ms for one in answers)
            answers.insert(0, await under_way)
        finally:
            under_way.cancel()
            await asyncio.gather(under_way, return_exceptions=True)
        if longest > self.slow_seconds * 1000 * _KEPT_WAITING:
            return Grade(trial=trial, answers=tuple(answers), found="others wait until the slow one is done")
        return Grade(trial=trial, answers=tuple(answers), found=_found(trial, answers))

    async def _post(self, sent: Sent, begun: asyncio.Event | None = None) -> Answered:
        """`begun` is set once some of the body of a slow one is sent."""
        headers, body = sent.make()
        headers["content-length"] = str(len(body))
        content = self._slowly(body, begun or asyncio.Event()) if sent.slow else body
        seconds = self.answer_seconds + (self.slow_seconds if sent.slow else 0)
        answered = await posted(self.client, self.url, headers=headers, content=content, seconds=seconds)
        if begun:
            begun.set()
        return answered

    async def _slowly(self, body: bytes, begun: asyncio.Event) -> AsyncGenerator[bytes]:
        size = max(len(body) // _PIECES, 1)
        for begin in range(0, len(body), size):
            if begin:
                begun.set()
                await asyncio.sleep(self.slow_seconds / _PIECES)
            yield body[begin : begin + size]


def _found(trial: Trial, answers: Sequence[Answered]) -> str | None:
    for number, answered in enumerate(answers):
        wanted = "taken" if trial.wanted == "answered" and number else trial.wanted
        if why := _fault(wanted, answered):
            return why
    return None


def _fault(wanted: str, answered: Answered) -> str | None:
    """What is wrong with an answer; None when nothing is."""
    status = answered.status
    if status is None:
        # Whoever has read enough may close: that is an answer to what is too large or too slow.
        return None if wanted == "answered" and "within" not in answered.said else f"no answer: {answered.said}"
    if 300 <= status < 400:
        return f"{status}: redirects are not followed; register the address itself"
    if status == 410 and wanted == "taken":
        return "410 ends the subscription: nothing more is sent until it is resumed"
    if status >= 500:
        return f"{status}: it broke"
    if wanted == "taken" and not answered.is_taken:
        return f"{status}, not 2xx"
    if wanted == "refused" and not 400 <= status < 500:
        return f"{status}: it was taken"
    return None
