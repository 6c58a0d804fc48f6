"""Claims of another system become changes here, through the ordinary use cases and in the connection's name.

    report = await run(tools, connection, source, caller=actor, dry_run=True)

What is to be done of a person follows from their rows and from what is recorded alone: a run that was killed begins
anew and finds done what was done. So does what this service wrote there itself, when it comes back.
"""

import asyncio
from collections.abc import Callable, Sequence

from service.connectors.intake_acts import Doing
from service.connectors.intake_loads import Load
from service.connectors.intake_people import Group, Planned, grouped, planned, problem_of, together, unnameable
from service.connectors.kinds import Source, Tools
from service.connectors.wire import Unreachable
from service.domain.access import Actor, Scope, require
from service.domain.intake_reports import IntakeProblem, IntakeReport, Tally
from service.domain.mappings import SystemMapping
from service.domain.refusals import Conflict, Refused, Stale, Unavailable
from service.usecases.connection_loads import DONE, LOAD, is_approved_first
from service.usecases.connection_mappings import mapping_in_use
from service.usecases.connection_turns import TURN_SECONDS, end_turn, keep_turn, take_turn
from service.usecases.connection_work import cursor_of
from service.usecases.intake_people import KnownPeople, known_people
from service.usecases.open_connections import OpenConnection

CURSOR = "intake"
"""Under which name it is kept how far people were read."""
MOST_REASON = 64
_TRIES = 4
"""How often a person is planned for anew whom somebody else changes meanwhile."""

Progress = Callable[[IntakeReport], None]


class Halted(Exception):
    """A source does not trust what it reads: nothing more is taken in, and the next run begins where this one did."""

    def __init__(self, code: str, detail: str, remedy: str) -> None:
        super().__init__(code)
        self.alarm = _alarm(code, detail, remedy)


def alarm_of(error: Halted | Unreachable | Refused) -> IntakeProblem:
    """Why reading from another system came to its end, and what to do."""
    match error:
        case Halted(alarm=alarm):
            return alarm
        case Unreachable():
            return _alarm(
                "unreachable", f"their system could not be read: {error}", "see to the connection, read again"
            )
        case Refused():
            return _alarm(error.code, error.detail, f"/problems/{error.code} says what mends it")


def _alarm(code: str, detail: str, remedy: str) -> IntakeProblem:
    return IntakeProblem(code=code, person=None, row=None, detail=detail, remedy=remedy)


async def run(
    tools: Tools,
    connection: OpenConnection,
    source: Source,
    *,
    caller: Actor,
    dry_run: bool = False,
    everything: bool = False,
    on_progress: Progress = lambda _report: None,
) -> IntakeReport:
    """Take in what has changed there since the last run; the first time everything, as a first load.

    `everything` reads all of it again, as is useful once a mapping was mended. A first load needs `caller` to be an
    admin. `on_progress` is told after some people how far it has come. A source that cannot be reached or trusted is
    an alarm of the report, which is then not `complete`. Raises Forbidden `missing-scope`, Conflict `intake-running`.
    """

    async def read(living: "asyncio.Task[Refused] | None" = None) -> IntakeReport:
        since = await cursor_of(tools.runtime, connection, CURSOR)
        intake = _Intake(
            tools, connection, caller=caller, first_load=since is None, dry_run=dry_run, on_progress=on_progress
        )
        intake.living = living
        return await intake.read(source, None if everything else since)

    first_load = await cursor_of(tools.runtime, connection, CURSOR) is None
    require(caller, Scope.ADMIN if first_load else Scope.ASSIGNMENTS_WRITE)
    if dry_run:
        return await read()
    holder = await take_turn(tools.runtime, connection, caller=caller, first_load=first_load)
    living = asyncio.create_task(_live_on(tools, connection, holder))
    cursors: dict[str, str] = {}
    try:
        report = await read(living)
        if report.complete:
            cursors = {LOAD: DONE} if first_load else {}
            if source.cursor is not None:
                cursors[CURSOR] = source.cursor
    finally:
        living.cancel()
        await asyncio.wait({living})
        await end_turn(tools.runtime, connection, holder, cursors=cursors)
    return report


async def _live_on(tools: Tools, connection: OpenConnection, holder: str) -> Refused:
    """Signs of life while it is read. Returns what says that the turn is lost, which ends the reading."""
    while True:
        await asyncio.sleep(TURN_SECONDS / 4)
        try:
            await keep_turn(tools.runtime, connection, holder)
        except Unavailable:
            # The next sign may come in time.
            continue
        except Refused as lost:
            return lost


async def run_for(tools: Tools, connection: OpenConnection, source: Source) -> IntakeReport:
    """Take in some people that a source is only about, whatever else there is: how far all was read stays."""
    intake = _Intake(tools, connection, caller=connection.actor, first_load=False, dry_run=False)
    return await intake.read(source, None)


class _Intake:
    def __init__(
        self,
        tools: Tools,
        connection: OpenConnection,
        *,
        caller: Actor,
        first_load: bool,
        dry_run: bool,
        on_progress: Progress = lambda _report: None,
    ) -> None:
        self._runtime = tools.runtime
        self._connection = connection
        self._first_load = first_load
        self._dry_run = dry_run
        self._on_progress = on_progress
        self._tally = Tally()
        self._seen: set[str] = set()
        self._reason = f"sync:{connection.key}"[:MOST_REASON]
        self._doing = Doing(self._runtime, connection.actor, connection.id, self._tally)
        self._load = Load(self._runtime, caller, connection, self._tally)
        self.living: asyncio.Task[Refused] | None = None
        """Who keeps the turn; ends once it is lost. None for what takes no turn."""
        self._held: list[Planned] | None = None
        """What is not done before a first load is approved, where it has to be; None where nothing has to be."""

    async def read(self, source: Source, since: str | None) -> IntakeReport:
        mapping = await mapping_in_use(self._runtime, self._connection.id)
        try:
            if self._first_load and not self._dry_run:
                await self._begin_load()
                if self._load.waits:
                    return self._report()
            async for groups in grouped(source.claims(since)):
                await self._take_in(groups, mapping)
                self._on_progress(self._report())
            await self._end_load(mapping)
            self._tally.complete = not self._load.waits
        except (Halted, Unreachable, Refused) as error:
            self._tally.alarms.append(alarm_of(error))
        self._tally.refused(_remarks(source))
        return self._report()

    async def _begin_load(self) -> None:
        """As a first load, or, where that was applied meanwhile, as what is left of it."""
        if await self._load.decided():
            self._first_load = False
        elif await is_approved_first(self._runtime):
            self._held = []

    async def _end_load(self, mapping: SystemMapping) -> None:
        await self._load.flush()
        held, self._held = self._held or (), None
        if self._load.waits:
            await self._load.keep_whole()
        for plan in held:
            if self._load.waits:
                self._told(plan)
            else:
                await self._done(plan, mapping)

    async def _take_in(self, groups: Sequence[Group], mapping: SystemMapping) -> None:
        fresh = [group for group in groups if self._is_first(group)]
        known = await known_people(self._runtime, self._connection, together(fresh))
        for group in fresh:
            # Planning takes its time, and others have their turn.
            await asyncio.sleep(0)
            if self.living and self.living.done():
                raise self.living.result()
            self._tally.people += 1
            plan = self._planned(group, known, mapping)
            if self._dry_run:
                self._foresee(plan)
            elif self._held is not None and not _only_records(plan, some=bool(plan.bindings)):
                self._held.append(plan)
            else:
                await self._done(plan, mapping)
            if self._load.is_full:
                await self._load.flush()

    def _planned(self, group: Group, known: KnownPeople, mapping: SystemMapping) -> Planned:
        """In a first load as what was, unless something has to be taken back: that is done by the rules, and told."""
        plan = planned(group, known, mapping, reason=self._reason, backfill=self._first_load)
        if not self._first_load or _only_records(plan):
            return plan
        return planned(group, known, mapping, reason=self._reason, backfill=False)

    def _is_first(self, group: Group) -> bool:
        """Rows of somebody whose others came before cannot be told from all there are: nothing is done with them.

        Nor is anything with rows of whom no database can be asked: nobody else's are held up by them.
        """
        if not group.is_nameable:
            self._tally.refused([unnameable(group)])
            return False
        if group.person not in self._seen:
            self._seen.add(group.person)
            return True
        text = "their rows did not come beside each other"
        self._tally.refused([problem_of(group, "rows-apart", text, group.claims[0].place)])
        return False

    async def _done(self, plan: Planned, mapping: SystemMapping) -> None:
        """Do it; of somebody whom others change meanwhile it is planned anew."""
        for left in reversed(range(_TRIES)):
            try:
                await self._carry_out(plan)
                break
            except Unavailable:
                raise
            except Refused as refusal:
                if not left or not isinstance(refusal, Stale | Conflict):
                    plan.problems.append(problem_of(plan.group, refusal.code, refusal.detail))
                    break
            known = await known_people(self._runtime, self._connection, plan.group.references)
            plan = self._planned(plan.group, known, mapping)
        self._told(plan)

    async def _carry_out(self, plan: Planned) -> None:
        """Raises what is refused of this person."""
        if plan.blocked:
            return
        if not self._first_load or not _only_records(plan):
            await self._doing.do(plan)
            return
        if plan.known and self._held is None:
            await self._doing.bind(plan)
        self._load.add(plan)

    def _foresee(self, plan: Planned) -> None:
        self._told(plan)
        if not plan.blocked:
            self._tally.made += plan.known is None
            self._tally.bound += len(plan.bindings)
            for step in plan.steps:
                self._tally.recorded(step.name)

    def _told(self, plan: Planned) -> None:
        self._tally.unchanged += plan.unchanged
        self._tally.refused(plan.problems)
        self._tally.chosen(plan.choices)

    def _report(self) -> IntakeReport:
        return self._tally.report(self._connection.id, dry_run=self._dry_run, first_load=self._first_load)


def _only_records(plan: Planned, *, some: bool = False) -> bool:
    """Whether nothing has to be taken back, and with `some` whether there is anything to record."""
    return all(step.act == "record" for step in plan.steps) and not (some and not plan.steps)


def _remarks(source: Source) -> Sequence[IntakeProblem]:
    """What a source has to say of rows that it made no claims of, if it says such things."""
    return getattr(source, "problems", ())
