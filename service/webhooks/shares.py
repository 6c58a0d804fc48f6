"""What each endpoint may have of what all of them share: requests under way, and bytes read ahead. Pure."""

MOST_IN_FLIGHT = 1024
"""Requests under way of all endpoints together; beyond it each endpoint may still have one."""
READ_AHEAD_BYTES = 64 * 1024 * 1024
"""Bodies of all endpoints that are in memory because they are to be sent next."""
LEAST_READ_AHEAD_BYTES = 64 * 1024


def in_flight_share(*, under_way: int, mine: int, working: int) -> int:
    """How many an endpoint may have under way, `mine` of all `under_way`, when `working` endpoints have work.

    One share is always left for an endpoint that has none yet, so that those that hang cannot keep it from
    beginning; and of what is free nobody takes more in one go than his part. Endpoints without work do not count.
    """
    free = max(0, MOST_IN_FLIGHT - under_way)
    fair = MOST_IN_FLIGHT // (max(1, working) + 1)
    return max(1, min(fair, mine + -(-free // max(1, working))))


def read_ahead_share(*, working: int) -> int:
    """Bytes that an endpoint may have in memory when `working` endpoints have work."""
    return max(LEAST_READ_AHEAD_BYTES, READ_AHEAD_BYTES // max(1, working))
