"""Instants: integer microseconds since the epoch, UTC, inside; RFC 3339 with six digits and Z on the wire."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def instant_text(microseconds: int) -> str:
    """`2027-01-01T00:00:03.000000Z`: always six digits, so that texts compare as the instants do."""
    # Not strftime: it leaves out the leading zeros of years before 1000.
    return moment_of(microseconds).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def parse_instant(text: str) -> int:
    """Microseconds of an RFC 3339 instant. Raises ValueError without an offset or with more than six digits."""
    if "T" not in text.upper():
        raise ValueError("an instant needs a date, T and a time, as in 2027-01-01T00:00:03.000000Z")
    moment = datetime.fromisoformat(text.upper())
    if moment.tzinfo is None:
        raise ValueError("an instant needs an offset: end it with Z")
    fraction = text.partition(".")[2]
    if len(fraction) - len(fraction.lstrip("0123456789")) > 6:
        raise ValueError("an instant has at most six digits after the second")
    return micros_of(moment)


def micros_of(moment: datetime) -> int:
    """Microseconds of a moment that has a zone."""
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def shown_instant(at: int | None) -> str | None:
    """The text of an instant; None where there is none."""
    return instant_text(at) if at is not None else None
