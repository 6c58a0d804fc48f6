"""One endpoint in memory: what goes when, by which limits, and what is forgotten when. Pure; with its own clock."""

from dataclasses import replace
from typing import Any

import pytest

from service.webhooks.desk import TURNS, Desk
from service.webhooks.envelopes import Key, Opened
from service.webhooks.forms import Forms, Origin
from service.webhooks.parcels import Parcel
from service.webhooks.work import Claimed, Owned, Recorded
from tests.webhooks.depot import result
from tests.webhooks.heads import batching, claimed, head, heads, owned

OPENED = Opened(keys=(Key(secret="whsec_x", expires_at=None),))
FORMS = Forms(Origin())


def desk_of(chosen: Owned, **more: Any) -> Desk:
    return Desk(chosen, OPENED, size=FORMS.size, **more)


def desk(found: Any, **chosen: Any) -> Desk:
    """A desk of an endpoint that batches, which has read `found`."""
    made = desk_of(batching(**chosen))
    made.claimed(found, now=0.0)
    return made


def drained(made: Desk, now: float = 0.0) -> list[list[str]]:
    """Everything that may go now, parcel by parcel."""
    gone: list[list[str]] = []
    while made.may_send(now):
        gone.append([one.event_id for one in made.next_parcel(now).heads])
    return gone


def recorded(*events: str, follows: str | None = None, ok: bool = True) -> Recorded:
    first, *rest = heads(*events)
    following = head(follows, gen=5) if follows else None
    return Recorded(result=replace(result(first, ok=ok), rest=tuple(rest)), following=following, revision=1)


# What goes into a batch.


def test_a_batch_takes_several_lanes_and_what_follows_in_each_up_to_its_count() -> None:
    made = desk(claimed("b-1", "b-4", "a-2", "c-3", "c-5"), batch_max=4)
    assert drained(made) == [["a-2", "b-1", "b-4", "c-3"]]
    # What is behind c-3 waits for it, not for a place.
    assert made.busy == {"a", "b", "c"}
    made.in_flight -= 1
    made.go_on(recorded("c-3", follows="c-5"))
    assert drained(made) == [["c-5"]]
    assert made.busy == {"a", "b", "c"}


def test_bytes_bound_a_batch_exactly_and_a_larger_event_goes_alone() -> None:
    bodies = {"a-1": "é" * 50, "b-2": "x" * 100, "c-3": "y" * 101, "d-4": "z" * 500, "e-5": "w"}
    made = [head(event, body=body) for event, body in bodies.items()]
    # An empty batch has 76 bytes; each event adds its own, and commas go between them.
    exact = desk(Claimed(heads=made, more=False), batch_bytes=76 + 100 + 1 + 100)
    assert drained(exact) == [["a-1", "b-2"], ["c-3"], ["d-4"], ["e-5"]]


def test_the_bound_of_bytes_is_that_of_the_body_as_it_is_posted() -> None:
    made = [head(f"{lane}-{number}") for number, lane in enumerate("abcdefghi", start=1)]
    for bound in range(90, 300, 7):
        sizes: list[int] = []
        full = desk(Claimed(heads=made, more=False), batch_bytes=bound)
        while full.may_send(0.0):
            parcel = full.next_parcel(0.0)
            assert len(FORMS.batch(parcel.heads, batching()).content) <= bound or len(parcel.heads) == 1
            sizes.append(len(FORMS.batch(parcel.heads, batching()).content))
        assert sizes[:-1] == [size for size in sizes[:-1] if size + len('{"id":"a-1"},') > bound or size > bound]


def test_an_event_is_in_a_batch_once_and_replays_stay_among_themselves() -> None:
    again = [head("a-1"), head("a-1", pos=9, replay_id="r1"), head("b-2"), head("c-3", replay_id="r1")]
    made = desk(Claimed(heads=again, more=False))
    assert drained(made) == [["a-1"], ["b-2"], ["c-3"]]
    made.in_flight -= 1
    made.go_on(Recorded(result=result(again[0]), following=again[1], revision=1))
    assert drained(made) == [["a-1"]]


# When it goes.


def test_a_batch_lingers_for_more_and_goes_at_once_when_it_is_full() -> None:
    made = desk_of(batching(linger_ms=500, batch_max=3))
    made.claimed(claimed("a-1"), now=10.0)
    assert (made.may_send(10.49), made.wakes_at(10.0)) == (False, 10.5)
    made.claimed(claimed("b-2"), now=10.4)
    assert drained(made, 10.49) == []
    assert drained(made, 10.5) == [["a-1", "b-2"]]
    made.claimed(claimed("c-3", "d-4", "e-5", "f-6"), now=11.0)
    assert drained(made, 11.0) == [["c-3", "d-4", "e-5"]]
    assert made.wakes_at(11.0) == 11.5
    sized = desk_of(batching(linger_ms=500, batch_bytes=90))
    sized.claimed(claimed("a-1", "b-2"), now=1.0)
    assert drained(sized, 1.0) == [["a-1"]]


def test_single_events_never_linger() -> None:
    made = desk_of(owned(linger_ms=500))
    made.claimed(claimed("a-1"), now=10.0)
    assert drained(made, 10.0) == [["a-1"]]


def test_requests_are_paced_whatever_they_carry_and_the_desk_knows_when_to_look_again() -> None:
    made = desk(claimed("a-1", "b-2", "c-3", "d-4", "e-5"), batch_max=1, rate=2.0, burst=2)
    assert drained(made, 0.0) == [["a-1"], ["b-2"]]
    assert made.wakes_at(0.0) == 0.5
    assert drained(made, 0.499) == []
    assert drained(made, 0.5) == [["c-3"]]
    made.not_before = 9.0
    assert made.wakes_at(0.5) == 9.0
    assert drained(made, 9.0) == [["d-4"], ["e-5"]]
    assert made.wakes_at(9.0) is None


def test_whoever_takes_an_endpoint_over_begins_without_a_burst() -> None:
    made = desk_of(owned(rate=1.0, burst=5), now=3.0, fresh=False)
    made.claimed(claimed("a-1", "b-2"), now=3.0)
    assert (drained(made, 3.0), made.wakes_at(3.0)) == ([], 4.0)


def test_a_change_of_the_rate_gives_no_second_burst() -> None:
    made = desk_of(owned(rate=1.0, burst=2))
    made.claimed(claimed("a-1", "b-2", "c-3"))
    assert drained(made) == [["a-1"], ["b-2"]]
    made.drop_ready()
    made.resume(owned(rate=1.0, burst=3, revision=2), OPENED, now=0.0)
    made.claimed(claimed("c-3", "d-4"))
    assert drained(made) == []
    assert made.wakes_at(0.0) == 1.0


@pytest.mark.parametrize(("allowed", "most", "goes"), [(2, 9, 2), (9, 1, 1), (9, 9, 3), (0, 9, 0)])
def test_of_all_limits_of_what_is_under_way_the_least_counts(allowed: int, most: int, goes: int) -> None:
    made = desk_of(owned(max_in_flight=3))
    made.claimed(claimed("a-1", "b-2", "c-3", "d-4"))
    made.allowed = allowed
    sent = 0
    while made.may_send(0.0, most=most):
        made.next_parcel(0.0)
        sent += 1
    assert sent == goes
    # Only the end of a request lets the next one begin: there is no instant to wait for.
    assert made.wakes_at(0.0, most=most) is None


# Parts of a batch.


def split(made: Desk) -> tuple[Parcel, Parcel]:
    parcel = made.next_parcel(0.0)
    made.in_flight -= 1
    halves = parcel.halves(result(parcel.first, ok=False))
    made.divide(*halves)
    return halves


def test_parts_go_before_everything_else_and_beside_each_other() -> None:
    made = desk(claimed("a-1", "b-2", "c-3", "d-4"), batch_max=2, linger_ms=0)
    split(made)
    assert drained(made) == [["a-1"], ["b-2"], ["c-3", "d-4"]]


def test_of_one_lane_the_second_part_waits_for_the_first() -> None:
    made = desk(claimed("a-1", "a-2", "a-3", "a-4"))
    split(made)
    assert drained(made) == [["a-1", "a-2"]]
    made.go_on(recorded("a-1", "a-2", follows="a-3"))
    parcel = made.next_parcel(0.0)
    assert [(one.event_id, one.gen) for one in parcel.heads] == [("a-3", 5), ("a-4", 1)]
    assert len(parcel.earlier) == 1
    assert made.busy == {"a"}


def test_what_waits_behind_a_part_that_failed_is_read_anew_and_its_tries_are_told() -> None:
    made = desk(claimed("a-1", "a-2", "a-3", "a-4"))
    split(made)
    made.next_parcel(0.0)
    (unsent,) = made.never_sent("a")
    assert [one.event_id for one in unsent.heads] == ["a-3", "a-4"]
    made.go_on(recorded("a-1", "a-2", ok=False))
    assert made.busy == frozenset()
    assert not made.may_send(0.0)


def test_a_lane_that_spoilt_a_batch_goes_alone_until_it_is_done() -> None:
    made = desk(claimed("a-1", "b-2"))
    made.keep_alone("a")
    assert drained(made) == [["a-1"], ["b-2"]]
    made.go_on(recorded("a-1", follows="a-3"))
    made.claimed(claimed("a-3", "a-4", "c-5"))
    assert drained(made) == [["a-3", "a-4", "c-5"]]


def test_what_is_forgotten_when_the_endpoint_changes_is_everything_not_under_way() -> None:
    made = desk(claimed("a-1", "a-2", "b-3", "b-4", "c-5"), batch_max=3)
    split(made)
    made.next_parcel(0.0)
    made.hold()
    # Only what is under way is still known to be busy, and nothing goes any more.
    assert made.busy == {"a"}
    made.go_on(recorded("a-1", "a-2", follows="a-6"))
    assert (made.busy, made.may_send(0.0)) == (frozenset(), False)
    made.resume(batching(revision=2), OPENED, now=0.0)
    assert not made.may_send(0.0)
    # Nothing is counted as under way any more.
    assert made.room == desk_of(batching()).room


def test_a_batch_divided_after_the_endpoint_was_held_is_read_anew() -> None:
    made = desk(claimed("a-1", "b-2"))
    parcel = made.next_parcel(0.0)
    made.hold()
    made.divide(*parcel.halves(result(parcel.first, ok=False)))
    assert made.busy == frozenset()


# Turns.


def test_a_lane_that_always_has_something_lets_those_go_that_were_not_even_read() -> None:
    made = desk_of(owned())
    made.claimed(claimed("a-1", more=True))
    for number in range(1, TURNS):
        assert drained(made) == [[f"a-{number}"]]
        made.in_flight -= 1
        made.go_on(recorded(f"a-{number}", follows=f"a-{number + 1}"))
    drained(made)
    made.go_on(recorded(f"a-{TURNS}", follows=f"a-{TURNS + 1}"))
    assert (made.busy, made.passed_over, made.runs_dry()) == (frozenset(), {"a"}, True)
    assert not made.runs_dry(), "said once"
    made.claimed(claimed("b-900"))
    assert made.passed_over == {"b"}


def test_a_lane_goes_on_for_ever_while_nobody_waits_to_be_read() -> None:
    made = desk_of(owned())
    made.claimed(claimed("a-1"))
    for number in range(1, 3 * TURNS):
        assert drained(made) == [[f"a-{number}"]]
        made.in_flight -= 1
        made.go_on(recorded(f"a-{number}", follows=f"a-{number + 1}"))
