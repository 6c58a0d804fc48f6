"""A small company for tests: two tracks that fork at grade 3, steps at grade 3, a second ladder, two zones."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from service.domain.bands import bandset_from_document
from service.domain.company import company_from_document
from service.domain.definitions import Definitions, Recorded
from service.domain.ladders import ladder_from_document

COMPANY: Mapping[str, Any] = {
    "name": "Testing Ltd",
    "timezone": "Europe/Berlin",
    "principles": "report",
    "grades": [{"key": str(rank), "rank": rank} for rank in range(1, 7)],
    "zones": [{"key": "berlin", "currency": "EUR"}, {"key": "nyc", "currency": "USD"}],
    "roles": [
        {"key": "engineer", "ladder": "engineering"},
        {"key": "designer", "ladder": "design"},
    ],
    "teams": [{"key": "core", "roles": ["engineer"]}, {"key": "web", "roles": ["engineer", "designer"]}],
}

PAID: Mapping[str, Any] = {
    **COMPANY,
    "zones": [{**zone, "pay_calendar": "monthly"} for zone in COMPANY["zones"]],
    "pay_calendars": [{"key": "monthly", "frequency": "monthly", "anchor": "2026-01-01"}],
}
"""The same with a pay calendar for everybody."""


def level(key: str, tracks: Sequence[str], grade: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "tracks": list(tracks), "grade": grade, "title": key.upper(), **more}


ENGINEERING: Mapping[str, Any] = {
    "key": "engineering",
    "version": "1",
    "effective_from": "2000-01-01",
    "tracks": [{"key": "ic", "kind": "ic"}, {"key": "manager", "kind": "manager"}],
    "levels": [
        level("e1", ["ic", "manager"], "1"),
        level("e2", ["ic", "manager"], "2"),
        level("ic3", ["ic"], "3", steps=["a", "b"]),
        level("em3", ["manager"], "3", steps=["a", "b"]),
        level("ic4", ["ic"], "4"),
        level("em4", ["manager"], "4"),
        level("ic5", ["ic"], "5"),
    ],
    "moves": [{"from_level": "ic5", "to_level": "em4", "kind": "track_switch"}],
    "overlays": [
        {"key": "tech-lead", "levels": ["ic3", "ic4"], "maximum_months": 12},
        {"key": "project-lead", "high_profile": True},
    ],
}

DESIGN: Mapping[str, Any] = {
    "key": "design",
    "version": "1",
    "effective_from": "2010-01-01",
    "tracks": [{"key": "ic", "kind": "ic"}, {"key": "lead", "kind": "manager"}],
    "levels": [
        level("d2", ["ic"], "2"),
        level("d3", ["ic"], "3"),
        level("d4", ["ic"], "4"),
        level("l3", ["lead"], "3"),
    ],
}

BANDS: Mapping[str, Any] = {
    "key": "2000",
    "effective_from": "2000-01-01",
    "rows": [
        {
            "grade": str(rank),
            "zone": zone,
            "currency": currency,
            "period": "year",
            "min": f"{rank}0001.17",
            "mid": f"{rank}5003.29",
            "max": f"{rank}9007.31",
            **({"steps": {"a": "30011.37", "b": "35013.41"}} if rank == 3 else {}),
        }
        for rank in range(1, 7)
        for zone, currency in (("berlin", "EUR"), ("nyc", "USD"))
    ],
}


def definitions(*, ladders: Sequence[Mapping[str, Any]] = (ENGINEERING, DESIGN)) -> Definitions:
    """Everything above, recorded at instants 1, 2, 3 …"""
    return Definitions(
        companies=[Recorded(recorded_at=1, value=company_from_document(COMPANY))],
        ladders=[
            Recorded(recorded_at=number, value=ladder_from_document(document))
            for number, document in enumerate(ladders, start=2)
        ],
        bandsets=[Recorded(recorded_at=1, value=bandset_from_document(BANDS))],
    )


def day(text: str) -> date:
    return date.fromisoformat(text)
