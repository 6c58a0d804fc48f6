"""What a write was based on: a caller who decided by an old reading decides again."""

from typing import Literal

from service.domain.refusals import Stale, Unguarded

Expected = int | Literal["*"] | None
"""The revision a write was based on: a number, `*` for any, None when the caller did not say."""


def check_revision(what: str, *, current: int, expected: Expected) -> None:
    """Raises Unguarded without a revision, Stale with an old one; both name the current one."""
    if expected is None:
        raise Unguarded(
            "if-match-missing",
            f'Say which revision this is based on: If-Match: "{current}", or * for any.',
            extra={"revision": current},
        )
    if expected not in ("*", current):
        raise Stale(
            "revision-stale",
            f"The {what} is at revision {current}, not {expected}. Read again, then decide again.",
            extra={"revision": current},
        )
