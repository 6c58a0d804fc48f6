"""What a receiver is tried with, and what it should do: good events, bad ones, and ones that come at a bad time."""

import base64
import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from service.cli.receiving.forwarding import signed_headers
from service.webhooks.signing import new_secret

Wanted = Literal["taken", "refused", "answered"]
"""taken: 2xx; refused: 4xx; answered: either, and whatever comes after is taken."""
TOO_OLD_SECONDS = 600
OVERSIZE_BYTES = 2 * 1024 * 1024


Made = tuple[dict[str, str], bytes]
"""Headers and body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One request, which is made when it is sent: signatures grow old.

    With `slow` its body comes in pieces, over as many seconds as the whole test is told.
    """

    make: Callable[[], Made]
    slow: bool = False

    def but(self, alter: Callable[[Made], Made]) -> "Sent":
        """The same with something done to it after it was signed."""
        return Sent(make=lambda: alter(self.make()), slow=self.slow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """`says` is what is sent, `why` what for, `mend` what to do about a receiver that does otherwise."""

    name: str
    says: str
    sends: tuple[Sent, ...]
    wanted: Wanted
    why: str
    mend: str


@dataclass(slots=True)
class Events:
    """Events about somebody who is not, numbered on. `example` is a body as the service sends them."""

    example: Mapping[str, Any]
    secret: str
    _number: int = 0
    _person: str = field(default_factory=lambda: f"emp_test{secrets.token_hex(8)}")

    def new(self, **more: Any) -> dict[str, Any]:
        self._number += 1
        person = {**self.example["data"]["employee"], "id": self._person, "key": "receiver-test"}
        data = {**self.example["data"], "employee": person}
        about = {"id": f"evt_test{secrets.token_hex(10)}", "sequence": self._number}
        return {**self.example, **about, "data": data, **more}

    def signed(self, event: Mapping[str, Any], *, body: bytes | None = None, ago: int = 0, slow: bool = False) -> Sent:
        """`ago` is how many seconds old the signature is; below 0 it is of a time to come."""
        sent = _bytes(event) if body is None else body

        def make() -> Made:
            return signed_headers(event["id"], sent, secret=self.secret, at=int(time.time()) - ago), sent

        return Sent(make=make, slow=slow)


def trials(example: Mapping[str, Any], secret: str) -> list[Trial]:
    """In the order in which they are to be tried: the first is a good event, so is the last."""
    events = Events(example, secret)
    return [*_good(events), *_signatures(events), *_timestamps(events), *_contents(events), *_conditions(events)]


def _good(events: Events) -> list[Trial]:
    first, earlier, later = events.new(), events.new(), events.new()
    return [
        Trial(
            name="good",
            says="an event, rightly signed",
            sends=(events.signed(first),),
            wanted="taken",
            why="what is not answered 2xx in time is sent again, and delays all later events about the person",
            mend="verify, put the event into a queue of your own, answer 204, and only then work on it",
        ),
        Trial(
            name="duplicate",
            says="the same event again",
            sends=(events.signed(first),),
            wanted="taken",
            why="an event comes again when your answer is lost; refused, it comes again and again",
            mend="remember webhook-id and answer 2xx to one that you have, without doing it twice",
        ),
        Trial(
            name="reordered",
            says="two events about one person, the later first",
            sends=(events.signed(later), events.signed(earlier)),
            wanted="taken",
            why="a replay brings old events behind newer ones",
            mend="compare `sequence` by person: pass by what is older than what you have, and answer 2xx",
        ),
        Trial(
            name="rotated secret",
            says="two signatures, the second yours",
            sends=(_signed_by_both(events),),
            wanted="taken",
            why="while a secret is exchanged for another, each event is signed with both",
            mend="split webhook-signature at spaces and accept the event if any signature beginning with v1, fits",
        ),
    ]


def _signatures(events: Events) -> list[Trial]:
    event = events.new()
    other = Events(events.example, new_secret())
    forged = "anybody who knows your address could tell you who is paid what"
    verify = "verify over the exact bytes that came, before reading them; answer 401 to what does not fit"
    return [
        Trial(
            name="wrong signature",
            says="signed with another secret",
            sends=(other.signed(other.new()),),
            wanted="refused",
            why=forged,
            mend=verify,
        ),
        Trial(
            name="altered body",
            says="a body altered after it was signed",
            sends=(events.signed(event).but(_altered),),
            wanted="refused",
            why=forged,
            mend=verify,
        ),
        Trial(
            name="altered id",
            says="another webhook-id than was signed",
            sends=(events.signed(events.new()).but(lambda made: ({**made[0], "webhook-id": event["id"]}, made[1])),),
            wanted="refused",
            why="with another id an event that you have had would count as new",
            mend="sign over webhook-id, webhook-timestamp and the body, joined by full stops",
        ),
        Trial(
            name="unsigned",
            says="without any webhook headers",
            sends=(events.signed(event).but(_bare),),
            wanted="refused",
            why=forged,
            mend="refuse what lacks one of the three headers, with 400 or 401",
        ),
    ]


def _timestamps(events: Events) -> list[Trial]:
    old = "without a limit, whoever once saw an event can send it again for ever"
    clock = "refuse a webhook-timestamp that is more than 5 minutes from your clock, either way"
    return [
        Trial(
            name="old timestamp",
            says="rightly signed 10 minutes ago",
            sends=(events.signed(events.new(), ago=TOO_OLD_SECONDS),),
            wanted="refused",
            why=old,
            mend=clock,
        ),
        Trial(
            name="future timestamp",
            says="rightly signed, 10 minutes ahead",
            sends=(events.signed(events.new(), ago=-TOO_OLD_SECONDS),),
            wanted="refused",
            why=old,
            mend=clock,
        ),
    ]


def _contents(events: Events) -> list[Trial]:
    unknown = events.new(type="receiver.tested")
    grown = events.new(note={"new": ["member", None, 1.5]})
    grown["data"]["change"] = {**grown["data"]["change"], "kind": "a_kind_of_later", "also_new": True}
    broken = events.new()
    return [
        Trial(
            name="unknown type",
            says="a type that there is not yet",
            sends=(events.signed(unknown),),
            wanted="taken",
            why="types are added; refused, they are tried for days and count against your endpoint",
            mend="answer 2xx to types that you do not know, or subscribe to those that you do",
        ),
        Trial(
            name="unknown fields",
            says="members and values that there are not yet",
            sends=(events.signed(grown),),
            wanted="taken",
            why="members and values are only added within v1, without notice",
            mend="read the members that you need and pass the others by",
        ),
        Trial(
            name="malformed JSON",
            says="rightly signed, and no JSON",
            sends=(events.signed(broken, body=_bytes(broken)[:-7]),),
            wanted="refused",
            why="5xx says that you are broken: after some your endpoint is rested",
            mend="answer 400 to what cannot be read",
        ),
    ]


def _conditions(events: Events) -> list[Trial]:
    large = events.new(padding="x" * OVERSIZE_BYTES)
    return [
        Trial(
            name="oversized",
            says="rightly signed, 2 MiB",
            sends=(events.signed(large), events.signed(events.new())),
            wanted="answered",
            why="whoever knows your address can send what he likes; it must not end your receiver",
            mend="bound how much you read, answer 413 to what is more, and stay there for the next one",
        ),
        Trial(
            name="slow body",
            says="a body that comes slowly, and a good event meanwhile",
            sends=(events.signed(events.new(), slow=True), events.signed(events.new())),
            wanted="answered",
            why="one slow sender must not keep all others waiting",
            mend="serve several requests at once, and bound how long you wait for a body",
        ),
        Trial(
            name="still there",
            says="a good event after all that",
            sends=(events.signed(events.new()),),
            wanted="taken",
            why="what came before must not have left anything behind",
            mend="find which of the others ends it: repeat them one by one with --only",
        ),
    ]


def _altered(made: Made) -> Made:
    return made[0], made[1].replace(b'"receiver-test"', b'"somebody-else"')


def _bare(made: Made) -> Made:
    return {name: value for name, value in made[0].items() if not name.startswith("webhook-")}, made[1]


def _signed_by_both(events: Events) -> Sent:
    """Beside the right signature one of a former secret, and one of a kind that is not known."""
    event, former = events.new(), new_secret()

    def both(made: Made) -> Made:
        headers, body = made
        old = signed_headers(event["id"], body, secret=former, at=int(headers["webhook-timestamp"]))
        unknown = "v1a," + base64.b64encode(secrets.token_bytes(64)).decode()
        joined = " ".join((unknown, old["webhook-signature"], headers["webhook-signature"]))
        return {**headers, "webhook-signature": joined}, body

    return events.signed(event).but(both)


def _bytes(event: Mapping[str, Any]) -> bytes:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
