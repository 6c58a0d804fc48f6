"""How much a caller may send: whose window it is, what is told of it, and what costs nothing."""

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from service.domain.access import OPERATOR, Actor
from service.domain.refusals import Unavailable
from service.middleware import rate_limit
from service.middleware.rate_limit import Rate, RateLimit
from service.middleware.windows import Windows
from service.usecases import access
from tests.engines import Engine
from tests.rest.served import assert_problem, serving

QUOTA_TYPE = "https://iana.org/assignments/http-problem-types#quota-exceeded"


def told(answer: httpx.Response) -> tuple[int, int]:
    """What is left, and for how many seconds."""
    assert answer.headers["ratelimit-policy"] == '"default";q=5;w=60'
    assert not [name for name in answer.headers if name.startswith("x-ratelimit")]
    name, left, seconds = answer.headers["ratelimit"].split(";")
    assert name == '"default"'
    return int(left.removeprefix("r=")), int(seconds.removeprefix("t="))


async def test_windows_on_the_wire(one_engine: Engine) -> None:
    async with serving(one_engine, rate_limit="5/60") as served:
        first = await served.get("/v1/ladders")
        again = await served.get("/v1/ladders", headers={"If-None-Match": first.headers["etag"]})
        assert (told(first)[0], again.status_code, told(again)[0]) == (4, 304, 4)
        assert 1 <= told(first)[1] <= 60
        made = await served.call("POST", "/v1/employees", json={"key": "ada"})
        assert told(made)[0] == 3
        assert told(await served.get("/v1/nope"))[0] == 2
        assert told(await served.call("OPTIONS", "/v1/ladders"))[0] == 1
        assert told(await served.call("HEAD", "/v1/ladders"))[0] == 0

        over = await served.get("/v1/ladders")
        problem = assert_problem(over, 429, "quota-exceeded")
        assert (problem["type"], problem["violated-policies"]) == (QUOTA_TYPE, ["default"])
        assert told(over) == (0, int(over.headers["retry-after"]))
        assert over.headers["retry-after"] in problem["detail"]
        refused = await served.call("POST", "/v1/employees", json={"key": "bob"})
        assert_problem(refused, 429, "quota-exceeded")
        assert (await served.get("/v1/employees", scopes=("assignments:read",))).json()["data"][0]["key"] == "ada"
        assert len((await served.get("/v1/employees", scopes=("assignments:read",))).json()["data"]) == 1
        # Another key and the address are not concerned, and health is told to anybody.
        assert told(await served.get("/v1/ladders", scopes=("ladders:read",)))[0] == 4
        assert told(await served.client.get("/problems"))[0] == 4
        for _ in range(7):
            for path in ("/livez", "/readyz"):
                well = await served.get(path)
                assert (well.status_code, "ratelimit" in well.headers) == (200, False)


async def test_wrong_keys_use_up_the_address_and_nobody_else(one_engine: Engine) -> None:
    async with serving(one_engine, rate_limit="5/60") as served:
        good = await served.key("ladders:read")
        public = "_".join(good.split("_")[:2])
        statuses = [
            (await served.client.get("/v1/ladders", headers={"Authorization": f"Bearer {wrong}"})).status_code
            for wrong in (f"{public}_wrong", good + "x", "dt_nobody_x", f"{public}_", "x", "dt__", f"{public}_again")
        ]
        assert statuses == [401] * 5 + [429] * 2
        assert (await served.client.get("/v1/ladders")).status_code == 429
        # Not seen before, from an address that is used up: it works, and its window is untouched.
        fine = await served.get("/v1/ladders", scopes=("ladders:read",))
        assert (fine.status_code, told(fine)[0]) == (200, 4)


async def test_a_revoked_key_is_a_wrong_one(one_engine: Engine) -> None:
    async with serving(one_engine, rate_limit="5/60") as served:
        key = await served.key("ladders:read")
        assert told(await served.get("/v1/ladders", scopes=("ladders:read",)))[0] == 4
        await access.revoke_key(served.house.runtime, OPERATOR, key.split("_")[1])
        assert_problem(await served.get("/v1/ladders", scopes=("ladders:read",)), 401, "key-refused")
        counted = [told(await served.get("/v1/ladders", scopes=("ladders:read",)))[0] for _ in range(3)]
        assert counted == [4, 3, 2]
        assert told(await served.client.get("/problems"))[0] == 1


async def test_no_limit(one_engine: Engine) -> None:
    async with serving(one_engine, rate_limit="0") as served:
        answer = await served.get("/v1/ladders")
        assert answer.status_code == 200
        assert not [name for name in answer.headers if "ratelimit" in name]


class Seconds:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


async def fine(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def nobody(token: str) -> Actor | None:
    return None


async def status(app: RateLimit, host: str, *, token: str = "", body: bool = False) -> tuple[int, dict[bytes, bytes]]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError("nothing is read")

    headers = [(b"authorization", f"Bearer {token}".encode())] if token else []
    headers += [(b"content-length", b"9")] if body else []
    scope: Scope = {"type": "http", "method": "GET", "path": "/v1/x", "scheme": "http", "headers": headers}
    await app({**scope, "client": (host, 1)}, receive, send)
    return sent[0]["status"], dict(sent[0]["headers"])


async def test_a_window_ends_and_begins_anew() -> None:
    clock = Seconds()
    limited = RateLimit(fine, rate=Rate(amount=2, seconds=10, caller_of=nobody), clock=clock)
    assert [(await status(limited, "192.0.2.1"))[0] for _ in range(3)] == [200, 200, 429]
    clock.now += 9.5
    late, headers = await status(limited, "192.0.2.1", body=True)
    assert (late, headers[b"retry-after"], headers[b"ratelimit"]) == (429, b"1", b'"default";r=0;t=1')
    assert headers[b"connection"] == b"close"
    clock.now += 0.5
    anew, headers = await status(limited, "192.0.2.1")
    assert (anew, headers[b"ratelimit"]) == (200, b'"default";r=1;t=10')


async def test_addresses_of_one_site_share_a_window_and_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Seconds()
    limited = RateLimit(fine, rate=Rate(amount=2, seconds=10, caller_of=nobody), clock=clock)
    site = [(await status(limited, f"2001:db8:1:2:{i:x}::1"))[0] for i in range(3)]
    other = (await status(limited, "2001:db8:1:3::1"))[0]
    odd = [(await status(limited, "not an address"))[0] for _ in range(3)]
    mapped = [(await status(limited, f"::ffff:192.0.2.{i}"))[0] for i in (200, 201, 202)]
    assert (site, other, odd, mapped) == ([200, 200, 429], 200, [200, 200, 429], [200, 200, 200])

    monkeypatch.setattr(rate_limit, "MOST_ADDRESSES", 8)
    crowd = [(await status(limited, f"192.0.2.{i}"))[0] for i in range(20)]
    # Two have room; all others share the window that is used up.
    assert crowd == [200] * 2 + [429] * 18
    assert (await status(limited, "192.0.2.0"))[0] == 200
    clock.now += 10
    assert (await status(limited, "192.0.2.19"))[0] == 200


async def test_when_the_database_is_away_the_address_counts_and_the_route_says_so() -> None:
    async def away(token: str) -> Actor | None:
        raise Unavailable("database-away", "It does not answer.")

    limited = RateLimit(fine, rate=Rate(amount=2, seconds=10, caller_of=away))
    assert [(await status(limited, "192.0.2.1", token=f"dt_a_{i}"))[0] for i in range(3)] == [200, 200, 429]


async def test_known_tokens_are_bounded_and_asked_about_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def somebody(token: str) -> Actor | None:
        asked.append(token)
        return Actor(id=f"key:{token}", scopes=frozenset())

    limited = RateLimit(fine, rate=Rate(amount=100, seconds=10, caller_of=somebody))
    monkeypatch.setattr(rate_limit, "MOST_KNOWN", 2)
    for token in ("a", "a", "b", "a", "c", "a"):
        assert (await status(limited, "192.0.2.1", token=token))[0] == 200
    assert asked == ["a", "b", "c", "a"]


def test_giving_back_ends_with_the_window() -> None:
    clock = Seconds()
    windows = Windows(clock)
    windows.incr("a", 10)
    windows.give_back("a")
    windows.give_back("a")
    windows.give_back("b")
    assert (windows.get("a"), windows.get("b"), len(windows)) == (0, 0, 1)
    clock.now += 11
    windows.drop_ended()
    assert len(windows) == 0
