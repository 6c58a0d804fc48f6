"""JSON that every reader reads alike.

Two readers of one document must not read two things: a doubled key, a number beyond 2^53 or half of a surrogate
pair means something else to the next program. NUL is kept by one of our databases and refused by the other.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, cast

from service.problems import SurfaceProblem

MOST_DEPTH = 32
LARGEST_INTEGER = 2**53
_UNFIT = re.compile("[\x00\ud800-\udfff]")


def parse_json(body: bytes) -> Any:
    """A JSON document in UTF-8.

    Raises SurfaceProblem: `malformed-json` for what is no JSON, `unsafe-json` for what others would read otherwise.
    """
    try:
        document = json.loads(body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except RecursionError:
        raise _too_deep() from None
    except UnicodeDecodeError:
        raise _malformed("It is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise _malformed(f"{error.msg} at line {error.lineno}, column {error.colno}.") from None
    except ValueError:
        # Of a whole number with more digits than Python reads.
        raise _beyond("A number") from None
    _check([document], -1)
    return document


def is_unfit(text: str) -> bool:
    """Whether it holds NUL or half of a surrogate pair."""
    return _UNFIT.search(text) is not None


def _malformed(why: str) -> SurfaceProblem:
    return SurfaceProblem("malformed-json", f"The body cannot be read. {why} Send one JSON object in UTF-8.")


def _unsafe(why: str) -> SurfaceProblem:
    return SurfaceProblem("unsafe-json", f"The body would be read differently by others. {why} Send plain JSON.")


def _too_deep() -> SurfaceProblem:
    return _unsafe(f"It is nested deeper than {MOST_DEPTH} levels.")


def _beyond(what: str) -> SurfaceProblem:
    return _unsafe(f"{what} is beyond 2^53, where readers of JSON disagree.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        doubled = next(key for key in counts if counts[key] > 1)
        # Quoted as JSON does: a key may hold what no answer could carry as it is.
        raise _unsafe(f"The key {json.dumps(doubled[:60])} is there twice.")
    return found


def _no_constant(text: str) -> float:
    raise _unsafe(f"{text} is not a JSON number.")


def _check(values: Iterable[Any], depth: int) -> None:
    """One pass by exact type over what may be hundreds of thousands of values."""
    for value in values:
        kind = cast(object, type(value))
        if kind is str:
            _check_text(value)
        elif kind is int:
            if not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
                raise _beyond(str(value)[:40])
        elif kind is float:
            if not math.isfinite(value):
                raise _unsafe("A number is too large.")
        elif kind is list or kind is dict:
            if value and depth + 1 >= MOST_DEPTH:
                raise _too_deep()
            if kind is dict:
                for key in value:
                    _check_text(key)
                _check(value.values(), depth + 1)
            else:
                _check(value, depth + 1)


def _check_text(text: str) -> None:
    if is_unfit(text):
        raise _unsafe("A text holds NUL or half of a surrogate pair.")
