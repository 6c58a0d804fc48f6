"""What is sent to make people known and to name them."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class NewEmployee(BaseModel):
    """A person to make known. Everything may be left out."""

    model_config = ConfigDict(extra="forbid", strict=True)
    key: Annotated[str | None, Field(description="Your own key of the person.", examples=["ada"])] = None
    name: Annotated[str | None, Field(max_length=200, description="Name, if names are kept here.")] = None
    external_ids: Annotated[
        dict[str, str], Field(max_length=32, description="Ids in other systems.", examples=[{"workday": "21001"}])
    ] = {}


class ExternalId(BaseModel):
    """An id in another system."""

    model_config = ConfigDict(extra="forbid", strict=True)
    value: Annotated[str, Field(description="The id there.", examples=["21001"])]
