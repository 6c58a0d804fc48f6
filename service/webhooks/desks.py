"""The endpoints that one dispatcher has in memory, kept to those that it owns."""

from collections.abc import Callable, Sequence
from itertools import islice

from service.webhooks.desk import Desk
from service.webhooks.envelopes import CLOSED, Opened, opened
from service.webhooks.forms import Forms
from service.webhooks.sealer import Sealer, Unsealable
from service.webhooks.work import Owned


class Desks(dict[int, Desk]):
    """By the endpoint's number. `on_step` is told `unsealable` of an endpoint whose secrets cannot be opened."""

    def __init__(self, *, sealer: Sealer, forms: Forms, on_step: Callable[[str, object], None]) -> None:
        super().__init__()
        self._sealer = sealer
        self._forms = forms
        self._on_step = on_step
        self.leaving: frozenset[int] = frozenset()
        """Those beyond a fair share: they take up nothing new, and are given back when nothing is under way."""

    def settle(self, owned: Sequence[Owned], *, surplus: int, now: float) -> None:
        """Make them those of the endpoints owned. One that has changed forgets what it had read ahead.

        A desk with something under way stays, held, even if its endpoint takes nothing now: were it forgotten and
        the endpoint resumed, its events under way would be sent beside themselves.
        """
        current = {one.id: one for one in owned}
        self.leaving = frozenset(
            islice((number for number in current if number in self and self[number].busy), surplus)
        )
        for number, desk in list(self.items()):
            if number not in current:
                desk.hold()
                if not desk.busy and not desk.lost:
                    del self[number]
        for number, one in current.items():
            self._settle(number, one, now=now)

    def _settle(self, number: int, one: Owned, *, now: float) -> None:
        desk = self.get(number)
        if number in self.leaving:
            self[number].hold()
        elif desk is None or desk.owned.epoch != one.epoch:
            self[number] = Desk(one, self._open(one), size=self._forms.size, now=now, fresh=one.epoch == 1)
        elif desk.busy and desk.owned.ordering != one.ordering:
            # What is under way has lanes that are no more: begun anew beside it, it would be overtaken.
            desk.hold()
        elif desk.held or desk.owned != one:
            desk.drop_ready()
            desk.resume(one, self._open(one), now=now)

    def _open(self, one: Owned) -> Opened:
        try:
            return opened(one, self._sealer)
        except Unsealable as error:
            self._on_step("unsealable", (one.public_id, str(error)))
            return CLOSED
