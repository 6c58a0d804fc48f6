"""What is sent: the bytes of a body, by the format an endpoint asked for. Pure, so a retry sends the same bytes.

A body is put together from the text that is kept, member by member as it was written: no number is read and
written again, so nothing is rounded and nothing moves.

    standard      the event as it is kept, or {"type": "batch", "id": "bat_…", "events": [event, …]}
    cloudevents   CloudEvents 1.0, structured: one JSON object, or an array of them

A thin event has of its `data` only ids, and the address at which the whole event is read.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from service.webhooks.subscriptions import Format

JSON = "application/json"
CLOUDEVENT = "application/cloudevents+json; charset=utf-8"
CLOUDEVENTS = "application/cloudevents-batch+json; charset=utf-8"

SEQUENCE_DIGITS = 20
"""Sequences are compared as texts: as long as the longest there can be."""

_SPACE = " \t\r\n"
_ATTRIBUTE = re.compile(r"[a-z0-9]{1,20}")
_TAKEN = frozenset(
    {
        *("id", "type", "timestamp", "sequence", "data", "specversion", "source", "time", "subject"),
        *("datacontenttype", "dataschema", "dataref", "partitionkey", "recordedtime"),
    }
)
"""Members of an event that are told in another way, and names that mean something else in a CloudEvent."""
_scan = json.JSONDecoder().raw_decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who sends, `agent` by his User-Agent.

    `url` is the public address of this service without a slash at its end; empty where none is known, and then
    addresses in bodies are paths. `schema_path` has a place for `{type}`, `event_path` one for `{id}`.
    """

    url: str = ""
    name: str = "urn:dualtrack"
    agent: str = "dualtrack"
    event_path: str = "/v1/events/{id}"
    schema_path: str = "/schemas/events/{type}.v1.schema.json#/properties/data"

    @property
    def host(self) -> str:
        """The name by which receivers are asked for consent."""
        return (urlsplit(self.url).hostname or "") or "dualtrack"

    @property
    def source(self) -> str:
        """Of a CloudEvent: with its id it names the event for ever, wherever it turns up."""
        return self.url or self.name

    def event(self, event_id: str) -> str:
        return self.url + self.event_path.format(id=event_id)

    def schema(self, event_type: str) -> str | None:
        """None where no address is known: the attribute has to be absolute."""
        return self.url + self.schema_path.format(type=event_type) if self.url else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """`message_id` is sent as webhook-id: the event's id, or of a batch one that its content gives."""

    message_id: str
    content_type: str
    content: bytes


class Told(Protocol):
    """What a body is made of: an event as it is kept. `body` is a JSON object."""

    @property
    def event_id(self) -> str: ...

    @property
    def subject(self) -> str: ...

    @property
    def body(self) -> str: ...


class Formed(Protocol):
    """Of an endpoint, what says how its bodies look."""

    @property
    def format(self) -> Format: ...

    @property
    def thin(self) -> bool: ...


class Forms:
    def __init__(self, origin: Origin) -> None:
        self._origin = origin

    def single(self, event: Told, endpoint: Formed) -> Body:
        """One event. Raises ValueError for a kept text that is no JSON object."""
        if endpoint.format == "cloudevents":
            return _body(event.event_id, CLOUDEVENT, self._cloudevent(event, thin=endpoint.thin))
        return _body(event.event_id, JSON, self._event(event, thin=endpoint.thin))

    def batch(self, events: Sequence[Told], endpoint: Formed) -> Body:
        """Several events in the order given. The id is the same whenever the same events are sent in this order."""
        batch_id = batch_id_of([event.event_id for event in events])
        if endpoint.format == "cloudevents":
            written = ",".join(self._cloudevent(event, thin=endpoint.thin) for event in events)
            return _body(batch_id, CLOUDEVENTS, f"[{written}]")
        written = ",".join(self._event(event, thin=endpoint.thin) for event in events)
        return _body(batch_id, JSON, _standard_batch(batch_id, written))

    def size(self, event: Told, endpoint: Formed) -> int:
        """Bytes that an event takes of a batch, without what parts it from the next one."""
        write = self._cloudevent if endpoint.format == "cloudevents" else self._event
        return len(write(event, thin=endpoint.thin).encode())

    def _event(self, event: Told, *, thin: bool) -> str:
        if not thin:
            return event.body
        found = members(event.body)
        link = {"url": json.dumps(self._origin.event(event.event_id))}
        return _object({**found, "data": _object({**_ids(found.get("data")), **link})})

    def _cloudevent(self, event: Told, *, thin: bool) -> str:
        found = members(event.body)
        subject = json.dumps(event.subject, ensure_ascii=False)
        schema = self._origin.schema(json.loads(found.get("type", '""')))
        attributes: dict[str, str | None] = {
            "specversion": '"1.0"',
            "id": found.get("id"),
            "source": json.dumps(self._origin.source),
            "type": found.get("type"),
            "time": found.get("timestamp"),
            "subject": subject,
            "partitionkey": subject,
            "sequence": _sequence(found.get("sequence")),
            "recordedtime": found.get("timestamp"),
            **{name: value for name, value in found.items() if _is_extension(name, value)},
        }
        if thin:
            # Beside a reference there is no data: what it leads to is the payload.
            attributes["dataref"] = json.dumps(self._origin.event(event.event_id))
        else:
            attributes["datacontenttype"] = f'"{JSON}"'
            attributes["dataschema"] = json.dumps(schema) if schema else None
            attributes["data"] = found.get("data")
        return _object({name: value for name, value in attributes.items() if value is not None})


def empty_bytes(form: Format) -> int:
    """Bytes of a batch with nothing in it."""
    return len("[]") if form == "cloudevents" else len(_standard_batch(batch_id_of(()), ""))


def _standard_batch(batch_id: str, written: str) -> str:
    return f'{{"type":"batch","id":"{batch_id}","events":[{written}]}}'


def batch_id_of(event_ids: Sequence[str]) -> str:
    """Made of what is in it, so that a receiver who has seen the batch knows it again."""
    digest = hashlib.sha256("\n".join(event_ids).encode()).hexdigest()
    return f"bat_{digest[:26]}"


def members(text: str) -> dict[str, str]:
    """The members of a JSON object, each value as the exact text that stands there.

    Raises ValueError when it is no JSON object, or when something follows it.
    """
    place = _skip(text, 0)
    if text[place : place + 1] != "{":
        raise ValueError("what is kept of the event is no JSON object")
    place = _skip(text, place + 1)
    found: dict[str, str] = {}
    while text[place : place + 1] != "}":
        name, place = _scan(text, place)
        place = _skip(text, place)
        if not isinstance(name, str) or text[place : place + 1] != ":":
            raise ValueError("what is kept of the event is no JSON object")
        begin = _skip(text, place + 1)
        _, place = _scan(text, begin)
        found[name] = text[begin:place]
        place = _skip(text, place)
        if text[place : place + 1] == ",":
            place = _skip(text, place + 1)
        elif text[place : place + 1] != "}":
            raise ValueError("what is kept of the event is no JSON object")
    if _skip(text, place + 1) != len(text):
        raise ValueError("something follows what is kept of the event")
    return found


def _skip(text: str, place: int) -> int:
    while text[place : place + 1] and text[place] in _SPACE:
        place += 1
    return place


def _ids(data: str | None) -> Mapping[str, str]:
    """Of each thing that the data names by an id, the id alone."""
    if data is None or data[:1] != "{":
        return {}
    found: dict[str, str] = {}
    for name, value in members(data).items():
        if value[:1] == "{" and (its_id := members(value).get("id")) is not None:
            found[name] = _object({"id": its_id})
    return found


def _is_extension(name: str, value: str) -> bool:
    """CloudEvents takes further members of an event as attributes if name and value are of their form."""
    return name not in _TAKEN and value[:1] not in "{[n" and bool(_ATTRIBUTE.fullmatch(name))


def _sequence(value: str | None) -> str | None:
    if value is None or not value.isdigit():
        return None
    return f'"{value.zfill(SEQUENCE_DIGITS)}"'


def _object(found: Mapping[str, str]) -> str:
    return "{" + ",".join(f"{json.dumps(name, ensure_ascii=False)}:{value}" for name, value in found.items()) + "}"


def _body(message_id: str, content_type: str, text: str) -> Body:
    return Body(message_id=message_id, content_type=content_type, content=text.encode())
