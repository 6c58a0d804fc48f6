"""Which form of answer a caller asked for, by the Accept header with its weights."""

from dataclasses import dataclass

from service.problems import SurfaceProblem

RESPONSE = "application/graphql-response+json"
JSON = "application/json"
EVENTS = "text/event-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Range:
    name: str
    weight: float


def chosen(accept: str) -> str:
    """The best of what is offered: the response type of GraphQL, JSON, an event stream.

    Without a header (and for a range such as */*) it is JSON: callers that know the response type name it. Raises
    SurfaceProblem `not-acceptable`.
    """
    if not accept.strip():
        return JSON
    ranges = [found for part in accept.split(",") if (found := _range(part))]
    best = max((RESPONSE, JSON, EVENTS), key=lambda media: _rank(media, ranges))
    if _rank(best, ranges)[0] <= 0:
        raise SurfaceProblem(
            "not-acceptable", f"The answer is {RESPONSE}, {JSON} or {EVENTS}, in UTF-8. Name one of them in Accept."
        )
    return best


def _rank(media: str, ranges: list[_Range]) -> tuple[float, bool]:
    """Its weight, and whether it is named: of two of equal weight the named one wins, then the first offered."""
    named = [one.weight for one in ranges if one.name == media]
    if named:
        return max(named), True
    if media != JSON:
        return 0.0, False
    family = [one.weight for one in ranges if one.name == "application/*"]
    anything = [one.weight for one in ranges if one.name == "*/*"]
    return max(family or anything or [0.0]), False


def _range(part: str) -> _Range | None:
    """None for a range that no answer of ours can be in: a weight that is none, or another encoding than UTF-8."""
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    weight = 1.0
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        value = value.strip().strip('"')
        if key.strip() == "charset" and value not in {"utf-8", "utf8"}:
            return None
        if key.strip() == "q":
            if not _is_weight(value):
                return None
            weight = float(value)
    return _Range(name=name, weight=weight)


def _is_weight(value: str) -> bool:
    whole, _, part = value.partition(".")
    digits = f"{whole}{part}"
    return whole in {"0", "1"} and digits.isascii() and digits.isdigit() and len(part) <= 3 and float(value) <= 1
