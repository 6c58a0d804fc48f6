"""What can be asked of Gusto, call by call."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.simulators.gusto.company import Compensation, Job, Written, shown_period, shown_row

if TYPE_CHECKING:
    from tests.simulators.gusto.server import Gusto

UNITS = ("Hour", "Week", "Month", "Year", "Paycheck")
STATUSES = (
    *("Exempt", "Salaried Nonexempt", "Nonexempt", "Owner"),
    *("Commission Only Exempt", "Commission Only Nonexempt"),
)
_AHEAD = timedelta(days=92)
_BACK = timedelta(days=183)
Call = Callable[["Gusto", web.Request], Awaitable[web.Response]]


def routes(gusto: "Gusto") -> list[web.RouteDef]:
    made: list[tuple[str, str, Call]] = [
        ("GET", "/v1/companies/{company}", company),
        ("GET", "/v1/companies/{company}/employees", employees),
        ("GET", "/v1/companies/{company}/pay_periods", pay_periods),
        ("GET", "/v1/employees/{employee}/jobs", jobs),
        ("GET", "/v1/jobs/{job}/compensations", compensations),
        ("POST", "/v1/jobs/{job}/compensations", create),
        ("PUT", "/v1/compensations/{compensation}", update),
        ("DELETE", "/v1/compensations/{compensation}", delete),
        ("POST", "/v1/webhook_subscriptions", subscribe),
        ("PUT", "/v1/webhook_subscriptions/{subscription}/verify", verify),
        ("GET", "/v1/events", events),
    ]
    return [web.route(method, path, partial(call, gusto)) for method, path, call in made]


def refused(status: int, category: str, message: str, key: str = "base") -> web.Response:
    errors = [{"error_key": key, "category": category, "message": message}]
    return web.json_response({"errors": errors}, status=status)


def shown_job(gusto: "Gusto", job: Job, *, everything: bool) -> dict[str, Any]:
    current = gusto.company.current(job)
    with_pay = "compensations:read" in gusto.scopes
    rows = job.compensations if everything else [current]
    return {
        "uuid": job.uuid,
        "employee_uuid": job.employee,
        "primary": job.primary,
        "title": current.title,
        "version": current.version,
        "current_compensation_uuid": current.uuid,
        **({"rate": current.rate, "payment_unit": current.payment_unit} if with_pay else {}),
        # In no order that means anything.
        "compensations": [shown_row(row, with_pay=with_pay) for row in reversed(rows)],
    }


async def company(gusto: "Gusto", request: web.Request) -> web.Response:
    if request.match_info["company"] != gusto.company.uuid:
        return refused(404, "not_found", "The requested resource was not found.")
    return web.json_response({"uuid": gusto.company.uuid, "company_status": "Approved"})


async def employees(gusto: "Gusto", request: web.Request) -> web.Response:
    people = sorted({job.employee for job in gusto.company.jobs.values()})
    page, per = int(request.query.get("page", "1")), int(request.query.get("per", "25"))
    return web.json_response(
        [
            {
                "uuid": person,
                "jobs": [shown_job(gusto, job, everything=False) for job in gusto.company.jobs_of(person)],
            }
            for person in people[(page - 1) * per : page * per]
        ]
    )


async def pay_periods(gusto: "Gusto", request: web.Request) -> web.Response:
    if "payrolls:read" not in gusto.scopes:
        return refused(403, "missing_oauth_scopes", "Your token lacks payrolls:read.")
    today = gusto.company.clock.today()
    first = date.fromisoformat(request.query.get("start_date", (today - _BACK).isoformat()))
    last = date.fromisoformat(request.query.get("end_date", today.isoformat()))
    if last > today + _AHEAD:
        return refused(422, "invalid_attribute_value", "end_date is more than 3 months ahead.", "end_date")
    return web.json_response([shown_period(period) for period in gusto.company.periods_within(first, last)])


async def jobs(gusto: "Gusto", request: web.Request) -> web.Response:
    found = gusto.company.jobs_of(request.match_info["employee"])
    if not found:
        return refused(404, "not_found", "The requested resource was not found.")
    everything = request.query.get("include") == "all_compensations"
    return web.json_response([shown_job(gusto, job, everything=everything) for job in found])


async def compensations(gusto: "Gusto", request: web.Request) -> web.Response:
    job = gusto.company.jobs.get(request.match_info["job"])
    if job is None:
        return refused(404, "not_found", "The requested resource was not found.")
    everything = request.query.get("include") == "all_compensations"
    return web.json_response(shown_job(gusto, job, everything=everything)["compensations"])


async def create(gusto: "Gusto", request: web.Request) -> web.Response:
    job = gusto.company.jobs.get(request.match_info["job"])
    if job is None:
        return refused(404, "not_found", "The requested resource was not found.")
    asked = await request.json()
    problem = _unfit(gusto, job, asked)
    if problem is not None:
        return problem
    if gusto.faults.second_refused and job.compensations:
        return refused(422, "invalid_operation", "The job has a compensation already.")
    row = Compensation(
        uuid=gusto.company.new_uuid(),
        job=job.uuid,
        effective_date=date.fromisoformat(asked["effective_date"]),
        title="" if gusto.faults.deaf else asked.get("title", ""),
        rate=asked["rate"],
        payment_unit=asked["payment_unit"],
        flsa_status=asked["flsa_status"],
    )
    gusto.company.add(row)
    _told(gusto, job, row, "created")
    return web.json_response(shown_row(row, with_pay="compensations:read" in gusto.scopes), status=201)


async def update(gusto: "Gusto", request: web.Request) -> web.Response:
    row = gusto.company.compensation(request.match_info["compensation"])
    if row is None:
        return refused(404, "not_found", "The requested resource was not found.")
    if gusto.faults.moved:
        gusto.faults.moved -= 1
        row.rate = str(Decimal(row.rate) + 1)
    job, asked = gusto.company.jobs[row.job], await request.json()
    if asked.get("version") != row.version:
        return refused(422, "invalid_resource_version", "You are attempting to update an old version.")
    problem = _unfit(gusto, job, asked)
    if problem is not None:
        return problem
    row.effective_date = date.fromisoformat(asked.get("effective_date", row.effective_date.isoformat()))
    row.title = row.title if gusto.faults.deaf else asked.get("title", row.title)
    row.rate, row.payment_unit = asked["rate"], asked["payment_unit"]
    row.flsa_status = asked["flsa_status"]
    _told(gusto, job, row, "updated")
    return web.json_response(shown_row(row, with_pay="compensations:read" in gusto.scopes))


async def delete(gusto: "Gusto", request: web.Request) -> web.Response:
    row = gusto.company.compensation(request.match_info["compensation"])
    if row is None:
        return refused(404, "not_found", "The requested resource was not found.")
    job = gusto.company.jobs[row.job]
    if job.employee in gusto.faults.blocked or gusto.company.is_processed(row) or len(job.compensations) == 1:
        return refused(422, "invalid_operation", "It was processed on payroll, or is the only one.")
    gusto.company.remove(row)
    _told(gusto, job, row, "destroyed")
    return web.Response(status=204)


async def subscribe(gusto: "Gusto", request: web.Request) -> web.Response:
    asked = await request.json()
    made = await gusto.hooks.subscribe(gusto.company.new_uuid(), asked["url"])
    return web.json_response({"uuid": made.uuid, "url": made.url, "status": "pending"}, status=201)


async def verify(gusto: "Gusto", request: web.Request) -> web.Response:
    asked = await request.json()
    uuid = request.match_info["subscription"]
    if not gusto.hooks.verify(uuid, asked.get("verification_token", "")):
        return refused(422, "invalid_attribute_value", "The token is not the one that was sent.")
    return web.json_response({"uuid": uuid, "status": "verified"})


async def events(gusto: "Gusto", request: web.Request) -> web.Response:
    limit = int(request.query.get("limit", "100"))
    found = gusto.hooks.after(request.query.get("starting_after_uuid"), now=gusto.company.clock.now(), limit=limit)
    return refused(404, "not_found", "No such event.") if found is None else web.json_response(found)


def _unfit(gusto: "Gusto", job: Job, asked: dict[str, Any]) -> web.Response | None:
    if job.employee in gusto.faults.blocked:
        return refused(422, "payroll_blocker", "Something of this employee is under way.")
    rate = asked.get("rate")
    try:
        fits = isinstance(rate, str) and Decimal(rate) >= 0
    except InvalidOperation:
        fits = False
    if not fits:
        return refused(422, "invalid_attribute_value", "rate is no amount", "rate")
    for name, known in (("payment_unit", UNITS), ("flsa_status", STATUSES)):
        if asked.get(name) not in known:
            return refused(422, "invalid_attribute_value", f"{name} is not known", name)
    return None


def _told(gusto: "Gusto", job: Job, row: Compensation, how: str) -> None:
    title = None if how == "destroyed" else row.title
    gusto.company.written.append(Written(employee=job.employee, day=row.effective_date, title=title))
    gusto.hooks.tell(
        f"employee_job_compensation.{how}",
        company=gusto.company.uuid,
        entity=row.uuid,
        now=gusto.company.clock.now(),
    )
