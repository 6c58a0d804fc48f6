"""The guard as an attempt meets it: what is refused is never connected to."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from service.webhooks.addresses import parse_networks
from service.webhooks.egress import EgressGuard
from service.webhooks.outcomes import Answer, NoAnswer
from service.webhooks.transport import AiohttpTransport
from tests.webhooks.wire import Names, Receiver, Serve, answer, header, request_to, says

OK = answer(200, b"ok")


@pytest.fixture
def names() -> Names:
    return Names(
        payroll_example=[["127.0.0.1"]],
        mixed_example=[["127.0.0.1", "169.254.169.254"]],
        rebinding_example=[["127.0.0.1"], ["169.254.169.254"]],
        back_example=[["169.254.169.254"], ["127.0.0.1"]],
        public_example=[["93.184.216.34"]],
    )


@pytest.fixture
def guard(names: Names) -> Iterator[EgressGuard]:
    made = EgressGuard(allow=parse_networks("127.0.0.1/32"), getaddrinfo=names.getaddrinfo)
    yield made
    made.close()


def named(url: str, name: str) -> str:
    return url.replace("127.0.0.1", name)


async def send(guard: EgressGuard, *urls: str, timeout: float = 5.0) -> list[Answer | NoAnswer]:
    transport = AiohttpTransport(guard=guard, user_agent="dualtrack/0.0")
    try:
        return [await transport.send(request_to(url, timeout=timeout)) for url in urls]
    finally:
        await transport.close()


async def test_a_name_is_looked_up_once_and_its_vetted_address_connected(
    serve: Serve, guard: EgressGuard, names: Names
):
    receiver = Receiver(says(OK))
    url = named(await serve(receiver), "payroll.example")
    [result] = await send(guard, url)
    assert isinstance(result, Answer)
    assert (result.status, result.peer_ip, names.lookups) == (200, "127.0.0.1", ["payroll.example"])
    assert result.phases.dns_ms is not None
    assert header(receiver.requests[0][0], "host") == url.removeprefix("http://").removesuffix("/hook")


async def test_a_name_that_rebinds_after_saving_is_not_connected(serve: Serve, guard: EgressGuard, names: Names):
    receiver = Receiver(says(OK))
    url = named(await serve(receiver), "rebinding.example")
    assert len((await guard.check_url(url)).addresses) == 1
    [result] = await send(guard, url)
    assert isinstance(result, NoAnswer)
    assert result.error_class == "egress"
    assert result.detail.startswith(
        "rebinding.example leads to 169.254.169.254, which is in the forbidden network 169.254.0.0/16: "
    )
    assert (receiver.connections, names.lookups) == (0, ["rebinding.example"] * 2)


async def test_a_name_that_rebinds_during_an_attempt_cannot_be_asked_twice(
    serve: Serve, guard: EgressGuard, names: Names
):
    receiver = Receiver(says(OK))
    [result] = await send(guard, named(await serve(receiver), "rebinding.example"))
    assert isinstance(result, Answer)
    assert (result.peer_ip, names.lookups, receiver.connections) == ("127.0.0.1", ["rebinding.example"], 1)


async def test_a_refusal_is_not_remembered(serve: Serve, guard: EgressGuard):
    receiver = Receiver(says(OK))
    url = named(await serve(receiver), "back.example")
    first, second = await send(guard, url, url)
    assert isinstance(first, NoAnswer)
    assert first.error_class == "egress"
    assert isinstance(second, Answer)
    assert receiver.connections == 1


async def test_one_forbidden_address_among_others_refuses_the_name(serve: Serve, guard: EgressGuard):
    receiver = Receiver(says(OK))
    [result] = await send(guard, named(await serve(receiver), "mixed.example"))
    assert isinstance(result, NoAnswer)
    assert (result.error_class, receiver.connections) == ("egress", 0)


async def test_addresses_in_the_url_are_judged_although_no_resolver_sees_them(serve: Serve, names: Names):
    receiver = Receiver(says(OK))
    url = await serve(receiver)
    guard = EgressGuard(allow=parse_networks("10.0.0.0/8"), getaddrinfo=names.getaddrinfo)
    results = await send(guard, url, url.replace("127.0.0.1", "127.1"), url.replace("127.0.0.1", "[::ffff:127.0.0.1]"))
    guard.close()
    assert [result.error_class for result in results if isinstance(result, NoAnswer)] == ["egress"] * 3
    assert (receiver.connections, names.lookups) == (0, [])


@pytest.mark.parametrize("url", ["http://public.example/", "https://public.example:8080/"])
async def test_plain_http_and_odd_ports_need_the_allow_list(guard: EgressGuard, url: str):
    [result] = await send(guard, url)
    assert isinstance(result, NoAnswer)
    assert (result.error_class, result.phases.connect_ms) == ("egress", None)


async def test_a_name_without_address_is_a_dns_failure(guard: EgressGuard, names: Names):
    [result] = await send(guard, "https://unknown.example/")
    assert isinstance(result, NoAnswer)
    assert (result.error_class, names.lookups) == ("dns", ["unknown.example"])


async def test_a_hanging_lookup_ends_with_the_deadline_and_stops_nobody_else(serve: Serve, names: Names):
    receiver, release = Receiver(says(OK)), threading.Event()

    def getaddrinfo(host: str, port: int, **options: Any) -> list[tuple[Any, ...]]:
        if host == "hanging.example":
            release.wait()
        return names.getaddrinfo(host, port, **options)

    guard = EgressGuard(allow=parse_networks("127.0.0.1/32"), getaddrinfo=getaddrinfo)
    try:
        url = await serve(receiver)
        [hung], [answered] = await asyncio.gather(
            send(guard, "https://hanging.example/", timeout=0.3), send(guard, named(url, "payroll.example"))
        )
    finally:
        release.set()
        guard.close()
    assert isinstance(hung, NoAnswer)
    assert hung.error_class == "timeout"
    assert isinstance(answered, Answer)
    assert answered.duration_ms < 300
