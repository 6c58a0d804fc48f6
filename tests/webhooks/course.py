"""One endpoint through virtual time."""

from typing import Any

from service.webhooks.health import HOUR, SECOND, Health, Kind, Notice, Sign, after, begin_probe

START = 1_800_000_000 * SECOND
NEW = Health(state="healthy", reason=None, since=0)
LETTERS: dict[str, Kind] = {".": "ok", "x": "outage", "r": "rejected", "t": "throttled", "p": "postponed"}


class Course:
    """One endpoint through time: attempts and probes, with everything its owner is told."""

    def __init__(self, health: Health = NEW, *, scale: float = 1.0) -> None:
        self.health = health
        self.scale = scale
        self.now = START
        self.notices: list[Notice] = []

    def take(self, letters: str, *, every: int = 1_000, lanes: str = "", **sign: Any) -> "Course":
        """An attempt for each letter, `every` so many µs; lane by lane from `lanes`, else each on its own."""
        for number, letter in enumerate(letters):
            self.now += every
            lane = lanes[number % len(lanes)] if lanes else f"l{number}"
            one = Sign(**{"kind": LETTERS[letter], "at": self.now, "lanes": (lane,), "error": "e", **sign})
            self.health, notices = after(self.health, one, chance=0.5, scale=self.scale)
            self.notices += notices
        return self

    def probe(self, letter: str, **sign: Any) -> "Course":
        """As soon as the next one may go."""
        self.now = max(self.now, self.health.probe_at)
        self.health = begin_probe(self.health, at=self.now, chance=0.5, scale=self.scale)
        return self.take(letter, **sign)

    @property
    def told(self) -> list[str]:
        return [one.warning or one.kind for one in self.notices]


def failing(hours: float, *, every: int = 900 * SECOND) -> Course:
    """Open, and probed in vain, since so many hours."""
    course = Course().take("xxxxx")
    while course.now - START < hours * HOUR and course.health.state != "disabled":
        course.now += every
        course.health = begin_probe(course.health, at=course.now, chance=0.5, scale=1.0)
        course.take("x")
    return course
