"""How messages of connected systems are refused."""

from service.problems import SurfaceProblem

_CHALLENGE = {"WWW-Authenticate": 'Signature realm="dualtrack"'}


def refused() -> SurfaceProblem:
    """Signed by nobody who may: an unknown connection and one that takes no messages read alike."""
    detail = "The signature is missing or wrong, or no connection of that name takes messages. See to its key."
    return SurfaceProblem("signature-refused", detail, headers=_CHALLENGE)


def stale() -> SurfaceProblem:
    detail = "The message was signed hours ago, or in the future. Set the clock, or send it anew."
    return SurfaceProblem("message-stale", detail, headers=_CHALLENGE)


def unreadable(why: str) -> SurfaceProblem:
    return SurfaceProblem("message-unreadable", f"The signature is right, but nothing can be made of it: {why}.")


def failed(why: str) -> SurfaceProblem:
    """What is sent again later may be dealt with then."""
    return SurfaceProblem("inbox-failed", f"It could not be dealt with now: {why}. Send it again later.")
