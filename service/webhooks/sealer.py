"""Secrets at rest: AES-256-GCM, bound to the row they belong to."""

import base64
import binascii
import hashlib
import secrets
from collections.abc import Sequence
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_FORMAT = "s1"
_NONCE_BYTES = 12
_KEY_PURPOSE = b"dualtrack webhook secrets at rest, AES-256-GCM, v1"


class Unsealable(Exception):
    """A sealed text that cannot be opened: another key, another row, or altered. Says which, never what was in it."""


class Sealer(Protocol):
    """`context` names the row the secret belongs to; what was sealed for one row opens for no other."""

    def seal(self, plain: bytes, *, context: str) -> str: ...

    def open(self, sealed: str, *, context: str) -> bytes: ...


class AesGcmSealer:
    """Sealed text: `s1.<key id>.<base64url of nonce and ciphertext>`, printable ASCII.

    `current` is the setting string of any length that seals; `previous` ones only open, so that
    a key can be changed and the rows re-sealed one by one.
    """

    def __init__(self, current: str, *, previous: Sequence[str] = ()) -> None:
        self._key_id, self._cipher = _cipher(current)
        self._ciphers = dict(map(_cipher, (*previous, current)))

    @property
    def key_id(self) -> str:
        """Eight hex digits that name the sealing key and tell nothing about it."""
        return self._key_id

    def seal(self, plain: bytes, *, context: str) -> str:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, plain, context.encode())
        return f"{_FORMAT}.{self._key_id}.{base64.urlsafe_b64encode(sealed).decode()}"

    def open(self, sealed: str, *, context: str) -> bytes:
        """Raises: Unsealable."""
        key_id, blob = _parts(sealed)
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise Unsealable(f"sealed with key {key_id}, which is not set: start with the secret key it was made with")
        try:
            return cipher.decrypt(blob[:_NONCE_BYTES], blob[_NONCE_BYTES:], context.encode())
        except (InvalidTag, ValueError):
            raise Unsealable("altered, or moved from another row: restore the row from a backup") from None


def _cipher(setting: str) -> tuple[str, AESGCM]:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=_KEY_PURPOSE).derive(setting.encode())
    return hashlib.sha256(b"key id" + key).hexdigest()[:8], AESGCM(key)


def _parts(sealed: str) -> tuple[str, bytes]:
    form, _, rest = sealed.partition(".")
    key_id, _, text = rest.partition(".")
    if form != _FORMAT or not text:
        raise Unsealable("not a sealed text of a known form: restore the row from a backup")
    try:
        return key_id, base64.b64decode(text, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Unsealable("altered: restore the row from a backup") from None
