"""Workday's SOAP: messages and answers by zeep, from the WSDL of the tenant. Nothing is sent from here.

The order of elements is the schema's, so no message is written by hand. zeep gets no way to the network: what a WSDL
includes has to lie beside it, and documents with a DTD or entities are refused.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from os.path import abspath
from pathlib import Path
from typing import Any, cast

# Neither has types of its own.
_zeep: Any = import_module("zeep")
_etree: Any = import_module("lxml.etree")
_helpers: Any = import_module("zeep.helpers")
_username_token: Any = import_module("zeep.wsse.username").UsernameToken
_UNUSUAL: tuple[type[Exception], ...] = (
    _zeep.exceptions.Error,
    _etree.LxmlError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
)
"""What zeep raises for documents that are not what it expects."""
_CODE = re.compile(r"\bA\d{3,4}\b")
_FAULT = "{http://schemas.xmlsoap.org/soap/envelope/}Fault"
_ALWAYS = {"strict": True, "forbid_dtd": True, "forbid_entities": True, "forbid_external": True, "force_https": False}


class Unfit(Exception):
    """The WSDL has no such operation or element, or cannot be read. The text says which."""


class Garbled(Exception):
    """An answer that is no SOAP of this service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationError:
    """One complaint. The messages may hold names: only `code` and `place` are ever told."""

    code: str | None
    place: str | None
    message: str = field(repr=False)


class Fault(Exception):
    """They understood and refused. `kind` is Validation_Fault, Processing_Fault or the code of SOAP."""

    def __init__(self, kind: str, errors: tuple[ValidationError, ...] = ()) -> None:
        super().__init__(kind)
        self.kind = kind
        self.errors = errors

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(one.code for one in self.errors if one.code)


class _Beside:
    """The transport that zeep asks for documents: those that lie beside the WSDL, and nothing else."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, url: str) -> bytes:
        # Without looking where links lead: operators' folders may be made of them.
        path = Path(abspath(url))
        if path.parent != self._folder:
            raise Unfit(f"it includes {path.name}, which does not lie beside it")
        return path.read_bytes()


class _Expected:
    """A plug-in of zeep. Another element than the operation's is read as nothing, and nothing is no empty answer."""

    def egress(self, envelope: Any, http_headers: Any, operation: Any, _options: Any) -> tuple[Any, Any]:
        return envelope, http_headers

    def ingress(self, envelope: Any, http_headers: Any, operation: Any) -> tuple[Any, Any]:
        """Raises Garbled."""
        given = envelope.find("{*}Body/*")
        named = None if given is None else str(given.tag)
        if named not in (str(operation.output.body.qname), _FAULT):
            raise Garbled(f"it holds no answer to {operation.name}")
        return envelope, http_headers


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """An answer as zeep reads it."""

    status_code: int
    content: bytes
    headers: Mapping[str, str]
    encoding: str | None = None


class Service:
    """One of the tenant's web services, read from its WSDL. Takes seconds to make for one as long as Workday's."""

    def __init__(self, path: Path) -> None:
        """Raises Unfit."""
        try:
            settings = _zeep.Settings(**_ALWAYS)
            path = Path(abspath(path))
            self._client: Any = _zeep.Client(
                str(path), transport=_Beside(path.parent), settings=settings, plugins=[_Expected()]
            )
            self._binding: Any = next(iter(self._client.wsdl.bindings.values()))
            self._bound: Any = self._client.create_service(str(self._binding.name), "https://workday.invalid")
        except OSError as error:
            raise Unfit(f"{path.name} cannot be read: {type(error).__name__}") from None
        except (*_UNUSUAL, StopIteration) as error:
            raise Unfit(f"{path.name} is no WSDL that can be used: {type(error).__name__}") from None
        self.name = path.name

    @property
    def operations(self) -> frozenset[str]:
        return frozenset(self._binding.all())

    def message(self, operation: str, data: Mapping[str, Any], *, user: str, password: str) -> bytes:
        """The request, with its security header. Raises Unfit for what this WSDL does not have."""
        if operation not in self.operations:
            raise Unfit(f"{self.name} has no operation {operation}")
        try:
            envelope = self._client.create_message(self._bound, operation, **data)
        except _UNUSUAL as error:
            # These name the element, and hold no values.
            named = isinstance(error, (TypeError, _zeep.exceptions.ValidationError))
            told = str(error) if named else type(error).__name__
            raise Unfit(f"{operation} of {self.name} is made otherwise: {told[:160]}") from None
        signed, _ = _username_token(user, password).apply(envelope, {})
        return _etree.tostring(signed, xml_declaration=True, encoding="utf-8")

    def answer(self, operation: str, *, status: int, content: bytes, media_type: str) -> dict[str, Any]:
        """What they said. Raises Fault and Garbled."""
        if "xml" not in media_type.lower() or "multipart" in media_type.lower():
            raise Garbled("it is no XML")
        given = _Given(status_code=status, content=content, headers={"Content-Type": "text/xml"})
        try:
            read: Any = self._binding.process_reply(self._client, self._binding.get(operation), given)
            said: Any = _helpers.serialize_object(read, dict)
        except _zeep.exceptions.Fault as fault:
            raise _fault_of(fault) from None
        except _UNUSUAL as error:
            raise Garbled(type(error).__name__) from None
        if not isinstance(said, dict):
            raise Garbled(f"it holds no answer to {operation}")
        return cast(dict[str, Any], said)


@lru_cache(maxsize=32)
def _service(path: Path, _changed_ns: int) -> Service:
    return Service(path)


def service_at(path: Path) -> Service:
    """The one of a file, read again when the file has changed. Raises Unfit."""
    try:
        changed = path.stat().st_mtime_ns
    except OSError:
        raise Unfit(f"there is no file {path.name} in DUALTRACK_WSDL_FOLDER") from None
    return _service(path, changed)


def _fault_of(fault: Any) -> Fault:
    detail: Any = fault.detail
    kind = str(fault.code or "Fault")
    errors: list[ValidationError] = []
    # Of an answer that is no SOAP at all it is the whole text.
    if hasattr(detail, "iter"):
        for one in detail.iter("{*}Validation_Fault", "{*}Processing_Fault"):
            kind = _etree.QName(one).localname
        errors = [_error_of(one) for one in detail.iter("{*}Validation_Error")]
    return Fault(kind, tuple(errors))


def _error_of(element: Any) -> ValidationError:
    said = " ".join(str(element.findtext(f"{{*}}{name}") or "") for name in ("Message", "Detail_Message")).strip()
    code = _CODE.search(said)
    return ValidationError(code=code.group() if code else None, place=_bare(element.findtext("{*}Xpath")), message=said)


def _bare(xpath: str | None) -> str | None:
    """Which element it is about, without anything that was in it."""
    if not xpath:
        return None
    return re.sub(r"[^\w/:\[\]@.-]", "", re.sub(r"'[^']*'|\"[^\"]*\"|=[^\]]*", "", xpath))[:200]
