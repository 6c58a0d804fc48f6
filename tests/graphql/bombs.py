"""Documents that cost their sender nothing and were made to cost us much, by name: query, and the code that refuses it.

None where it is answered: there the measure is the time it takes.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Bomb:
    query: str
    code: str | None


def _fragments(count: int, on: str, body: str, last: str) -> str:
    """A chain of fragments, each made of the next: `body` has a % where the next one's number goes."""
    chain = [f"fragment F{number} on {on} {{{body.replace('%', str(number + 1))}}}" for number in range(count)]
    return " ".join([*chain, f"fragment F{count} on {on} {{{last}}}"])


def _bomb(query: str, code: str | None) -> Bomb:
    return Bomb(query=query, code=code)


_LADDER_AND_BACK = "levels{ladder{"
_OVERLAPS = " ".join(f"fragment A{n} on Query{{allLadders{{...B0 ...B1 ...B2 ...B3}}}}" for n in range(20))

BOMBS: Mapping[str, Bomb] = {
    "23 KB of nested inline fragments": _bomb("{" + "...on Query{" * 1900 + "caller" + "}" * 1901, "query-too-long"),
    "inline fragments below the limit": _bomb("{" + "...{" * 190 + "caller" + "}" * 191, None),
    "inline fragments beyond the parser": _bomb("{" + "...{" * 300 + "caller" + "}" * 301, "query-invalid"),
    "inline fragments side by side": _bomb("{" + "...{caller}" * 240 + "}", "query-too-wide"),
    "a fragment of itself": _bomb("{...A} fragment A on Query{...A}", "query-invalid"),
    "a cycle of fragments": _bomb("{...F0}" + _fragments(90, "Query", "...F%", "...F0"), "query-invalid"),
    "a cycle with fields": _bomb("{allLadders{...A}} fragment A on Ladder{levels{ladder{...A}}}", "query-invalid"),
    "fragments twice within each other": _bomb("{...F0}" + _fragments(70, "Query", "...F% ...F%", "caller"), None),
    "fragments that multiply fields": _bomb(
        "{allLadders{...F0}}" + _fragments(30, "Ladder", "levels{ladder{...F%}}x:levels{ladder{...F%}}", "key"),
        "query-too-deep",
    ),
    "fragments that multiply aliases": _bomb(
        "{...F0}" + _fragments(60, "Query", "...F% ...on Query{...F%}", "a:caller"), "query-too-wide"
    ),
    "a long chain of fragments": _bomb("{...F0}" + _fragments(90, "Query", "caller ...F%", "caller"), "query-too-wide"),
    "fragments shared by many operations": _bomb(
        "fragment A on Query{" + "caller " * 20 + "}" + " ".join(f"query q{n}{{...A}}" for n in range(120)),
        "query-too-wide",
    ),
    "fragments that overlap": _bomb(
        "{"
        + " ".join(f"...A{n}" for n in range(20))
        + "}"
        + _OVERLAPS
        + " ".join(f"fragment B{n} on Ladder{{levels{{ladder{{key title}}}}}}" for n in range(4)),
        "query-too-costly",
    ),
    "one fragment spread often": _bomb("{" + "...A " * 480 + "} fragment A on Query{caller}", None),
    "10 000 aliases": _bomb("{" + " ".join(f"a{n}:caller" for n in range(10_000)) + "}", "query-too-long"),
    "300 aliases": _bomb("{" + " ".join(f"a{n}:caller" for n in range(300)) + "}", "query-too-wide"),
    "aliases of one list": _bomb(
        "{" + " ".join(f"a{n}:ladders(first:100){{edges{{node{{key}}}}}}" for n in range(15)) + "}", None
    ),
    "one field 5 000 times": _bomb("{" + "caller " * 5_000 + "}", "query-too-long"),
    "one field 990 times": _bomb("{" + "caller " * 990 + "}", "query-too-wide"),
    "one list 240 times": _bomb("{" + "allLadders{key} " * 240 + "}", "query-too-wide"),
    "one list 25 times, with lists": _bomb(
        "{" + ("allLadders{" + "levels{key} " * 9 + "}") * 25 + "}", "query-too-wide"
    ),
    "lists in fragments that overlap": _bomb(
        "{"
        + " ".join(f"...A{n}" for n in range(20))
        + "}"
        + " ".join(f"fragment A{n} on Query{{allLadders{{{'levels{key} ' * 9}}}}}" for n in range(20)),
        "query-too-wide",
    ),
    "a fragment that nobody spreads": _bomb("{caller} fragment A on Query{" + "caller " * 900 + "}", "query-too-wide"),
    "unknown directives": _bomb("{caller " + "@x " * 480 + "}", "query-too-wide"),
    "many unknown directives": _bomb("{caller " + " ".join(f"@x{n}" for n in range(5_000)) + "}", "query-too-long"),
    "directives once each": _bomb("{" + "caller @include(if:true) " * 60 + "}", "query-too-wide"),
    "comments": _bomb("{caller}" + "#\n" * 7_000, "query-too-long"),
    "one long comment": _bomb("{caller}#" + "x" * 1_000_000, "query-too-long"),
    "spaces": _bomb("{caller" + " ,\n" * 200_000 + "}", "query-too-long"),
    "a long text": _bomb('{caller(x:"' + "x" * 16_000 + '")}', "query-invalid"),
    "lists in lists in lists": _bomb(
        "{allLadders{" + (_LADDER_AND_BACK * 60) + "key" + "}}" * 60 + "}}", "query-too-deep"
    ),
    "lists up to the depth": _bomb(
        "{allLadders{" + (_LADDER_AND_BACK * 5) + "key" + "}}" * 5 + "}}", "query-too-costly"
    ),
    "large pages": _bomb("{ladders(first:1000000000){edges{node{levels{key}}}}}", "query-too-costly"),
    "nested values": _bomb("{echo(wanted:" + "{inner:" * 150 + "null" + "}" * 150 + ")}", "query-invalid"),
    "lists of values": _bomb("{nodes(ids:[" + '"a" ' * 980 + "]){key}}", None),
    "unknown fields": _bomb("{" + " ".join(f"callr{n}" for n in range(990)) + "}", "query-invalid"),
    "circular introspection": _bomb(
        "{__schema{types{" + "fields{type{" * 6 + "name" + "}}" * 6 + "}}}", "query-too-deep"
    ),
    "circular introspection by fragments": _bomb(
        "{__schema{types{...F0}}}" + _fragments(20, "__Type", "fields{type{...F%}}", "name"), "query-too-deep"
    ),
    "aliases in introspection": _bomb(
        "{__schema{" + " ".join(f"a{n}:types{{fields{{name}}}}" for n in range(10)) + "}}", "query-too-wide"
    ),
    "introspection often": _bomb(
        "{" + " ".join(f"a{n}:__schema{{types{{fields{{name}}}}}}" for n in range(10)) + "}", "query-too-wide"
    ),
    "operations": _bomb(" ".join(f"query q{n}{{caller}}" for n in range(160)), "query-too-wide"),
}
