"""Every setting of the service, read once at start from environment variables that begin with DUALTRACK_."""

import difflib
import os
import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal, Self, cast

from pydantic import (
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "DUALTRACK_"
TEST_PREFIX = "DUALTRACK_TEST_"
CLIENT_PREFIX = "DUALTRACK_CLIENT_"
"""Of what commands that ask a running service take from the environment."""
SECRET_KEY_LENGTH = 32
MOST_PROCESSES = 64

_DATABASE = r"sqlite:///.+|postgres(ql)?://.+", "must be sqlite:///path or postgresql://user:password@host/name"
_FORMS = {
    **dict.fromkeys(("database_url", "database_listen_url", "database_read_url"), _DATABASE),
    "otlp_endpoint": (
        r"https?://[^/\s@?#]+(/[^\s@?#]*)?",
        "must be http://host:port or https://host:port, without user, password and query",
    ),
    "rate_limit": (r"0|[1-9][0-9]{0,8}/[1-9][0-9]{0,4}", "must be requests/seconds such as 600/60, or 0"),
    "public_url": (
        r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*",
        "must be http:// or https:// with a host, and no query and no slash at its end",
    ),
    "security_contact": (
        r"(mailto:|https://|tel:)[!-~]+",
        "must begin with mailto:, https:// or tel: and hold no space",
    ),
}
"""Of texts: what fits, and what is said of what does not."""

Network = IPv4Network | IPv6Network


class SettingsError(Exception):
    """The environment cannot be used. `problems` are sentences with the variable and the remedy, never a secret."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _names(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _networks(value: object) -> object:
    return tuple(map(ip_network, cast(tuple[str, ...], _names(value)))) if isinstance(value, str) else value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


class Settings(BaseSettings):
    """Frozen. Fields that may carry a secret are left out of its `repr`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True)

    database_url: str = Field(
        default="sqlite:///dualtrack.db",
        repr=False,
        description="Where everything is kept: `sqlite:///path` for one process, "
        "`postgresql://user:password@host/name` for any number of them. Behind PgBouncer, set "
        "DUALTRACK_DATABASE_POOLER and DUALTRACK_DATABASE_LISTEN_URL too.",
    )
    database_pooler: Annotated[Literal["none", "transaction"], BeforeValidator(_lower)] = Field(
        default="none",
        description="`transaction` when DUALTRACK_DATABASE_URL is that of a connection pooler such as PgBouncer, in "
        "transaction mode or in session mode.",
    )
    database_listen_url: str | None = Field(
        default=None,
        repr=False,
        description="A Postgres address that goes past a connection pooler: for the connection that waits to be told "
        "of new events, for the sender's own few, and for `migrate`. Without it DUALTRACK_DATABASE_URL serves for "
        "that too.",
    )
    database_read_url: str | None = Field(
        default=None,
        repr=False,
        description="Address of a streaming replica of the same Postgres, which then answers questions about people. "
        "Without it the primary answers everything.",
    )
    database_pool: int = Field(
        default=10, ge=2, le=200, description="How many Postgres connections this process may hold. SQLite ignores it."
    )
    sqlite_journal: Annotated[Literal["auto", "wal", "truncate"], BeforeValidator(_lower)] = Field(
        default="auto",
        description="Journal of SQLite: `auto` takes WAL where the library has the fix of its WAL-reset bug "
        "(3.51.3, 3.50.7, 3.44.6) and TRUNCATE elsewhere; `wal` is refused where the fix is missing.",
    )
    secret_key: SecretStr | None = Field(
        default=None,
        description="At least 32 characters from which the key is derived that encrypts webhook secrets at rest. "
        "`serve` and `dispatch` refuse to start without it; whoever loses it must rotate every webhook secret.",
    )
    host: str = Field(default="127.0.0.1", min_length=1, description="Address on which `serve` listens.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port on which `serve` listens; 0 takes a free one.")
    processes: int = Field(
        default=1,
        ge=1,
        le=MOST_PROCESSES,
        description="How many processes `serve` serves with; above 1 on Postgres only, and then the worker has one.",
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)] = Field(
        default=(),
        description="Host names without port, separated by commas, that requests may be addressed to; any when empty. "
        "Set it where the service is reached under a name that others could point elsewhere.",
    )
    rate_limit: str = Field(
        default="60000/60",
        description="Requests in a window and its seconds, such as `600/60`, for each key and each address without "
        "one; `0` for no limit. Each process counts for itself.",
    )
    security_contact: str | None = Field(
        default=None,
        description="Where to report weaknesses, an address beginning with `mailto:`, `https://` or `tel:`; it is "
        "published in /.well-known/security.txt, which is absent without it.",
    )
    metrics_port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="Port on which `serve` and `dispatch` tell /metrics without a key; 0 takes a free one. Without it "
        "/metrics is on the port of `serve` alone, for keys with `webhooks:manage`.",
    )
    metrics_host: str = Field(
        default="127.0.0.1", min_length=1, description="Address of the metrics port: whoever reaches it reads figures."
    )
    otlp_endpoint: str | None = Field(
        default=None,
        description="Where spans are sent by OTLP over HTTP, such as `http://127.0.0.1:4318`, with the extra "
        "`telemetry`; none are made without it.",
    )
    otlp_sample: float = Field(
        default=1.0,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="Share of requests without a trace of their own that begin one. Of those with one the caller says.",
    )
    environment: Annotated[Literal["development", "production"], BeforeValidator(_lower)] = Field(
        default="production",
        description="`development` shows the schema of GraphQL and a page to try it on to everybody who can reach the "
        "service, and hints at names that are close; `production` shows the schema to keys with `admin` alone.",
    )
    graphql_documents: Annotated[Literal["open", "prefer", "only"], BeforeValidator(_lower)] = Field(
        default="open",
        description="Which GraphQL documents are answered: `open` any, `prefer` any but those that are not listed are "
        "logged, `only` listed ones, which are asked for by `documentId`.",
    )
    egress_allow: Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_networks)] = Field(
        default=(),
        description="Networks, separated by commas, in which webhook receivers may be although they are private or "
        "loopback, such as `10.20.0.0/16`. Plain http is accepted only for receivers in them.",
    )
    wsdl_folder: Path | None = Field(default=None, description="Folder of the WSDL files that connections name.")
    public_url: str | None = Field(
        default=None,
        description="Address under which others reach this service, such as `https://dualtrack.example`: the source of "
        "CloudEvents, of links in thin events the beginning, and the name by which consent is asked for.",
    )
    retry_scale: float = Field(
        default=1.0,
        ge=0,
        le=100,
        allow_inf_nan=False,
        description="Multiplies every delay of the retry schedule; below 1 for trials, such as 0.001.",
    )
    keep_attempts_days: int = Field(
        default=90,
        ge=0,
        le=3650,
        description="For how many days it is kept what deliveries were tried and answered; `0` for ever. What is still "
        "to be sent, or dead, is shown for as long as it is.",
    )
    keep_bodies_days: int = Field(
        default=0,
        ge=0,
        le=36500,
        description="For how many days the bodies of events are kept; `0` for ever. Older events stay as places in "
        "the feed that cannot be read or replayed.",
    )
    keep_reconciliations_days: int = Field(
        default=90,
        ge=0,
        le=3650,
        description="For how many days reports on extracts of other systems are kept, which name people; `0` for ever. "
        "One whose mends may still be applied stays until they are, or are rejected.",
    )
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = Field(
        default="info", description="The least severe log lines that are written."
    )

    @field_validator(*_FORMS)
    @classmethod
    def _of_its_form(cls, value: str | None, about: ValidationInfo) -> str | None:
        form, otherwise = _FORMS[about.field_name or ""]
        if value is not None and not re.fullmatch(form, value):
            raise ValueError(otherwise)
        return value

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < SECRET_KEY_LENGTH:
            raise ValueError(f"must have at least {SECRET_KEY_LENGTH} characters")
        return value

    @model_validator(mode="after")
    def _addresses_fit(self) -> Self:
        for name in ("database_listen_url", "database_read_url"):
            address = getattr(self, name)
            if address is not None and "sqlite" in (address[:6], self.database_url[:6]):
                raise ValueError(f"{variable(name)} is of use with Postgres only: remove it")
        if self.database_pooler != "none" and self.database_listen_url is None:
            raise ValueError(
                f"{PREFIX}DATABASE_POOLER needs {PREFIX}DATABASE_LISTEN_URL: the Postgres address of the server "
                "itself, since waiting for new events does not go through a pooler"
            )
        return self

    @property
    def quota(self) -> tuple[int, int] | None:
        """Requests in a window, and its seconds; None without a limit."""
        amount, _, seconds = self.rate_limit.partition("/")
        return (int(amount), int(seconds)) if seconds else None

    @property
    def database_label(self) -> str:
        """The database for logs and messages: the address without user, password and options."""
        if self.database_url.startswith("sqlite"):
            return self.database_url.partition("?")[0]
        # Not by a URL parser: a password with an unescaped slash would end up in its path.
        scheme, _, rest = self.database_url.partition("://")
        return f"{scheme}://{rest.rpartition('@')[2].partition('?')[0]}"

    def required_secret_key(self) -> str:
        """Raises SettingsError when none was given."""
        if self.secret_key is None:
            why = f"{PREFIX}SECRET_KEY is not set: set it to at least {SECRET_KEY_LENGTH} random characters and keep it"
            raise SettingsError([f"{why}, since stored webhook secrets can be read only with it."])
        return self.secret_key.get_secret_value()


def variable(field: str) -> str:
    """Name of the environment variable of a field of Settings."""
    return PREFIX + field.upper()


def load_settings() -> Settings:
    """Settings from this process's environment.

    Raises SettingsError for a name that is no setting and for values that do not fit, all of them at once.
    """
    problems = _unknown_names()
    try:
        settings = Settings()
    except ValidationError as error:
        raise SettingsError(problems + [_sentence(line) for line in error.errors(include_input=False)]) from None
    if problems:
        raise SettingsError(problems)
    return settings


def _unknown_names() -> list[str]:
    known = [variable(field) for field in Settings.model_fields]
    ours = [name for name in sorted(os.environ) if name.upper().startswith(PREFIX)]
    theirs = [name for name in ours if name.upper().startswith((TEST_PREFIX, CLIENT_PREFIX))]
    return [_unknown(name, known) for name in ours if name.upper() not in known and name not in theirs]


def _unknown(name: str, known: list[str]) -> str:
    # Compared without the prefix, which alone would make any two names alike.
    endings = {setting.removeprefix(PREFIX): setting for setting in known}
    close = difflib.get_close_matches(name.upper().removeprefix(PREFIX), endings, n=1, cutoff=0.7)
    remedy = f"did you mean {endings[close[0]]}?" if close else f"the settings are {', '.join(known)}."
    return f"{name} is not a setting: {remedy}"


def _sentence(error: ErrorDetails) -> str:
    message = error["msg"].removeprefix("Value error, ")
    return f"{variable(str(error['loc'][0]))}: {message}" if error["loc"] else message
