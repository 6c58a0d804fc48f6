"""What a simulated company has in BambooHR: people, tables with rows, lists, what callers may see and change.

All of it is plain Python that tests read and set up directly; what comes over the wire goes through the same doors.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count
from typing import Any

from tests.simulators.clock import Clock


@dataclass(slots=True, kw_only=True)
class Field:
    """A field of a table. `kind` is date, text, list or currency; a list has options."""

    alias: str
    kind: str = "text"
    id: int = 0


@dataclass(slots=True, kw_only=True)
class Table:
    alias: str
    dated: str
    """Which of its fields says from when a row holds."""
    fields: dict[str, Field]


@dataclass(slots=True, kw_only=True)
class Option:
    id: int
    value: str
    archived: bool = False


@dataclass(slots=True, kw_only=True)
class ListField:
    """`editable` False answers 403 to whoever adds an option."""

    id: int
    alias: str
    name: str
    options: list[Option]
    editable: bool = True

    def has(self, value: str) -> bool:
        return any(one.value == value and not one.archived for one in self.options)


@dataclass(slots=True, kw_only=True)
class Row:
    id: int
    employee: str
    values: dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Employee:
    id: str
    fields: dict[str, str | None]


@dataclass(slots=True, kw_only=True)
class Written:
    """A write that was carried out: `how` is created, updated or deleted; `day` and `values` are the row's after it."""

    how: str
    employee: str
    table: str
    row: int
    day: str
    at: datetime
    values: dict[str, Any]


def _table(alias: str, dated: str, **kinds: str) -> Table:
    return Table(alias=alias, dated=dated, fields={name: Field(alias=name, kind=kind) for name, kind in kinds.items()})


def usual_tables() -> dict[str, Table]:
    tables = (
        _table(
            "jobInfo",
            "date",
            date="date",
            location="list",
            division="list",
            department="list",
            jobTitle="list",
            reportsTo="text",
            teams="text",
        ),
        _table(
            "compensation",
            "startDate",
            startDate="date",
            rate="currency",
            type="list",
            exempt="list",
            reason="list",
            comment="text",
            paidPer="list",
            paySchedule="list",
            overtimeRate="currency",
        ),
        _table("employmentStatus", "date", date="date", employmentStatus="list", comment="text"),
    )
    return {one.alias: one for one in tables}


USUAL_LISTS: Mapping[str, tuple[str, ...]] = {
    "jobTitle": ("Engineer", "Senior Engineer"),
    "department": ("Platform", "Research"),
    "division": ("R&D",),
    "location": ("Lisbon", "Berlin"),
    "type": ("Salary", "Hourly"),
    "paidPer": ("Year", "Month", "Hour"),
    "paySchedule": ("Monthly",),
    "exempt": ("Exempt", "Non-exempt"),
    "reason": ("Promotion",),
    "employmentStatus": ("Full-Time", "Terminated"),
}


@dataclass(slots=True, kw_only=True)
class Company:
    """`unreadable` and `unwritable` hold fields as table.field, or plain names of employee fields."""

    clock: Clock
    employees: dict[str, Employee] = field(default_factory=dict[str, Employee])
    tables: dict[str, Table] = field(default_factory=usual_tables)
    lists: dict[str, ListField] = field(default_factory=dict[str, ListField])
    rows: dict[str, list[Row]] = field(default_factory=dict[str, list[Row]])
    unreadable: set[str] = field(default_factory=set[str])
    unwritable: set[str] = field(default_factory=set[str])
    changed: dict[str, tuple[datetime, str]] = field(default_factory=dict[str, tuple[datetime, str]])
    """When and how each person changed last: Inserted, Updated or Deleted."""
    written: list[Written] = field(default_factory=list[Written])
    doubled: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    """(person, table, day) whenever a row was made on a day that had one."""
    _ids: "count[int]" = field(default_factory=lambda: count(900))
    _field_ids: "count[int]" = field(default_factory=lambda: count(4000))

    def __post_init__(self) -> None:
        for table in self.tables.values():
            self.rows.setdefault(table.alias, [])
            for one in table.fields.values():
                one.id = next(self._field_ids)
                if one.kind == "list":
                    values = USUAL_LISTS.get(one.alias, ())
                    self.lists[one.alias] = ListField(id=one.id, alias=one.alias, name=one.alias, options=[])
                    for value in values:
                        self.add_option(one.alias, value)

    def hire(self, employee: str, day: str, **fields: str | None) -> Employee:
        """A person with a first jobInfo row of that day; `fields` with a name of that table go there."""
        made = Employee(id=employee, fields={"hireDate": day, "status": "Active"})
        self.employees[employee] = made
        of_job = self.tables["jobInfo"].fields
        made.fields.update({name: value for name, value in fields.items() if name not in of_job})
        self.touch(employee, "Inserted")
        values = {name: value for name, value in fields.items() if name in of_job}
        if values:
            self.add_row(employee, "jobInfo", {"date": day, **values})
        return made

    def add_option(self, alias: str, value: str, *, archived: bool = False) -> Option:
        made = Option(id=next(self._ids), value=value, archived=archived)
        self.lists[alias].options.append(made)
        return made

    def add_row(self, employee: str, table: str, values: Mapping[str, Any]) -> Row:
        """As somebody does it by hand, or the interface after its checks."""
        names = self.tables[table].fields
        row = Row(id=next(self._ids), employee=employee, values={name: values.get(name) for name in names})
        self.rows[table].append(row)
        self._wrote("created", row, table)
        return row

    def update_row(self, row: Row, table: str, values: Mapping[str, Any]) -> None:
        row.values.update(values)
        self._wrote("updated", row, table)

    def delete_row(self, row: Row, table: str) -> None:
        self.rows[table].remove(row)
        self._wrote("deleted", row, table)

    def set_fields(self, employee: str, **fields: str | None) -> None:
        self.employees[employee].fields.update(fields)
        self.touch(employee, "Updated")

    def dismiss(self, employee: str) -> None:
        """They are removed for good, with their rows."""
        del self.employees[employee]
        for rows in self.rows.values():
            rows[:] = [row for row in rows if row.employee != employee]
        self.touch(employee, "Deleted")

    def touch(self, employee: str, action: str) -> None:
        self.changed[employee] = self.clock.now(), action

    def rows_of(self, employee: str, table: str = "jobInfo") -> list[Row]:
        """By day, then as they were made."""
        dated = self.tables[table].dated
        return sorted(
            (row for row in self.rows[table] if row.employee == employee),
            key=lambda row: (str(row.values[dated]), row.id),
        )

    def in_force(self, employee: str, table: str, day: date) -> Row | None:
        """The row that holds on a day: the last one that began by then."""
        dated = self.tables[table].dated
        begun = [row for row in self.rows_of(employee, table) if str(row.values[dated]) <= day.isoformat()]
        return begun[-1] if begun else None

    def current(self, employee: str) -> dict[str, Any]:
        """What holds of a person today: their own fields, and those of tables."""
        found: dict[str, Any] = dict(self.employees[employee].fields)
        for alias, table in self.tables.items():
            row = self.in_force(employee, alias, self.clock.today())
            found.update(
                {
                    name: row.values[name] if row else None
                    for name in table.fields
                    if name not in (table.dated, "comment")
                }
            )
        return found

    def timeline(self, employee: str, field_name: str = "jobTitle", table: str = "jobInfo") -> list[tuple[str, Any]]:
        """(day, value) wherever a field takes another value, by day."""
        dated = self.tables[table].dated
        found: list[tuple[str, Any]] = []
        by_day = {str(row.values[dated]): row.values[field_name] for row in self.rows_of(employee, table)}
        for day, value in by_day.items():
            if not found or found[-1][1] != value:
                found.append((day, value))
        return found

    def _wrote(self, how: str, row: Row, table: str) -> None:
        dated = self.tables[table].dated
        day = str(row.values[dated])
        of_day = [one for one in self.rows_of(row.employee, table) if str(one.values[dated]) == day]
        if how == "created" and len(of_day) > 1:
            self.doubled.append((row.employee, table, day))
        self.written.append(
            Written(
                how=how,
                employee=row.employee,
                table=table,
                row=row.id,
                day=day,
                at=self.clock.now(),
                values=dict(row.values),
            )
        )
        self.touch(row.employee, "Updated")
