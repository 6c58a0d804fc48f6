"""How one gets through to an endpoint: what a subscriber gives for it, checked before it is kept."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.refusals import Conflict, FieldError, Invalid
from service.usecases.subscriptions import ACCESS, EndpointRequest
from service.webhooks import endpoints
from service.webhooks.access import OPEN, Access
from service.webhooks.certificates import CertificateRefused, Identity, check_identity
from service.webhooks.egress import EgressGuard, EgressRefused
from service.webhooks.locked_headers import HeaderRefused, check_headers
from service.webhooks.sealer import Sealer, Unsealable

_PLACES = {"certificate": "/client_certificate/certificate", "key": "/client_certificate/key"}


async def check_url(guard: EgressGuard, url: str, *, pointer: str = "/url") -> None:
    """Raises Invalid `endpoint-url-refused`."""
    try:
        await guard.check_url(url)
    except EgressRefused as error:
        raise Invalid(
            "endpoint-url-refused",
            f"{error.reason}: {error.remedy}",
            errors=(FieldError(pointer=pointer, detail=error.reason, code="endpoint-url-refused"),),
        ) from None


async def check_addresses(guard: EgressGuard, request: EndpointRequest) -> None:
    """Every address that is given. Raises Invalid `endpoint-url-refused`."""
    if request.url is not None:
        await check_url(guard, request.url)
    if request.oauth2 is not None:
        await check_url(guard, request.oauth2.token_url, pointer="/oauth2/token_url")


async def access_before(connection: AsyncConnection, endpoint: str, request: EndpointRequest, sealer: Sealer) -> Access:
    """What an endpoint has, of which a request replaces parts; not opened when it replaces all of it.

    Raises Conflict `not-openable` when it was sealed with another key.
    """
    if all(_is_asked(request, part) for part in ACCESS):
        return OPEN
    try:
        return await endpoints.access_of(connection, endpoint, sealer=sealer)
    except Unsealable:
        raise not_openable() from None


def not_openable() -> Conflict:
    return Conflict(
        "not-openable",
        "What is kept sealed of this endpoint was sealed with another DUALTRACK_SECRET_KEY. Send headers, "
        "client_certificate, trusted_ca and oauth2 anew, null for none, and rotate its secrets.",
    )


def accessed(request: EndpointRequest, before: Access = OPEN, *, now: int) -> Access:
    """What there was `before`, with what is asked now; `now` is µs.

    Raises Invalid `header-refused` and `certificate-refused`.
    """
    identity = before.identity or Identity()
    if _is_asked(request, "client_certificate"):
        given = request.client_certificate
        identity = replace(identity, certificate=given and given[0], key=given and given[1])
    if _is_asked(request, "trusted_ca"):
        identity = replace(identity, trusted_ca=request.trusted_ca)
    headers = (request.headers or {}) if _is_asked(request, "headers") else before.headers
    oauth2 = request.oauth2 if _is_asked(request, "oauth2") else before.oauth2
    made = Access(headers=headers, identity=None if identity == Identity() else identity, oauth2=oauth2)
    _check(made, now)
    return made


def touches_access(request: EndpointRequest) -> bool:
    return any(_is_asked(request, part) for part in ACCESS)


def _is_asked(request: EndpointRequest, part: str) -> bool:
    return part in request.cleared or getattr(request, part) is not None


def _check(access: Access, now: int) -> None:
    try:
        check_headers(access.headers)
        if access.oauth2 and any(name.lower() == "authorization" for name in access.headers):
            raise HeaderRefused("Authorization", "the token of oauth2 is sent in it: leave one of them out")
        if access.identity:
            check_identity(access.identity, now_seconds=now / 1_000_000)
    except HeaderRefused as error:
        raise Invalid(
            "header-refused",
            f"{error.name}: {error.reason}.",
            errors=(FieldError(pointer="/headers", detail=str(error), code="header-refused"),),
        ) from None
    except CertificateRefused as error:
        pointer = _PLACES.get(error.place, "/trusted_ca")
        raise Invalid(
            "certificate-refused",
            f"{pointer}: {error.reason}.",
            errors=(FieldError(pointer=pointer, detail=error.reason, code="certificate-refused"),),
        ) from None
