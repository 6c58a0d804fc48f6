"""A ladder with a grade for every verdict, and the bands that lead to it."""

from typing import Any

from tests.builders import COMPANY, DESIGN, ENGINEERING, level
from tests.rest.published import publish
from tests.rest.served import Served

PAY = {"min": "77001.17", "mid": "88003.29", "max": "99007.31"}

COMPANY_OF_NINE: dict[str, Any] = {
    **COMPANY,
    "grades": [{"key": str(rank), "rank": rank} for rank in range(1, 10)],
    "parity": {"policy": "tolerance", "tolerance_percent": "5"},
}
DRAWN: dict[str, Any] = {
    "key": "drawn",
    "version": "1",
    "effective_from": "2020-01-01",
    "tracks": [{"key": "ic", "kind": "ic"}, {"key": "lead", "kind": "manager"}],
    "levels": [
        level("trunk", ["ic", "lead"], "1"),
        level("ic2", ["ic"], "2"),
        level("m2", ["lead"], "2"),
        level("ic3", ["ic"], "3"),
        level("m3", ["lead"], "3"),
        level("ic4", ["ic"], "4"),
        level("m4", ["lead"], "4"),
        level("ic5", ["ic"], "5"),
        level("m5", ["lead"], "5"),
        level("ic6", ["ic"], "6"),
        level("m6", ["lead"], "6"),
        level("ic7", ["ic"], "7"),
        level("ic8", ["ic"], "8"),
        {**level("ic9", ["ic"], "9"), "title": None},
        {**level("m9", ["lead"], "9"), "grade": None},
    ],
    "pairing": {
        "grades": [
            {"grade": "7", "state": "unpaired_by_design", "reason": "Too few people."},
            {"grade": "8", "state": "unstated"},
        ]
    },
}


def row(grade: str, zone: str = "berlin", **more: Any) -> dict[str, Any]:
    currency = {"berlin": "EUR", "nyc": "USD"}[zone]
    return {"grade": grade, "zone": zone, "currency": currency, "period": "year", **PAY, **more}


DRAWN_BANDS: dict[str, Any] = {
    "key": "2020",
    "effective_from": "2020-01-01",
    "rows": [
        row("1"),
        row("2"),
        row("3"),
        row("3", track="ic", mid="80003.29"),
        row("4"),
        row("4", track="ic", mid="86003.29"),
        row("5", track="ic"),
        row("5", track="lead", period="month"),
        row("7"),
        row("8"),
        row("9"),
        row("2", "nyc"),
        row("2", "nyc", track="lead", mid="99007.31"),
    ],
}


async def draw(served: Served) -> None:
    await publish(served, company=COMPANY_OF_NINE, ladders=(DRAWN, ENGINEERING, DESIGN), bands=(DRAWN_BANDS,))
