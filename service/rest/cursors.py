"""Cursors of lists in REST: the question is the path and its parameters."""

from fastapi import Request

from service.cursors import Place, packed, question_of, unpacked
from service.usecases.office import Office

_NOT_OF_THE_QUESTION = {"cursor", "limit"}
_INSTANTS = ("known_at", "to_known_at")
"""With one of these a question has one answer for ever."""


def cursor_for(request: Request, place: Place, *, is_bound: bool = False) -> str:
    """`is_bound` of a question that has one answer for ever though it names no instant."""
    is_bound |= any(name in request.query_params for name in _INSTANTS)
    return packed(_question(request), place, now=None if is_bound else _now(request))


def place_of(request: Request, cursor: str | None, *shape: type) -> Place | None:
    """Where to continue; None at the beginning. Raises SurfaceProblem as `unpacked` does."""
    return unpacked(_question(request), cursor, shape, now=_now(request)) if cursor is not None else None


def _now(request: Request) -> int:
    office: Office = request.app.state.office
    return office.now()


def _question(request: Request) -> str:
    asked = sorted(
        (name, value) for name, value in request.query_params.multi_items() if name not in _NOT_OF_THE_QUESTION
    )
    return question_of(request.url.path, asked)
