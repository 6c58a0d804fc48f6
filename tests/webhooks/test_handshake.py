"""Consent is only what names us, whatever the status; what is granted bounds what is asked for."""

import pytest

from service.webhooks.access import OPEN
from service.webhooks.handshake import MOST_A_MINUTE, Consent, bounded_rate, consent_of, handshake
from service.webhooks.outcomes import Answer, NoAnswer


def answered(status: int = 200, **headers: str) -> Answer:
    named = {f"webhook-allowed-{name}": value for name, value in headers.items()}
    return Answer(status=status, headers=named, body_head="", duration_ms=1)


@pytest.mark.parametrize(
    ("came", "consent"),
    [
        (answered(origin="us.example"), Consent()),
        (answered(origin=" US.example ", rate="*"), Consent()),
        (answered(405, origin="*", rate="30"), Consent(rate=0.5)),
        (answered(origin="*", rate="999999999999"), Consent(rate=MOST_A_MINUTE / 60)),
    ],
)
def test_consent(came: Answer, consent: Consent) -> None:
    assert consent_of(came, origin="us.example") == consent
    assert consent.given


@pytest.mark.parametrize(
    ("came", "why"),
    [
        (answered(204), "its answer 204 has no WebHook-Allowed-Origin"),
        (answered(origin="example"), "it allows example, and this is us.example"),
        (answered(origin="x\x1b[2J"), "it allows x�[2J"),
        (answered(origin="us.example, other"), "it allows us.example, other"),
        *[(answered(origin="*", rate=rate), "rate that cannot be read") for rate in ("", "0", "-1", "1.5", "ten", "²")],
        (NoAnswer(error_class="proxy", detail="ours", duration_ms=1), "it could not be asked for consent (ours)"),
        (NoAnswer(error_class="tls", detail="handshake", duration_ms=1), "tls: handshake"),
    ],
)
def test_anything_else_is_none(came: Answer | NoAnswer, why: str) -> None:
    consent = consent_of(came, origin="us.example")
    assert not consent.given
    assert why in (consent.refused or "")


def test_the_question_names_us_and_what_is_wished_for() -> None:
    asked = handshake(url="https://a.example/", origin="us.example", rate=0.01, access=OPEN, timeout_ms=100)
    assert (asked.method, asked.body, asked.message_id, asked.timeout_seconds) == ("OPTIONS", b"", "", 0.1)
    assert asked.extra_headers == {"WebHook-Request-Origin": "us.example", "WebHook-Request-Rate": "1"}
    without = handshake(url="https://a.example/", origin="us.example", rate=None, access=OPEN, timeout_ms=100)
    assert without.extra_headers == {"WebHook-Request-Origin": "us.example"}


@pytest.mark.parametrize(
    ("own", "granted", "rate"),
    [(None, None, None), (5.0, None, 5.0), (None, 2.0, 2.0), (5.0, 2.0, 2.0), (1.0, 2.0, 1.0)],
)
def test_the_lower_rate_holds(own: float | None, granted: float | None, rate: float | None) -> None:
    assert bounded_rate(own, Consent(rate=granted)) == rate
