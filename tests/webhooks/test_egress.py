import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from service.webhooks.addresses import parse_networks
from service.webhooks.egress import EgressGuard, EgressRefused, GuardedResolver
from tests.webhooks.wire import Names


@pytest.fixture
def names() -> Names:
    return Names(
        public_example=[["93.184.216.34", "2606:4700::1111"]],
        inside_example=[["10.1.2.3"]],
        mixed_example=[["93.184.216.34", "127.0.0.1"]],
        mixed6_example=[["93.184.216.34", "::1"]],
        rebinding_example=[["93.184.216.34"], ["169.254.169.254"]],
        localhost=[["127.0.0.1"]],
    )


@pytest.fixture
def guard(names: Names) -> Iterator[EgressGuard]:
    made = EgressGuard(allow=parse_networks("10.1.0.0/16"), getaddrinfo=names.getaddrinfo)
    yield made
    made.close()


@pytest.mark.parametrize(
    "url",
    [
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0x7f000001/",
        "https://127.1/",
        "https://0177.0.0.1/",
        "https://017700000001/",
        "https://127.0.0.1./",
        "https://①②⑦.⓪.⓪.①/",
        "https://１２７.0.0.1/",
        "https://127。0。0。1/",
        "https://%31%32%37.0.0.1/",
        "https://[::ffff:7f00:1]/",
        "https://[0:0:0:0:0:ffff:127.0.0.1]/",
        "https://[fe80::1%25lo]/",
        "https://[v1.x]/",
        "https://127.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://10.2.0.1/",
        "https://0/",
        "http://8.8.8.8/",
        "https://8.8.8.8:22/",
        "https://user:pass@public.example/",
        "https://public.example@127.0.0.1/",
        "https://public.example\\@127.0.0.1/",
        "https://public.example/#fragment",
        "https://public.example:0/",
        "https://public.example:70000/",
        "https://public..example/",
        "https://-public.example/",
        "https://public.example /",
        "https://public.example/\r\nx: y",
        "https://public.example/" + "a" * 2048,
        "https:///path",
        "https://",
        "//public.example/",
        "public.example",
        "ftp://public.example/",
        "file:///etc/passwd",
        "",
    ],
)
async def test_urls_refused_without_any_lookup(guard: EgressGuard, names: Names, url: str):
    with pytest.raises(EgressRefused) as refused:
        await guard.check_url(url)
    assert str(refused.value) == f"{refused.value.reason}: {refused.value.remedy}"
    assert names.lookups == []


@pytest.mark.parametrize(
    ("url", "sent", "addresses"),
    [
        ("https://public.example/hook?a=b%20c", "https://public.example/hook?a=b%20c", 2),
        ("HTTPS://PUBLIC.example:8443/", "https://public.example:8443/", 2),
        ("https://8.8.8.8/", "https://8.8.8.8/", 1),
        ("https://[2606:4700::1111]/", "https://[2606:4700::1111]/", 1),
        ("https://inside.example:9000/", "https://inside.example:9000/", 1),
        ("http://inside.example/", "http://inside.example/", 1),
        ("http://10.1.0.9:8080/", "http://10.1.0.9:8080/", 1),
        ("https://münchen.example/", "https://xn--mnchen-3ya.example/", 0),
        ("https://unknown.example/", "https://unknown.example/", 0),
    ],
)
async def test_urls_accepted(guard: EgressGuard, url: str, sent: str, addresses: int):
    target = await guard.check_url(url)
    assert (str(target.url), len(target.addresses)) == (sent, addresses)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://localhost/", "localhost leads to 127.0.0.1, which is in the forbidden network 127.0.0.0/8"),
        ("https://mixed.example/", "mixed.example leads to 127.0.0.1, which is in the forbidden network 127.0.0.0/8"),
        ("https://mixed6.example/", "mixed6.example leads to ::1, which is in the forbidden network ::/8"),
        (
            "http://public.example/",
            "plain http, and ports other than 443 and 8443, are only for addresses in the allow list",
        ),
        (
            "https://public.example:8080/",
            "plain http, and ports other than 443 and 8443, are only for addresses in the allow list",
        ),
        (
            "http://unknown.example/",
            "unknown.example cannot be looked up, and plain http needs its address in the allow list",
        ),
    ],
)
async def test_urls_refused_for_where_they_lead(guard: EgressGuard, url: str, reason: str):
    with pytest.raises(EgressRefused) as refused:
        await guard.check_url(url)
    assert refused.value.reason == reason


async def test_the_resolver_hands_on_vetted_addresses_as_numbers(guard: EgressGuard, names: Names):
    results = await GuardedResolver(guard, must_be_allowed=False).resolve("public.example", 443)
    assert [(result["host"], result["port"]) for result in results] == [
        ("93.184.216.34", 443),
        ("2606:4700::1111", 443),
    ]
    assert {result["flags"] for result in results} == {socket.AI_NUMERICHOST | socket.AI_NUMERICSERV}
    assert names.lookups == ["public.example"]


async def test_a_name_that_rebinds_is_refused_at_its_next_lookup(guard: EgressGuard):
    assert len((await guard.check_url("https://rebinding.example/")).addresses) == 1
    with pytest.raises(EgressRefused, match=r"169\.254\.169\.254"):
        await GuardedResolver(guard, must_be_allowed=False).resolve("rebinding.example", 443)


async def test_a_hanging_lookup_does_not_hold_up_another_name(names: Names):
    release = threading.Event()

    def getaddrinfo(host: str, port: int, **options: Any) -> list[tuple[Any, ...]]:
        if host == "hanging.example":
            release.wait()
        return names.getaddrinfo(host, port, **options)

    guard = EgressGuard(getaddrinfo=getaddrinfo)
    try:
        hanging = asyncio.ensure_future(guard.check_url("https://hanging.example/"))
        assert len((await guard.check_url("https://public.example/")).addresses) == 2
        assert not hanging.done()
        release.set()
        assert (await hanging).addresses == ()
    finally:
        release.set()
        guard.close()


@pytest.mark.parametrize("text", ["localhost"])
async def test_the_systems_own_resolver_is_used_by_default(text: str):
    guard = EgressGuard(allow=parse_networks("127.0.0.0/8,::1"))
    try:
        target = await guard.check_url(f"http://{text}:9/")
    finally:
        guard.close()
    assert {str(address) for address in target.addresses} <= {"127.0.0.1", "::1"}
    assert target.addresses
