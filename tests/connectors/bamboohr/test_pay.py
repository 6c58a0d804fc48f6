"""Pay is written only where it is ours, by the one figure that was named, and is quoted nowhere."""

import pytest

from service.connectors.kinds import asked
from service.connectors.registry import KINDS
from service.connectors.sinks import Done, Postponed
from service.domain.refusals import Invalid
from tests.connectors.bamboohr.conftest import Connecting
from tests.connectors.course import HIRED
from tests.usecases.amending import withdraw

OWNING = {
    "owns_pay": True,
    "pay_figure": "mid",
    "pay": {"first": {"type": "Salary", "exempt": "Exempt"}, "currency": "EUR"},
}


async def test_a_pay_row_says_one_figure_of_the_band(connecting: Connecting) -> None:
    async with connecting(**OWNING) as (bridge, vendor):
        company = vendor.company
        vendor.hire("4711")
        await bridge.stage.create("ada", bamboohr="4711")
        await bridge.stage.change(HIRED)
        assert await bridge.write_last() == Done(note="create jobInfo 2026-06-15, create compensation 2026-06-15")
        (row,) = company.rows_of("4711", "compensation")
        assert {name: value for name, value in row.values.items() if value is not None} == {
            "startDate": "2026-06-15",
            "rate": {"value": "35003.29", "currency": "EUR"},
            "type": "Salary",
            "exempt": "Exempt",
            "paidPer": "Year",
        }
        # The other track at the same grade pays the same: there is nothing to write but the title.
        await bridge.stage.change({"level": "em3"}, "2026-07-01")
        assert await bridge.write_last() == Done(note="create jobInfo 2026-07-01")
        row.values["comment"] = "as agreed"
        # A figure is the same however it is written.
        row.values["rate"] = "35,003.290"
        raised = await bridge.stage.change({"level": "em4", "step": None}, "2026-08-01")
        assert await bridge.write_last() == Done(note="create jobInfo 2026-08-01, create compensation 2026-08-01")
        second = company.rows_of("4711", "compensation")[1]
        assert (second.values["rate"], second.values["type"]) == ({"value": "45003.29", "currency": "EUR"}, "Salary")
        assert second.values["comment"] is None
        await withdraw(bridge.stage, "cancelled", raised)
        assert await bridge.write_last() == Done(note="delete jobInfo 2026-08-01, delete compensation 2026-08-01")
        # Whoever has no band is not paid by a guess.
        await bridge.stage.change({"zone": None}, "2026-09-01")
        told = await bridge.write_last()
        assert isinstance(told, Postponed) and told.code == "no-pay-figure"
        vendor.bamboo.faults.pending.add("4711")
        await bridge.stage.change({"zone": "nyc"}, "2026-08-01")
        told = await bridge.write_last()
        assert isinstance(told, Postponed) and "35003" not in told.reason


async def test_without_owning_pay_its_table_is_not_even_read(connecting: Connecting) -> None:
    async with connecting() as (bridge, vendor):
        vendor.hire("4711")
        await bridge.stage.create("ada", bamboohr="4711")
        await bridge.stage.change(HIRED)
        assert isinstance(await bridge.write_last(), Done)
        assert vendor.bamboo.asked("GET", "compensation") == []
        assert vendor.company.rows_of("4711", "compensation") == []


@pytest.mark.parametrize(
    ("settings", "credentials", "pointer"),
    [
        ({"company": "acme", "owns_pay": True}, {"api_key": "k"}, "/settings"),
        ({"company": "acme", "base_url": "https://acme.bamboohr.com/api/v1"}, {"api_key": "k"}, "/settings"),
        ({"base_url": "http://acme.bamboohr.com/api/v1"}, {"api_key": "k"}, "/settings/base_url"),
        ({"company": "acme", "trusted_ca": "-----BEGIN CERTIFICATE-----"}, {"api_key": "k"}, "/settings/trusted_ca"),
        ({"company": "acme.example"}, {"api_key": "k"}, "/settings/company"),
        ({"company": "acme", "jobs": {"table": "../meta"}}, {"api_key": "k"}, "/settings/jobs/table"),
        ({"company": "acme"}, {"api_key": "k", "client_id": "c"}, "/credentials"),
        ({"company": "acme"}, {"client_id": "c"}, "/credentials"),
        ({"company": "acme", "surprise": 1}, {"api_key": "k"}, "/settings/surprise"),
    ],
)
def test_settings_that_cannot_be_meant(
    settings: dict[str, object], credentials: dict[str, object], pointer: str
) -> None:
    with pytest.raises(Invalid) as refused:
        asked(KINDS, kind="bamboohr", key="hris", system=None, settings=settings, credentials=credentials)
    assert [one.pointer for one in refused.value.errors] == [pointer]
