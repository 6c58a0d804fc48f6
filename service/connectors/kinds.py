"""What a connector is made of: the form of its settings, what it is fed with, how it writes, reads and is tried out."""

import json
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError

from service.connectors.bands import TheirBand
from service.connectors.sinks import Sink
from service.connectors.wire import Wires
from service.domain.claims import Claim
from service.domain.findings import token
from service.domain.refusals import FieldError, Invalid
from service.usecases.act import Runtime
from service.usecases.connection_feeds import ConnectionRequest
from service.usecases.feeds import Feed
from service.usecases.open_connections import OpenConnection


class Form(BaseModel):
    """Settings or credentials of a kind: nothing unknown, nothing altered."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


_NO_ADDRESS = re.compile(r"[\s?#\x00-\x1f\x7f\\]")
_Form = TypeVar("_Form", bound=Form)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What connectors work with. `now_seconds` counts from the epoch, UTC; `kinds` are the systems known, by name.

    `wsdl_folder` holds what operators put there of systems that speak SOAP; None where there is no such folder.
    """

    runtime: Runtime
    wires: Wires
    now_seconds: Callable[[], float]
    kinds: Mapping[str, "Kind"] = field(default_factory=dict[str, "Kind"])
    wsdl_folder: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One line of trying a connection out: what was looked at, whether it is as it has to be, what to do if not."""

    name: str
    ok: bool
    text: str


class Source(Protocol):
    """Where claims come from. `since` is the cursor that was kept, None for everything there is."""

    def claims(self, since: str | None) -> AsyncIterator[Claim]:
        """Every row of each person of whom something changed, all rows of one person beside each other.

        Raises Unreachable, and Refused for what they refuse.
        """
        ...

    @property
    def cursor(self) -> str | None:
        """From where the next reading goes on, once all claims of this one are done."""
        ...


class Kind(Protocol):
    """One kind of system. Settings and credentials have been through its forms whenever it is handed them."""

    name: str
    system: str
    settings: type[Form]
    credentials: type[Form]

    def feed(self, settings: Any) -> Feed | None:
        """Which events it is fed with; None when nothing goes out."""
        ...

    def sink(self, connection: OpenConnection, tools: Tools) -> Sink: ...

    def source(self, connection: OpenConnection, tools: Tools) -> Source | None:
        """None for a kind that nothing comes from."""
        ...

    def check(self, connection: OpenConnection, tools: Tools) -> AsyncIterator[Checked]:
        """Look at credentials, permissions and the mapping; write nothing anywhere."""
        ...


@runtime_checkable
class Receiver(Protocol):
    """A kind whose systems send messages by themselves."""

    async def received(self, connection: OpenConnection, tools: Tools, headers: Mapping[str, str], body: bytes) -> str:
        """What became of a message, in a word. `headers` have names in lower case.

        Raises SurfaceProblem `signature-refused`, `message-stale`, `message-unreadable` and `inbox-failed`.
        """
        ...


@runtime_checkable
class Banded(Protocol):
    """A kind whose systems keep pay bands of their own."""

    async def their_bands(self, connection: OpenConnection, tools: Tools) -> Sequence[TheirBand]:
        """All of them, in their order. Raises Unreachable, Halted and Refused for what stands in the way there."""
        ...


def kind_of(kinds: Mapping[str, Kind], kind: str) -> Kind:
    """Raises Invalid `unknown-connection-kind`."""
    found = kinds.get(kind)
    if found is None:
        raise Invalid(
            "unknown-connection-kind",
            f"There is no kind {kind[:60]!r} of system. Known are {', '.join(sorted(kinds)) or 'none'}.",
            errors=(FieldError(pointer="/kind", detail="it is not known", code="unknown-connection-kind"),),
        )
    return found


def asked(
    kinds: Mapping[str, Kind],
    *,
    kind: str,
    key: str,
    system: str | None,
    settings: Mapping[str, Any],
    credentials: Mapping[str, Any],
) -> ConnectionRequest:
    """A connection as it is to be kept. Raises Invalid `unknown-connection-kind` and `connection-invalid`."""
    found = kind_of(kinds, kind)
    errors = (*_errors(found.settings, settings, "/settings"), *_errors(found.credentials, credentials, "/credentials"))
    if errors:
        raise Invalid(
            "connection-invalid",
            f"{errors[0].pointer}: {errors[0].detail}" + (f" (and {len(errors) - 1} more)" if errors[1:] else ""),
            errors=errors,
        )
    set_to = formed(found.settings, settings)
    return ConnectionRequest(
        key=key,
        kind=kind,
        system=system or found.system,
        settings=set_to.model_dump(mode="json"),
        credentials=formed(found.credentials, credentials).model_dump(mode="json"),
        feed=found.feed(set_to),
    )


def is_address(value: str, *schemes: str) -> bool:
    """Whether requests can be made to addresses below it, without anything secret standing in it."""
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return False
    if parts.scheme not in schemes or not parts.hostname or parts.username is not None or port == 0:
        return False
    return not _NO_ADDRESS.search(value)


def formed(form: type[_Form], given: Mapping[str, Any]) -> _Form:
    """Settings or credentials, as they were sent or kept. Raises ValidationError."""
    # As JSON, in which a day is a text and a list may become a tuple, and still no text becomes a number.
    return form.model_validate_json(json.dumps(given))


def _errors(form: type[Form], given: Mapping[str, Any], pointer: str) -> tuple[FieldError, ...]:
    """What is wrong with it. Values are not told: they may be secrets."""
    try:
        formed(form, given)
    except ValidationError as error:
        return tuple(
            FieldError(
                pointer=pointer + "".join(token(step) for step in one["loc"]),
                # What a check of ours says comes behind the name of its class.
                detail=one["msg"].removeprefix("Value error, "),
                code="connection-invalid",
            )
            for one in error.errors(include_input=False, include_url=False)
        )
    return ()
