"""Attempts on a network of their own, in which every address leads here: `unshare … python -m tests.webhooks.island`.

Nothing leaves it, so an attempt may be led anywhere. A name server lies, receivers listen at every address, and
every connection that is begun is seen on the wire. Says as JSON what came of each attempt and who was connected to.
"""

import asyncio
import json
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from ipaddress import ip_address
from pathlib import Path

import trustme

from service.webhooks.egress import EgressGuard
from service.webhooks.outcomes import Answer
from service.webhooks.transport import AiohttpTransport
from tests.webhooks.nameserver import SERVER_FAILURE, NameServer, Reply, addresses
from tests.webhooks.wire import request_to

DEADLINE = 1.5
PUBLIC, PUBLIC6, NAME_SERVER = "93.184.216.34", "2606:4700::1111", "9.9.9.9"
REDIRECTS = {
    f"{status}.example": (status, target)
    for status, target in (
        (301, "http://127.0.0.1/"),
        (302, "https://169.254.169.254/latest/meta-data/"),
        (303, "https://[::1]/"),
        (307, "https://10.0.0.5/"),
        (308, "https://inside.example/"),
    )
}
RULES = {
    "public.example": addresses(PUBLIC, PUBLIC6),
    **dict.fromkeys(REDIRECTS, addresses(PUBLIC)),
    "inside.example": addresses("10.0.0.5"),
    "shared.example": addresses("100.64.0.1"),
    "loopback.example": addresses("127.0.0.1"),
    "loopback6.example": addresses("::1"),
    "metadata.example": addresses("169.254.169.254"),
    "nowhere.example": addresses("0.0.0.0"),
    "mapped.example": addresses("::ffff:127.0.0.1"),
    "nat64.example": addresses("64:ff9b::7f00:1"),
    "unique6.example": addresses("fd00::5"),
    "mixed.example": addresses(PUBLIC, "10.0.0.5"),
    "mixed6.example": addresses(PUBLIC, "::1"),
    "flips.example": lambda times: addresses(PUBLIC if times % 2 == 0 else "127.0.0.1")(times),
    "alias.example": lambda _: Reply(records=[(None, "a.example"), ("a.example", "b.example"), ("b.example", PUBLIC)]),
    "alias-inside.example": lambda _: Reply(
        records=[(None, "a.example"), ("a.example", "localhost"), ("localhost", "127.0.0.1")]
    ),
    "alias-of-itself.example": lambda _: Reply(records=[(None, "alias-of-itself.example")]),
    "fails.example": lambda _: Reply(code=SERVER_FAILURE),
    "empty.example": lambda _: Reply(),
    "garbage.example": lambda _: Reply(raw=b"\xff" * 200),
    **{f"silent-{number}.example": (lambda _: None) for number in range(20)},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """What came of one attempt. `status` or `error` is set."""

    url: str
    status: int | None
    error: str | None
    detail: str
    seconds: float


def settle() -> None:
    """Make every address lead here; one that is no loopback's makes the resolver ask for both families."""
    for arguments in (
        "link set lo up",
        f"address add {NAME_SERVER}/32 dev lo",
        "address add 2001:db8::53/128 dev lo",
        "route add local 0.0.0.0/0 dev lo",
        "-6 route add local ::/0 dev lo",
    ):
        subprocess.run(["ip", *arguments.split()], check=True)


class Wire:
    """Sees every connection that is begun, to whatever address and port, whether or not anybody listens there."""

    def __init__(self) -> None:
        self.begun: set[str] = set()
        self._raw = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.ntohs(3))
        self._raw.bind(("lo", 0))
        self._raw.setblocking(False)

    def look(self) -> None:
        while True:
            try:
                packet = self._raw.recv(65_536)
            except BlockingIOError:
                return
            six = packet[0] >> 4 == 6
            tcp = packet[40:] if six else packet[(packet[0] & 15) * 4 :]
            # SYN without ACK: the first packet of a connection.
            if (packet[6] if six else packet[9]) == socket.IPPROTO_TCP and tcp[13] & 0x12 == 2:
                self.begun.add(str(ip_address(packet[24:40] if six else packet[16:20])))


async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    host = next(line.partition(b":")[2].strip().decode() for line in head.split(b"\r\n") if line.startswith(b"Host"))
    status, target = REDIRECTS.get(host, (200, ""))
    writer.write(f"HTTP/1.1 {status} S\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n".encode())
    await writer.drain()
    writer.close()


async def attempt(guard: EgressGuard, trust: ssl.SSLContext, url: str) -> Came:
    """With a pool and a memory of names of its own."""
    transport = AiohttpTransport(guard=guard, user_agent="dualtrack/0.0", ssl_context=trust)
    begun = time.monotonic()
    came = await transport.send(request_to(url, timeout=DEADLINE))
    seconds = time.monotonic() - begun
    await transport.close()
    answered = isinstance(came, Answer)
    return Came(
        url=url,
        status=came.status if answered else None,
        error=None if answered else came.error_class,
        detail=came.body_head if answered else came.detail,
        seconds=seconds,
    )


async def main(rounds: Sequence[Sequence[str]]) -> None:
    """The URLs of a round are attempted at the same time."""
    wire, authority = Wire(), trustme.CA()
    trust, presented = ssl.create_default_context(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.configure_trust(trust)
    authority.issue_cert(*RULES, PUBLIC).configure_cert(presented)
    await asyncio.get_running_loop().create_datagram_endpoint(lambda: NameServer(RULES), local_addr=(NAME_SERVER, 53))
    for port, tls in ((443, presented), (8443, presented), (80, None)):
        await asyncio.start_server(receive, None, port, ssl=tls)
    guard = EgressGuard()
    found: list[Came] = []
    for urls in rounds:
        found += await asyncio.gather(*(attempt(guard, trust, url) for url in urls))
        wire.look()
    guard.close()
    print(
        json.dumps({"came": [asdict(one) for one in found], "begun": sorted(wire.begun), "done_at": time.monotonic()})
    )


if __name__ == "__main__":
    settle()
    subprocess.run(["mount", "--bind", str(Path(sys.argv[1])), "/etc/resolv.conf"], check=True)
    asyncio.run(main(json.loads(sys.stdin.read())))
