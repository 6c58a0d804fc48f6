"""A drift as it is kept: one JSON text, without figures of bands."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from service.domain.drift_shapes import BandPlace, Drift, Mend, MendRow, MendThere, OurSide, TheirSide
from service.domain.wire import plain
from service.storage.reconciliations import DriftRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDrift:
    """What was kept of a drift."""

    job: str
    effective_on: date
    until: date | None
    ours: OurSide | None
    theirs: TheirSide | None
    place: str | None
    differs: tuple[str, ...]
    band: BandPlace | None
    mend: Mend


def record_of(drift: Drift) -> DriftRecord:
    """As it is kept, still without its number."""
    document: dict[str, Any] = {
        "job": drift.job,
        "effective_on": drift.effective_on,
        "until": drift.until,
        "ours": drift.ours,
        "theirs": drift.theirs,
        "place": drift.place,
        "differs": drift.differs,
        "band": drift.band,
        "mend": drift.mend,
    }
    return DriftRecord(
        number=0,
        kind=drift.kind,
        employee_id=drift.employee_id,
        person=drift.person,
        document=json.dumps(plain(document), ensure_ascii=False, separators=(",", ":")),
    )


def kept_drift(record: DriftRecord) -> KeptDrift:
    kept: dict[str, Any] = json.loads(record.document)
    return KeptDrift(
        job=kept["job"],
        effective_on=date.fromisoformat(kept["effective_on"]),
        until=_day(kept["until"]),
        ours=OurSide(**_dated(kept["ours"], "since")) if kept["ours"] else None,
        theirs=_theirs(kept["theirs"]) if kept["theirs"] else None,
        place=kept["place"],
        differs=tuple(kept["differs"]),
        band=BandPlace(**kept["band"]) if kept["band"] else None,
        mend=_mend(kept["mend"]),
    )


def _theirs(kept: Mapping[str, Any]) -> TheirSide:
    values = _dated(kept, "effective_on")
    values["means"] = tuple(kept["means"])
    return TheirSide(**values)


def _mend(kept: Mapping[str, Any]) -> Mend:
    there = kept["there"]
    return Mend(
        text=kept["text"],
        here=tuple(MendRow(**_dated(row, "effective_on")) for row in kept["here"]),
        there=MendThere(**_dated(there, "effective_on")) if there else None,
    )


def _dated(kept: Mapping[str, Any], name: str) -> dict[str, Any]:
    values = dict(kept)
    values[name] = _day(kept[name])
    return values


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text is not None else None
