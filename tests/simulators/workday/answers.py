"""What the simulated tenant answers to each operation, as elements of its contracts."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from tests.simulators.workday.elements import Made, at, day_of, element, etree, id_of, moment_of, ref, text_of
from tests.simulators.workday.tenant import Complaint, Tenant, Worker
from tests.simulators.workday.wsdl import NS

COUNT = 2
"""Workers on a page that does not ask for another number: few, so that there are pages."""


def change_job(tenant: Tenant, asked: Made) -> Made:
    data = at(asked, "Change_Job_Data")
    details = at(data, "Change_Job_Detail_Data")
    made = tenant.start(
        "job",
        _worker_of(tenant, at(data, "Worker_Reference")),
        id_of(data.find("{*}Position_Reference"), "Position_ID"),
        on=date.fromisoformat(text_of(data, "Effective_Date")),
        value=id_of(details.find(".//{*}Job_Profile_Reference"), "Job_Profile_ID") or "",
        reason=id_of(at(details, "Reason_Reference"), "Change_Job_Subcategory_ID") or "",
    )
    return element("Change_Job_Response", ref("Event_Reference", WID=made.wid))


def change_compensation(tenant: Tenant, asked: Made) -> Made:
    data = at(asked, "Request_Compensation_Change_Data")
    grade = id_of(data.find(".//{*}Compensation_Grade_Reference"), "Compensation_Grade_ID") or ""
    profile = id_of(data.find(".//{*}Compensation_Grade_Profile_Reference"), "Compensation_Grade_Profile_ID") or ""
    made = tenant.start(
        "compensation",
        _worker_of(tenant, at(data, "Employee_Reference")),
        id_of(data.find("{*}Position_Reference"), "Position_ID"),
        on=date.fromisoformat(text_of(data, "Compensation_Change_Date")),
        value=f"{grade}|{profile}",
        reason=id_of(data.find(".//{*}Reason_Reference"), "Event_Classification_Subcategory_ID") or "",
    )
    return element("Request_Compensation_Change_Response", ref("Compensation_Change_Event_Reference", WID=made.wid))


def get_event_detail(tenant: Tenant, asked: Made) -> Made:
    found: list[Made] = []
    for one in asked.iter("{*}Event_Reference"):
        event = tenant.events[id_of(one, "WID") or ""]
        state = ref("Event_State_Reference", tenant.status(event), WID="5" * 32)
        found.append(
            element("Event", ref("Event_Reference", WID=event.wid), element("Event_Detail_Data", state)),
        )
    return element("Get_Event_Details_Response", element("Response_Data", *found))


def get_history(tenant: Tenant, asked: Made) -> Made:
    given = asked.find(".//{*}ID")
    assert given is not None and given.get(f"{{{NS}}}System_ID") == "WD-EMPLID"
    window = at(asked, "Event_Date_Range_Data")
    found = [
        element(
            "Event_Data",
            element("Event_ID", text=one.wid),
            element("Effective_Date", text=one.effective.isoformat()),
        )
        for one in tenant.events.values()
        if one.worker == given.text
        and _between(one.entered, *(moment_of(window.findtext(f"{{*}}Updated_{end}")) for end in ("From", "Through")))
        and _between(
            datetime.combine(one.effective, time(), tzinfo=UTC),
            *(moment_of(window.findtext(f"{{*}}Effective_{end}")) for end in ("From", "Through")),
        )
    ]
    return element("Worker_Event_History", element("Worker_Event_History_Data", *found))


def rescind(tenant: Tenant, asked: Made) -> Made:
    wid = id_of(at(asked, "Event_Reference"), "WID") or ""
    tenant.rescind(wid)
    return element("Rescind_Business_Process_Response", ref("Event_Reference", WID=wid))


def cancel(tenant: Tenant, asked: Made) -> Made:
    wid = id_of(at(asked, "Event_Reference"), "WID") or ""
    tenant.cancel(wid)
    return element("Cancel_Business_Process_Response", ref("Event_Reference", WID=wid))


def get_workers(tenant: Tenant, asked: Made) -> Made:
    named = [_worker_of(tenant, one) for one in asked.iterfind("{*}Request_References/{*}Worker_Reference")]
    window = asked.find(".//{*}Transaction_Date_Range_Data")
    day = day_of(asked.findtext(".//{*}As_Of_Effective_Date")) or tenant.clock.today()
    entered = moment_of(asked.findtext(".//{*}As_Of_Entry_DateTime"))
    workers = [tenant.workers[one] for one in named] if named else list(tenant.workers.values())
    if window is not None:
        workers = [one for one in workers if _falls_in(tenant, one, window)]
    page = int(Decimal(asked.findtext(".//{*}Page") or "1"))
    count = int(Decimal(asked.findtext(".//{*}Count") or COUNT))
    shown = workers[(page - 1) * count : page * count]
    with_log = asked.findtext(".//{*}Include_Transaction_Log_Data") == "true"
    results = element(
        "Response_Results",
        element("Total_Results", text=str(len(workers))),
        element("Total_Pages", text=str(-(-len(workers) // count))),
        element("Page_Results", text=str(len(shown))),
        element("Page", text=str(page)),
    )
    data = element("Response_Data", *(_worker(tenant, one, day, entered, with_log=with_log) for one in shown))
    return element("Get_Workers_Response", results, data)


def get_job_profiles(tenant: Tenant, asked: Made) -> Made:
    wanted = id_of(asked.find(".//{*}Job_Profile_Reference"), "Job_Profile_ID") or ""
    if wanted not in tenant.profiles:
        raise Complaint("Invalid ID value.", "/Job_Profile_Reference/ID[1]")
    kept = tenant.profiles[wanted].get("xml")
    data = etree.fromstring(str(kept)) if kept else _plain_profile(wanted, str(tenant.profiles[wanted]["title"]))
    one = element("Job_Profile", ref("Job_Profile_Reference", Job_Profile_ID=wanted), data)
    return element("Get_Job_Profiles_Response", element("Response_Data", one))


def put_job_profile(tenant: Tenant, asked: Made) -> Made:
    data = at(asked, "Job_Profile_Data")
    code = text_of(data, "Job_Code")
    title = text_of(at(data, "Job_Profile_Basic_Data"), "Job_Title")
    tenant.profiles[code] = {
        "title": title,
        "xml": etree.tostring(data).decode(),
        "from": text_of(data, "Effective_Date"),
    }
    return element("Put_Job_Profile_Response", ref("Job_Profile_Reference", Job_Profile_ID=code))


def get_grades(tenant: Tenant, asked: Made) -> Made:
    wanted = id_of(asked.find(".//{*}Compensation_Grade_Reference"), "Compensation_Grade_ID") or ""
    if wanted not in tenant.grades:
        raise Complaint("Invalid ID value.", "/Compensation_Grade_Reference/ID[1]")
    data = etree.fromstring(str(tenant.grades[wanted]["xml"]))
    one = element("Compensation_Grade", ref("Compensation_Grade_Reference", Compensation_Grade_ID=wanted), data)
    return element("Get_Compensation_Grades_Response", element("Response_Data", one))


def put_grade(tenant: Tenant, asked: Made) -> Made:
    data = at(asked, "Compensation_Grade_Data")
    grade = text_of(data, "Compensation_Grade_ID")
    tenant.grades[grade] = {"xml": etree.tostring(data).decode(), "from": text_of(data, "Effective_Date")}
    return element("Put_Compensation_Grade_Response", ref("Compensation_Grade_Reference", Compensation_Grade_ID=grade))


ANSWERS: Mapping[str, Callable[[Tenant, Made], Made]] = {
    "Change_Job_Request": change_job,
    "Request_Compensation_Change_Request": change_compensation,
    "Get_Event_Details_Request": get_event_detail,
    "Worker_Event_History_Get": get_history,
    "Rescind_Business_Process_Request": rescind,
    "Cancel_Business_Process_Request": cancel,
    "Get_Workers_Request": get_workers,
    "Get_Job_Profiles_Request": get_job_profiles,
    "Put_Job_Profile_Request": put_job_profile,
    "Get_Compensation_Grades_Request": get_grades,
    "Put_Compensation_Grade_Request": put_grade,
}


def report(tenant: Tenant) -> list[dict[str, Any]]:
    """One row for each day from which a position's profile holds."""
    return [
        {
            "Employee_ID": worker.employee_id,
            "Worker": worker.name,
            "Position_ID": position,
            "Job_Profile_ID": profile,
            "Effective_Date": day.isoformat(),
            "Entered_On": tenant.clock.now().isoformat(),
        }
        for worker in tenant.workers.values()
        for position in worker.positions
        for day, profile in tenant.rows(worker.employee_id, position)
    ]


def _worker(tenant: Tenant, one: Worker, day: date, entered: datetime | None, *, with_log: bool) -> Made:
    jobs: list[Made] = []
    for number, position in enumerate(one.positions if day >= one.hired else ()):
        profile = tenant.value_on("job", one.employee_id, position, day, known=entered)
        since = max((on for on, _ in tenant.rows(one.employee_id, position) if on <= day), default=one.hired)
        job = element(
            "Worker_Job_Data",
            ref("Position_Reference", Position_ID=position),
            element(
                "Position_Data",
                element("Position_ID", text=position),
                element("Effective_Date", text=since.isoformat()),
                element("Job_Profile_Summary_Data", ref("Job_Profile_Reference", Job_Profile_ID=profile)),
            ),
        )
        job.set(f"{{{NS}}}Primary_Job", "true" if number == 0 else "false")
        jobs.append(job)
    status = element(
        "Worker_Status_Data",
        element("Active", text="true" if one.ended is None or day < one.ended else "false"),
        element("Hire_Date", text=one.hired.isoformat()),
        element("Termination_Date", text=one.ended.isoformat()) if one.ended else None,
    )
    data = element(
        "Worker_Data",
        element("Worker_ID", text=one.employee_id),
        element("Employment_Data", *jobs, status),
        _compensation(tenant, one, day, entered),
        _log(tenant, one) if with_log else None,
    )
    return element("Worker", ref("Worker_Reference", one.name, WID=one.wid, Employee_ID=one.employee_id), data)


def _compensation(tenant: Tenant, one: Worker, day: date, entered: datetime | None) -> Made:
    value = tenant.value_on("compensation", one.employee_id, next(iter(one.positions)), day, known=entered)
    grade, _, profile = value.partition("|")
    guidelines = element(
        "Compensation_Guidelines_Data",
        ref("Compensation_Grade_Reference", Compensation_Grade_ID=grade) if grade else None,
        ref("Compensation_Grade_Profile_Reference", Compensation_Grade_Profile_ID=profile) if profile else None,
    )
    return element("Compensation_Data", guidelines if grade else None)


def _log(tenant: Tenant, one: Worker) -> Made:
    entries = [
        element(
            "Transaction_Log_Entry",
            ref("Transaction_Log_Reference", WID=f"{'f' * 16}{number:016x}"),
            element(
                "Transaction_Log_Data",
                element("Transaction_Effective_Moment", text=effective.isoformat()),
                element("Transaction_Entry_Moment", text=entered.isoformat()),
                element("Is_Rescind_Or_Rescinded", text=str(bool(event.rescinded)).lower()),
            ),
        )
        for number, (event, effective, entered, _) in enumerate(tenant.log(one.employee_id))
    ]
    return element("Transaction_Log_Entry_Data", *entries)


def _falls_in(tenant: Tenant, worker: Worker, window: Made) -> bool:
    """Whether anything was both entered and effective within the ranges of the request."""
    ranges = {name: moment_of(window.findtext(f"{{*}}{name}")) for name in ("Updated_From", "Updated_Through")}
    ranges |= {name: moment_of(window.findtext(f"{{*}}{name}")) for name in ("Effective_From", "Effective_Through")}
    hired = datetime.combine(worker.hired, time(), tzinfo=UTC)
    moments = [(hired, hired), *((effective, entered) for _, effective, entered, _ in tenant.log(worker.employee_id))]
    return any(
        _between(entered, ranges["Updated_From"], ranges["Updated_Through"])
        and _between(effective, ranges["Effective_From"], ranges["Effective_Through"])
        for effective, entered in moments
    )


def _between(moment: datetime, first: datetime | None, last: datetime | None) -> bool:
    return (first is None or first <= moment) and (last is None or moment <= last)


def _plain_profile(code: str, title: str) -> Made:
    basic = element(
        "Job_Profile_Basic_Data",
        element("Job_Title", text=title),
        ref("Management_Level_Reference", Management_Level_ID="8"),
        element("Job_Family_Data", ref("Job_Family_Reference", Job_Family_ID="ENG")),
    )
    return element("Job_Profile_Data", element("Job_Code", text=code), basic)


def _worker_of(tenant: Tenant, reference: Made) -> str:
    found = id_of(reference, "Employee_ID")
    if found is None or found not in tenant.workers:
        raise Complaint("Invalid ID value.", "/Worker_Reference/ID[@type='Employee_ID']")
    return found
