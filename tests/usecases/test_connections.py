"""What is kept of connections: sealed, told by audit rows without secrets, and as long as it is of use."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from service.domain.refusals import Conflict, NotFound
from service.storage import connection_work as kept
from service.storage.connection_tables import connection, connection_receipt
from service.storage.tables import audit
from service.usecases.connection_feeds import ConnectionRequest
from service.usecases.connection_turns import take_turn
from service.usecases.connection_work import (
    RECEIPT_DAYS,
    Link,
    cursor_of,
    forget_link,
    keep_cursor,
    keep_link,
    links_of,
    once,
    was_seen,
)
from service.usecases.connections import change_connection, create_connection, delete_connection, list_connections
from service.usecases.endpoints import Sending
from service.usecases.feeds import Feed
from service.usecases.open_connections import OpenConnection, open_connection, renew_credentials
from service.usecases.paging import Window
from service.webhooks.egress import EgressGuard
from service.webhooks.forms import Origin
from service.webhooks.sealer import AesGcmSealer
from service.webhooks.transport import OutboundRequest
from tests.stage import HR, TODAY, Stage
from tests.webhooks.post import SEALER

SECRET = "hush-5d1f0a"
FEED = Feed(event_types=("track.switched",), with_pay=False)


class Nowhere:
    async def send(self, request: OutboundRequest) -> None:
        raise AssertionError("nothing is sent from here")


SENDING = Sending(guard=EgressGuard(allow=()), sealer=SEALER, transport=Nowhere(), origin=Origin())  # pyright: ignore[reportArgumentType]


def asked(key: str = "hris") -> ConnectionRequest:
    return ConnectionRequest(
        key=key, kind="binder", system="hris", settings={"a": 1}, feed=FEED, credentials={"token": SECRET}
    )


async def connected(stage: Stage, key: str = "hris") -> OpenConnection:
    await create_connection(stage.runtime, SENDING, HR, asked(key))
    return await open_connection(stage.runtime, SEALER, key)


async def test_credentials_are_sealed_for_one_connection_and_opened_by_one_key(stage: Stage) -> None:
    opened = await connected(stage)
    assert (opened.credentials, SECRET in repr(opened)) == ({"token": SECRET}, False)
    async with stage.database.read() as reading:
        rows = (await reading.execute(select(connection))).all()
        told = (await reading.execute(select(audit.c.actor, audit.c.act, audit.c.detail))).all()
    assert SECRET not in f"{rows}{told}"
    assert told[-1].act == "connections.create"
    with pytest.raises(Conflict) as caught:
        await open_connection(stage.runtime, AesGcmSealer("x" * 40), "hris")
    assert caught.value.code == "not-openable"
    # What is sealed for one cannot be put in another's place.
    await connected(stage, "other")
    async with stage.database.transaction() as tx:
        await tx.execute(
            connection.update().where(connection.c.key == "other").values(credentials_enc=rows[0].credentials_enc)
        )
    with pytest.raises(Conflict):
        await open_connection(stage.runtime, SEALER, "other")


async def test_of_two_that_connect_at_once_under_one_key_one_is_refused(stage: Stage) -> None:
    made = await asyncio.gather(
        *(create_connection(stage.runtime, SENDING, HR, asked()) for _ in range(2)), return_exceptions=True
    )
    (refused,) = (one for one in made if isinstance(one, BaseException))
    assert isinstance(refused, Conflict) and refused.code == "connection-exists"
    assert len((await list_connections(stage.runtime, HR, window=Window(limit=10))).items) == 1


async def test_what_a_system_renews_is_kept_unless_others_were_set_meanwhile(stage: Stage) -> None:
    opened = await connected(stage)
    await renew_credentials(stage.runtime, opened, {"token": "second"})
    again = await open_connection(stage.runtime, SEALER, "hris")
    assert again.credentials == {"token": "second"}
    # Somebody sets others while the next ones are asked for: those that come of the old ones are not put over them.
    request = replace(asked(), credentials={"token": "of another app"})
    await change_connection(stage.runtime, SENDING, HR, "hris", request, expected=again.revision)
    await renew_credentials(stage.runtime, again, {"token": "third"})
    kept = await open_connection(stage.runtime, SEALER, "hris")
    assert (kept.credentials, kept.revision) == ({"token": "of another app"}, again.revision + 1)


async def test_a_message_is_known_again_for_days_and_its_receipt_is_then_forgotten(stage: Stage) -> None:
    opened, other = await connected(stage), await connected(stage, "other")
    assert [await once(stage.runtime, opened, b"a") for _ in range(2)] == [True, False]
    # Another connection has seen nothing.
    assert (await was_seen(stage.runtime, opened, b"a"), await was_seen(stage.runtime, other, b"a")) == (True, False)
    both = await asyncio.gather(*(once(stage.runtime, other, b"z") for _ in range(2)))
    assert sorted(both) == [False, True]
    stage.clock.move_to(TODAY + timedelta(days=RECEIPT_DAYS))
    assert await once(stage.runtime, opened, b"b") is True
    assert await was_seen(stage.runtime, opened, b"a") is True
    stage.clock.move_to(TODAY + timedelta(days=RECEIPT_DAYS + 1))
    assert await once(stage.runtime, opened, b"c") is True
    assert [await was_seen(stage.runtime, opened, one) for one in (b"a", b"b", b"c")] == [False, True, True]
    async with stage.database.read() as reading:
        assert len((await reading.execute(select(connection_receipt))).all()) == 3


async def test_links_and_cursors_are_written_over_told_and_go_with_the_connection(stage: Stage) -> None:
    employee = await stage.create("bob")
    opened = await connected(stage)
    link = Link(employee_id=employee, job="primary", place="row", effective_on=date(2026, 1, 1), remote_id=None)
    later = Link(employee_id=employee, job="primary", place="row", effective_on=date(2026, 3, 1), remote_id="8")
    known = Link(**{**{name: getattr(link, name) for name in link.__dataclass_fields__}, "remote_id": "7"})
    for one in (link, later, known):
        await keep_link(stage.runtime, opened, one)
    assert await links_of(stage.runtime, opened, employee) == (known, later)
    assert await links_of(stage.runtime, opened, employee, place="pay") == ()
    await forget_link(stage.runtime, opened, later)
    assert await links_of(stage.runtime, opened, employee) == (known,)
    assert await cursor_of(stage.runtime, opened, "people") is None
    await keep_cursor(stage.runtime, opened, "people", "1")
    await keep_cursor(stage.runtime, opened, "people", "2")
    assert await cursor_of(stage.runtime, opened, "people") == "2"
    async with stage.database.read() as reading:
        told = (await reading.execute(select(audit.c.actor, audit.c.act))).all()
    assert [(one.actor, one.act) for one in told][-6:] == [
        *[("connection:hris", "connections.written")] * 3,
        ("connection:hris", "connections.removed"),
        *[("connection:hris", "connections.read")] * 2,
    ]
    await delete_connection(stage.runtime, HR, "hris", expected="*")
    async with stage.database.read() as reading:
        assert await kept.links_of(reading, opened.id, employee) == ()
        assert await kept.cursors_of(reading, opened.id) == ()
    # A connector that was at work meanwhile cannot keep anything of it.
    for late in (
        keep_cursor(stage.runtime, opened, "people", "3"),
        keep_link(stage.runtime, opened, link),
        take_turn(stage.runtime, opened, caller=HR, first_load=True),
    ):
        with pytest.raises(NotFound):
            await late
    with pytest.raises(NotFound):
        await once(stage.runtime, opened, b"a")
