"""Subscribing: what is misspelt is refused, pay needs its scope, and the secret is shown once."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
from sqlalchemy import text

from service.domain.access import Actor, Scope
from service.domain.refusals import Conflict, Forbidden, Invalid
from service.rest.contract.events import EVENT_TYPES as PUBLISHED
from service.usecases.access import create_key, revoke_key
from service.usecases.act import IdempotencyKey
from service.usecases.endpoints import Sending, change_endpoint, create_endpoint, list_endpoints, read_endpoint
from service.usecases.paging import Window
from service.usecases.subscriptions import EVENT_TYPES, EndpointRequest
from service.webhooks import lanes
from service.webhooks.addresses import parse_networks
from service.webhooks.egress import EgressGuard
from service.webhooks.forms import Origin
from service.webhooks.tokens import Courier
from service.webhooks.transport import AiohttpTransport
from tests.stage import HR, Stage
from tests.webhooks.post import SEALER, Office

URL = "http://127.0.0.1:9/hook"


@pytest.fixture
async def sending() -> AsyncGenerator[Sending]:
    guard = EgressGuard(allow=parse_networks("127.0.0.1/32"))
    transport = AiohttpTransport(guard=guard, user_agent="dualtrack/test")
    yield Sending(guard=guard, sealer=SEALER, transport=Courier(transport), origin=Origin())
    await transport.close()
    guard.close()


async def count(stage: Stage) -> int:
    return len((await list_endpoints(stage.runtime, HR, window=Window(limit=100))).items)


def test_what_can_be_subscribed_to_is_what_is_published() -> None:
    assert sorted(EVENT_TYPES) == sorted(PUBLISHED)


@pytest.mark.parametrize(
    ("asked", "code", "says"),
    [
        ({"event_types": ("track.swtched",)}, "unknown-event-type", "Did you mean track.switched?"),
        ({"event_types": ("track.switched", "x")}, "unknown-event-type", "Known are *, assignment.started"),
        ({"filters": {"teams": ("core",)}}, "unknown-facet", "Did you mean team?"),
        ({"url": "https://10.1.2.3/hook"}, "endpoint-url-refused", "private network"),
    ],
)
async def test_what_would_match_nothing_is_refused(
    stage: Stage, sending: Sending, asked: dict[str, Any], code: str, says: str
) -> None:
    with pytest.raises(Invalid) as caught:
        await create_endpoint(stage.runtime, sending, HR, EndpointRequest(**{"url": URL, **asked}))
    assert caught.value.code == code
    assert says in caught.value.detail
    assert await count(stage) == 0


async def test_pay_is_sent_only_to_whom_may_read_it(stage: Stage, sending: Sending) -> None:
    without = Actor(id="key:w", scopes=frozenset({Scope.WEBHOOKS_MANAGE}))
    with pytest.raises(Forbidden) as caught:
        await create_endpoint(stage.runtime, sending, without, EndpointRequest(url=URL, include_pay=True))
    assert caught.value.extra == {"scope": "bands:read"}
    assert await count(stage) == 0


async def test_with_a_key_goes_the_pay_its_endpoints_receive(stage: Stage, sending: Sending) -> None:
    made = (
        await create_key(stage.runtime, HR, name="payroll", scopes=frozenset({Scope.WEBHOOKS_MANAGE, Scope.BANDS_READ}))
    ).answer
    payroll = Actor(id=f"key:{made['id']}", scopes=frozenset({Scope.WEBHOOKS_MANAGE, Scope.BANDS_READ}))
    asked = EndpointRequest(url=URL, include_pay=True)
    theirs = (await create_endpoint(stage.runtime, sending, payroll, asked)).answer["id"]
    others = (await create_endpoint(stage.runtime, sending, HR, asked)).answer["id"]
    await revoke_key(stage.runtime, HR, made["id"])
    assert (await read_endpoint(stage.runtime, HR, theirs)).include_pay is False
    assert (await read_endpoint(stage.runtime, HR, others)).include_pay is True


async def test_the_secret_is_shown_once_and_kept_nowhere_in_the_open(stage: Stage, sending: Sending) -> None:
    key = IdempotencyKey(scope="s", request="r")
    first = await create_endpoint(stage.runtime, sending, HR, EndpointRequest(url=URL), key=key)
    again = await create_endpoint(stage.runtime, sending, HR, EndpointRequest(url=URL), key=key)
    secret = first.answer["secret"]
    assert secret.startswith("whsec_")
    assert again.replayed is True
    assert again.answer == {**first.answer, "secret": None}
    assert (await read_endpoint(stage.runtime, HR, first.answer["id"])).secret is None
    async with stage.database.read() as connection:
        for table in ("endpoint", "endpoint_secret", "idempotency", "audit"):
            rows = (await connection.execute(text(f"SELECT * FROM {table}"))).all()
            assert rows
            assert secret not in repr(rows)
            assert secret.removeprefix("whsec_") not in repr(rows)


async def test_a_dry_run_makes_no_endpoint_and_no_id(stage: Stage, sending: Sending) -> None:
    before = await stage.counts()
    dry = await create_endpoint(stage.runtime, sending, HR, EndpointRequest(url=URL), dry_run=True)
    assert (dry.answer["id"], dry.answer["secret"], dry.answer["url"]) == (None, None, URL)
    assert await count(stage) == 0
    assert await stage.counts() == before


async def test_a_burst_needs_a_rate_and_both_can_be_taken_away(stage: Stage, sending: Sending) -> None:
    with pytest.raises(Invalid) as caught:
        await create_endpoint(stage.runtime, sending, HR, EndpointRequest(url=URL, burst=3))
    assert (caught.value.code, caught.value.errors[0].pointer) == ("burst-without-rate", "/burst")
    made = (await create_endpoint(stage.runtime, sending, HR, EndpointRequest(url=URL, rate=2.0, burst=3))).answer
    without_rate = EndpointRequest(cleared=frozenset({"rate"}))
    with pytest.raises(Invalid):
        await change_endpoint(stage.runtime, sending, HR, made["id"], without_rate, expected=made["revision"])
    both = EndpointRequest(cleared=frozenset({"rate", "burst"}))
    now = (await change_endpoint(stage.runtime, sending, HR, made["id"], both, expected=made["revision"])).answer
    assert (now["rate"], now["burst"], now["revision"]) == (None, None, 2)


async def test_an_order_is_not_changed_while_too_much_waits(
    stage: Stage, sending: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = (await create_endpoint(stage.runtime, sending, HR, EndpointRequest(url=URL))).answer
    office = Office(stage.database)
    await office.tell("a", "b")
    monkeypatch.setattr(lanes, "MOST_MOVED", 1)
    strict = EndpointRequest(ordering="strict")
    with pytest.raises(Conflict) as caught:
        await change_endpoint(stage.runtime, sending, HR, made["id"], strict, expected=made["revision"])
    assert (caught.value.code, caught.value.extra["queued"]) == ("too-many-queued", 2)
    assert (await read_endpoint(stage.runtime, HR, made["id"])).ordering == "per_key"
