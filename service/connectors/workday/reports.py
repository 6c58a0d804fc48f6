"""What a report of the tenant says of people, row by row: its columns are called what its author chose."""

import base64
from collections.abc import AsyncIterator, Mapping
from datetime import date
from functools import partial
from typing import Any, cast
from urllib.parse import quote

from service.connectors.kinds import Tools, formed
from service.connectors.workday.refusals import refused_by, throttled_by
from service.connectors.workday.settings import Columns, Credentials, Report, Settings
from service.domain.assignments import PRIMARY
from service.domain.claims import Claim
from service.domain.refusals import Invalid
from service.usecases.open_connections import OpenConnection

_NO = {"", "0", "false", "none", "null"}


class ReportSource:
    """A Source. A report is read whole each time: what is not in it any more shows only so."""

    def __init__(self, connection: OpenConnection, tools: Tools) -> None:
        self._settings = formed(Settings, connection.settings)
        self._credentials = formed(Credentials, connection.credentials)
        self._system = connection.system
        self._tools = tools

    @property
    def cursor(self) -> str | None:
        return None

    async def claims(self, since: str | None) -> AsyncIterator[Claim]:
        """Raises Unreachable, Invalid `report-changed` for a body or a row that is not as it was set up."""
        report = self._settings.report
        if report is None:
            raise Invalid("report-changed", "The settings name no report. Set `report` with owner and name.")
        rows = rows_of(await self._read(report))
        wanted = report.columns
        missing = _missing(rows, wanted)
        if missing:
            raise Invalid(
                "report-changed",
                f"The report has no column {', '.join(missing)} any more. Set `report.columns` anew.",
            )
        # The rows of one person beside each other, however the report is sorted.
        for row in sorted(rows, key=partial(_place_of, wanted)):
            yield _claim(row, wanted, self._system)

    async def _read(self, report: Report) -> Any:
        settings, known = self._settings, self._credentials
        path = "/".join(quote(part, safe="") for part in (settings.tenant, report.owner, report.name))
        token = base64.b64encode(f"{known.username}:{known.password}".encode()).decode()
        reply = await self._tools.wires.trusting(settings.trusted_ca).call(
            "GET",
            f"https://{settings.host}/ccx/service/customreport2/{path}",
            headers={"Authorization": f"Basic {token}", "Accept": "application/json"},
            params={**report.prompts, "format": "json"},
        )
        throttled = throttled_by(reply, now_seconds=self._tools.now_seconds())
        if throttled is not None:
            raise refused_by(throttled)
        if not reply.ok:
            raise Invalid("report-refused", f"{reply.said()} for the report. Check its owner, name and user.")
        return reply.json()


def rows_of(body: Any) -> list[dict[str, Any]]:
    """The rows. Raises Invalid `report-changed`: a body without Report_Entry is another report, not an empty one."""
    found: Any = cast(Mapping[str, Any], body).get("Report_Entry") if isinstance(body, Mapping) else None
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in cast("list[Any]", found)):
        raise Invalid(
            "report-changed",
            "What they answered has no Report_Entry: this is not the report that was set up. Nothing was read.",
        )
    return cast("list[dict[str, Any]]", found)


def _missing(rows: list[dict[str, Any]], columns: Columns) -> list[str]:
    """Columns that no row has. Where a value is empty, a report leaves it out of that row."""
    if not rows:
        return []
    named = (columns.worker, columns.effective_on, columns.level)
    return [name for name in named if name is not None and not any(name in row for row in rows)]


def _place_of(columns: Columns, row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(_text(row, name) or "" for name in (columns.worker, columns.position, columns.effective_on))


def _claim(row: dict[str, Any], columns: Columns, system: str) -> Claim:
    worker = _text(row, columns.worker)
    if worker is None:
        raise Invalid("report-changed", f"A row of the report has no {columns.worker}. Nothing was read.")
    position = _text(row, columns.position)
    return Claim(
        external_ids={system: worker},
        effective_on=_day(_text(row, columns.effective_on)),
        name=_text(row, columns.name),
        job=position or PRIMARY,
        level=_text(row, columns.level),
        grade=_text(row, columns.grade),
        zone=_text(row, columns.zone),
        team=_text(row, columns.team),
        ended=(_text(row, columns.ended) or "").lower() not in _NO,
        reason=_text(row, columns.reason),
        place=f"report:{worker}/{position or ''}/{_text(row, columns.effective_on)}",
    )


def _text(row: Mapping[str, Any], column: str | None) -> str | None:
    value = row.get(column) if column is not None else None
    return str(value).strip() or None if isinstance(value, str | int) else None


def _day(text: str | None) -> date | None:
    """None for what is no day: then whoever reads the claim says so."""
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None
