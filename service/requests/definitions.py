"""What is sent to plan or publish definitions."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class DefinitionsBody(BaseModel):
    """A company folder: each document as its file would state it (`/schemas` holds their JSON Schemas)."""

    model_config = ConfigDict(extra="forbid", strict=True)

    company: dict[str, Any] = Field(description="company.yaml.")
    ladders: list[dict[str, Any]] = Field(max_length=1000, description="ladders/*.yaml, one version of each ladder.")
    bands: list[dict[str, Any]] = Field(max_length=1000, description="bands/*.yaml.")
