"""Rows of reports as programs that read Workday's expect them: flat, every value a text, nothing where there is none.

Columns are only added: whoever reads them goes by their names.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any

from pydantic import Field

from service.domain.levels import Level
from service.domain.mappings import level_name
from service.domain.wire import plain
from service.usecases.assignments import HeldAssignment
from service.usecases.ladders import ShownLadder


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentEntry:
    """A job of a person on the day asked."""

    Employee_ID: Annotated[str | None, Field(description="The person's id in the system that the path names.")] = None
    Person_ID: Annotated[str, Field(description="Id of the person here.")]
    Person_Key: Annotated[str | None, Field(description="Your own key of the person.")] = None
    Job: Annotated[str, Field(description="Key of the job; primary for the main one.")]
    Ladder: Annotated[str, Field(description="Key of the ladder.")]
    Ladder_Version: Annotated[str | None, Field(description="Version of the ladder in force.")] = None
    Track: Annotated[str | None, Field(description="Key of the track; left out where several share the level.")] = None
    Level: Annotated[str, Field(description="Key of the level.")]
    Level_Name: Annotated[str, Field(description="The level as mappings name it: ladder/level.")]
    Grade: Annotated[str | None, Field(description="Grade of the level.")] = None
    Grade_Since: Annotated[str | None, Field(description="First day of the unbroken run at the grade.")] = None
    Title: Annotated[str | None, Field(description="The title shown.")] = None
    Step: Annotated[str | None, Field(description="Step inside the band.")] = None
    Role: Annotated[str | None, Field(description="Key of the role.")] = None
    Team: Annotated[str | None, Field(description="Key of the team.")] = None
    Zone: Annotated[str | None, Field(description="Key of the zone.")] = None
    Effective_Date: Annotated[str, Field(description="First day on which exactly this holds.")]
    End_Date: Annotated[str | None, Field(description="First day on which it does not; left out while open.")] = None
    Entered_On: Annotated[str, Field(description="Instant from which it is known.")]
    Band_Currency: Annotated[str | None, Field(description="Currency of the band. Needs bands:read.")] = None
    Band_Period: Annotated[str | None, Field(description="What an amount pays for. Needs bands:read.")] = None
    Band_Minimum: Annotated[str | None, Field(description="Lowest pay. Needs bands:read.")] = None
    Band_Midpoint: Annotated[str | None, Field(description="Middle of the band. Needs bands:read.")] = None
    Band_Maximum: Annotated[str | None, Field(description="Highest pay. Needs bands:read.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelEntry:
    """A level of a ladder in force on the day asked."""

    Ladder: Annotated[str, Field(description="Key of the ladder.")]
    Ladder_Version: Annotated[str, Field(description="Version of the ladder in force.")]
    Level: Annotated[str, Field(description="Key of the level.")]
    Level_Name: Annotated[str, Field(description="The level as mappings name it: ladder/level.")]
    Tracks: Annotated[str, Field(description="Keys of the tracks it belongs to, with semicolons.")]
    Grade: Annotated[str | None, Field(description="Grade of the level.")] = None
    Title: Annotated[str | None, Field(description="Its title.")] = None
    Effective_Date: Annotated[str, Field(description="First day of the version.")]
    Entered_On: Annotated[str, Field(description="Instant from which the version is known.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentReport:
    """The report `assignments`."""

    Report_Entry: Annotated[tuple[AssignmentEntry, ...], Field(description="A row for each job of each person.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelReport:
    """The report `levels`."""

    Report_Entry: Annotated[tuple[LevelEntry, ...], Field(description="A row for each level in force.")]


def assignment_entry(held: HeldAssignment, *, system: str) -> AssignmentEntry:
    """`system` is whose ids of people are wanted."""
    band = held.band
    return AssignmentEntry(
        Employee_ID=held.employee.external_ids.get(system),
        Person_ID=held.employee.id,
        Person_Key=held.employee.key,
        Job=held.job,
        Ladder=held.ladder,
        Ladder_Version=held.ladder_version,
        Track=held.track,
        Level=held.level,
        Level_Name=level_name(held.ladder, held.level),
        Grade=held.grade,
        Grade_Since=_text(held.grade_since),
        Title=held.title,
        Step=held.step,
        Role=held.role,
        Team=held.team,
        Zone=held.zone,
        Effective_Date=held.effective_from.isoformat(),
        End_Date=_text(held.effective_to),
        Entered_On=held.recorded_at,
        Band_Currency=band.currency if band else None,
        Band_Period=band.period if band else None,
        Band_Minimum=_text(band.min) if band else None,
        Band_Midpoint=_text(band.mid) if band else None,
        Band_Maximum=_text(band.max) if band else None,
    )


def level_entry(ladder: ShownLadder, level: Level) -> LevelEntry:
    return LevelEntry(
        Ladder=ladder.definition.key,
        Ladder_Version=ladder.version.version,
        Level=level.key,
        Level_Name=level_name(ladder.definition.key, level.key),
        Tracks=";".join(level.tracks),
        Grade=level.grade,
        Title=level.title,
        Effective_Date=ladder.version.effective_from.isoformat(),
        Entered_On=ladder.version.recorded_at,
    )


def columns_of_report(entry: type[object], wanted: frozenset[str] | None, *, pay: bool) -> tuple[str, ...]:
    """In the order in which they stand: those that are wanted, None for all, and of pay only with the right to it."""
    names = (one.name for one in fields(entry))  # pyright: ignore[reportArgumentType] - the entries are dataclasses
    return tuple(name for name in names if (pay or not name.startswith("Band_")) and (wanted is None or name in wanted))


def row_of(entry: object, columns: tuple[str, ...]) -> Mapping[str, str]:
    """The columns that hold something."""
    return {name: value for name in columns if (value := getattr(entry, name)) is not None}


def schema_of_report(columns: tuple[str, ...]) -> bytes:
    """Rows as an XML schema: every column is a text that may be missing."""
    elements = "".join(f'<xsd:element name="{name}" type="xsd:string" minOccurs="0"/>' for name in columns)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified">'
        '<xsd:element name="Report_Data"><xsd:complexType><xsd:sequence>'
        '<xsd:element name="Report_Entry" minOccurs="0" maxOccurs="unbounded">'
        f"<xsd:complexType><xsd:sequence>{elements}</xsd:sequence></xsd:complexType>"
        "</xsd:element></xsd:sequence></xsd:complexType></xsd:element></xsd:schema>"
    ).encode()


def _text(value: Any) -> str | None:
    return None if value is None else str(plain(value))
