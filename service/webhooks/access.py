"""How one gets through to an endpoint: headers of its own, certificates, a token. Sealed at rest, part by part.

What may be shown of it is kept beside, in the clear: names, never values.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

from service.webhooks.certificates import Described, Identity, described
from service.webhooks.sealer import Sealer

TokenMethod = Literal["basic", "post"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth2:
    """Client credentials (RFC 6749, 4.4). `method` says whether id and secret go as Basic or in the form."""

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str | None = None
    audience: str | None = None
    method: TokenMethod = "basic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """`identity` None: connections as everybody's. `oauth2` None: no token."""

    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    identity: Identity | None = None
    oauth2: OAuth2 | None = None


OPEN = Access()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownOAuth2:
    token_url: str
    client_id: str
    scope: str | None
    audience: str | None
    method: TokenMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAccess:
    """What may be shown of an Access."""

    header_names: tuple[str, ...] = ()
    client_certificate: Described | None = None
    trusted_ca: tuple[Described, ...] = ()
    oauth2: ShownOAuth2 | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedAccess:
    """The three parts as they are kept; None for one that there is none of."""

    headers: str | None = None
    tls: str | None = None
    oauth2: str | None = None


def sealed_columns(access: Access, *, endpoint: str, sealer: Sealer) -> dict[str, str | None]:
    """What the columns of an endpoint hold of it. `endpoint` is the public id, to which the sealed texts are bound."""

    def sealed(part: str, value: Any) -> str | None:
        if not value:
            return None
        plain = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return sealer.seal(plain.encode(), context=f"{endpoint}/{part}")

    identity = access.identity
    tls = (
        {"certificate": identity.certificate, "key": identity.key, "trusted_ca": identity.trusted_ca}
        if identity
        else {}
    )
    return {
        "headers_enc": sealed("headers", dict(access.headers)),
        "tls_enc": sealed("tls", tls),
        "oauth2_enc": sealed("oauth2", asdict(access.oauth2) if access.oauth2 else {}),
        "access_shown": json.dumps(_to_show(access), ensure_ascii=False) if access != OPEN else None,
    }


def open_access(kept: SealedAccess, *, endpoint: str, sealer: Sealer) -> Access:
    """Raises Unsealable: then nothing may be sent, since the receiver would see it without what protects it."""

    def opened(part: str, sealed: str | None) -> dict[str, Any]:
        return json.loads(sealer.open(sealed, context=f"{endpoint}/{part}")) if sealed else {}

    tls, oauth2 = opened("tls", kept.tls), opened("oauth2", kept.oauth2)
    return Access(
        headers=opened("headers", kept.headers),
        identity=Identity(**tls) if tls else None,
        oauth2=OAuth2(**oauth2) if oauth2 else None,
    )


def shown_access(kept: str | None) -> ShownAccess:
    """What was kept to be shown."""
    if kept is None:
        return ShownAccess()
    found = json.loads(kept)
    certificate, oauth2 = found["client_certificate"], found["oauth2"]
    return ShownAccess(
        header_names=tuple(found["header_names"]),
        client_certificate=Described(**certificate) if certificate else None,
        trusted_ca=tuple(Described(**one) for one in found["trusted_ca"]),
        oauth2=ShownOAuth2(**oauth2) if oauth2 else None,
    )


def _to_show(access: Access) -> dict[str, Any]:
    identity, oauth2 = access.identity, access.oauth2
    certificate = described(identity.certificate)[0] if identity and identity.certificate else None
    trusted = described(identity.trusted_ca) if identity and identity.trusted_ca else ()
    shown = {one.name: getattr(oauth2, one.name) for one in fields(ShownOAuth2)} if oauth2 else None
    return {
        "header_names": list(access.headers),
        "client_certificate": asdict(certificate) if certificate else None,
        "trusted_ca": [asdict(one) for one in trusted],
        "oauth2": shown,
    }
