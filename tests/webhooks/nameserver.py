"""A name server on UDP that lies to order: no library would send what it sends."""

import asyncio
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import cast

A, CNAME, AAAA = 1, 5, 28
NO_ERROR, SERVER_FAILURE, NO_SUCH_NAME = 0, 2, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """`records` are (owner or None for the name asked, address or name). `raw` replaces everything after the id."""

    records: Sequence[tuple[str | None, str]] = ()
    code: int = NO_ERROR
    raw: bytes | None = None


Rule = Callable[[int], Reply | None]
"""From how often the name was asked before (queries of both families count as one) to what is said; None: nothing."""


def addresses(*texts: str) -> Rule:
    return lambda _: Reply(records=[(None, text) for text in texts])


@dataclass(slots=True)
class NameServer(asyncio.DatagramProtocol):
    """Names without a rule do not exist. `asked` counts the queries for an IPv4 address of each name."""

    rules: dict[str, Rule]
    asked: dict[str, int] = field(default_factory=dict[str, int])
    _transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        name, kind = _question(data)
        if kind == A:
            self.asked[name] = self.asked.get(name, 0) + 1
        rule = self.rules.get(name)
        reply = rule(max(0, self.asked.get(name, 0) - 1)) if rule else Reply(code=NO_SUCH_NAME)
        if reply is not None and self._transport is not None:
            self._transport.sendto(_answer(data, kind, reply), addr)


def _question(data: bytes) -> tuple[str, int]:
    labels: list[str] = []
    at = 12
    while length := data[at]:
        labels.append(data[at + 1 : at + 1 + length].decode().lower())
        at += 1 + length
    return ".".join(labels), int.from_bytes(data[at + 1 : at + 3], "big")


def _answer(query: bytes, kind: int, reply: Reply) -> bytes:
    if reply.raw is not None:
        return query[:2] + reply.raw
    question = query[12 : query.index(b"\0", 12) + 5]
    records = [record for owner, data in reply.records if (record := _record(owner, data, kind))]
    header = query[:2] + struct.pack(">HHHHH", 0x8180 | reply.code, 1, len(records), 0, 0)
    return header + question + b"".join(records)


def _record(owner: str | None, data: str, kind: int) -> bytes:
    name = b"\xc0\x0c" if owner is None else _name(owner)
    try:
        address = ip_address(data)
    except ValueError:
        return name + struct.pack(">HHIH", CNAME, 1, 0, len(_name(data))) + _name(data)
    if (address.version == 4) != (kind == A):
        return b""
    return name + struct.pack(">HHIH", kind, 1, 0, len(address.packed)) + address.packed


def _name(text: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"
