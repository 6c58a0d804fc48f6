"""Batches as messages: id, body, how they are divided. Pure."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.webhooks.batch_verdicts import Divided
from service.webhooks.course import HEAD_BYTES
from service.webhooks.envelopes import Envelopes, Key, Opened
from service.webhooks.forms import Origin, batch_id_of, empty_bytes
from service.webhooks.parcels import Parcel, arranged
from service.webhooks.transport import BODY_CAP_BYTES, OutboundRequest
from service.webhooks.work import Head
from tests.webhooks.heads import answered, batching, head, heads
from tests.webhooks.judging import judged, parcel

OPENED = Opened(keys=(Key(secret="whsec_" + "a" * 44, expires_at=None),))
ENVELOPES = Envelopes(Origin())


def requested(sent: Parcel) -> OutboundRequest:
    return ENVELOPES.parcel(batching(), OPENED, sent, at=7_000_000)


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
