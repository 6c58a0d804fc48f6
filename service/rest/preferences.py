"""What a caller would rather have (RFC 7240). What is not known here is passed by, as that standard asks."""

from typing import Annotated

from fastapi import Depends, Header, Request

COUNT_EXACT = "count=exact"
RETURN_MINIMAL = "return=minimal"


def preferred(request: Request, preference: str) -> bool:
    """Whether `name=value` is preferred. The first of several with one name counts."""
    name, _, value = preference.partition("=")
    for stated in ",".join(request.headers.getlist("prefer")).split(","):
        token, _, given = stated.partition(";")[0].partition("=")
        if token.strip().lower() == name:
            return given.strip().removeprefix('"').removesuffix('"').lower() == value
    return False


async def _counted(
    request: Request,
    _prefer: Annotated[
        str | None, Header(alias="Prefer", description="count=exact tells how many there are in all, as page.total.")
    ] = None,
) -> bool:
    return preferred(request, COUNT_EXACT)


async def minimal_preference(
    _prefer: Annotated[
        str | None, Header(alias="Prefer", description="return=minimal answers alike with an empty body.")
    ] = None,
) -> None:
    """Declares the header; the answer of a write heeds it."""


Counted = Annotated[bool, Depends(_counted)]
