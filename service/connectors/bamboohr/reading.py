"""What is set of reading people from BambooHR: which fields say what. Names are the account's own."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from service.connectors.kinds import Form

Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
System = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,64}$")]


class Reading(Form):
    """How rows there are read. A field that is None is not read."""

    zone: Name | None = Field(default="location", description="Field of the job table that says the zone.")
    team: Name | None = Field(default="department", description="Field of the job table that says the team.")
    role: Name | None = Field(default=None, description="Field of the job table that says the role.")
    grade: Name | None = Field(default=None, description="Field of the job table that says the grade.")
    reason: Name | None = Field(default=None, description="Field of the job table that says why.")
    status_table: Name | None = Field(default="employmentStatus", description="Table that says who is employed.")
    status_date: Name = Field(default="date", description="Its field that says from when a row holds.")
    status: Name = Field(default="employmentStatus", description="Its field that says whether somebody is employed.")
    ended: tuple[str, ...] = Field(
        default=("Terminated",), description="What it says of somebody who is not employed any more."
    )
    key: Name | None = Field(default=None, description="Field of people that holds the key you use here.")
    name: Name | None = Field(default=None, description="Field of people that holds a name to keep here.")
    ids: Mapping[System, Name] = Field(
        default_factory=dict[str, str], description="Other systems, each with the field that holds people's id there."
    )
    most_hidden: int = Field(
        default=5,
        ge=0,
        le=100,
        description="By how many points of a hundred the share of rows in which a field is seen may drop from one "
        "run to the next. Past that the run stops: rights were rather taken away than values.",
    )

    @property
    def of_people(self) -> tuple[str, ...]:
        """Fields of people themselves that are read."""
        return tuple(dict.fromkeys(one for one in (self.key, self.name, *self.ids.values()) if one))

    def of_jobs(self, date: str, title: str) -> tuple[str, ...]:
        """Fields of the job table that are read."""
        return (date, title, *(one for one in (self.zone, self.team, self.role, self.grade, self.reason) if one))
