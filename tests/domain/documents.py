"""Small definition documents that hang together, to build on."""

from collections.abc import Mapping
from typing import Any

Document = dict[str, Any]


def company_document(**changes: object) -> Document:
    return {
        "name": "Northwind Robotics",
        "timezone": "Europe/Berlin",
        "grades": [{"key": "1", "rank": 1}, {"key": "2", "rank": 2}, {"key": "3", "rank": 3}],
        "zones": [{"key": "de", "currency": "EUR"}, {"key": "us", "currency": "USD"}],
        "roles": [{"key": "engineer", "ladder": "engineering"}],
        "teams": [{"key": "robots", "roles": ["engineer"]}],
        **changes,
    }


def level_document(key: str, grade: str | None, *tracks: str, **changes: object) -> Document:
    return {"key": key, "grade": grade, "tracks": list(tracks), "title": key.upper(), **changes}


def ladder_document(**changes: object) -> Document:
    """A trunk level at grade 1, a pair at grade 2, an IC alone at grade 3."""
    return {
        "key": "engineering",
        "version": "1",
        "effective_from": "2020-01-01",
        "tracks": [{"key": "ic", "kind": "ic"}, {"key": "mgr", "kind": "manager"}],
        "levels": [
            level_document("eng1", "1", "ic", "mgr"),
            level_document("ic2", "2", "ic", steps=["entry", "full"]),
            level_document("em2", "2", "mgr", steps=["entry", "full"]),
            level_document("ic3", "3", "ic"),
        ],
        **changes,
    }


def row_document(grade: str = "2", zone: str = "de", **changes: object) -> Document:
    currency = {"de": "EUR", "us": "USD"}[zone]
    return {"grade": grade, "zone": zone, "currency": currency, "period": "year", "min": "60000", **changes}


def bandset_document(*rows: Mapping[str, object], **changes: object) -> Document:
    return {"key": "2026", "effective_from": "2020-01-01", "rows": [*rows], **changes}
