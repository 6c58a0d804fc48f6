"""The one clock of everything simulated: it stands still until a test moves it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta


@dataclass(slots=True)
class Clock:
    """`at` is an instant with a zone; days are those of UTC."""

    at: datetime = datetime(2026, 6, 15, 10, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def today(self) -> date:
        return self.at.astimezone(UTC).date()

    def advance(self, *, seconds: float = 0, days: float = 0) -> None:
        self.at += timedelta(seconds=seconds, days=days)

    def move_to(self, day: date, hour: int = 10) -> None:
        """To an hour of a day, which may not lie before what it shows."""
        then = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
        assert then >= self.at, "the clock does not go back"
        self.at = then
