"""What is answered to a batch, and what that means lane by lane. Pure."""

import json
from dataclasses import replace

import pytest

from service.webhooks.batch_verdicts import Divided
from service.webhooks.batches import said_of
from service.webhooks.entries import entries_of
from service.webhooks.outcomes import Answer
from service.webhooks.parcels import Parcel
from service.webhooks.retry import SCHEDULE_SECONDS
from tests.webhooks.heads import answered, head, heads
from tests.webhooks.judging import judged, parcel, results, told

# What is answered.


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'{"results":{}}',
        b'{"results":null}',
        b'{"results":["a-1",7,null,{},{"id":7}]}',
        b"\xff\xfe",
        b'{"results":[{"id":"x-1","status":"retry"}]}',
        b"[" * 60_000,
        b'{"results":[{"id":"a-1"',
    ],
)
def test_an_answer_that_says_nothing_of_its_events_is_its_status(body: bytes) -> None:
    assert said_of(body, ["a-1", "b-2"]) == {}
    assert told(
        judged(parcel("a-1", "a-2", "b-2"), Answer(status=200, headers={}, body_head="", body=body, duration_ms=1))
    ) == [
        ("delivered", [], ["a-1", "a-2"], ["", ""], None),
        ("delivered", [], ["b-2"], [""], None),
    ]


def test_an_event_named_counts_as_it_is_named_and_with_an_unknown_word_as_to_be_tried_again() -> None:
    said = [{"id": "a", "status": "ok"}, {"id": "b", "status": "reject"}, {"id": "c", "status": "Retry"}]
    said += [{"id": "d"}, {"id": "e", "status": "retry"}, {"id": "e", "status": "ok"}, {"id": "b", "status": "ok"}]
    body = json.dumps({"results": said}).encode()
    assert said_of(body, list("abcdef")) == {"a": "ok", "b": "reject", "c": "retry", "d": "retry", "e": "retry"}


def cut(body: bytes, **headers: str) -> Answer:
    return replace(answered(200, body, **headers), truncated=True)


def test_what_an_answer_that_was_cut_off_says_of_its_events_is_not_guessed() -> None:
    """It may have named any of them further on: fewer at a time have shorter answers."""
    begun = b' {"more":"' + b"x" * 60_000 + b'","results":[{"id":"a-1","status":"ok"},{"id":"a-2","st'
    divided = judged(parcel("a-1", "a-2", "b-3"), cut(begun))
    assert isinstance(divided, Divided)
    assert (divided.wait_seconds, divided.tried.verdict, divided.tried.outcome) == (None, "failed", "failed")
    assert (divided.tried.status, divided.tried.error_class) == (200, "refused")
    assert told(judged(parcel("a-1"), cut(begun))) == [("failed", [], ["a-1"], ["refused"], None)]
    assert isinstance(judged(parcel("a-1", "b-2"), cut(b'{"more":"' + b"x" * 60_000)), Divided)
    assert told(judged(parcel("a-1"), cut(b'{"more":"'))) == [("delivered", [], ["a-1"], [""], None)]
    for of_no_such_form in (b"<html>" + begun, b"[" + begun):
        assert told(judged(parcel("a-1", "b-2"), cut(of_no_such_form))) == [
            ("delivered", [], ["a-1"], [""], None),
            ("delivered", [], ["b-2"], [""], None),
        ]


def test_who_asks_for_nothing_more_is_heard_whatever_is_said_of_single_events() -> None:
    for word, end in (("retry", None), ("reject", "aborted"), ("postpone", None), ("ok", None)):
        said = [{"id": event, "status": word} for event in ("a-1", "b-2")]
        came = judged(parcel("a-1", "b-2"), replace(results(*said), headers={"webhook-delivery": "disable"}))
        assert isinstance(came, list)
        assert (came[0].stop, came[0].end) == ("disabled", end)
    begun = judged(parcel("a-1", "b-2"), cut(b'{"results":[', webhook_delivery="disable"))
    assert isinstance(begun, list), "nothing is sent again to who wants nothing"
    assert [(one.stop, one.result.verdict) for one in begun] == [("disabled", "failed"), (None, "failed")]


# What it means.


def test_only_the_lane_of_an_event_to_be_tried_again_waits_and_what_is_behind_it_with_it() -> None:
    sent = parcel("a-1", "a-2", "a-3", "b-4", "c-5")
    came = results({"id": "a-2", "status": "retry"}, {"id": "a-3", "status": "ok"}, {"id": "c-5", "status": "ok"})
    assert told(judged(sent, came)) == [
        ("failed", ["a-1"], ["a-2", "a-3"], ["", "refused", "order"], None),
        ("delivered", [], ["b-4"], [""], None),
        ("delivered", [], ["c-5"], [""], None),
    ]


def test_an_event_postponed_holds_back_its_lane_and_uses_up_nothing() -> None:
    sent = Parcel(heads=(head("a-1", attempts=9, tries=9), *heads("a-2", "a-3", "b-4", "c-5")), batch=True)
    said = ({"id": "a-2", "status": "postpone"}, {"id": "c-5", "status": "retry"}, {"id": "c-5", "status": "postpone"})
    came = judged(sent, results(*said))
    assert told(came) == [
        ("failed", ["a-1"], ["a-2", "a-3"], ["", "postponed", "order"], None),
        ("delivered", [], ["b-4"], [""], None),
        ("failed", [], ["c-5"], ["postponed"], None),
    ]
    assert isinstance(came, list)
    assert [(one.is_postponed, one.is_rare, one.result.burns, one.result.delay_us) for one in came] == [
        (True, True, False, 900_000_000),
        (False, False, False, 0),
        (True, True, False, 900_000_000),
    ]
    asked = judged(sent, replace(results(*said), headers={"retry-after": "7"}))
    assert isinstance(asked, list)
    assert [one.result.delay_us for one in asked] == [7_000_000, 0, 7_000_000]
    assert [one.reason for one in asked] == [None] * 3, "what a receiver says is not told on"


@pytest.mark.parametrize("status", [400, 413, 422, 423, 503])
def test_a_batch_postponed_as_a_whole_is_not_divided_and_each_of_its_lanes_waits(status: int) -> None:
    sent = Parcel(heads=(head("a-1", attempts=9, tries=9), *heads("a-2", "b-3")), batch=True)
    came = judged(sent, replace(answered(status, b"why", webhook_delivery="postpone"), ours=True))
    assert told(came) == [
        ("failed", [], ["a-1", "a-2"], ["postponed", "order"], None),
        ("failed", [], ["b-3"], ["postponed"], None),
    ]
    assert isinstance(came, list)
    assert [(one.result.burns, one.wait_seconds, one.reason) for one in came] == [(False, None, "why")] * 2


def test_a_rejected_event_is_dead_and_its_lane_goes_on() -> None:
    came = results({"id": "a-2", "status": "reject"}, {"id": "b-4", "status": "reject"})
    assert told(judged(parcel("a-1", "a-2", "a-3", "b-4"), came)) == [
        ("failed", ["a-1"], ["a-2"], ["", "rejected"], "aborted"),
        ("delivered", [], ["a-3"], [""], None),
        ("failed", [], ["b-4"], ["rejected"], "aborted"),
    ]


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_batch_refused_as_such_is_divided_and_a_single_event_backs_off(status: int) -> None:
    divided = judged(parcel("a-1", "b-2"), answered(status, b"no"))
    assert isinstance(divided, Divided)
    assert (divided.wait_seconds, divided.tried.status, divided.tried.outcome) == (None, status, "failed")
    (one,) = told(judged(parcel("a-1"), answered(status)))
    assert one == ("failed", [], ["a-1"], ["rejected"], None)
    later = judged(parcel("a-1", "b-2"), answered(status, retry_after="7"))
    assert isinstance(later, Divided)
    assert later.wait_seconds == 7


def test_never_again_is_said_of_one_event_only() -> None:
    assert isinstance(judged(parcel("a-1", "b-2"), answered(404, webhook_delivery="abort-message")), Divided)
    (one,) = told(judged(parcel("a-1"), answered(404, webhook_delivery="abort-message")))
    assert one[4] == "aborted"


@pytest.mark.parametrize("status", [301, 404, 408, 500])
def test_otherwise_all_lanes_back_off_together(status: int) -> None:
    outcome = judged(parcel("a-1", "a-2", "b-3"), answered(status, b"x" * 2_000))
    assert isinstance(outcome, list)
    assert [(one.result.head.event_id, len(one.result.rest), one.result.burns) for one in outcome] == [
        ("a-1", 1, True),
        ("b-3", 0, True),
    ]
    assert {one.result.delay_us for one in outcome} == {int(SCHEDULE_SECONDS[0] * 1_000_000)}
    assert {one.result.response_head for one in outcome} == {"x" * 256}


def test_an_endpoint_that_throttles_stops_or_is_gone_does_so_for_all() -> None:
    throttled = judged(parcel("a-1", "b-2"), answered(429, retry_after="9"))
    assert isinstance(throttled, list)
    assert [(one.wait_seconds, one.result.burns, one.end) for one in throttled] == [(9, False, None)] * 2
    gone = judged(parcel("a-1", "b-2"), answered(410))
    assert isinstance(gone, list)
    assert [(one.stop, one.result.outcome) for one in gone] == [("gone", "gone")] * 2


def test_the_last_failure_of_a_head_is_its_end_and_not_of_what_is_behind_it() -> None:
    sent = Parcel(heads=(head("a-1", attempts=9, tries=9), head("a-2"), head("b-3")), batch=True)
    first, second = told(judged(sent, answered(500)))
    assert (first[2], first[4], second[4]) == (["a-1", "a-2"], "exhausted", None)
    blocked = judged(sent, answered(500), on_exhausted="block")
    assert isinstance(blocked, list)
    assert [[entry.outcome for entry in entries_of(one.result)] for one in blocked] == [
        ["blocked", "failed"],
        ["failed"],
    ]
    assert blocked[0].result.delay_us is None
