"""What connected systems send by themselves, in their own words."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field


class SignedMessage(BaseModel):
    """A message as its system makes it. Only ids of people are read, and only once its signature was found right."""

    model_config = ConfigDict(extra="allow")
    type: Annotated[str | None, Field(description="What happened, as employee.updated.")] = None
    timestamp: Annotated[str | None, Field(description="When, in their words.")] = None
    data: Annotated[dict[str, Any] | None, Field(description="Whom it is about: employeeId.")] = None
    employees: Annotated[
        list[dict[str, Any]] | None, Field(description="Of the older family: several people, each with an id.")
    ] = None
