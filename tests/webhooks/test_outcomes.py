import pytest

from service.webhooks.outcomes import (
    Aborted,
    Answer,
    Delivered,
    Disabled,
    ErrorClass,
    Failed,
    Gone,
    NetworkClass,
    NoAnswer,
    Outcome,
    Postponed,
    Throttled,
    Unsent,
    decide,
    is_outage,
)

NOW = 1_800_000_000.0  # Fri, 15 Jan 2027 08:00:00 GMT


def outcome_of(status: int, **headers: str) -> Outcome:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return decide(Answer(status=status, headers=named, body_head="", duration_ms=1.0), now_seconds=NOW)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 206, 299])
def test_2xx_is_delivered(status: int):
    assert outcome_of(status) == Delivered()
    assert outcome_of(status, retry_after="60") == Delivered()


@pytest.mark.parametrize(
    ("status", "error_class"),
    [
        (101, "rejected"),
        (300, "redirect"),
        (301, "redirect"),
        (302, "redirect"),
        (304, "redirect"),
        (307, "redirect"),
        (308, "redirect"),
        (400, "rejected"),
        (401, "rejected"),
        (403, "rejected"),
        (404, "rejected"),
        (408, "unavailable"),
        (409, "rejected"),
        (422, "rejected"),
        (425, "unavailable"),
        (500, "unavailable"),
        (501, "unavailable"),
        (502, "unavailable"),
        (503, "unavailable"),
        (504, "unavailable"),
        (599, "unavailable"),
        (600, "rejected"),
        (999, "rejected"),
    ],
)
def test_without_retry_after_the_lane_backs_off(status: int, error_class: ErrorClass):
    assert outcome_of(status) == Failed(error_class=error_class)
    assert outcome_of(status, retry_after="junk") == Failed(error_class=error_class)
    assert outcome_of(status, retry_after="-1") == Failed(error_class=error_class)


@pytest.mark.parametrize(
    ("status", "error_class", "burns"),
    [
        (429, "throttled", False),
        (503, "unavailable", False),
        (500, "unavailable", True),
        (502, "unavailable", True),
        (408, "unavailable", True),
        (404, "rejected", True),
        (302, "redirect", True),
    ],
)
def test_retry_after_throttles_the_endpoint_on_any_status(status: int, error_class: ErrorClass, burns: bool):
    expected = Throttled(error_class=error_class, wait_seconds=120.0, burns_attempt=burns)
    assert outcome_of(status, retry_after="120") == expected
    assert outcome_of(status, retry_after="Fri, 15 Jan 2027 08:02:00 GMT") == expected


@pytest.mark.parametrize("hint", ["junk", "-1", "", "1e3", "Fri, 99 Foo 2027 99:99:99 GMT"])
def test_429_without_a_hint_throttles_all_the_same(hint: str):
    expected = Throttled(error_class="throttled", wait_seconds=None, burns_attempt=False)
    assert outcome_of(429, retry_after=hint) == outcome_of(429) == expected


def test_a_hint_of_ten_years_is_a_day():
    assert outcome_of(503, retry_after="315360000") == Throttled(
        error_class="unavailable", wait_seconds=86_400.0, burns_attempt=False
    )


def test_410_is_gone_whatever_else_is_said():
    assert outcome_of(410) == Gone()
    assert outcome_of(410, retry_after="60", webhook_delivery="abort-message") == Gone()


@pytest.mark.parametrize("value", ["disable", "Disable", " DISABLE "])
def test_the_receiver_can_disable_its_endpoint(value: str):
    assert outcome_of(200, webhook_delivery=value) == Delivered(disable=True)
    assert outcome_of(500, webhook_delivery=value) == Disabled()
    assert outcome_of(503, webhook_delivery=value, retry_after="60") == Disabled()


@pytest.mark.parametrize("value", ["abort-message", "Abort-Message"])
def test_the_receiver_can_abort_one_message(value: str):
    assert outcome_of(422, webhook_delivery=value) == Aborted(error_class="rejected")
    assert outcome_of(503, webhook_delivery=value, retry_after="60") == Aborted(error_class="unavailable")
    assert outcome_of(200, webhook_delivery=value) == Delivered()


@pytest.mark.parametrize("status", [301, 409, 423, 429, 500, 503])
def test_the_receiver_can_postpone_one_message(status: int):
    """Whatever the status says otherwise: nobody is at fault, and only its lane waits."""
    assert outcome_of(status, webhook_delivery=" Postpone ") == Postponed(wait_seconds=None)
    assert outcome_of(status, webhook_delivery="postpone", retry_after="junk") == Postponed(wait_seconds=None)
    assert outcome_of(status, webhook_delivery="postpone", retry_after="0") == Postponed(wait_seconds=1.0)
    assert outcome_of(status, webhook_delivery="postpone", retry_after="315360000") == Postponed(wait_seconds=86_400.0)
    assert not is_outage(outcome_of(status, webhook_delivery="postpone"))


def test_what_is_taken_or_gone_is_not_postponed():
    assert outcome_of(200, webhook_delivery="postpone") == Delivered()
    assert outcome_of(410, webhook_delivery="postpone") == Gone()


def test_an_unknown_control_word_changes_nothing():
    assert outcome_of(500, webhook_delivery="explode") == Failed(error_class="unavailable")
    assert outcome_of(200, webhook_delivery="explode") == Delivered()


@pytest.mark.parametrize("error_class", ["timeout", "dns", "connect", "tls", "protocol", "egress"])
def test_no_answer_backs_off_under_its_own_class(error_class: NetworkClass):
    outcome = decide(NoAnswer(error_class=error_class, detail="", duration_ms=1.0), now_seconds=NOW)
    assert outcome == Failed(error_class=error_class)
    assert is_outage(outcome)


def test_what_did_not_get_out_of_here_speaks_against_nobody():
    outcome = decide(NoAnswer(error_class="proxy", detail="", duration_ms=1.0), now_seconds=NOW)
    assert outcome == Unsent(error_class="proxy")
    assert not is_outage(outcome)


def test_which_answers_speak_against_the_endpoint():
    assert [is_outage(outcome_of(status)) for status in (408, 500, 503)] == [True, True, True]
    assert is_outage(outcome_of(503, retry_after="5"))
    assert not any(is_outage(outcome_of(status)) for status in (200, 302, 404, 410, 422, 429))
    assert not is_outage(outcome_of(429, retry_after="5"))
