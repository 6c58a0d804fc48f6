"""What is peculiar to Gusto: versions, the second row that is refused, periods that were paid, money as texts."""

import json
from datetime import date

import pytest

from service.connectors.kinds import asked
from service.connectors.news import news_of
from service.connectors.registry import KINDS
from service.connectors.sinks import Failed
from service.domain.refusals import Invalid
from service.usecases.connections import change_connection
from service.usecases.open_connections import open_connection
from tests.connectors.gusto.account import Account
from tests.connectors.gusto.beside import HIRE, PERSON, Beside
from tests.rest.test_access import pay_in
from tests.stage import HR

BEFORE = ("2024-03-01", "Engineer", "90000.00", "Year")
PAID = [14, 14, 14]
"""Two weeks each, from 2026-05-18 on."""


async def test_req_13_a_row_that_moved_is_read_again_once(beside: Beside, gusto: Account) -> None:
    await beside.connect()
    await beside.change(HIRE, "2026-06-15")
    assert await beside.note() == "POST a row of 2026-06-15"
    await beside.change({"level": "ic4"}, "2026-06-15")
    gusto.gusto.faults.moved = 1
    assert await beside.note() == "PUT the row of 2026-06-15"
    # What somebody else wrote in between stands, and what is ours too.
    assert beside.rows() == [BEFORE, ("2026-06-15", "Staff Engineer", "90001.00", "Year")]
    await beside.change({"level": "em4"}, "2026-06-15")
    gusto.gusto.faults.moved = 2
    code, reason = await beside.waits()
    assert (code, "2026-06-15" in reason) == ("moved-there", True)
    assert beside.rows()[1][1] == "Staff Engineer"
    assert await beside.note() == "PUT the row of 2026-06-15"
    assert await beside.note() == "it stood there already"
    assert len(gusto.gusto.asked("POST", "compensations")) == 1


async def test_a_second_row_that_is_refused_alters_the_current_one_on_its_day(beside: Beside, gusto: Account) -> None:
    gusto.gusto.faults.second_refused = True
    await beside.connect()
    await beside.change(HIRE, "2026-06-15")
    refused = "POST of a row of 2026-06-15 was refused, PUT on the current one of 2024-03-01 instead"
    assert await beside.note() == refused
    assert beside.rows() == [("2026-06-15", "Senior Engineer", "90000.00", "Year")]
    await beside.change({"level": "ic4"}, "2026-07-01")
    # The current row holds until then: it is not moved into the future.
    assert await beside.note() == "they refuse a second row: that of 2026-07-01 is written on its day"
    assert beside.rows() == [("2026-06-15", "Senior Engineer", "90000.00", "Year")]
    beside.stage.clock.move_to(date(2026, 7, 1))
    gusto.move_to(date(2026, 7, 1))
    await beside.bridge.look()
    assert "PUT on the current one of 2026-06-15" in await beside.note()
    assert beside.rows() == [("2026-07-01", "Staff Engineer", "90000.00", "Year")]
    # Sent again, what they keep no row for is left out.
    gone = "the row of 2026-06-15 is left out: theirs begin with 2026-07-01"
    assert [await beside.note(number) for number in (0, 1, 2)] == [gone, *["it stood there already"] * 2]
    # The row was theirs before it said ours: it is altered, and never removed.
    await beside.change(None, "2026-07-01")
    await beside.told()
    assert (len(beside.rows()), gusto.gusto.asked("DELETE")) == (1, [])


async def test_req_08_a_day_that_was_paid_waits_for_its_owner(beside: Beside, gusto: Account) -> None:
    gusto.company.schedule("2026-05-18", PAID)
    gusto.company.process("2026-05-31")
    await beside.connect()
    # Its deadline passed without payroll having run, which is the truth.
    await beside.change(HIRE, "2026-06-08")
    assert await beside.note() == "POST a row of 2026-06-08"
    gusto.company.process("2026-06-14")
    await beside.change({"level": "ic4"}, "2026-06-10")
    code, reason = await beside.waits()
    assert (code, "payroll has run there for 2026-06-01 to 2026-06-14:" in reason) == ("period-locked", True)
    assert "2026-05-18" not in reason
    # Nothing was written, and to no other day either.
    assert beside.rows() == [BEFORE, ("2026-06-08", "Senior Engineer", "90000.00", "Year")]


async def test_req_03_flagged_it_is_written_and_the_paid_periods_are_told(beside: Beside, gusto: Account) -> None:
    gusto.company.schedule("2026-05-18", PAID)
    gusto.company.schedule("2026-05-01", [31], uuid="schedule-2")
    gusto.company.process("2026-06-14")
    await beside.connect(locked_periods="flag")
    await beside.change(HIRE, "2026-05-25")
    told = "in periods that were paid: 2026-05-18 to 2026-05-31, 2026-06-01 to 2026-06-14, 2026-05-01 to 2026-05-31"
    assert await beside.note() == f"POST a row of 2026-05-25, {told}"
    assert beside.rows() == [BEFORE, ("2026-05-25", "Senior Engineer", "90000.00", "Year")]


async def test_req_04_what_was_paid_is_not_deleted_when_it_is_rescinded(beside: Beside, gusto: Account) -> None:
    gusto.company.schedule("2026-06-15", [14, 14])
    await beside.connect()
    await beside.change(HIRE, "2026-06-01")
    await beside.told()
    raised = await beside.change({"level": "ic4"}, "2026-06-15")
    await beside.told()
    gusto.company.process("2026-06-28")
    await beside.withdraw("rescinded", raised)
    code, reason = await beside.waits()
    assert (code, "2026-06-15 to 2026-06-28" in reason) == ("period-locked", True)
    assert gusto.gusto.asked("DELETE") == []
    await beside.set_to(locked_periods="flag")
    note = await beside.note()
    assert note == (
        "PUT the row of 2026-06-15, since payroll has used it, in periods that were paid: 2026-06-15 to 2026-06-28"
    )
    assert beside.rows()[-1] == ("2026-06-15", "Senior Engineer", "90000.00", "Year")
    # It stays as it is from now on, whatever is set.
    assert await beside.note() == "it stood there already"
    await beside.set_to(locked_periods="refuse")
    assert await beside.note() == "it stood there already"
    assert gusto.gusto.asked("DELETE") == []


async def test_req_02_a_plan_that_is_cancelled_is_deleted_and_one_that_comes_has_the_pay_of_its_day(
    beside: Beside, gusto: Account
) -> None:
    await beside.connect()
    await beside.change(HIRE, "2026-06-15")
    await beside.told()
    planned = await beside.change({"level": "ic4"}, "2026-07-01")
    assert await beside.note() == "POST a row of 2026-07-01"
    await beside.withdraw("cancelled", planned)
    assert await beside.note() == "DELETE the row of 2026-07-01"
    await beside.change({"level": "ic5"}, "2026-08-01")
    await beside.told()
    # Somebody there raises the pay, which is theirs to say, before the day has come.
    (job,) = gusto.company.jobs_of(PERSON)
    gusto.company.pay(job.uuid, "2026-07-15", title="Senior Engineer", rate="97000.00")
    beside.stage.clock.move_to(date(2026, 8, 1))
    await beside.bridge.look()
    assert await beside.note() == "PUT the row of 2026-08-01"
    assert beside.rows()[-1] == ("2026-08-01", "Principal Engineer", "97000.00", "Year")
    assert await beside.note() == "it stood there already"


async def test_req_19_pay_that_is_ours_is_an_exact_text_and_nowhere_else(beside: Beside, gusto: Account) -> None:
    await beside.connect(owns_pay=True, pay_figure="mid")
    await beside.change(HIRE, "2026-06-15")
    notes = [await beside.note()]
    assert beside.rows()[-1] == ("2026-06-15", "Senior Engineer", "35003.29", "Year")
    await beside.change({"level": "em3"}, "2026-06-16")
    notes.append(await beside.note())
    assert beside.rows()[-1] == ("2026-06-16", "Engineering Manager", "35003.29", "Year")
    await beside.change({"zone": "berlin"}, "2026-06-17")
    code, reason = await beside.waits()
    assert (code, "EUR" in reason) == ("no-pay-figure", True)
    assert pay_in("; ".join([*notes, reason])) == []
    with pytest.raises(Invalid) as refusal:
        await beside.bridge.connect("gusto", settings={**gusto.settings, "owns_pay": True}, credentials={})
    assert refusal.value.code == "connection-invalid"


async def test_req_20_a_title_nobody_mapped_waits_or_is_ours_by_setting(beside: Beside, gusto: Account) -> None:
    await beside.connect(mapped=False)
    await beside.change(HIRE, "2026-06-15")
    assert await beside.waits() == ("level-not-mapped", "the mapping has no title for engineering/ic3")
    assert beside.rows() == [BEFORE]
    await beside.bridge.connect(
        "gusto", settings={**gusto.settings, "title": "ours"}, credentials=gusto.credentials, key="ours"
    )
    assert await beside.note() == "POST a row of 2026-06-15"
    assert beside.rows()[-1][1] == "IC3"


async def test_req_10_12_who_and_which_job_is_told_by_ids_alone(beside: Beside, gusto: Account) -> None:
    await beside.connect()
    second = gusto.company.hire(PERSON, "2024-03-01", title="Adviser", rate="40.00", primary=False)
    await beside.stage.change(HIRE, "2026-06-15", job="advice")
    assert "no external id gusto-advice" in await beside.note()
    await beside.stage.create("bob")
    await beside.stage.change(HIRE, "2026-06-15", employee="bob")
    assert (await beside.waits())[0] == "no-external-id"
    await beside.stage.create("cyd", gusto="nobody/../../companies")
    await beside.stage.change(HIRE, "2026-06-15", employee="cyd")
    assert (await beside.waits())[0] == "unknown-there"
    assert gusto.company.written == []
    await beside.stage.create("dan", **{"gusto-advice": second})
    await beside.stage.change(HIRE, "2026-06-15", employee="dan", job="advice")
    assert (await beside.waits())[0] == "no-external-id"


async def test_req_16_what_they_leave_out_or_hide_is_found(beside: Beside, gusto: Account) -> None:
    await beside.connect()
    await beside.change(HIRE, "2026-06-15")
    gusto.gusto.scopes.discard("compensations:read")
    assert (await beside.waits())[0] == "field-hidden"
    assert gusto.company.written == []
    gusto.gusto.scopes.add("compensations:read")
    gusto.gusto.faults.deaf = True
    assert (await beside.waits())[0] == "field-skipped"
    gusto.gusto.faults.deaf = False
    assert await beside.note() == "PUT the row of 2026-06-15"
    # A row that somebody altered there by hand is left to them, unless it is set otherwise.
    gusto.company.jobs_of(PERSON)[0].compensations[-1].title = "Wizard"
    await beside.change({"level": "ic4"}, "2026-06-15")
    assert (await beside.waits())[0] == "row-by-hand"


async def test_req_18_a_token_is_renewed_once_and_kept_before_it_is_used(beside: Beside, gusto: Account) -> None:
    secret = {
        "client_id": "client-of-a-test",
        "client_secret": "secret-of-a-test",
        "refresh_token": "refresh-of-a-test",
    }
    await beside.connect(credentials={"access_token": "old", **secret})
    await beside.change(HIRE, "2026-06-15")
    assert await beside.note() == "POST a row of 2026-06-15"
    runtime, sealer = beside.stage.runtime, beside.bridge.sending.sealer
    opened = await open_connection(runtime, sealer, beside.bridge.connection)
    assert (opened.credentials["access_token"], opened.credentials["refresh_token"]) == ("token-2", "refresh-2")
    assert len(gusto.gusto.asked("POST", "/oauth/token")) == 1
    assert "refresh-2" not in repr(opened)
    # Another process keeps what it was given: nothing is asked with a refresh token that was used.
    gusto.gusto.tokens.discard("token-2")
    await beside.change({"level": "ic4"}, "2026-06-16")
    assert await beside.note() == "POST a row of 2026-06-16"
    gusto.gusto.tokens.clear()
    gusto.gusto.refresh_tokens.clear()
    told = await beside.told()
    assert isinstance(told, Failed)
    assert (told.status, "no way to a new one" in told.reason) == (401, True)


async def test_credentials_that_are_set_with_another_address_are_not_sent_to_the_old_one(
    beside: Beside, gusto: Account
) -> None:
    secret = {
        "client_id": "client-of-a-test",
        "client_secret": "secret-of-a-test",
        "refresh_token": "refresh-of-a-test",
    }
    await beside.connect(credentials={"access_token": "old", **secret})
    await beside.change(HIRE, "2026-06-15")
    stage, bridge = beside.stage, beside.bridge
    begun = await bridge.opened(bridge.connection)
    request = asked(
        KINDS,
        kind="gusto",
        key="theirs",
        system=None,
        settings={**gusto.settings, "base_url": "https://elsewhere.example"},
        credentials={"access_token": "theirs-alone", **secret},
    )
    await change_connection(stage.runtime, bridge.sending, HR, bridge.connection, request, expected="*")
    news = news_of(json.dumps((await stage.events())[-1]).encode())
    assert news is not None
    told = await begun.write(news)
    assert isinstance(told, Failed) and told.status == 401
    assert gusto.gusto.asked("POST", "/oauth/token") == []
    assert len(gusto.gusto.asked("GET", "/jobs")) == 1, "asked with the old token alone"
