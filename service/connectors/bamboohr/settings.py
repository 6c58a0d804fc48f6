"""What is set of a BambooHR account.

Names of tables and fields are the account's own: what stands here is what they usually are.
"""

import re
import ssl
from collections.abc import Mapping
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from service.connectors.bamboohr.reading import Reading
from service.connectors.kinds import Form, is_address
from service.domain.assignments import PRIMARY

Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
PayFigure = Literal["min", "mid", "max", "target", "point", "step"]
SYSTEM = "bamboohr"
_COMPANY = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
PERIODS = {"hour": "Hour", "day": "Day", "week": "Week", "month": "Month", "year": "Year"}


class JobTable(Form):
    """Where jobs stand, row by row."""

    table: Name = Field(default="jobInfo", description="The table of jobs.")
    date: Name = Field(default="date", description="Its field that says from when a row holds.")
    title: Name = Field(default="jobTitle", description="Its field that holds the job title, an option of a list.")


class PayTable(Form):
    """Where pay stands, row by row. Read and written only where dualtrack owns pay."""

    table: Name = Field(default="compensation", description="The table of pay.")
    date: Name = Field(default="startDate", description="Its field that says from when a row holds.")
    rate: Name = Field(default="rate", description="Its field of the amount with its currency.")
    paid_per: Name = Field(default="paidPer", description="Its field of the time that an amount pays for.")
    currency: str | None = Field(
        default=None, pattern=r"^[A-Z]{3}$", description="Currency of amounts that they tell without one."
    )
    first: Mapping[str, str] = Field(
        default_factory=dict[str, str],
        description="Further fields of a row that has none before it. All others have those of the row before.",
    )
    not_carried: tuple[Name, ...] = Field(
        default=("reason", "comment"), description="Fields that a new row does not take from the row before."
    )
    periods: Mapping[str, str] = Field(
        default_factory=lambda: dict(PERIODS), description="How hour, day, week, month and year are called there."
    )


class Settings(Form):
    """`company` or `base_url` is needed, and `pay_figure` with `owns_pay`."""

    company: str | None = Field(default=None, description="The first part of <company>.bamboohr.com.")
    base_url: str | None = Field(
        default=None,
        description="Address of the interface up to v1, where it is not https://<company>.bamboohr.com/api/v1.",
    )
    token_url: str | None = Field(
        default=None, description="Where OAuth tokens are given, where it is not /token.php of the same host."
    )
    trusted_ca: str | None = Field(
        default=None, description="Certificates (PEM) that are believed beside everybody's.", max_length=100_000
    )
    job: str = Field(default=PRIMARY, description="Which of a person's jobs stands there.", max_length=64)
    jobs: JobTable = Field(default_factory=JobTable, description="Where jobs stand.")
    title: Literal["mapped", "ours"] = Field(
        default="mapped",
        description="`mapped`: a level's name there comes from the mapping, and waits while there is none. `ours`: "
        "where the mapping has none, the title shown here is sent.",
    )
    add_titles: bool = Field(default=True, description="Whether titles that the list there lacks are added to it.")
    announce: Literal["planned", "on_the_day"] = Field(
        default="planned",
        description="Whether a row of a later day is written when the change is planned, or on its day.",
    )
    overwrite: bool = Field(
        default=False,
        description="Whether rows that somebody made or altered there by hand may be altered. If not, they wait.",
    )
    leave_blank: tuple[Name, ...] = Field(
        default=(),
        description="Fields of the job table that a new row may lack although the row before may have them: those the "
        "credentials may not see.",
    )
    reading: Reading = Field(default_factory=Reading, description="How people are read from there.")
    poll_minutes: int | None = Field(
        default=None, ge=1, le=10_080, description="Every how many minutes they are read; never by itself without it."
    )
    owns_pay: bool = Field(default=False, description="Whether pay rows are written, by the bands here.")
    pay_figure: PayFigure | None = Field(
        default=None, description="Which figure of somebody's band is their rate there. Needed where pay is owned."
    )
    pay: PayTable = Field(default_factory=PayTable, description="Where pay stands.")

    @field_validator("company")
    @classmethod
    def _is_company(cls, value: str | None) -> str | None:
        if value is not None and not _COMPANY.fullmatch(value):
            raise ValueError("it is the first part of <company>.bamboohr.com: letters, digits and hyphens")
        return value

    @field_validator("trusted_ca")
    @classmethod
    def _is_authority(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=value)
            except (ssl.SSLError, TypeError, ValueError):
                # TypeError is for what is not ASCII.
                raise ValueError("it holds no certificates in PEM form") from None
        return value

    @field_validator("base_url", "token_url")
    @classmethod
    def _is_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not is_address(value, "https"):
            raise ValueError("it is https:// with a host, and has neither a user, a blank, a question mark nor a hash")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.company is None) == (self.base_url is None):
            raise ValueError("set company, or base_url, and not both")
        if self.owns_pay and self.pay_figure is None:
            raise ValueError("owns_pay needs pay_figure: which figure of a band is the rate there")
        return self

    @property
    def url(self) -> str:
        """What calls are below, without a slash at its end."""
        return self.base_url or f"https://{self.company}.bamboohr.com/api/v1"

    @property
    def tokens(self) -> str:
        """Where OAuth tokens are given."""
        if self.token_url is not None:
            return self.token_url
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}/token.php"


class Credentials(Form):
    """An API key, or an OAuth client: with a refresh token, or by its own right."""

    api_key: str | None = Field(default=None, min_length=1, max_length=500)
    client_id: str | None = Field(default=None, min_length=1, max_length=500)
    client_secret: str | None = Field(default=None, min_length=1, max_length=2000)
    refresh_token: str | None = Field(default=None, min_length=1, max_length=4000)
    webhook_keys: tuple[Annotated[str, Field(min_length=1, max_length=500)], ...] = Field(
        default=(),
        max_length=2,
        description="Private keys of webhooks that send here: two while one is put in the other's place.",
    )

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        by_oauth = (self.client_id, self.client_secret)
        if self.api_key is not None:
            if any(by_oauth) or self.refresh_token:
                raise ValueError("set api_key, or client_id and client_secret, and not both")
        elif not all(by_oauth):
            raise ValueError("set api_key, or client_id and client_secret, with refresh_token where there is one")
        return self
