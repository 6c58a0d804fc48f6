"""Batches as messages: id, body, what is answered of each event, and what that means lane by lane. Pure."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.webhooks.batch_verdicts import Came, Divided, judge_parcel
from service.webhooks.batches import said_of
from service.webhooks.course import HEAD_BYTES
from service.webhooks.entries import entries_of
from service.webhooks.envelopes import Envelopes, Key, Opened
from service.webhooks.forms import Origin, batch_id_of, empty_bytes
from service.webhooks.outcomes import Answer, NoAnswer, decide
from service.webhooks.parcels import Parcel, arranged
from service.webhooks.retry import SCHEDULE_SECONDS
from service.webhooks.transport import BODY_CAP_BYTES, OutboundRequest
from service.webhooks.verdicts import Judged
from service.webhooks.work import Head
from tests.webhooks.heads import answered, batching, head, heads

OPENED = Opened(keys=(Key(secret="whsec_" + "a" * 44, expires_at=None),))
ENVELOPES = Envelopes(Origin())


def parcel(*events: str) -> Parcel:
    return Parcel(heads=heads(*events), batch=True)


def judged(sent: Parcel, came: Answer | NoAnswer, **chosen: object) -> list[Judged] | Divided:
    outcome = decide(came, now_seconds=0)
    answer = Came(
        came=came, outcome=outcome, started_at=1_000_000, chance=0.5, scale=1.0, throttle_seconds=5.0, spared=False
    )
    return judge_parcel(sent, batching(**chosen), answer)


def results(*said: Mapping[str, object]) -> Answer:
    return answered(200, json.dumps({"results": said}).encode())


def requested(sent: Parcel) -> OutboundRequest:
    return ENVELOPES.parcel(batching(), OPENED, sent, at=7_000_000)


def told(outcome: list[Judged] | Divided) -> list[tuple[str, list[str], list[str], list[str], str | None]]:
    """(verdict, delivered before, head and what follows it, error of each entry, end) of each."""
    assert isinstance(outcome, list)
    return [
        (
            one.result.verdict,
            [behind.event_id for behind in one.result.before],
            [behind.event_id for behind in (one.result.head, *one.result.rest)],
            [entry.error_class or "" for entry in entries_of(one.result)],
            one.end,
        )
        for one in outcome
    ]


# The message.


def test_a_batch_holds_each_body_as_it_is_under_an_id_that_its_content_gives() -> None:
    spaced = head("b-2", body='{"id": "b-2",  "x": "é"}')
    sent = Parcel(heads=(head("a-1"), spaced), batch=True)
    request = requested(sent)
    name = batch_id_of(["a-1", "b-2"])
    assert request.message_id == sent.id == name
    assert name.startswith("bat_") and len(name) == 30 and name[4:].isalnum()
    assert request.body.decode() == (
        f'{{"type":"batch","id":"{name}","events":[{{"id":"a-1"}},{{"id": "b-2",  "x": "é"}}]}}'
    )
    assert (request.content_type, request.head_bytes) == ("application/json", BODY_CAP_BYTES)
    assert request.signature == requested(sent).signature
    assert batch_id_of(["a-1", "b-2"]) != batch_id_of(["b-2", "a-1"])


def test_a_batch_of_one_is_still_a_batch_and_a_single_event_is_not() -> None:
    alone = requested(parcel("a-1"))
    assert json.loads(alone.body) == {"type": "batch", "id": alone.message_id, "events": [{"id": "a-1"}]}
    single = requested(Parcel(heads=heads("a-1")))
    assert (single.message_id, single.body, single.head_bytes) == ("a-1", b'{"id":"a-1"}', HEAD_BYTES)


@pytest.mark.parametrize("form", ["standard", "cloudevents"])
@pytest.mark.parametrize("thin", [False, True])
def test_a_batch_is_as_large_as_its_events_and_what_parts_them(form: str, thin: bool) -> None:
    endpoint, forms = batching(format=form, thin=thin), ENVELOPES.forms
    sent = heads("a-1", "b-2", "c-3")
    sizes = [forms.size(one, endpoint) for one in sent]
    whole = forms.batch(sent, endpoint).content
    assert len(whole) == empty_bytes(endpoint.format) + sum(sizes) + len(sent) - 1


def test_events_are_by_key_and_position_and_by_position_where_all_have_one_order() -> None:
    runs = [heads("b-2", "b-5"), heads("a-4"), heads("a-6")]
    assert [one.event_id for one in arranged(runs, ordering="per_key")] == ["a-4", "a-6", "b-2", "b-5"]
    strict = [[head("b-2", lane="*"), head("a-4", lane="*"), head("b-5", lane="*")]]
    assert [one.event_id for one in arranged(strict, ordering="strict")] == ["b-2", "a-4", "b-5"]


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


def test_a_body_that_was_cut_off_says_nothing() -> None:
    came = Answer(
        status=200,
        headers={},
        body_head="",
        body=results({"id": "a-1", "status": "retry"}).body,
        duration_ms=1,
        truncated=True,
    )
    assert told(judged(parcel("a-1"), came)) == [("delivered", [], ["a-1"], [""], None)]


# What it means.


def test_only_the_lane_of_an_event_to_be_tried_again_waits_and_what_is_behind_it_with_it() -> None:
    sent = parcel("a-1", "a-2", "a-3", "b-4", "c-5")
    came = results({"id": "a-2", "status": "retry"}, {"id": "a-3", "status": "ok"}, {"id": "c-5", "status": "ok"})
    assert told(judged(sent, came)) == [
        ("failed", ["a-1"], ["a-2", "a-3"], ["", "refused", "order"], None),
        ("delivered", [], ["b-4"], [""], None),
        ("delivered", [], ["c-5"], [""], None),
    ]


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


# Halves.


def test_halves_are_cut_between_lanes_and_within_one_only_if_there_is_no_other() -> None:
    tried = judged(parcel("a-1", "b-2"), answered(400))
    assert isinstance(tried, Divided)
    first, second = parcel("a-1", "a-2", "a-3", "b-4", "c-5").halves(tried.tried)
    assert [one.event_id for one in first.heads] == ["a-1", "a-2", "a-3"]
    assert [one.event_id for one in second.heads] == ["b-4", "c-5"]
    low, high = first.halves(tried.tried)
    assert ([one.event_id for one in low.heads], [one.event_id for one in high.heads]) == (["a-1"], ["a-2", "a-3"])
    assert (len(second.earlier), len(high.earlier)) == (1, 2)


@given(
    lanes=st.lists(st.integers(1, 7), min_size=1, max_size=7).filter(lambda lanes: sum(lanes) > 1),
    poison=st.integers(0, 48),
)
def test_dividing_finds_the_one_event_and_sends_every_other_within_a_few_requests(
    lanes: list[int], poison: int
) -> None:
    """As if answered: 400 to whatever holds the poisonous one, and what waits behind it in its lane is not sent."""
    names = [f"{'abcdefg'[lane]}-{lane * 10 + number}" for lane, count in enumerate(lanes) for number in range(count)]
    bad = names[poison % len(names)]
    waiting, delivered, alone, requests = [parcel(*names)], list[str](), list[str](), 0
    while waiting:
        sent = waiting.pop(0)
        requests += 1
        if bad not in [one.event_id for one in sent.heads]:
            delivered += [one.event_id for one in sent.heads]
            continue
        outcome = judged(sent, answered(400))
        if isinstance(outcome, Divided):
            # Of one lane, the second half waits until the first is done.
            waiting = [*sent.halves(outcome.tried), *waiting]
        else:
            alone += [one.event_id for one in sent.heads]
            lane: Head = sent.first
            waiting = [one for one in waiting if one.first.lane != lane.lane or one.first.pos < lane.pos]
    assert alone == [bad]
    kept = [name for name in names if name[0] == bad[0] and int(name[2:]) > int(bad[2:])]
    assert sorted(delivered) == sorted(set(names) - {bad} - set(kept))
    assert requests <= 2 * len(names)
