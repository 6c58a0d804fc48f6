"""A copy of one job's live changes, on which acts are tried before they are done. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from service.domain.amendments import Correction, Recorded, correct, withdraw
from service.domain.changes import EVENT_OF_KIND, decide
from service.domain.definitions import Definitions
from service.domain.intake import PLACES, Wanted
from service.domain.statements import Override, Proposal
from service.domain.timelines import LiveChange, Timeline, fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A live change of the job. `made`: by the connection; `written`: it is known to have been written there.

    `effective` tells that it took effect, so it is rescinded and not cancelled.
    """

    recorded: Recorded
    made: bool
    written: bool
    effective: bool

    @property
    def id(self) -> str:
        return self.recorded.change.id

    @property
    def day(self) -> date:
        return self.recorded.change.effective_on

    @property
    def form(self) -> str:
        return self.recorded.change.form

    @property
    def place(self) -> tuple[date, int]:
        """In the order of the fold."""
        return self.day, self.recorded.change.ordinal

    @property
    def is_theirs(self) -> bool:
        """Whether it came from there or stands there. What definitions bring about does neither."""
        return (self.made or self.written) and self.form != "map"


class JobCopy:
    """Acts on it raise what the acts themselves would be refused with, and then leave it as it was."""

    def __init__(self, held: Sequence[Held], definitions: Definitions, today: date) -> None:
        self._held = {one.id: one for one in held}
        self._definitions = definitions
        self._today = today

    def timeline(self, *, but: Held | None = None) -> Timeline:
        """The fold, without one of the changes if that is asked."""
        return fold([one for one in self._live() if but is None or one.id != but.id], self._definitions)

    def find(self, change_id: str) -> Held:
        return self._held[change_id]

    def has(self, held: Held) -> bool:
        return held.id in self._held

    def last(self, wanted: Callable[[Held], bool]) -> Held | None:
        """The last in the order of the fold that is wanted."""
        return max(filter(wanted, self._held.values()), key=lambda one: one.place, default=None)

    def first(self, wanted: Callable[[Held], bool]) -> Held | None:
        return min(filter(wanted, self._held.values()), key=lambda one: one.place, default=None)

    def states(self, held: Held) -> dict[str, str | None]:
        """What a change states, by the levels of today's names."""
        return dict(held.recorded.change.means(self._definitions))

    def says(self, held: Held, wanted: Wanted) -> bool:
        """Whether a change states what a row says, and nothing that the row says otherwise."""
        if held.form == "end" or wanted.ended:
            return held.form == "end" and wanted.ended
        states = self.states(held)
        stated = {noun: states.get(noun) for noun in PLACES}
        level = f"{states['ladder']}/{states['level']}" if states.get("level") else None
        named = [(said, level if noun == "level" else stated[noun]) for noun, said in wanted.said.items()]
        return any(ours is not None for _, ours in named) and all(
            ours is None or ours in one.among for one, ours in named
        )

    def record(
        self, change_id: str, day: date, to: dict[str, str | None] | None, *, override: Override | None, backfill: bool
    ) -> str:
        """The kind of the change."""
        proposal = Proposal(change_id=change_id, effective_on=day, to=to, override=override, is_backfill=backfill)
        made = decide(proposal, live=self._live(), definitions=self._definitions, today=self._today)
        kind = made.move.kind
        self._keep(
            Recorded(change=made.change, kind=kind, grade_delta=made.move.grade_delta, announced=EVENT_OF_KIND[kind])
        )
        return kind

    def correct(
        self, held: Held, change_id: str, day: date, to: dict[str, str | None] | None, *, restated: bool
    ) -> None:
        asked = Correction(change_id=change_id, effective_on=day, restated=restated, to=to)
        made = correct(held.recorded, asked, live=self._live(), definitions=self._definitions, today=self._today)
        assert made.change
        del self._held[held.id]
        self._keep(
            Recorded(
                change=made.change, kind=made.move.kind, grade_delta=made.move.grade_delta, announced=made.announces
            )
        )

    def withdraw(self, held: Held) -> None:
        withdraw(held.recorded, live=self._live(), definitions=self._definitions, today=self._today)
        del self._held[held.id]

    def _keep(self, recorded: Recorded) -> None:
        effective = recorded.change.effective_on <= self._today
        one = Held(recorded=recorded, made=True, written=False, effective=effective)
        self._held[one.id] = one

    def _live(self) -> list[LiveChange]:
        return [one.recorded.change for one in sorted(self._held.values(), key=lambda one: one.place)]
