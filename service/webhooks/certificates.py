"""Certificates of an endpoint's own: checked before they are kept, and made into what a connection needs.

A client certificate proves to the receiver who sends; authorities of its own say whom the sender believes there,
and then nobody else. Keys are never shown, and touch no disk where the system can do without.
"""

import hashlib
import os
import ssl
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

PEM_LENGTH = 65_536
MOST_CERTIFICATES = 64


class CertificateRefused(ValueError):
    """`place` is `certificate`, `key` or `trusted_ca`, `reason` says what is wrong and what to do. No key in it."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")
        self.place = place
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What may be shown of a certificate. `not_after` is µs."""

    subject: str
    not_after: int


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What one endpoint's connections are made with; each None for what everybody's are. Texts are PEM.

    `also_public` believes the system's authorities beside `trusted_ca`.
    """

    certificate: str | None = None
    key: str | None = None
    trusted_ca: str | None = None
    also_public: bool = False

    def __repr__(self) -> str:
        return f"Identity({self.fingerprint[:8]})"

    @cached_property
    def fingerprint(self) -> str:
        """The same for the same identity, and tells nothing of it."""
        parts = (self.certificate, self.key, self.trusted_ca, str(self.also_public))
        return hashlib.sha256("\0".join(part or "" for part in parts).encode()).hexdigest()


def check_identity(identity: Identity, *, now_seconds: float) -> None:
    """Raises CertificateRefused for what could not be used from now on."""
    if identity.certificate is not None:
        _check_pair(identity.certificate, identity.key or "", now_seconds)
    if identity.trusted_ca is not None:
        for one in _parsed(identity.trusted_ca, "trusted_ca"):
            _check_period(one, "trusted_ca", now_seconds)
    try:
        context_of(identity)
    except (ssl.SSLError, ValueError, OSError):
        place = "trusted_ca" if identity.certificate is None else "certificate"
        raise CertificateRefused(
            place, "the TLS library does not take it: use keys of 2048 bits or more and signatures by SHA-256"
        ) from None


def described(pem: str) -> tuple[Described, ...]:
    """What may be shown of each certificate in a text that was checked before."""
    return tuple(
        Described(
            subject=one.subject.rfc4514_string()[:400], not_after=int(one.not_valid_after_utc.timestamp()) * 1_000_000
        )
        for one in x509.load_pem_x509_certificates(pem.encode())
    )


def context_of(identity: Identity) -> ssl.SSLContext:
    """Checks the receiver's certificate and name, as everybody's does. Raises ssl.SSLError."""
    if identity.trusted_ca is None or identity.also_public:
        context = ssl.create_default_context()
        if identity.trusted_ca is not None:
            context.load_verify_locations(cadata=identity.trusted_ca)
    else:
        # Given any authorities, this loads no others.
        context = ssl.create_default_context(cadata=identity.trusted_ca)
    if identity.certificate is not None:
        with _as_file(f"{identity.certificate.rstrip()}\n{identity.key}") as path:
            context.load_cert_chain(path)
    return context


def _check_pair(certificate: str, key: str, now_seconds: float) -> None:
    leaf, *_ = _parsed(certificate, "certificate")
    _check_period(leaf, "certificate", now_seconds)
    try:
        usages = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        usages = None
    except (x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError):
        raise _unreadable("certificate") from None
    if usages is not None and ExtendedKeyUsageOID.CLIENT_AUTH not in usages:
        raise CertificateRefused("certificate", "it may not be used by a client: have one made for client use")
    if len(key) > PEM_LENGTH:
        raise CertificateRefused("key", f"it has more than {PEM_LENGTH} characters: send one key")
    try:
        private = load_pem_private_key(key.encode(), password=None)
    except TypeError:
        raise CertificateRefused("key", "it is encrypted: send it without a passphrase, it is encrypted here") from None
    except (ValueError, UnsupportedAlgorithm):
        raise CertificateRefused("key", "it cannot be read: send one private key as PEM") from None
    whole = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if private.public_key().public_bytes(*whole) != leaf.public_key().public_bytes(*whole):
        raise CertificateRefused("key", "it is not the key of the certificate: send the two that belong together")


def _parsed(pem: str, place: str) -> list[x509.Certificate]:
    if len(pem) > PEM_LENGTH:
        raise CertificateRefused(place, f"it has more than {PEM_LENGTH} characters: send fewer certificates")
    try:
        found = x509.load_pem_x509_certificates(pem.encode())
        for one in found:
            # Parts are read when they are asked for: what cannot be shown or compared is found out now.
            _ = one.subject.rfc4514_string(), one.not_valid_before_utc, one.not_valid_after_utc, one.public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise _unreadable(place) from None
    if len(found) > MOST_CERTIFICATES:
        raise CertificateRefused(place, f"there are more than {MOST_CERTIFICATES}: send fewer certificates")
    return found


def _unreadable(place: str) -> CertificateRefused:
    return CertificateRefused(place, "it cannot be read: send certificates as PEM")


def _check_period(one: x509.Certificate, place: str, now_seconds: float) -> None:
    now = datetime.fromtimestamp(now_seconds, UTC)
    if now >= one.not_valid_after_utc:
        raise CertificateRefused(place, f"it has expired on {one.not_valid_after_utc:%Y-%m-%d}: send one that holds")
    if now < one.not_valid_before_utc:
        raise CertificateRefused(
            place, f"it holds from {one.not_valid_before_utc:%Y-%m-%d} on only: send one that does"
        )


@contextmanager
def _as_file(text: str) -> Generator[str]:
    """A path at which the text is for a moment: the TLS library reads keys from files alone."""
    if hasattr(os, "memfd_create"):
        handle = os.memfd_create("identity", os.MFD_CLOEXEC)
        try:
            os.write(handle, text.encode())
            yield f"/proc/self/fd/{handle}"
        finally:
            os.close(handle)
        return
    with tempfile.NamedTemporaryFile() as file:
        file.write(text.encode())
        file.flush()
        yield file.name
