import base64

import pytest

from service.webhooks.sealer import AesGcmSealer, Unsealable

SETTING = "a setting of at least thirty-two characters"
OTHER = "another setting of thirty-two or more chars"


@pytest.mark.parametrize("plain", [b"", b"whsec_abc", bytes(range(256)) * 40])
def test_what_was_sealed_opens(plain: bytes):
    sealed = AesGcmSealer(SETTING).seal(plain, context="end_1")
    assert AesGcmSealer(SETTING).open(sealed, context="end_1") == plain


def test_a_sealed_text_shows_its_key_id_and_nothing_else():
    sealer = AesGcmSealer(SETTING)
    sealed = sealer.seal(b"whsec_abc", context="end_1")
    assert sealed.split(".")[:2] == ["s1", sealer.key_id]
    assert "whsec_abc" not in sealed
    assert b"whsec_abc" not in base64.urlsafe_b64decode(sealed.split(".")[2])
    assert sealed != sealer.seal(b"whsec_abc", context="end_1")
    assert sealer.key_id != AesGcmSealer(OTHER).key_id


def test_a_text_moved_to_another_row_does_not_open():
    sealer = AesGcmSealer(SETTING)
    with pytest.raises(Unsealable, match="moved from another row"):
        sealer.open(sealer.seal(b"secret", context="end_1"), context="end_2")


def test_another_key_does_not_open_and_is_named():
    sealed = AesGcmSealer(SETTING).seal(b"secret", context="end_1")
    with pytest.raises(Unsealable, match=f"sealed with key {AesGcmSealer(SETTING).key_id}, which is not set"):
        AesGcmSealer(OTHER).open(sealed, context="end_1")


def test_another_key_under_the_same_id_fails_closed():
    sealed = AesGcmSealer(SETTING).seal(b"secret", context="end_1")
    forged = sealed.replace(AesGcmSealer(SETTING).key_id, AesGcmSealer(OTHER).key_id)
    with pytest.raises(Unsealable, match="altered"):
        AesGcmSealer(OTHER).open(forged, context="end_1")


def test_a_previous_key_opens_and_the_current_one_seals():
    old = AesGcmSealer(SETTING).seal(b"secret", context="end_1")
    both = AesGcmSealer(OTHER, previous=[SETTING])
    assert both.open(old, context="end_1") == b"secret"
    assert AesGcmSealer(OTHER).open(both.seal(b"secret", context="end_1"), context="end_1") == b"secret"


def test_each_altered_byte_is_noticed():
    sealer = AesGcmSealer(SETTING)
    head, key_id, text = sealer.seal(b"secret", context="end_1").split(".")
    blob = base64.urlsafe_b64decode(text)
    for position in range(len(blob)):
        changed = bytearray(blob)
        changed[position] ^= 1
        with pytest.raises(Unsealable, match="altered"):
            sealer.open(f"{head}.{key_id}.{base64.urlsafe_b64encode(changed).decode()}", context="end_1")


@pytest.mark.parametrize(
    "sealed", ["", "plain", "s1", "s2.{key}.AAAA", "s1.{key}.", "s1.{key}.AAAA", "s1.{key}.é", "s1.{key}.%"]
)
def test_other_texts_are_refused(sealed: str):
    sealer = AesGcmSealer(SETTING)
    with pytest.raises(Unsealable, match="restore the row from a backup"):
        sealer.open(sealed.replace("{key}", sealer.key_id), context="end_1")
