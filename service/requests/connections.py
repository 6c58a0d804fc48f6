"""What is sent to connect another firm's system, to say what is called what there, and to have it read."""

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from service.domain.dates import BadDate, parse_date
from service.domain.findings import token
from service.domain.mappings import MOST_ENTRIES, MappingEntry, Noun, ReadOnly
from service.domain.refusals import FieldError, Invalid

_Key = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]*$")]
_System = Annotated[str, Field(max_length=64, pattern=r"^[a-z0-9][a-z0-9_-]*$")]
_Kind = Annotated[str, Field(min_length=1, max_length=64)]
_Settings = Annotated[
    dict[str, Any], Field(max_length=100, description="As the kind wants them; shown to whoever may.")
]
_Credentials = Annotated[
    dict[str, Any],
    Field(max_length=50, description="As the kind wants them; sealed, and never shown again.", repr=False),
]


class NewConnection(BaseModel):
    """Another firm's system, and how one gets there."""

    model_config = ConfigDict(extra="forbid", strict=True)
    kind: Annotated[_Kind, Field(description="Kind of the system.", examples=["bamboohr"])]
    key: Annotated[_Key, Field(description="Your own key of it.", examples=["hris"])]
    system: Annotated[
        _System | None,
        Field(description="Under which system people's ids there are kept; the kind's own name when left out."),
    ] = None
    settings: _Settings = {}
    credentials: _Credentials = {}


class ConnectionChange(BaseModel):
    """Settings and credentials, whole: credentials are sent again whenever it is changed where they go."""

    model_config = ConfigDict(extra="forbid", strict=True)
    settings: _Settings
    credentials: _Credentials
    key: Annotated[_Key | None, Field(description="As it is; it cannot be changed.")] = None
    kind: Annotated[_Kind | None, Field(description="As it is; it cannot be changed.")] = None
    system: Annotated[_System | None, Field(description="As it is; it cannot be changed.")] = None


class MappedName(BaseModel):
    """One of ours and what it is called there, between two days."""

    model_config = ConfigDict(extra="forbid", strict=True)
    of: Annotated[Noun, Field(description="level, grade, reason, zone, team, role or job.")]
    ours: Annotated[
        str,
        Field(
            min_length=1,
            max_length=200,
            description="Our key: of a level ladder/level, of a reason the kind of change.",
            examples=["engineering/ic5"],
        ),
    ]
    theirs: Annotated[
        str, Field(min_length=1, max_length=400, description="What it is called there.", examples=["Staff Engineer"])
    ]
    from_: Annotated[
        str | None, Field(alias="from", max_length=40, description="First day; null for as long as there was one.")
    ] = None
    to: Annotated[
        str | None, Field(max_length=40, description="First day on which it does not hold any more; null while open.")
    ] = None
    read_only: ReadOnly = False


class NewMapping(BaseModel):
    """What is called what in a connected system, whole."""

    model_config = ConfigDict(extra="forbid", strict=True)
    entries: Annotated[list[MappedName], Field(max_length=MOST_ENTRIES, description="Ours beside theirs.")]

    def asked(self) -> tuple[MappingEntry, ...]:
        """As the use case takes it. Raises Invalid `invalid-date` for each day that is none."""
        wrong: list[FieldError] = []
        found: list[MappingEntry] = []
        for number, one in enumerate(self.entries):
            days: dict[str, date | None] = {}
            for name, text in (("from", one.from_), ("to", one.to)):
                try:
                    days[name] = None if text is None else parse_date(text)
                except BadDate as error:
                    pointer = f"/entries{token(number)}{token(name)}"
                    wrong.append(FieldError(pointer=pointer, detail=str(error), code="invalid-date"))
            if not wrong:
                found.append(
                    MappingEntry(
                        of=one.of,
                        ours=one.ours,
                        theirs=one.theirs,
                        from_=days["from"],
                        to=days["to"],
                        read_only=one.read_only,
                    )
                )
        if wrong:
            more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
            raise Invalid("invalid-date", f"{wrong[0].pointer}: {wrong[0].detail}{more}", errors=tuple(wrong))
        return tuple(found)


class Syncing(BaseModel):
    """How a connected system is to be read."""

    model_config = ConfigDict(extra="forbid", strict=True)
    everything: Annotated[
        bool,
        Field(description="Read all of it again, as is useful once a mapping was mended, instead of what changed."),
    ] = False
    wait_seconds: Annotated[
        int, Field(ge=0, le=60, description="How long to wait for its end; it goes on by itself either way.")
    ] = 10
