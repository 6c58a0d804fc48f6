"""A client of the contract in Python, run where the generator is installed. Prints what the parsed models hold.

Arguments: address, key.
"""

# Made by the test, in an environment of its own.
# pyright: reportMissingImports=false, reportMissingModuleSource=false

import datetime
import importlib
import json
import pkgutil
import sys

import dualtrack_client
from dualtrack_client.api.assignments import read_assignment
from dualtrack_client.api.employees import create_employee
from dualtrack_client.api.keys import create_key
from dualtrack_client.models import HeldAssignment, NewEmployee, NewEmployeeExternalIds, NewKey, Problem

for module in pkgutil.walk_packages(dualtrack_client.__path__, "dualtrack_client."):
    importlib.import_module(module.name)

url, key = sys.argv[1:]
with dualtrack_client.AuthenticatedClient(base_url=url, token=key) as client:
    held = read_assignment.sync("ada", client=client, effective_on=datetime.date(2026, 2, 1))
    nobody = read_assignment.sync("nobody", client=client)
    body = NewEmployee(key="grace", external_ids=NewEmployeeExternalIds.from_dict({"workday": "2"}))
    made = create_employee.sync(client=client, body=body)
    unfit = create_key.sync(client=client, body=NewKey(name="payroll", scopes=[]))

assert isinstance(held, HeldAssignment) and isinstance(held.grade_since, datetime.date)
assert isinstance(nobody, Problem) and isinstance(unfit, Problem)
print(
    json.dumps(
        {
            "level": held.level,
            "title": held.title,
            "step": held.step,
            "since": held.grade_since.isoformat(),
            "employee": held.employee.key,
            "salary": not hasattr(held, "salary"),
            "made": made.key,
            "codes": [nobody.code, unfit.code],
            "fault": unfit.errors[0].pointer,
        }
    )
)
