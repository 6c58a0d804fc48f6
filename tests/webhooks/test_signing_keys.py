"""Signatures by key pairs, beside those by shared secrets."""

import base64

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook

from service.webhooks.envelopes import Key, Opened
from service.webhooks.signing import InvalidSecret, new_secret, public_key, sign
from tests.webhooks.test_signing import PUBLISHED_ID, now_seconds

PRIVATE = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
PUBLIC = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
SIGNATURE = "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="


def verify(public: str, signature: str, content: bytes) -> None:
    """As a receiver would. Raises InvalidSignature."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public.removeprefix("whpk_")))
    key.verify(base64.b64decode(signature.removeprefix("v1a,")), content)


def test_the_published_vector_of_a_key_pair() -> None:
    body = b'{"test": 2432232314}'
    assert public_key(PRIVATE) == PUBLIC
    assert sign(message_id=PUBLISHED_ID, timestamp_seconds=1614265330, body=body, secrets=[PRIVATE]) == SIGNATURE
    verify(PUBLIC, SIGNATURE, b"%b.1614265330.%b" % (PUBLISHED_ID.encode(), body))
    with pytest.raises(InvalidSignature):
        verify(PUBLIC, SIGNATURE, b"%b.1614265331.%b" % (PUBLISHED_ID.encode(), body))


def test_both_kinds_sign_side_by_side_and_each_verifies() -> None:
    pair, shared, moment = new_secret("ed25519"), new_secret(), now_seconds()
    value = sign(message_id="evt_1", timestamp_seconds=moment, body=b"{}", secrets=[pair, shared])
    first, second = value.split(" ")
    assert (first[:4], second[:3]) == ("v1a,", "v1,")
    verify(public_key(pair) or "", first, b"evt_1.%d.{}" % moment)
    headers = {"webhook-id": "evt_1", "webhook-timestamp": str(moment), "webhook-signature": value}
    # The library knows v1 alone, and passes by what it does not know.
    assert Webhook(shared).verify(b"{}", headers) == {}
    assert public_key(shared) is None


OTHER = new_secret("ed25519")


@pytest.mark.parametrize(
    "secret",
    [
        "whsk_",
        "whsk_n*t",
        "whsk_" + base64.b64encode(b"k" * 32).decode(),
        # The public half of another key: what it signed would verify with neither.
        PRIVATE[: len(PRIVATE) // 2] + OTHER[len(PRIVATE) // 2 :],
    ],
    ids=["empty", "no base64", "too short", "halves of two keys"],
)
def test_other_key_pairs_are_refused_without_being_repeated(secret: str) -> None:
    with pytest.raises(InvalidSecret) as refused:
        public_key(secret)
    assert secret == "whsk_" or secret.removeprefix("whsk_") not in str(refused.value)


def test_a_key_signs_until_the_instant_it_expires_at() -> None:
    keys = (Key(secret="new", expires_at=None), Key(secret="old", expires_at=10))
    assert Opened(keys=keys).signing(9) == ("new", "old")
    assert Opened(keys=keys).signing(10) == ("new",)
    assert "new" not in repr(keys)
