"""What is set of a Gusto company."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from service.connectors.kinds import Form, is_address

SYSTEM = "gusto"
API_VERSION = "2025-06-15"
PayFigure = Literal["min", "mid", "max", "target", "point", "step"]
UNITS: Mapping[str, str] = {"hour": "Hour", "week": "Week", "month": "Month", "year": "Year"}
"""What a band's period is called there. They have no pay by the day."""
FlsaStatus = Literal[
    "Exempt", "Salaried Nonexempt", "Nonexempt", "Owner", "Commission Only Exempt", "Commission Only Nonexempt"
]
Uuid = Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,64}$")]
_VERSION = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Settings(Form):
    """`pay_figure` is needed with `owns_pay`."""

    company: Uuid = Field(description="Their id of the company.")
    base_url: str = Field(default="https://api.gusto.com", description="Address of the interface, up to before v1.")
    trusted_ca: str | None = Field(
        default=None, description="Certificates (PEM) that are believed beside everybody's.", max_length=100_000
    )
    api_version: str = Field(default=API_VERSION, description="Version of the interface that is asked for.")
    title: Literal["mapped", "ours"] = Field(
        default="mapped",
        description="`mapped`: a level's title there comes from the mapping, and waits while there is none. `ours`: "
        "where the mapping has none, the title shown here is sent.",
    )
    announce: Literal["planned", "on_the_day"] = Field(
        default="planned",
        description="Whether a row of a later day is written when the change is planned, or on its day.",
    )
    overwrite: bool = Field(
        default=False,
        description="Whether rows that somebody made or altered there by hand may be altered. If not, they wait.",
    )
    locked_periods: Literal["refuse", "flag"] = Field(
        default="refuse",
        description="What becomes of a write that alters days of which payroll has run there: `refuse` has it wait, "
        "`flag` writes it and tells the periods.",
    )
    owns_pay: bool = Field(default=False, description="Whether the rate is written, by the bands here.")
    pay_figure: PayFigure | None = Field(
        default=None, description="Which figure of somebody's band is their rate there. Needed where pay is owned."
    )
    flsa_status: FlsaStatus = Field(
        default="Exempt", description="Of somebody's first row there; all others have that of the row before."
    )
    calendars: Mapping[str, Uuid] = Field(
        default_factory=dict[str, str],
        description="Their pay schedules by pay calendar here. Without one, every schedule there counts.",
    )

    @field_validator("base_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if not is_address(value, "https", "http"):
            raise ValueError("it is https:// with a host, and has neither a user, a blank, a question mark nor a hash")
        return value.rstrip("/")

    @field_validator("api_version")
    @classmethod
    def _is_version(cls, value: str) -> str:
        if not _VERSION.fullmatch(value):
            raise ValueError("a version is a day such as 2025-06-15")
        return value

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.owns_pay and self.pay_figure is None:
            raise ValueError("owns_pay needs pay_figure: which figure of a band is the rate there")
        return self


class Credentials(Form):
    """A token, and what a new one is had with once it is not good any more."""

    access_token: str = Field(min_length=1, max_length=4000, pattern=r"^[!-~]+$")
    client_id: str | None = Field(default=None, min_length=1, max_length=500)
    client_secret: str | None = Field(default=None, min_length=1, max_length=2000)
    refresh_token: str | None = Field(default=None, min_length=1, max_length=4000)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        given = [one is not None for one in (self.client_id, self.client_secret, self.refresh_token)]
        if any(given) and not all(given):
            raise ValueError("set client_id, client_secret and refresh_token together, or none of them")
        return self

    @property
    def renews(self) -> bool:
        return self.refresh_token is not None
