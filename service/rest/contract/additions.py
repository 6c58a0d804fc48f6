"""Whether a contract was only added to since another one: nothing that clients were built on may go or change."""

from collections.abc import Iterator, Mapping
from typing import Any

from service.rest.contract.schema_additions import Json, SchemaComparison


def contract_breaks(old: Json, new: Json) -> list[str]:
    """What clients of the contract `old` would notice in `new`, each with its place."""
    sent, answered = (SchemaComparison(old=old, new=new, way=way) for way in ("sent", "answered"))
    found: list[str] = []
    for place, before, after in _pairs(old, new, "paths"):
        found += _operation(before, after, place, sent, answered) if after else [f"{place} is gone"]
    for place, before, after in _pairs(old, new, "webhooks"):
        # Sent by the service: what is a request to the receiver is an answer of ours.
        found += _message(before, after, place, answered) if after else [f"{place} is gone"]
    schemes: Json = old["components"]["securitySchemes"]
    found += [
        f"security scheme {name} is gone" for name in schemes.keys() - new["components"]["securitySchemes"].keys()
    ]
    return list(dict.fromkeys(found))


def schema_breaks(old: Json, new: Json, *, event: bool) -> list[str]:
    """The same for a schema in a file: of an event, which is answered, or of a document that people write."""
    named = [] if old["$id"] == new["$id"] else [f"$id was {old['$id']}"]
    comparison = SchemaComparison(old=old, new=new, way="answered" if event else "sent")
    return [*named, *comparison.breaks(old, new, old["title"])]


def _pairs(old: Json, new: Json, part: str) -> Iterator[tuple[str, Json, Json | None]]:
    for path, methods in old[part].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation, new[part].get(path, {}).get(method)


def _operation(old: Json, new: Json, place: str, sent: SchemaComparison, answered: SchemaComparison) -> Iterator[str]:
    if old["operationId"] != new["operationId"]:
        yield f"{place}: operationId was {old['operationId']}"
    if new["security"] and not old["security"]:
        yield f"{place} asks for a key"
    scopes = set(new.get("x-required-scopes", [])) - set(old.get("x-required-scopes", []))
    yield from (f"{place} asks for the scope {scope}" for scope in sorted(scopes))
    yield from _parameters(old, new, place, sent)
    yield from _body(old, new, place, sent)
    for status, before in old["responses"].items():
        after = new["responses"].get(status)
        yield from _response(before, after, f"{place} {status}", answered) if after else [f"{place} {status} is gone"]


def _message(old: Json, new: Json, place: str, answered: SchemaComparison) -> Iterator[str]:
    headers = {parameter["name"] for parameter in new["parameters"]}
    yield from (f"{place}: header {one['name']} is gone" for one in old["parameters"] if one["name"] not in headers)
    yield from _contents(old["requestBody"], new["requestBody"], place, answered)


def _parameters(old: Json, new: Json, place: str, sent: SchemaComparison) -> Iterator[str]:
    before, after = ({(one["in"], one["name"]): one for one in side.get("parameters", [])} for side in (old, new))
    for key, parameter in before.items():
        where = f"{place} {key[0]} {key[1]}"
        if key in after:
            yield from sent.breaks(parameter["schema"], after[key]["schema"], where)
        else:
            yield f"{where} is gone"
    needed = [key for key, one in after.items() if one["required"] and not before.get(key, {}).get("required")]
    yield from (f"{place} {kind} {name} is required" for kind, name in needed)


def _body(old: Json, new: Json, place: str, sent: SchemaComparison) -> Iterator[str]:
    before, after = old.get("requestBody"), new.get("requestBody")
    if after and after.get("required") and not (before and before.get("required")):
        yield f"{place}: a body is required"
    if before and after:
        yield from _contents(before, after, f"{place} body", sent)
    elif before:
        yield f"{place}: no body is taken"


def _response(old: Json, new: Json, place: str, answered: SchemaComparison) -> Iterator[str]:
    yield from (f"{place}: header {name} is gone" for name in _missing(old, new, "headers"))
    yield from _contents(old, new, place, answered)
    problem = "application/problem+json"
    before, after = (side["content"].get(problem, {}) for side in (old, new))
    yield from (f"{place}: code {code} is gone" for code in _missing(before, after, "examples"))


def _contents(old: Json, new: Json, place: str, comparison: SchemaComparison) -> Iterator[str]:
    yield from (f"{place}: {media} is gone" for media in _missing(old, new, "content"))
    for media in old["content"].keys() & new["content"].keys():
        yield from comparison.breaks(old["content"][media]["schema"], new["content"][media]["schema"], place)


def _missing(old: Mapping[str, Any], new: Mapping[str, Any], part: str) -> list[str]:
    return sorted(old.get(part, {}).keys() - new.get(part, {}).keys())
