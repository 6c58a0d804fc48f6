"""What is sent to hold another system's extract against our record, and to have drifts mended."""

from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from service.domain.dates import BadDate, parse_date
from service.domain.drift_shapes import ExtractRow
from service.domain.extracts import Columns, DateForm
from service.domain.mappings import MOST_ENTRIES, MappingEntry, Noun, ReadOnly
from service.domain.refusals import FieldError, Invalid
from service.requests.batches import faults_of
from service.requests.changes import OverrideBody, overriding
from service.usecases.reconciliation_mends import MendRequest
from service.usecases.reconciliations import ReconciliationRequest

_Column = Annotated[str | None, Field(min_length=1, max_length=200)]
_Day = Annotated[str | None, Field(max_length=40)]


class ColumnsBody(BaseModel):
    """Which column of theirs says what. A column that is not named is not looked at."""

    model_config = ConfigDict(extra="forbid", strict=True)
    employee: Annotated[_Column, Field(description="Their id of the person.", examples=["Employee ID"])] = None
    key: Annotated[_Column, Field(description="Your own key of the person.")] = None
    job: Annotated[_Column, Field(description="Which of a person's jobs; the primary one if left out.")] = None
    level: Annotated[_Column, Field(description="The level, in their words.", examples=["Job Profile"])] = None
    grade: Annotated[_Column, Field(description="The grade, in their words.")] = None
    zone: Annotated[_Column, Field(description="The pay zone, for whoever is to be hired here.")] = None
    team: Annotated[_Column, Field(description="The team, for whoever is to be hired here.")] = None
    role: Annotated[_Column, Field(description="The role, for whoever is to be hired here.")] = None
    effective_on: Annotated[_Column, Field(description="Day from which the row holds.")] = None
    ended: Annotated[_Column, Field(description="Whether the job has ended with that day.")] = None
    band_min: Annotated[_Column, Field(description="Lowest pay of the band. Needs bands:read, like mid and max.")] = (
        None
    )
    band_mid: Annotated[_Column, Field(description="Middle of the band.")] = None
    band_max: Annotated[_Column, Field(description="Highest pay of the band.")] = None
    band_currency: Annotated[_Column, Field(description="Currency of the band.")] = None
    band_period: Annotated[_Column, Field(description="What the band pays for: hour, day, week, month, year.")] = None
    place: Annotated[_Column, Field(description="What the row is called there; its number if left out.")] = None
    date_form: Annotated[DateForm, Field(description="How every date is written.")] = "YYYY-MM-DD"
    ended_values: Annotated[
        list[str], Field(min_length=1, max_length=50, description="What `ended` holds where the job has ended.")
    ] = ["true"]

    def asked(self) -> Columns:
        said: dict[str, Any] = self.model_dump()
        said["ended_values"] = tuple(self.ended_values)
        return Columns(**said)


class WordBody(BaseModel):
    """One of ours and what it is called there, between two days."""

    model_config = ConfigDict(extra="forbid", strict=True)
    of: Annotated[Noun, Field(description="level, grade, reason, zone, team, role or job.")]
    ours: Annotated[str, Field(min_length=1, max_length=200, description="Our key: of a level ladder/level.")]
    theirs: Annotated[str, Field(min_length=1, max_length=400, description="What that system calls it.")]
    from_: Annotated[_Day, Field(alias="from", description="First day; for as long as there was one.")] = None
    to: Annotated[_Day, Field(description="First day on which it does not hold any more; null while open.")] = None
    read_only: ReadOnly = False


class NewReconciliation(BaseModel):
    """An extract of another system, and how it is to be read."""

    model_config = ConfigDict(extra="forbid", strict=True)
    system: Annotated[
        str,
        Field(
            pattern="^[a-z0-9_-]{1,64}$",
            description="System under which their ids are kept here: system:value.",
            examples=["bamboohr"],
        ),
    ]
    format: Annotated[
        Literal["bamboohr", "workday", "gusto", "csv", "ndjson"],
        Field(description="What the extract is: the JSON of one of the three, a table, or an object a line."),
    ]
    extract: Annotated[Any, Field(description="The extract: a text for csv and ndjson, else the JSON as it came.")]
    columns: Annotated[
        ColumnsBody | None, Field(description="Which column says what. Needed for csv and ndjson; not for gusto.")
    ] = None
    connection: Annotated[
        str | None, Field(min_length=1, max_length=200, description="Connection whose mapping is used: id or key.")
    ] = None
    mapping: Annotated[
        list[WordBody] | None,
        Field(
            max_length=MOST_ENTRIES, description="A mapping, instead of a connection's; with neither, words are ours."
        ),
    ] = None
    as_of: Annotated[
        _Day, Field(description="Day up to which at least both sides are compared; the company's today.")
    ] = None
    complete: Annotated[
        bool, Field(description="Whether it has everybody: then who has no row is told to be missing there.")
    ] = False
    authority: Annotated[
        Literal["ours", "theirs"],
        Field(description="Side taken for right. With ours, mends say what to write there; with theirs, what here."),
    ] = "ours"

    def asked(self, rows: list[ExtractRow]) -> ReconciliationRequest:
        """As the use case takes it. Raises Invalid `invalid-date`."""
        return ReconciliationRequest(
            system=self.system,
            format=self.format,
            rows=rows,
            connection=self.connection,
            mapping=tuple(_entry(number, one) for number, one in enumerate(self.mapping))
            if self.mapping is not None
            else None,
            as_of=_day(self.as_of, "/as_of"),
            complete=self.complete,
            authority=self.authority,
        )


class Mends(BaseModel):
    """Which drifts are to be mended here, by a batch of changes."""

    model_config = ConfigDict(extra="forbid", strict=True)
    drifts: Annotated[
        list[Annotated[int, Field(ge=1, le=1_000_000_000)]] | None,
        Field(min_length=1, max_length=100_000, description="Drifts by number; all that a change mends if left out."),
    ] = None
    mode: Annotated[
        Literal["atomic", "partial"],
        Field(description="atomic: all or none, at most 10 000. partial: every row that can be done."),
    ] = "partial"
    backfill: Annotated[bool, Field(description="A first load, which may make people known. Needs admin.")] = False
    override: Annotated[OverrideBody | None, Field(description="Refusals to pass, for every row.")] = None

    def asked(self) -> MendRequest:
        return MendRequest(
            drifts=tuple(self.drifts) if self.drifts is not None else None,
            mode=self.mode,
            backfill=self.backfill,
            override=overriding(self.override),
        )


def shell_of(document: Any) -> tuple[NewReconciliation, Any]:
    """What is asked, and the extract as it was sent, which is not looked at here. Raises Invalid `invalid-body`."""
    members = cast(dict[str, Any], document) if isinstance(document, dict) else {}
    extract = members.get("extract")
    try:
        shell = NewReconciliation.model_validate({**members, "extract": None} if "extract" in members else document)
    except ValidationError as error:
        faults = tuple(FieldError(pointer=place, detail=detail, code="invalid") for place, detail in faults_of(error))
        told = "; ".join(f"{fault.pointer or 'The body'}: {fault.detail}" for fault in faults[:20])
        raise Invalid("invalid-body", f"{told}.", errors=faults[:100]) from None
    return shell, extract


def _entry(number: int, word: WordBody) -> MappingEntry:
    return MappingEntry(
        of=word.of,
        ours=word.ours,
        theirs=word.theirs,
        from_=_day(word.from_, f"/mapping/{number}/from"),
        to=_day(word.to, f"/mapping/{number}/to"),
        read_only=word.read_only,
    )


def _day(text: str | None, pointer: str) -> Any:
    try:
        return parse_date(text) if text is not None else None
    except BadDate as bad:
        fault = FieldError(pointer=pointer, detail=str(bad), code="invalid-date")
        raise Invalid("invalid-date", str(bad), errors=(fault,)) from None
