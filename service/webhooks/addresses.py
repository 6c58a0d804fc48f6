"""Which addresses may be connected to. Pure tables and arithmetic, no lookup.

`ipaddress.is_global` is not enough: it calls NAT64, 6to4, site-local and multicast addresses
global, some of which lead to 127.0.0.1 or to a cloud's metadata. So the tables are our own,
and an IPv4 address inside an IPv6 one is judged too.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Literal

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Tier = Literal["public", "allowed", "private", "forbidden"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`public` and `allowed` (in the allow list) may be connected to.

    `address` is the one that decided, maybe an embedded one; `network` the table entry that refuses it.
    """

    tier: Tier
    address: Address
    network: Network | None = None

    @property
    def refused(self) -> bool:
        return self.tier in ("private", "forbidden")


# Where a company's own receivers live: any network of the allow list opens these.
_PRIVATE = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")))

# Never a receiver by accident: only an allow-list network that lies wholly inside an entry opens
# it, so 0.0.0.0/0 opens no loopback and no metadata service, and 127.0.0.1/32 does. Narrow
# entries stand before wide ones, so that a refusal names the narrow one.
_FORBIDDEN = tuple(
    map(
        ip_network,
        (
            # Metadata services that clouds put inside private ranges (Alibaba, AWS, Google).
            "100.100.100.200/32",
            "fd00:ec2::254/128",
            "fd20:ce::254/128",
            "0.0.0.0/8",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "64:ff9b::/96",
            "64:ff9b:1::/48",
            "::/8",
            "100::/64",
            "2001::/23",
            "2001:db8::/32",
            "2002::/16",
            "3fff::/20",
            "5f00::/16",
            "fe80::/10",
            "fec0::/10",
            "ff00::/8",
        ),
    )
)

_COMPATIBLE = IPv6Network("::/96")
_NAT64 = IPv6Network("64:ff9b::/96")


def parse_networks(text: str) -> tuple[Network, ...]:
    """A comma list of CIDRs; a bare address counts as its /32 or /128; empty parts are skipped.

    Raises: ValueError that names the part and the remedy.
    """
    return tuple(_parse_network(part.strip()) for part in text.split(",") if part.strip())


def parse_literal(host: str) -> Address | None:
    """The address a URL host spells (brackets off), or None for a name.

    Only the canonical dotted quad counts: `127.1`, `0x7f.1` and the like are None here.
    """
    try:
        return ip_address(host)
    except ValueError:
        return None


def judge(address: Address, *, allow: Sequence[Network]) -> Verdict:
    """The strictest verdict of the address and of any IPv4 address embedded in it."""
    verdict = _judge_one(address, allow)
    for embedded in _embedded(address):
        inner = _judge_one(embedded, allow)
        if inner.refused and verdict.tier != "forbidden":
            verdict = inner
    return verdict


def _judge_one(address: Address, allow: Sequence[Network]) -> Verdict:
    matching = [network for network in allow if address in network]
    for entry in _containing(address, _FORBIDDEN):
        if not any(_inside(network, entry) for network in matching):
            return Verdict(tier="forbidden", address=address, network=entry)
    if matching:
        return Verdict(tier="allowed", address=address)
    for entry in _containing(address, _PRIVATE):
        return Verdict(tier="private", address=address, network=entry)
    return Verdict(tier="public", address=address)


def _containing(address: Address, table: Iterable[Network]) -> Iterator[Network]:
    return (network for network in table if address in network)


def _inside(network: Network, entry: Network) -> bool:
    match network, entry:
        case (IPv4Network(), IPv4Network()) | (IPv6Network(), IPv6Network()):
            return network.subnet_of(entry)  # pyright: ignore[reportArgumentType]
        case _:
            return False


def _embedded(address: Address) -> Iterator[IPv4Address]:
    """IPv4 addresses that a mapped, compatible, NAT64, 6to4 or Teredo address leads to."""
    if isinstance(address, IPv4Address):
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    # :: and ::1 have their own meaning, they carry no IPv4 address.
    if (address in _COMPATIBLE and int(address) > 1) or address in _NAT64:
        yield IPv4Address(int(address) & 0xFFFFFFFF)


def _parse_network(part: str) -> Network:
    try:
        return ip_network(part)
    except ValueError as error:
        raise ValueError(f"{part!r} is not a CIDR ({error}): write for example 10.20.0.0/16") from None
