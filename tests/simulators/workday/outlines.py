"""What the simulated tenant takes and gives, as outlines: names of elements and their order.

A line is an element: name, then ? (may be missing), * (any number) or nothing, then its type; lines further in are its
children. `ref` is an object named by ids, `extid` an id of the older form. Only what is used is here: the tenant's own
files are much longer.
"""

from collections.abc import Mapping

_PARAMETERS = """
  Business_Process_Parameters?
    Auto_Complete? boolean
    Run_Now? boolean
    Comment_Data?
      Comment? string
"""
_FILTER = """
  Response_Filter?
    As_Of_Effective_Date? date
    As_Of_Entry_DateTime? dateTime
    Page? decimal
    Count? decimal
"""
_RESULTS = """
  Response_Results?
    Total_Results? decimal
    Total_Pages? decimal
    Page_Results? decimal
    Page? decimal
"""
_WORKERS = (
    """
Get_Workers_Request
  Request_References?
    Worker_Reference* ref
  Request_Criteria?
    Transaction_Log_Criteria_Data*
      Transaction_Date_Range_Data?
        Updated_From? dateTime
        Updated_Through? dateTime
        Effective_From? dateTime
        Effective_Through? dateTime
      Transaction_Type_References?
        Transaction_Type_Reference* ref
"""
    + _FILTER
    + """
  Response_Group?
    Include_Reference? boolean
    Include_Employment_Information? boolean
    Include_Compensation? boolean
    Include_Transaction_Log_Data? boolean
    Include_Subevents_for_Corrected_Transaction? boolean
    Include_Subevents_for_Rescinded_Transaction? boolean
Get_Workers_Response
"""
    + _FILTER
    + _RESULTS
    + """
  Response_Data?
    Worker*
      Worker_Reference? ref
      Worker_Data?
        Worker_ID? string
        Employment_Data?
          Worker_Job_Data* @Primary_Job
            Position_Reference? ref
            Position_Data?
              Position_ID? string
              Position_Title? string
              Business_Title? string
              Effective_Date? date
              Job_Profile_Summary_Data?
                Job_Profile_Reference? ref
                Job_Profile_Name? string
          Worker_Status_Data?
            Active? boolean
            Hire_Date? date
            Termination_Date? date
        Compensation_Data?
          Compensation_Effective_Date? date
          Reason_Reference? ref
          Compensation_Guidelines_Data*
            Compensation_Package_Reference? ref
            Compensation_Grade_Reference? ref
            Compensation_Grade_Profile_Reference? ref
        Transaction_Log_Entry_Data?
          Transaction_Log_Entry*
            Transaction_Log_Reference? ref
            Transaction_Log_Data?
              Transaction_Log_Description? string
              Transaction_Effective_Moment? dateTime
              Transaction_Entry_Moment? dateTime
              Transaction_Log_Type_Reference* ref
              Transaction_Target_Reference* ref
              Is_Rescind_Or_Rescinded? boolean
              Is_Correction_Or_Corrected? boolean
"""
)
_CHANGE_JOB = (
    "Change_Job_Request"
    + _PARAMETERS
    + """
  Change_Job_Data
    Worker_Reference ref
    Position_Reference? ref
    Effective_Date date
    Change_Job_Detail_Data
      Reason_Reference ref
      Supervisory_Organization_Reference? ref
      Job_Details_Data?
        Job_Profile_Reference? ref
        Position_Title? string
        Business_Title? string
        Location_Reference? ref
        Pay_Rate_Type_Reference? ref
Change_Job_Response
  Event_Reference? ref
  Exceptions_Response_Data?
    Exceptions_Data*
      Exception_Data*
        Classification? string
        Message? string
"""
)
_HISTORY = """
Worker_Event_History_Get
  Worker_Reference
    Employee_Reference
      Integration_ID_Reference
        ID extid
  Event_Date_Range_Data?
    Updated_From? dateTime
    Updated_Through? dateTime
    Effective_From? dateTime
    Effective_Through? dateTime
Worker_Event_History
  Worker_Event_History_Data?
    Event_Data*
      Event_ID? string
      Description? string
      Completed_DateTime? dateTime
      Effective_Date? date
"""
_PROFILE = """
Job_Profile_Data
  Job_Code? string
  Effective_Date? date
  Job_Profile_Basic_Data?
    Job_Title? string
    Management_Level_Reference? ref
    Job_Level_Reference? ref
    Job_Family_Data*
      Job_Family_Reference? ref
  Job_Profile_Pay_Rate_Data*
    Country_Reference? ref
    Pay_Rate_Type_Reference? ref
  Job_Profile_Exempt_Data*
    Location_Context_Reference? ref
    Job_Exempt? boolean
  Job_Profile_Compensation_Data?
    Compensation_Grade_Reference? ref
    Compensation_Grade_Profile_Reference* ref
"""
_RANGE = """
Compensation_Pay_Range?
  Minimum? decimal
  Midpoint? decimal
  Maximum? decimal
  Currency_Reference? ref
  Frequency_Reference? ref
"""
_CHANGE_DATA = """
Compensation_Change_Data
  Reason_Reference ref
  Compensation_Guidelines_Data?
    Compensation_Package_Reference? ref
    Compensation_Grade_Reference? ref
    Compensation_Grade_Profile_Reference? ref
    Compensation_Step_Reference? ref
"""


def _in(text: str, spaces: int) -> str:
    return "\n".join(" " * spaces + line for line in text.strip("\n").splitlines()) + "\n"


_GRADE = (
    """
Compensation_Grade_Data
  Compensation_Grade_ID? string
  Effective_Date? date
  Name? string
"""
    + _in(_RANGE, 2)
    + """
  Compensation_Grade_Profile_Data*
    Compensation_Grade_Profile_ID? string
    Name? string
"""
    + _in(_RANGE, 4)
)

OUTLINES: Mapping[str, Mapping[str, str]] = {
    "Staffing": {"Get_Workers": _WORKERS, "Change_Job": _CHANGE_JOB},
    "Human_Resources": {
        "Get_Workers": _WORKERS,
        "Get_Worker_Event_History": _HISTORY,
        "Get_Job_Profiles": "Get_Job_Profiles_Request\n  Request_References?\n    Job_Profile_Reference* ref\n"
        + _FILTER
        + "Get_Job_Profiles_Response\n  Response_Data?\n    Job_Profile*\n      Job_Profile_Reference? ref\n"
        + _in(_PROFILE.replace("Job_Profile_Data\n", "Job_Profile_Data?\n", 1), 6),
        "Put_Job_Profile": "Put_Job_Profile_Request\n  Job_Profile_Reference? ref\n"
        + _in(_PROFILE, 2)
        + "Put_Job_Profile_Response\n  Job_Profile_Reference? ref\n",
    },
    "Compensation": {
        "Request_Compensation_Change": "Request_Compensation_Change_Request"
        + _PARAMETERS
        + """
  Request_Compensation_Change_Data
    Employee_Reference ref
    Position_Reference? ref
    Compensation_Change_Date date
    Compensation_Change_On_Next_Pay_Period? boolean
    Employee_Visibility_Date? date
"""
        + _in(_CHANGE_DATA, 4)
        + "Request_Compensation_Change_Response\n  Compensation_Change_Event_Reference? ref\n",
        "Get_Compensation_Grades": "Get_Compensation_Grades_Request\n  Request_References?\n"
        + "    Compensation_Grade_Reference* ref\n"
        + _FILTER
        + "Get_Compensation_Grades_Response\n  Response_Data?\n    Compensation_Grade*\n"
        + "      Compensation_Grade_Reference? ref\n"
        + _in(_GRADE.replace("Compensation_Grade_Data\n", "Compensation_Grade_Data?\n", 1), 6),
        "Put_Compensation_Grade": "Put_Compensation_Grade_Request\n  Compensation_Grade_Reference? ref\n"
        + _in(_GRADE, 2)
        + "Put_Compensation_Grade_Response\n  Compensation_Grade_Reference? ref\n",
    },
    "Integrations": {
        "Get_Event_Detail": """
Get_Event_Details_Request
  Request_References
    Event_Reference* ref
Get_Event_Details_Response
  Response_Data?
    Event*
      Event_Reference? ref
      Event_Detail_Data?
        Creation_Date? dateTime
        Completed_Date? dateTime
        Event_State_Reference? ref
        Event_Target_Reference? ref
""",
        "Rescind_Business_Process": """
Rescind_Business_Process_Request
  Event_Reference ref
  Rescind_Business_Process_Data?
    Comment? string
    Suppress_Notifications? boolean
Rescind_Business_Process_Response
  Event_Reference? ref
""",
        "Cancel_Business_Process": """
Cancel_Business_Process_Request
  Event_Reference ref
  Cancel_Business_Process_Data?
    Comment? string
Cancel_Business_Process_Response
  Event_Reference? ref
""",
    },
}
