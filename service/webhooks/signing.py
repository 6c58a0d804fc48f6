"""Standard Webhooks v1: HMAC-SHA256 over the exact bytes that are sent.

The signed content is `id.timestamp.body`. One integer timestamp is made per attempt and
used for both the header and the signature; a receiver refuses it when it is more than
five minutes away from its own clock.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets as random_source
from collections.abc import Sequence
from functools import lru_cache

SECRET_PREFIX = "whsec_"
SECRET_BYTES = 32
SECRET_MIN_BYTES = 24
SECRET_MAX_BYTES = 64
MAX_SECRETS = 10

# A dot in the id would let one signed content be read as two different (id, timestamp) pairs.
_MESSAGE_ID = re.compile(r"[A-Za-z0-9_-]+")


class InvalidSecret(ValueError):
    """A text that is not `whsec_` + base64 of 24 to 64 bytes. The message never repeats the text."""


def new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(random_source.token_bytes(SECRET_BYTES)).decode()


@lru_cache(1024)
def secret_key(secret: str) -> bytes:
    """The key bytes behind a `whsec_` text.

    Raises: InvalidSecret.
    """
    if not secret.startswith(SECRET_PREFIX):
        raise InvalidSecret(f"a signing secret starts with {SECRET_PREFIX}: use a generated one")
    try:
        key = base64.b64decode(secret[len(SECRET_PREFIX) :], validate=True)
    except (binascii.Error, ValueError):
        raise InvalidSecret("the signing secret is not base64 after its prefix: use a generated one") from None
    if not SECRET_MIN_BYTES <= len(key) <= SECRET_MAX_BYTES:
        raise InvalidSecret(
            f"a signing secret holds {SECRET_MIN_BYTES} to {SECRET_MAX_BYTES} bytes, this one {len(key)}: "
            "use a generated one"
        )
    return key


def sign(*, message_id: str, timestamp_seconds: int, body: bytes, secrets: Sequence[str]) -> str:
    """The `webhook-signature` value: one `v1,…` per secret, separated by spaces.

    `secrets` are the unexpired ones, newest first; only the first ten are used, so that the
    header stays within what receivers accept.

    Raises: InvalidSecret; ValueError for an empty list or an id with other characters than [A-Za-z0-9_-].
    """
    if not secrets:
        raise ValueError("nothing to sign with: pass at least one secret")
    if not _MESSAGE_ID.fullmatch(message_id):
        raise ValueError("a webhook id holds only letters, digits, _ and -")
    content = b"%b.%d.%b" % (message_id.encode(), timestamp_seconds, body)
    return " ".join(_signature(secret_key(secret), content) for secret in secrets[:MAX_SECRETS])


def _signature(key: bytes, content: bytes) -> str:
    return "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
