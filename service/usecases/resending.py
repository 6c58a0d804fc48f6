"""Somebody's events go to a connection once more: who they are there, or what stands there of them, is not what it was.

It is a replay like those that owners ask for, made in the transaction that gives rise to it.
"""

import json

from sqlalchemy.ext.asyncio import AsyncConnection

from service.storage import connections, crowds, employees
from service.storage.connections import ConnectionRecord
from service.usecases.act import Act
from service.usecases.replay_ranges import ReplayRequest
from service.usecases.replays import asked_of
from service.usecases.subscriptions import WITHOUT_PAY
from service.webhooks import feed, replays
from service.webhooks.selection import Selection, count_events, find_target


async def send_again_if_rebound(a: Act, employee_id: str, system: str, value: str) -> None:
    """When a person is about to get this id in `system` after another one: to the connections that it is an id of.

    Who never had another one waits for it by now, or was never told of there. A job that had none was passed by, so its
    first one counts too. Before the recorder is taken.
    """
    is_another = await employees.had_another_id(a.tx, employee_id, system, value)
    held = await connections.list_connections(a.tx)
    named = [one for one in held if is_another and system == one.system]
    # An id of one of their jobs there has the job's key behind the system.
    of_jobs = [one for one in held if system.startswith(f"{one.system}-")]
    if of_jobs:
        jobs = {key for _, key in await crowds.jobs_of(a.tx, [employee_id])}
        named += [one for one in of_jobs if system.removeprefix(f"{one.system}-") in jobs]
    told = [one.id for one in named if await send_again(a, one, employee_id)]
    if told:
        a.audit_detail.update(sent_again=told)


async def send_again(a: Act, connection: ConnectionRecord, employee_id: str) -> bool:
    """All that the connection was to be sent of a person; False where that is nothing."""
    target = (
        await find_target(a.tx, public_id=connection.endpoint_id, for_share=True) if connection.endpoint_id else None
    )
    if target is None:
        return False
    subject, told = f"employee:{employee_id}", False
    for after, until in await _stretches(a.tx, connection, subject):
        selection = Selection(after=after, until=until, subject=subject)
        counted = await count_events(a.tx, target, selection)
        if not counted.events:
            continue
        told = True
        await replays.insert_replay(
            a.tx,
            replay_id=a.runtime.new_id("rep"),
            target=target,
            asked=asked_of(ReplayRequest(subject=employee_id)),
            selection=selection,
            counted=counted,
            by=a.actor.id,
            now=a.now,
        )
    return told


async def _stretches(tx: AsyncConnection, connection: ConnectionRecord, subject: str) -> list[tuple[int, int]]:
    """Behind which position and up to which: before there was the connection nothing was for it, and a first load,
    whenever it came, is for nobody."""
    begin = (await feed.place_at(tx, connection.created_at - 1)).position
    bodies = await feed.bodies_of(tx, subject, after=begin, rendering=WITHOUT_PAY)
    loaded = [position for position, body in bodies if json.loads(body)["data"].get("backfill")]
    ends = [*(position - 1 for position in loaded), (await feed.latest_place(tx)).position]
    return [(after, until) for after, until in zip([begin, *loaded], ends, strict=True) if after < until]
