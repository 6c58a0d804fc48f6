"""What the sender's steps mean for the figures."""

from service.telemetry.book import Book
from service.telemetry.catalogue import NONE
from service.webhooks.work import Tried


def note_step(book: Book, step: str, detail: object) -> None:
    """One step of the dispatcher, as its `on_step` tells it."""
    match step, detail:
        case "tried", Tried():
            _tried(book, detail)
        case "claiming", float():
            book.observe("sender_claim_seconds", detail)
        case "claimed", int():
            book.count("sender_claimed", amount=detail)
        case (("failed" | "unsealable"), _):
            book.count("sender_faults", step)
        case "unsent", _:
            book.count("sender_faults", step)
        case "stopped", _:
            book.count("endpoints_stopped")
        case _:
            pass


def _tried(book: Book, tried: Tried) -> None:
    result, endpoint = tried.result, book.endpoint(tried.endpoint)
    outcome = "dead" if tried.is_dead else result.outcome
    book.count("delivery_attempts", endpoint, outcome, result.error_class or NONE)
    book.observe("delivery_attempt_duration_seconds", result.duration_ms / 1000, endpoint)
    head = tried.head
    if tried.n == 1 and not head.replay_id and head.recorded_at:
        # Two clocks: that of this process, and that of the record.
        delay = max(0.0, (result.started_at - head.recorded_at) / 1_000_000)
        book.observe("delivery_delay_seconds", delay, endpoint)
