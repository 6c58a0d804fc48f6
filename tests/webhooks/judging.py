"""Batches judged by what is answered to them, as the sender does it, and what comes of it in short."""

import json
from collections.abc import Mapping

from service.webhooks.batch_verdicts import Came, Divided, judge_parcel
from service.webhooks.entries import entries_of
from service.webhooks.outcomes import Answer, NoAnswer, decide
from service.webhooks.parcels import Parcel
from service.webhooks.verdicts import Judged
from tests.webhooks.heads import answered, batching, heads


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
