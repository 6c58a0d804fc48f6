"""Forms that the value of a setting has to have. What is wrong is said without the value, which may be a secret."""

import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, cast

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import NoDecode

Network = IPv4Network | IPv6Network

_RATE_LIMIT = re.compile(r"0|[1-9][0-9]{0,8}/[1-9][0-9]{0,4}")
_CONTACT = re.compile(r"(mailto:|https://|tel:)[!-~]+")
_PUBLIC_URL = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*")
_COLLECTOR = re.compile(r"https?://[^/\s@?#]+(/[^\s@?#]*)?")
_HOST = r"([A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])"
_PORT = r"([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
# SOCKS5 has no room for longer ones.
_GIVEN = r"[!\x22$-.0-9;->A-~]{1,255}"
_PROXY = re.compile(rf"(https?|socks5)://({_GIVEN}:{_GIVEN}@)?{_HOST}:{_PORT}/?")


def _names(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _networks(value: object) -> object:
    return tuple(map(ip_network, cast(tuple[str, ...], _names(value)))) if isinstance(value, str) else value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _like(form: re.Pattern[str], remedy: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not form.fullmatch(value):
            raise ValueError(remedy)
        return value

    return check


def _proxy(value: SecretStr) -> SecretStr:
    if value.get_secret_value().lower().startswith("socks5h:"):
        raise ValueError("is to begin with socks5://; who looks names up is DUALTRACK_EGRESS_LOOKUP")
    if not _PROXY.fullmatch(value.get_secret_value()):
        raise ValueError(
            "must be http://, https:// or socks5://, user:password@ if it asks for them, and host:port, with special "
            "characters of user and password percent-encoded"
        )
    return value


LOWER = BeforeValidator(_lower)
Networks = Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_networks)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)]
Rate = Annotated[str, AfterValidator(_like(_RATE_LIMIT, "must be requests/seconds such as 600/60, or 0"))]
Contact = Annotated[str, AfterValidator(_like(_CONTACT, "must begin with mailto:, https:// or tel: and hold no space"))]
PublicUrl = Annotated[
    str,
    AfterValidator(_like(_PUBLIC_URL, "must be http:// or https:// with a host, and no query and no slash at its end")),
]
Collector = Annotated[
    str,
    AfterValidator(
        _like(_COLLECTOR, "must be http://host:port or https://host:port, without user, password and query")
    ),
]
ProxyUrl = Annotated[SecretStr, AfterValidator(_proxy)]
