"""What a connection to Workday has to look like, and an installation without the packages that it needs."""

import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest

from service.connectors.kinds import Checked, asked
from service.connectors.registry import KINDS
from service.connectors.sinks import Postponed
from service.domain.refusals import Conflict, Invalid
from service.usecases.open_connections import open_connection
from tests.connectors.bridge import Bridge
from tests.connectors.course import HIRED
from tests.connectors.workday.at_work import WorkdayVendor

LEAST: dict[str, Any] = {"host": "wd.example", "tenant": "acme", "version": "v26.1"}
USER = {"username": "isu", "password": "pw"}


def request(settings: dict[str, Any], credentials: dict[str, Any] = USER) -> Any:
    return asked(KINDS, kind="workday", key="w", system=None, settings=settings, credentials=credentials)


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"host": "wd.example/x"}, "/settings/host"),
        ({"host": "wd.example@evil.example"}, "/settings/host"),
        ({"tenant": "../other"}, "/settings/tenant"),
        ({"version": "26"}, "/settings/version"),
        ({"wsdl": {"staffing": "../../etc/passwd"}}, "/settings/wsdl/staffing"),
        ({"wsdl": {"staffing": "/etc/passwd"}}, "/settings/wsdl/staffing"),
        ({"wsdl": {"staffing": ".."}}, "/settings/wsdl/staffing"),
        ({"wsdl": {"payroll": "x.wsdl"}}, "/settings/wsdl/payroll"),
        ({"owns": True}, "/settings/owns"),
        ({"auto_complete": "yes"}, "/settings/auto_complete"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_where_they_are(more: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as caught:
        request({**LEAST, **more})
    assert [one.pointer for one in caught.value.errors] == [pointer]


def test_the_tenant_belongs_to_the_settings_and_no_secret_to_the_refusal() -> None:
    with pytest.raises(Invalid) as caught:
        request(LEAST, {"username": "isu@acme", "password": "hunter22"})
    assert [one.pointer for one in caught.value.errors] == ["/credentials/username"]
    assert "hunter22" not in str(caught.value.errors) + caught.value.detail


def test_pay_comes_only_where_bands_are_ours_and_nothing_where_it_only_reads() -> None:
    plain, paid = request(LEAST).feed, request({**LEAST, "owns_bands": True}).feed
    assert not plain.with_pay and "bands.published" not in plain.event_types
    assert paid.with_pay and "bands.published" in paid.event_types
    assert request({**LEAST, "write": False}).feed is None


async def test_without_the_extra_it_starts_and_refuses_a_connection(
    connected: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = await open_connection(connected.stage.runtime, connected.sending.sealer, "theirs")
    monkeypatch.setitem(sys.modules, "zeep", None)
    with pytest.raises(Conflict, match=r"pip install 'dualtrack\[workday\]'") as caught:
        request(LEAST)
    assert caught.value.code == "connector-not-installed"
    # One that only reads reports needs nothing more.
    assert request({**LEAST, "write": False, "read": "report"}).feed is None
    # A connection that was made elsewhere waits.
    told = await KINDS["workday"].sink(opened, connected.tools).write(None)  # pyright: ignore[reportArgumentType]
    assert isinstance(told, Postponed) and told.code == "connector-not-installed"
    checked = [one async for one in _checks(opened, connected)]
    assert [(one.name, one.ok) for one in checked] == [("packages", False)]


def test_nothing_of_soap_is_loaded_before_it_is_needed() -> None:
    code = (
        "import sys; sys.modules['zeep'] = sys.modules['lxml'] = None; import service.connectors.registry as r; "
        "print(sorted(r.KINDS))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert "'workday'" in done.stdout


async def test_a_check_says_what_is_missing_and_writes_nothing(
    bridge: Bridge, connected: Bridge, vendor: WorkdayVendor
) -> None:
    opened = await open_connection(bridge.stage.runtime, bridge.sending.sealer, "theirs")
    checked = {one.name: one async for one in _checks(opened, connected)}
    assert {name for name, one in checked.items() if not one.ok} == {"levels"}
    assert "design/d2" in checked["levels"].text and checked["user"].ok
    (vendor.folder / "Integrations.wsdl").unlink()
    vendor.made.tenant.password = "changed"
    await bridge.map()
    checked = {one.name: one async for one in _checks(opened, connected)}
    failed = {name: one.text for name, one in checked.items() if not one.ok}
    assert set(failed) == {
        "integrations.Get_Event_Detail",
        "integrations.Cancel_Business_Process",
        "integrations.Rescind_Business_Process",
        "user",
        "levels",
        "reasons",
    }
    assert "Integrations.wsdl" in failed["integrations.Rescind_Business_Process"] and "password" in failed["user"]
    assert set(vendor.made.asked) <= {"Get_Workers"}


async def test_a_check_tells_what_would_be_entered_of_one_person(connected: Bridge, vendor: WorkdayVendor) -> None:
    opened = await open_connection(connected.stage.runtime, connected.sending.sealer, "theirs")

    async def one_person() -> tuple[bool, str]:
        (told,) = [one async for one in _checks(opened, connected) if one.name == "one person"]
        return told.ok, told.text

    assert await one_person() == (
        True,
        "nobody here with an external id workday has held the job: what would be written is not seen",
    )
    vendor.hire("21001")
    await connected.stage.create("ada", workday="21001")
    await connected.stage.change(HIRED)
    await connected.quiet()
    count = len(vendor.made.tenant.written)
    assert await one_person() == (True, "ada, were all their days altered: nothing to write")
    vendor.block("21001")
    await connected.stage.change({"level": "em3"}, "2026-09-01")
    assert await one_person() == (True, "ada, were all their days altered: would create a row of 2026-09-01 (job)")
    await connected.stage.change({"ladder": "design", "level": "d3"}, "2026-10-01")
    ok, text = await one_person()
    assert (ok, text.partition(" design")[0]) == (False, "ada: level-unmapped: No mapping says what the level")
    assert len(vendor.made.tenant.written) == count


async def _checks(opened: Any, bridge: Bridge) -> AsyncIterator[Checked]:
    async for one in KINDS["workday"].check(opened, bridge.tools):
        yield one
