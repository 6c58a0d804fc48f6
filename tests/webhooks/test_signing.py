import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from service.webhooks.signing import InvalidSecret, new_secret, secret_key, sign

PUBLISHED_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PUBLISHED_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"


def now_seconds() -> int:
    return int(datetime.now(UTC).timestamp())


def test_the_published_vector():
    value = sign(
        message_id=PUBLISHED_ID,
        timestamp_seconds=1614265330,
        body=b'{"test": 2432232314}',
        secrets=[PUBLISHED_SECRET],
    )
    assert value == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_new_secret_holds_32_random_bytes():
    first, second = new_secret(), new_secret()
    assert first != second
    assert first.startswith("whsec_")
    assert len(secret_key(first)) == 32


@given(body=st.dictionaries(st.text(), st.text() | st.integers() | st.none()))
def test_the_reference_library_verifies_what_we_sign(body: dict[str, object]):
    secret, moment = new_secret(), now_seconds()
    sent = json.dumps(body, ensure_ascii=False).encode("utf-8", errors="replace")
    signature = sign(message_id="evt_1", timestamp_seconds=moment, body=sent, secrets=[secret])
    headers = {"webhook-id": "evt_1", "webhook-timestamp": str(moment), "webhook-signature": signature}
    assert Webhook(secret).verify(sent, headers) == json.loads(sent)


@pytest.mark.parametrize(
    ("message_id", "shift", "body"),
    [("evt_2", 0, b'{"a":1}'), ("evt_1", 1, b'{"a":1}'), ("evt_1", 0, b'{"a": 1}')],
)
def test_the_reference_library_refuses_another_id_time_or_body(message_id: str, shift: int, body: bytes):
    secret, moment = new_secret(), now_seconds()
    signature = sign(message_id="evt_1", timestamp_seconds=moment, body=b'{"a":1}', secrets=[secret])
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(moment + shift),
        "webhook-signature": signature,
    }
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, headers)


def test_during_rotation_old_and_new_both_verify_newest_first():
    new, old, moment = new_secret(), new_secret(), now_seconds()
    signature = sign(message_id="evt_1", timestamp_seconds=moment, body=b"{}", secrets=[new, old])
    headers = {"webhook-id": "evt_1", "webhook-timestamp": str(moment), "webhook-signature": signature}
    assert signature.split()[0] == sign(message_id="evt_1", timestamp_seconds=moment, body=b"{}", secrets=[new])
    assert Webhook(new).verify(b"{}", headers) == Webhook(old).verify(b"{}", headers) == {}
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(b"{}", headers)


def test_only_the_ten_newest_secrets_sign():
    secrets = [new_secret() for _ in range(11)]
    value = sign(message_id="evt_1", timestamp_seconds=1, body=b"{}", secrets=secrets)
    assert value == sign(message_id="evt_1", timestamp_seconds=1, body=b"{}", secrets=secrets[:10])
    assert len(value.split(" ")) == 10


def test_bytes_that_are_no_text_are_signed_as_they_are():
    plain = sign(message_id="e", timestamp_seconds=1, body=b"\xff\x00", secrets=[PUBLISHED_SECRET])
    assert plain != sign(message_id="e", timestamp_seconds=1, body=b"\xff", secrets=[PUBLISHED_SECRET])


@pytest.mark.parametrize("message_id", ["", "a.b", "a b", "a\n", "é"])
def test_an_id_that_would_blur_the_signed_content_is_refused(message_id: str):
    with pytest.raises(ValueError, match="a webhook id holds only"):
        sign(message_id=message_id, timestamp_seconds=1, body=b"{}", secrets=[PUBLISHED_SECRET])


def test_no_secret_no_signature():
    with pytest.raises(ValueError, match="at least one secret"):
        sign(message_id="evt_1", timestamp_seconds=1, body=b"{}", secrets=[])


@pytest.mark.parametrize("length", [24, 32, 64])
def test_secrets_of_24_to_64_bytes_are_taken(length: int):
    assert secret_key("whsec_" + base64.b64encode(b"k" * length).decode()) == b"k" * length


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        "whsec_not base64",
        "whsec_é",
        PUBLISHED_SECRET.removeprefix("whsec_"),
        "whsec_" + base64.b64encode(b"k" * 23).decode(),
        "whsec_" + base64.b64encode(b"k" * 65).decode(),
    ],
)
def test_other_secrets_are_refused_without_being_repeated(secret: str):
    with pytest.raises(InvalidSecret) as refused:
        secret_key(secret)
    assert str(refused.value).endswith(": use a generated one")
    assert not secret or secret.removeprefix("whsec_") == "" or secret not in str(refused.value)
