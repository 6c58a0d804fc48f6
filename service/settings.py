"""Every setting of the service, read once at start from environment variables that begin with DUALTRACK_."""

import difflib
import os
import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.setting_forms import LOWER, Collector, Contact, Names, Networks, ProxyUrl, PublicUrl, Rate

PREFIX = "DUALTRACK_"
TEST_PREFIX = "DUALTRACK_TEST_"
CLIENT_PREFIX = "DUALTRACK_CLIENT_"
"""Of what commands that ask a running service take from the environment."""
SECRET_KEY_LENGTH = 32
MOST_PROCESSES = 64

_DATABASE_URL = re.compile(r"sqlite:///.+|postgres(ql)?://.+")


class SettingsError(Exception):
    """The environment cannot be used. `problems` are sentences with the variable and the remedy, never a secret."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


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
    database_pooler: Annotated[Literal["none", "transaction"], LOWER] = Field(
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
    sqlite_journal: Annotated[Literal["auto", "wal", "truncate"], LOWER] = Field(
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
    allowed_hosts: Names = Field(
        default=(),
        description="Host names without port, separated by commas, that requests may be addressed to; any when empty. "
        "Set it where the service is reached under a name that others could point elsewhere.",
    )
    rate_limit: Rate = Field(
        default="60000/60",
        description="Requests in a window and its seconds, such as `600/60`, for each key and each address without "
        "one; `0` for no limit. Each process counts for itself.",
    )
    security_contact: Contact | None = Field(
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
    otlp_endpoint: Collector | None = Field(
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
    environment: Annotated[Literal["development", "production"], LOWER] = Field(
        default="production",
        description="`development` shows the schema of GraphQL and a page to try it on to everybody who can reach the "
        "service, and hints at names that are close; `production` shows the schema to keys with `admin` alone.",
    )
    graphql_documents: Annotated[Literal["open", "prefer", "only"], LOWER] = Field(
        default="open",
        description="Which GraphQL documents are answered: `open` any, `prefer` any but those that are not listed are "
        "logged, `only` listed ones, which are asked for by `documentId`.",
    )
    egress_allow: Networks = Field(
        default=(),
        description="Networks, separated by commas, in which webhook receivers may be although they are private or "
        "loopback, such as `10.20.0.0/16`. Plain http is accepted only for receivers in them.",
    )
    egress_proxy: ProxyUrl | None = Field(
        default=None,
        description="The proxy by which everything goes out to receivers and connected systems: "
        "`http://user:password@host:port`, `https://…` or `socks5://…`, asked for a tunnel to each.",
    )
    egress_lookup: Annotated[Literal["here", "proxy"], LOWER] = Field(
        default="here",
        description="Who looks receivers' names up where there is a proxy: `here` each address is vetted and the proxy "
        "asked for that address; with `proxy` it is given the name, and has to refuse what lies inside.",
    )
    egress_direct: Networks = Field(
        default=(), description="Networks, separated by commas, in which receivers are reached without the proxy."
    )
    wsdl_folder: Path | None = Field(default=None, description="Folder of the WSDL files that connections name.")
    public_url: PublicUrl | None = Field(
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
    log_level: Annotated[Literal["debug", "info", "warning", "error"], LOWER] = Field(
        default="info", description="The least severe log lines that are written."
    )

    @field_validator("database_url", "database_listen_url", "database_read_url")
    @classmethod
    def _known_database(cls, value: str | None) -> str | None:
        if value is not None and not _DATABASE_URL.fullmatch(value):
            raise ValueError("must be sqlite:///path or postgresql://user:password@host/name")
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

    @model_validator(mode="after")
    def _ways_fit(self) -> Self:
        if self.egress_proxy is None and (self.egress_direct or self.egress_lookup != "here"):
            ours = f"{PREFIX}EGRESS_LOOKUP and {PREFIX}EGRESS_DIRECT"
            raise ValueError(f"{ours} are of use with {PREFIX}EGRESS_PROXY only: set that too, or remove them")
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
