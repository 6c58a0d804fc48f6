"""Standard Webhooks: signatures over the exact bytes that are sent, `v1` by HMAC-SHA256 and `v1a` by ed25519.

The signed content is `id.timestamp.body`. One integer timestamp is made per attempt and
used for both the header and the signature; a receiver refuses it when it is more than
five minutes away from its own clock.

    whsec_   a secret both ends share: 24 to 64 bytes
    whsk_    a private key of ed25519: seed and public half, 64 bytes; never leaves the service
    whpk_    its public half, 32 bytes: with it everybody can verify and nobody can sign
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets as random_source
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Kind = Literal["hmac", "ed25519"]
KINDS: tuple[Kind, ...] = ("hmac", "ed25519")

SECRET_PREFIX = "whsec_"
PRIVATE_PREFIX = "whsk_"
PUBLIC_PREFIX = "whpk_"
SECRET_BYTES = 32
SECRET_MIN_BYTES = 24
SECRET_MAX_BYTES = 64
_SEED_BYTES = 32
MAX_SECRETS = 10

# A dot in the id would let one signed content be read as two different (id, timestamp) pairs.
_MESSAGE_ID = re.compile(r"[A-Za-z0-9_-]+")


class InvalidSecret(ValueError):
    """A text that is no secret of ours. The message never repeats the text."""


def new_secret(kind: Kind = "hmac") -> str:
    """A fresh `whsec_…`, or a `whsk_…` for ed25519."""
    if kind == "hmac":
        return SECRET_PREFIX + base64.b64encode(random_source.token_bytes(SECRET_BYTES)).decode()
    made = Ed25519PrivateKey.generate()
    return PRIVATE_PREFIX + base64.b64encode(made.private_bytes_raw() + made.public_key().public_bytes_raw()).decode()


def public_key(secret: str) -> str | None:
    """The `whpk_…` of a `whsk_…`; None of a secret that has no public half. Raises InvalidSecret."""
    if not secret.startswith(PRIVATE_PREFIX):
        return None
    return PUBLIC_PREFIX + base64.b64encode(private_key(secret).public_key().public_bytes_raw()).decode()


@lru_cache(1024)
def secret_key(secret: str) -> bytes:
    """The key bytes behind a `whsec_` text.

    Raises: InvalidSecret.
    """
    if not secret.startswith(SECRET_PREFIX):
        raise InvalidSecret(f"a signing secret starts with {SECRET_PREFIX}: use a generated one")
    key = _decoded(secret.removeprefix(SECRET_PREFIX))
    if not SECRET_MIN_BYTES <= len(key) <= SECRET_MAX_BYTES:
        raise InvalidSecret(
            f"a signing secret holds {SECRET_MIN_BYTES} to {SECRET_MAX_BYTES} bytes, this one {len(key)}: "
            "use a generated one"
        )
    return key


@lru_cache(1024)
def private_key(secret: str) -> Ed25519PrivateKey:
    """The key behind a `whsk_` text, whose public half must be that of its seed.

    Raises: InvalidSecret.
    """
    if not secret.startswith(PRIVATE_PREFIX):
        raise InvalidSecret(f"a private key starts with {PRIVATE_PREFIX}: use a generated one")
    both = _decoded(secret.removeprefix(PRIVATE_PREFIX))
    if len(both) != 2 * _SEED_BYTES:
        raise InvalidSecret(f"a private key holds {2 * _SEED_BYTES} bytes, this one {len(both)}: use a generated one")
    key = Ed25519PrivateKey.from_private_bytes(both[:_SEED_BYTES])
    if key.public_key().public_bytes_raw() != both[_SEED_BYTES:]:
        raise InvalidSecret("the two halves of the private key do not belong together: use a generated one")
    return key


def sign(*, message_id: str, timestamp_seconds: int, body: bytes, secrets: Sequence[str]) -> str:
    """The `webhook-signature` value: one `v1,…` or `v1a,…` per secret, separated by spaces.

    `secrets` are the unexpired ones, newest first; only the first ten are used, so that the
    header stays within what receivers accept.

    Raises: InvalidSecret; ValueError for an empty list or an id with other characters than [A-Za-z0-9_-].
    """
    if not secrets:
        raise ValueError("nothing to sign with: pass at least one secret")
    if not _MESSAGE_ID.fullmatch(message_id):
        raise ValueError("a webhook id holds only letters, digits, _ and -")
    content = b"%b.%d.%b" % (message_id.encode(), timestamp_seconds, body)
    return " ".join(_signature(secret, content) for secret in secrets[:MAX_SECRETS])


def _signature(secret: str, content: bytes) -> str:
    if secret.startswith(PRIVATE_PREFIX):
        return "v1a," + base64.b64encode(private_key(secret).sign(content)).decode()
    return "v1," + base64.b64encode(hmac.digest(secret_key(secret), content, hashlib.sha256)).decode()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidSecret("the signing secret is not base64 after its prefix: use a generated one") from None
