"""Rows in Gusto under an id that was somebody else's, where payroll has run, and where there is only one row."""

from service.usecases.employees import set_external_id
from tests.connectors.gusto.account import Account
from tests.connectors.gusto.beside import HIRE, PERSON, Beside
from tests.stage import HR

RIGHT = "e0000000-0000-4000-8000-000000004712"


async def is_rather(beside: Beside, there: str) -> None:
    beside.gusto.hire(there)
    await set_external_id(beside.stage.runtime, HR, "ada", "gusto", there, expected="*")


async def test_what_somebody_else_was_paid_by_waits_or_says_what_holds_of_them(beside: Beside, gusto: Account) -> None:
    gusto.company.schedule("2026-06-15", [14, 14])
    await beside.connect()
    await beside.change(HIRE, "2026-06-15")
    assert await beside.note() == "POST a row of 2026-06-15"
    gusto.company.process("2026-06-28")
    await is_rather(beside, RIGHT)
    code, reason = await beside.waits()
    assert (code, reason.partition(": ")[0]) == ("period-locked", "under the id that they had before")
    assert "2026-06-15 to 2026-06-28" in reason and gusto.holds(RIGHT) == []
    await beside.set_to(locked_periods="flag")
    paid = "in periods that were paid: 2026-06-15 to 2026-06-28"
    note = await beside.note()
    assert note == (f"PUT the row of 2026-06-15, since payroll has used it, {paid}; POST a row of 2026-06-15, {paid}")
    assert [title for _, title, _, _ in beside.rows()] == ["Engineer", "Engineer"]
    assert gusto.holds(RIGHT) == [("2026-06-15", "Senior Engineer")]
    assert await beside.note() == "it stood there already"


async def test_the_only_row_of_somebody_else_is_to_be_set_right_by_whoever_knows_it(
    beside: Beside, gusto: Account
) -> None:
    gusto.gusto.faults.second_refused = True
    await beside.connect()
    await beside.change(HIRE, "2026-06-15")
    assert "PUT on the current one" in await beside.note()
    await is_rather(beside, RIGHT)
    code, reason = await beside.waits()
    assert (code, "was somebody else's, and was altered for this person" in reason) == ("former-id-row", True)
    (job,) = gusto.company.jobs_of(PERSON)
    job.compensations[0].title = "Engineer"
    assert "PUT on the current one" in await beside.note()
    assert gusto.holds(RIGHT) == [("2026-06-15", "Senior Engineer")]


async def test_another_job_goes_by_the_id_that_it_has_there(beside: Beside, gusto: Account) -> None:
    await beside.connect()
    wrong, right = (gusto.company.hire(PERSON, "2024-03-01", title="Tutor", primary=False) for _ in range(2))
    stage, replaying = beside.stage, beside.bridge.replaying
    await set_external_id(stage.runtime, HR, "ada", "gusto-second", wrong, expected="*")
    await stage.change(HIRE, "2026-06-15", job="second")
    assert await beside.note() == "POST a row of 2026-06-15"
    assert await replaying.running() == ()
    await set_external_id(stage.runtime, HR, "ada", "gusto-second", right, expected="*")
    assert len(await replaying.running()) == 1
    assert await beside.note() == "DELETE the row of 2026-06-15; POST a row of 2026-06-15"
    assert [len(gusto.company.jobs[one].compensations) for one in (wrong, right)] == [1, 2]
