"""JSON that every reader reads alike.

Two readers of one document must not read two things: a doubled key, a number beyond 2^53 or half of a surrogate
pair means something else to the next program. NUL is kept by one of our databases and refused by the other.
"""

import json
import math
from typing import Any

from service.problems import SurfaceProblem

MOST_DEPTH = 32
LARGEST_INTEGER = 2**53


def parse_json(body: bytes) -> Any:
    """A JSON document in UTF-8.

    Raises SurfaceProblem: `malformed-json` for what is no JSON, `unsafe-json` for what others would read otherwise.
    """
    try:
        document = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_once,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_exact,
        )
    except RecursionError:
        raise _unsafe(f"It is nested deeper than {MOST_DEPTH} levels.") from None
    except UnicodeDecodeError:
        raise _malformed("It is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise _malformed(f"{error.msg} at line {error.lineno}, column {error.colno}.") from None
    _check_texts(document, 0)
    return document


def _malformed(why: str) -> SurfaceProblem:
    return SurfaceProblem("malformed-json", f"The body cannot be read. {why} Send one JSON object in UTF-8.")


def _unsafe(why: str) -> SurfaceProblem:
    return SurfaceProblem("unsafe-json", f"The body would be read differently by others. {why} Send plain JSON.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            # Quoted as JSON does: a key may hold what no answer could carry as it is.
            raise _unsafe(f"The key {json.dumps(key[:60])} is there twice.")
        found[key] = value
    return found


def _no_constant(text: str) -> float:
    raise _unsafe(f"{text} is not a JSON number.")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _unsafe(f"{text[:40]} is too large for a number.")
    return number


def _exact(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > LARGEST_INTEGER:
        raise _unsafe(f"{text[:40]} is beyond 2^53, where readers of JSON disagree.")
    return int(text)


def _check_texts(value: Any, depth: int) -> None:
    if depth > MOST_DEPTH:
        raise _unsafe(f"It is nested deeper than {MOST_DEPTH} levels.")
    match value:
        case str():
            if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
                raise _unsafe("A text holds NUL or half of a surrogate pair.")
        case list():
            for item in value:  # pyright: ignore[reportUnknownVariableType] - JSON has no types
                _check_texts(item, depth + 1)
        case dict():
            for key, item in value.items():  # pyright: ignore[reportUnknownVariableType]
                _check_texts(key, depth + 1)
                _check_texts(item, depth + 1)
        case _:
            pass
