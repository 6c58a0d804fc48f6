"""The company: its grade scale, zones, roles, teams, and what it promises about its two tracks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from service.domain.documents import bind
from service.domain.pay_calendars import LockPolicy, PayCalendar
from service.domain.provenance import NotKnown, Origins, Sources
from service.domain.shapes import ByKey, Form, Key, Label, Otherwise, Prose, SourceForm, Within
from service.domain.tracks import TrackKind

PrincipleMode = Literal["enforce", "report"]
ParityRule = Literal["equal", "ic_at_least_manager", "tolerance"]

CURRENCY = Form(longest=3, pattern=r"[A-Z]{3}", what="an ISO 4217 code of three capital letters, for example EUR")
TIMEZONE = Form(longest=64, pattern=r"[A-Za-z0-9_+\-/]+", what="an IANA time zone, for example Europe/Berlin")
RULE_ID = Form(longest=5, pattern=r"DT[0-9]{3}", what="a rule id, for example DT104")

Currency = Annotated[str, CURRENCY]
Retired = Annotated[
    bool,
    Otherwise(False),
    Field(description="True when nothing new should use it; keys are retired, never removed or reused."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """A step on the company-wide scale, shared by all tracks; bands hang on it."""

    key: Annotated[Key, Field(description="Key of the grade.")]
    rank: Annotated[
        int, Within(-10_000, 10_000), Field(description="Place on the scale: a higher rank is a higher grade.")
    ]
    title: Annotated[Label | None, Field(description="What the company calls the grade; null when it has no name.")]
    retired: Retired


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A place or group of places with one currency."""

    key: Annotated[Key, Field(description="Key of the zone.")]
    title: Annotated[Label | None, Field(description="The place or group of places.")]
    currency: Annotated[Currency, Field(description="ISO 4217 currency in which people of this zone are paid.")]
    pay_calendar: Annotated[
        Key | None, Field(description="Pay calendar of people of this zone; null when none is stated.")
    ]
    retired: Retired


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleWord:
    """A word of a role that titles are made from."""

    placeholder: Annotated[Key, Field(description="What stands in braces in titles of levels, for example specialist.")]
    word: Annotated[Label, Field(description="What people of the role have there.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What growing in a role means, on a track of a kind."""

    kind: Annotated[TrackKind, Field(description="Kind of the track.")]
    text: Annotated[Prose, Field(description="What growth means there.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A kind of work, and the ladder on which people who do it stand."""

    key: Annotated[Key, Field(description="Key of the role.")]
    title: Annotated[Label | None, Field(description="What the role is called.")]
    ladder: Annotated[Key | None, Field(description="Ladder on which people of this role grow; null when not stated.")]
    words: Annotated[tuple[RoleWord, ...], ByKey(), Field(description="Words of the role for titles of levels.")]
    growth: Annotated[tuple[Growth, ...], ByKey(), Field(description="What growth means, by kind of track.")]
    retired: Retired


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team and the roles it has."""

    key: Annotated[Key, Field(description="Key of the team.")]
    title: Annotated[Label | None, Field(description="What the team is called.")]
    roles: Annotated[tuple[Key, ...], Field(description="Keys of the roles that the team has.")]
    retired: Retired


@dataclass(frozen=True, slots=True, kw_only=True)
class ParityPolicy:
    """What "equal pay at an equal grade" means here. Percent is of the manager's value."""

    policy: Annotated[ParityRule, Otherwise("equal"), Field(description="How bands of the two tracks must compare.")]
    tolerance_percent: Annotated[
        Decimal | None, Field(description="Largest difference that the policy `tolerance` allows, in percent.")
    ]


EQUAL_PAY = ParityPolicy(policy="equal", tolerance_percent=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverScope:
    """Where a waiver holds: everything that all given keys name; no key at all means the whole company."""

    ladder: Annotated[Key | None, Field(description="Only this ladder.")]
    grade: Annotated[Key | None, Field(description="Only this grade.")]
    zone: Annotated[Key | None, Field(description="Only this zone.")]
    role: Annotated[Key | None, Field(description="Only this role.")]
    team: Annotated[Key | None, Field(description="Only this team.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A dated exception from a rule, with its reason and its owner."""

    rule: Annotated[str, RULE_ID, Field(description="Id of the rule that is waived.")]
    scope: Annotated[WaiverScope, Field(description="Where it is waived.")]
    reason: Annotated[Prose, Field(description="Why the company lives with the gap.")]
    owner: Annotated[Label, Field(description="Who answers for closing it.")]
    expires_on: Annotated[date, Field(description="First day on which the waiver no longer holds.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvals:
    """What somebody else has to approve before it is done."""

    change_batches: Annotated[
        Literal["none", "required"],
        Otherwise("none"),
        Field(description="`required`: a batch of changes is applied once somebody else has approved it."),
    ]


NO_APPROVALS = Approvals(change_batches="none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """What holds for every ladder: the scale of grades, zones, roles, teams, and what equal pay means here."""

    name: Annotated[Label, Field(description="Name of the company.")]
    timezone: Annotated[str, TIMEZONE, Field(description="IANA time zone that decides which day today is.")]
    principles: Annotated[
        PrincipleMode,
        Otherwise("enforce"),
        Field(description="`enforce` makes broken principles errors; `report` makes them notes."),
    ]
    grades: Annotated[tuple[Grade, ...], Field(description="The grade scale that all tracks share.")]
    zones: Annotated[tuple[Zone, ...], Field(description="Places with a currency.")]
    roles: Annotated[tuple[Role, ...], Field(description="Roles, each on a ladder.")]
    teams: Annotated[tuple[Team, ...], Field(description="Teams and the roles they have.")]
    parity: Annotated[
        ParityPolicy, Otherwise(EQUAL_PAY), Field(description="How equal the pay of the two tracks must be.")
    ]
    waivers: Annotated[tuple[Waiver, ...], Field(description="Dated exceptions from a rule.")]
    pay_calendars: Annotated[
        tuple[PayCalendar, ...], Field(description="Periods by which zones are paid, and when they are locked.")
    ]
    locked_periods: Annotated[
        LockPolicy,
        Otherwise("flag"),
        Field(description="`flag` tells of changes in locked pay periods; `refuse` refuses them."),
    ]
    approvals: Annotated[Approvals, Otherwise(NO_APPROVALS), Field(description="What somebody else has to approve.")]
    sources: Sources
    not_public: NotKnown
    provenance: Origins
    # The definition as it was written, which is what is kept and exported.
    document: Annotated[Mapping[str, object], SourceForm(), Field(exclude=True)] = field(
        compare=False, repr=False, metadata={"source_form": True}
    )

    @property
    def ranks(self) -> dict[str, int]:
        """Rank by grade key."""
        return {grade.key: grade.rank for grade in self.grades}

    def grade(self, key: str) -> Grade | None:
        return next((grade for grade in self.grades if grade.key == key), None)

    def zone(self, key: str) -> Zone | None:
        return next((zone for zone in self.zones if zone.key == key), None)

    def role(self, key: str) -> Role | None:
        return next((role for role in self.roles if role.key == key), None)

    def team(self, key: str) -> Team | None:
        return next((team for team in self.teams if team.key == key), None)


def company_from_document(document: Mapping[str, object]) -> Company:
    """Raises DocumentRejected, whose findings carry JSON pointers into `document`."""
    return bind(Company, document)
