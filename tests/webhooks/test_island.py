"""The real resolver on a real network: whatever names say, nothing inside is connected to."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.house.sources import ROOT
from tests.webhooks.island import DEADLINE, NAME_SERVER, PUBLIC, PUBLIC6, REDIRECTS

ALONE = ("unshare", "--user", "--map-root-user", "--net", "--mount")
"""In a network, and with a /etc/resolv.conf, of its own; as root of nothing else."""
REFUSED = [
    f"https://{name}.example/"
    for name in (
        *("inside", "shared", "loopback", "loopback6", "metadata", "nowhere", "mapped", "nat64", "unique6"),
        *("mixed", "mixed6", "alias-inside"),
    )
]
LITERAL = [
    f"https://{host}/"
    for host in (
        *("127.0.0.1", "10.0.0.5", "169.254.169.254", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "[fd00::5]"),
        *("localhost", "127.1", "2130706433", "0x7f.1"),
    )
]
UNKNOWN = [f"https://{name}.example/" for name in ("missing", "fails", "empty", "alias-of-itself")]
SILENT = [f"https://silent-{number}.example/" for number in range(20)]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One island for all: it has to import everything."""
    resolver = tmp_path_factory.mktemp("island") / "resolv.conf"
    resolver.write_text(f"nameserver {NAME_SERVER}\noptions timeout:10 attempts:2\n")
    return on_the_island(
        resolver,
        ["https://public.example/", "https://alias.example/", f"https://{PUBLIC}/", *REFUSED],
        [*LITERAL, "http://public.example/", "https://public.example:22/", "https://garbage.example/", *UNKNOWN],
        [f"https://{name}/" for name in REDIRECTS],
        *[["https://flips.example/"]] * 6,
        # A name server that never answers keeps a thread each, and must not keep them all.
        [*SILENT, "https://public.example/late"],
    )


def on_the_island(resolver: Path, *rounds: list[str]) -> dict[str, Any]:
    for tool in ("unshare", "ip", "mount"):
        if shutil.which(tool) is None:
            pytest.fail(f"{tool} is missing: install util-linux, mount and iproute2")
    done = subprocess.run(
        [*ALONE, sys.executable, "-m", "tests.webhooks.island", str(resolver)],
        input=json.dumps(rounds),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode:
        pytest.fail(
            "no network of its own can be made here. Allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, "
            f"or a container with --security-opt seccomp=unconfined --cap-add SYS_ADMIN): {done.stderr}"
        )
    return {**json.loads(done.stdout), "ended_at": time.monotonic()}


def by_url(seen: dict[str, Any], urls: list[str], value: str = "error") -> dict[str, list[Any]]:
    return {url: [one[value] for one in seen["came"] if one["url"] == url] for url in urls}


def test_only_the_public_address_was_ever_connected_to(seen: dict[str, Any]) -> None:
    assert set(seen["begun"]) <= {PUBLIC, PUBLIC6}
    assert PUBLIC in seen["begun"]


def test_what_leads_inside_is_refused_and_what_does_not_is_sent(seen: dict[str, Any]) -> None:
    assert by_url(seen, REFUSED) == {key: ["egress"] for key in REFUSED}
    assert by_url(seen, LITERAL) == {key: ["egress"] for key in LITERAL}
    odd = ["http://public.example/", "https://public.example:22/"]
    assert by_url(seen, odd) == {key: ["egress"] for key in odd}
    sent = ["https://public.example/", "https://alias.example/", f"https://{PUBLIC}/"]
    assert by_url(seen, sent, "status") == {key: [200] for key in sent}


def test_a_name_without_an_address_is_a_failure_of_the_name(seen: dict[str, Any]) -> None:
    assert by_url(seen, UNKNOWN) == {key: ["dns"] for key in UNKNOWN}
    assert by_url(seen, ["https://garbage.example/"])["https://garbage.example/"][0] in {"dns", "timeout"}


def test_a_name_that_flips_is_sent_to_or_refused_and_nothing_else(seen: dict[str, Any]) -> None:
    came = [(one["status"], one["error"]) for one in seen["came"] if one["url"] == "https://flips.example/"]
    assert came == [(200, None), (None, "egress")] * 3


def test_no_redirect_is_followed(seen: dict[str, Any]) -> None:
    statuses = {f"https://{name}/": [status] for name, (status, _) in REDIRECTS.items()}
    assert by_url(seen, list(statuses), "status") == statuses


def test_name_servers_that_never_answer_cost_their_own_attempts_only(seen: dict[str, Any]) -> None:
    assert by_url(seen, SILENT) == {key: ["timeout"] for key in SILENT}
    assert by_url(seen, ["https://public.example/late"], "status") == {"https://public.example/late": [200]}


def test_lookups_that_hang_keep_no_process(seen: dict[str, Any]) -> None:
    assert seen["ended_at"] - seen["done_at"] < 5


def test_every_attempt_ended_within_its_deadline_and_a_second(seen: dict[str, Any]) -> None:
    assert [one for one in seen["came"] if one["seconds"] > DEADLINE + 1] == []
