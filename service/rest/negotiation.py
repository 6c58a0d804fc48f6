"""Which of the forms that an answer can have is sent (RFC 9110, 12.5.1)."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from service.problems import SurfaceProblem
from service.rest.media import JSON

ANYWAY = frozenset({"livez", "readyz", "take_message"})
"""Told whatever is accepted: what health checkers and systems that send messages go by is the status."""
_VARY = {"Vary": "Accept"}


class Forms:
    """As a dependency: makes its route offer these media types beside JSON, and tells which of them is accepted.

    None is JSON.
    """

    def __init__(self, *media: str) -> None:
        self.media = media

    async def __call__(self, request: Request) -> str | None:
        accepted: str = request.state.media
        return accepted if accepted in self.media else None


class NegotiatingRoute(APIRoute):
    """A route that answers in a form that the caller accepts, or says which forms there are."""

    @property
    def offers(self) -> tuple[str, ...]:
        """Media types of the answer, the usual one first."""
        return (getattr(self.response_class, "media_type", None) or JSON, *other_forms(self.dependant))

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def negotiating(request: Request) -> Response:
            negotiate(request, self.offers)
            return varying(await handle(request))

        return handle if self.operation_id in ANYWAY else negotiating


def other_forms(dependant: Dependant) -> tuple[str, ...]:
    """What the `Forms` among the dependencies add to the usual form."""
    own = dependant.call.media if isinstance(dependant.call, Forms) else ()
    return own + tuple(media for inner in dependant.dependencies for media in other_forms(inner))


def negotiate(request: Request, offers: Sequence[str]) -> None:
    """Keep the best form as `request.state.media`. Raises SurfaceProblem `not-acceptable` when none will do."""
    accept = ",".join(request.headers.getlist("accept"))
    media = best_of(accept, offers)
    if media is None:
        raise SurfaceProblem(
            "not-acceptable",
            f"Nothing here is {accept[:100]}. Accept {' or '.join(offers)}.",
            headers=_VARY,
            extra={"offered": list(offers)},
        )
    request.state.media = media


def best_of(accept: str, offers: Sequence[str]) -> str | None:
    """The offer of the highest quality, the first of several; None when all are refused. No wish accepts any."""
    if not accept.strip(" ,"):
        return offers[0]
    ranges = [_range(one) for one in accept.split(",") if one.strip()]
    qualities = [(_quality(offer, ranges), -number, offer) for number, offer in enumerate(offers)]
    quality, _, offer = max(qualities)
    return offer if quality > 0 else None


def varying(response: Response) -> Response:
    response.headers.add_vary_header("Accept")
    return response


def _range(text: str) -> tuple[str, float]:
    """A media range in lower case and its quality; parameters other than q ask for nothing that is not given."""
    media, *parameters = (part.strip().lower() for part in text.split(";"))
    quality = 1.0
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            quality = _weight(value.strip())
    return media, quality


def _weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0


def _quality(offer: str, ranges: Sequence[tuple[str, float]]) -> float:
    """The quality by the range that fits most closely: the type itself, then its family, then anything."""
    for wanted in (offer, offer.partition("/")[0] + "/*", "*/*"):
        stated = [quality for media, quality in ranges if media == wanted]
        if stated:
            return max(stated)
    return 0.0
