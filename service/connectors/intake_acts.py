"""Doing what was planned of a person, act by act, each upon the revision it was planned on."""

from collections.abc import Mapping
from typing import Any

from service.connectors.intake_people import Group, Planned
from service.domain.access import Actor
from service.domain.intake_reports import Tally
from service.domain.intake_steps import NEW, Step
from service.usecases.act import IdempotencyKey, Runtime
from service.usecases.amendments import CorrectionRequest, WithdrawalRequest, correct_change, withdraw_change
from service.usecases.changes import ChangeRequest, record_change
from service.usecases.employees import create_employee, set_external_id


class Doing:
    """Acts in the name of `actor`; what was done is counted in `tally` once it is."""

    def __init__(self, runtime: Runtime, actor: Actor, connection_id: str, tally: Tally) -> None:
        self._runtime = runtime
        self._actor = actor
        self._connection_id = connection_id
        self._tally = tally

    async def do(self, plan: Planned) -> None:
        """Raises Stale where the person has moved since, and what the acts are refused with."""
        employee = plan.known.id if plan.known else await self._made(plan.group)
        revision = await self.bind(plan) if plan.known else 0
        done: dict[str, str] = {}
        for number, step in enumerate(plan.steps):
            answer = await self._act(plan.group, employee, step, revision, done)
            done[f"{NEW}{number}"] = answer["id"]
            revision = answer["revision"]
            self._tally.recorded(step.name)

    async def bind(self, plan: Planned) -> int:
        """Add the ids that are missing; returns the person's revision then."""
        assert plan.known
        revision = plan.known.revision
        for system, value in plan.bindings.items():
            outcome = await set_external_id(self._runtime, self._actor, plan.known.id, system, value, expected=revision)
            revision = outcome.answer["revision"]
            self._tally.bound += 1
        return revision

    async def _made(self, group: Group) -> str:
        outcome = await create_employee(
            self._runtime,
            self._actor,
            key=group.key,
            name=group.name,
            external_ids=group.external_ids,
            idempotency=self._key(group, "create", 0),
        )
        if not outcome.replayed:
            self._tally.made += 1
        return outcome.answer["id"]

    async def _act(
        self, group: Group, employee: str, step: Step, revision: int, done: Mapping[str, str]
    ) -> dict[str, Any]:
        key = self._key(group, step, revision)
        target = done.get(step.target or "", step.target or "")
        match step.act:
            case "record":
                outcome = await record_change(
                    self._runtime, self._actor, employee, change_of(step), expected=revision, key=key
                )
            case "correct":
                asked = CorrectionRequest(change=change_of(step), restated=step.restated)
                outcome = await correct_change(self._runtime, self._actor, target, asked, expected=revision, key=key)
            case "withdraw":
                how = "rescinded" if step.name == "rescinded" else "cancelled"
                asked = WithdrawalRequest(reason=step.reason)
                outcome = await withdraw_change(
                    self._runtime, self._actor, target, how, asked, expected=revision, key=key
                )
        return outcome.answer

    def _key(self, group: Group, step: object, revision: int) -> IdempotencyKey:
        digest = group.digest(step, revision)
        return IdempotencyKey(scope="\n".join((self._actor.id, "intake", self._connection_id, digest)), request=digest)


def change_of(step: Step) -> ChangeRequest:
    """The step as it is asked for."""
    return ChangeRequest(
        effective_on=step.day,
        job=step.job,
        to=step.to,
        reason=step.reason,
        comment=None,
        override=step.override,
    )
