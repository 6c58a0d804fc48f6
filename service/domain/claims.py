"""What another system says of people: in its own words, before anything is made of it. Pure data."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from service.domain.assignments import PRIMARY
from service.domain.batch_places import ActualPay

_UNKEPT = re.compile("[\x00\ud800-\udfff]")


def keepable(text: str) -> str:
    """A text as any database takes it: NUL and halves of surrogate pairs, which JSON may hold, become U+FFFD."""
    return _UNKEPT.sub("\ufffd", text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A row over there: from a day on, a person's job is so. None is what it does not say.

    `level`, `grade`, `zone`, `team` and `role` are its own names; a mapping says what of ours they stand for. With
    `ended` nobody holds the job from that day on. `pay` is what the person is paid there: used, and kept nowhere.
    `place` names the row for whoever looks for it there, as table and id.
    """

    external_ids: Mapping[str, str]
    effective_on: date | None
    key: str | None = None
    name: str | None = field(default=None, repr=False)
    job: str = PRIMARY
    level: str | None = None
    grade: str | None = None
    zone: str | None = None
    team: str | None = None
    role: str | None = None
    ended: bool = False
    pay: ActualPay | None = field(default=None, repr=False)
    reason: str | None = None
    place: str | None = None

    @property
    def references(self) -> tuple[str, ...]:
        """What the person may be found by here, the key first."""
        named = (f"{system}:{value}" for system, value in self.external_ids.items())
        return ((self.key,) if self.key is not None else ()) + tuple(named)
