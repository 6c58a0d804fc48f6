"""One script of requests, its answers made comparable: ids named by first appearance, instants and times blanked."""

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import httpx

from tests.e2e.house import PATIENCE_SECONDS
from tests.e2e.receiver import Receiver

_ID = re.compile(r"\b(emp|chg|evt|end|sec|dlv)_[A-Za-z0-9_-]+|\bwhsec_[A-Za-z0-9+/=]+|(?<=cursor=)[A-Za-z0-9_-]{20,}")
_CURSOR = re.compile(r'(?<="(?:next|prev)_cursor":")[A-Za-z0-9_-]+')
_KEY = re.compile(r"\bkey:[0-9a-f]{16}\b")
_REQUEST = re.compile(r'(?<="request_id":")[0-9a-f]{16}')
_DIGEST = re.compile(r'"[0-9a-f]{32}"')
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_DURATION = re.compile(r'(?<=_ms":)(\d+(\.\d+)?|null)|(?<="worker":")[^"]+')
# An endpoint's health is noted when its owner renews, which is a matter of time.
_LAST_OK = re.compile(r'(?<="last_ok_at":)(null|"<instant>")')
# Each process counts by itself, and in seconds of its own.
_LEFT = re.compile(r"(?<=;r=)\d+;t=\d+")
_PORT = re.compile(r"(?<=127\.0\.0\.1:)\d+")
_NOT_COMPARED = {"date", "x-request-id", "content-length"}
"""Headers of the hour and of the request; the length is that of the bytes before they were made comparable."""

FACTS: dict[str, str | None] = {
    "ladder": "engineering",
    "level": "ic4",
    "role": "software-engineer",
    "team": "robots",
    "zone": "de-berlin",
}


@dataclass(slots=True, kw_only=True)
class Script:
    """`lines` is what was answered, one text a request; `found` what later requests need of it."""

    client: httpx.AsyncClient
    receiver: Receiver
    today: date
    lines: list[str] = field(default_factory=list[str])
    statuses: list[int] = field(default_factory=list[int])
    kinds: set[str] = field(default_factory=set[str])
    _names: dict[str, str] = field(default_factory=dict[str, str])

    async def ask(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """Sends; underscores of header names stand for hyphens. Returns the answer's JSON, None where there is none."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await self.client.request(method, path, json=body, headers=named)
        self.statuses.append(answer.status_code)
        kept = [f"{name}: {value}" for name, value in sorted(answer.headers.items()) if name not in _NOT_COMPARED]
        shown = "\n".join(kept)
        self.lines.append(self.comparable(f"{method} {path}\n{answer.status_code}\n{shown}\n{answer.text}"))
        return answer.json() if answer.content and "json" in answer.headers["content-type"] else None

    async def change(self, person: str, on: str | None, to: Mapping[str, str | None] | None, **headers: str) -> Any:
        body = {"to": to, "reason": "script", **({"effective_on": on} if on else {})}
        told = await self.ask("POST", f"/v1/employees/{person}/changes", body, **{"If_Match": "*", **headers})
        self.kinds |= {told["kind"]} if "kind" in told else set()
        return told

    async def recorded(self, path: str) -> list[dict[str, Any]]:
        """Deliveries, asked for until the sender has recorded of all of them that they arrived."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                found = (await self.client.get(path)).json()["data"]
                if {delivery["state"] for delivery in found} == {"delivered"}:
                    await self.ask("GET", path)
                    return found

    def day(self, days: int) -> str:
        return (self.today + timedelta(days=days)).isoformat()

    def comparable(self, text: str) -> str:
        text = _CURSOR.sub(lambda found: self._name("cursor", found[0]), text)
        text = _ID.sub(lambda found: self._name(found[1] or "other", found[0]), text)
        text = _KEY.sub("<key>", text)
        text = _REQUEST.sub("<request>", _DIGEST.sub('"digest"', text))
        text = _LAST_OK.sub("<time>", _INSTANT.sub("<instant>", _DURATION.sub("0", text)))
        days = {self.day(days): f"<today{days:+}>" for days in range(-400, 401)}
        text = _LEFT.sub("<left>;t=<seconds>", text)
        return _PORT.sub("<port>", re.sub(r"\d{4}-\d\d-\d\d", lambda found: days.get(found[0], found[0]), text))

    def _name(self, kind: str, text: str) -> str:
        return self._names.setdefault(text, f"<{kind} {len(self._names) + 1}>")


async def run(script: Script) -> None:
    await _people(script)
    await _changes(script)
    await _acts(script)
    instants = await _refusals(script)
    await _reads(script, instants)
    await _lists(script)
    await _endpoints(script)


async def _people(s: Script) -> None:
    made = await s.ask("POST", "/v1/employees", {"key": "ada", "name": "Ada", "external_ids": {"workday": "1"}})
    for key in ("bo", "cy", "di", "eve", "fay"):
        await s.ask("POST", "/v1/employees", {"key": key})
    await s.ask("POST", "/v1/employees", {"key": "dry"})
    await s.ask("POST", "/v1/employees?dry_run=true", {"key": "never"})
    await s.ask("GET", "/v1/employees/never")
    await s.ask("PUT", "/v1/employees/ada/external-ids/sap", {"value": "x/1"}, If_Match='"0"')
    await s.ask("PUT", "/v1/employees/bo/external-ids/sap", {"value": "x/1"}, If_Match="*")
    await s.ask("DELETE", "/v1/employees/ada/external-ids/sap", If_Match="*")
    await s.ask("GET", f"/v1/employees/{made['id']}")
    await s.ask("GET", "/v1/employees/workday:1")


async def _changes(s: Script) -> None:
    """Every kind, in the past, today and ahead."""
    await s.change("ada", s.day(-300), FACTS)
    await s.change("ada", s.day(-200), {"level": "ic5"})
    await s.change("ada", s.day(-100), {"level": "em5"})
    await s.change("ada", s.day(-90), {"step": "established"})
    await s.change("ada", s.day(-80), {"team": "fleet"})
    await s.change("ada", s.day(-70), {"title": "Head of Robots"})
    await s.change("ada", s.day(-250), {"zone": "us-ny"})
    await s.change("ada", s.day(0), {"level": "ic5", "title": None})
    await s.change("ada", s.day(60), {"level": "ic6"}, Idempotency_Key="plan")
    await s.change("ada", s.day(60), {"level": "ic6"}, Idempotency_Key="plan")
    await s.change("bo", s.day(-30), {**FACTS, "level": "eng3"})
    await s.change("bo", s.day(-10), None)
    await s.change("bo", None, {"ladder": "engineering", "level": "ic4"})
    await s.change("cy", s.day(30), {**FACTS, "level": "ic6", "role": "hardware-engineer", "team": "lab"})
    await s.change("di", s.day(-5), {**FACTS, "level": "ic6"})
    await s.change("di", s.day(-1), {"level": "ic5"})


async def _acts(s: Script) -> None:
    """Plans and facts that are corrected and withdrawn, and what refuses that."""
    plan = await s.change("ada", s.day(70), {"team": "robots"})
    hired = await s.change("fay", s.day(-20), {**FACTS, "level": "ic5"})
    wrong = await s.change("fay", s.day(-10), {"level": "ic6"})

    async def act(change: Any, name: str, **body: object) -> Any:
        return await s.ask("POST", f"/v1/changes/{change['id']}/{name}", body, If_Match="*")

    await act(plan, "rescind")
    await act(wrong, "cancel")
    await act(hired, "rescind")
    await act(plan, "correct?dry_run=true", effective_on=s.day(75))
    moved = await act(plan, "correct", effective_on=s.day(75), reason="later")
    await act(plan, "cancel")
    await act(moved, "correct", to={"team": "robots"})
    await act(moved, "cancel", reason="never")
    right = await act(wrong, "correct", effective_on=s.day(-8), to={"level": "ic6", "team": "fleet"})
    await act(right, "rescind?dry_run=true")
    await act(right, "rescind", reason="mistake")
    await act({"id": "chg_none"}, "cancel")


async def _refusals(s: Script) -> tuple[str, str]:
    """Each leaves nothing behind, which the reads after it show. Returns two instants to ask as known at."""
    held = await s.ask("GET", "/v1/employees/ada/assignment")
    await s.change("ada", "2026-02-30", {"level": "ic5"})
    await s.change("ada", s.day(0), {"level": "ic99"})
    await s.change("ada", s.day(0), {"levle": "ic5"})
    await s.change("ada", s.day(0), {"level": 5})  # pyright: ignore[reportArgumentType]
    await s.change("ada", s.day(0), {"level": "ic5", "grade": "8"})
    await s.change("ada", s.day(-500), {"level": "ic5"})
    await s.change("ada", s.day(0), {"level": "em8"})
    await s.change("ada", s.day(0), {"level": "ic6"}, If_Match='"1"')
    await s.change("ada", s.day(0), {"level": "ic6"}, If_Match="seven")
    await s.change("ada", s.day(60), {"level": "ic7"}, Idempotency_Key="plan")
    await s.change("cy", None, None)
    await s.change("nobody", s.day(0), FACTS)
    await s.ask("POST", "/v1/employees/ada/changes", {"to": None})
    await s.ask("POST", "/v1/employees", {"key": "ada"})
    await s.ask("POST", "/v1/employees", {"key": "a b"})
    await s.ask("GET", "/v1/employees/ada/assignment?effective_on=tomorrow")
    await s.ask("GET", "/v1/employees/ada/assignment?effective=2026-01-01")
    await s.ask("GET", "/v1/assignments?limit=0")
    await s.ask("GET", "/v1/employees?cursor=made-up")
    await s.ask("GET", "/v1/nothing")
    await s.ask("PATCH", "/v1/employees/ada")
    await s.ask("GET", "/v1/employees", Authorization="Bearer dt_none_none")
    later = await s.change("eve", s.day(-3), {**FACTS, "level": "eng2"})
    return held["known_at"], later["known_at"]


async def _reads(s: Script, instants: Iterable[str]) -> None:
    for person in ("ada", "bo", "cy", "di", "eve", "fay", "dry"):
        await s.ask("GET", f"/v1/employees/{person}/timeline")
        await s.ask("GET", f"/v1/employees/{person}/path")
        for days in (-400, -300, -250, -1, 0, 30, 60):
            await s.ask("GET", f"/v1/employees/{person}/assignment?effective_on={s.day(days)}")
        for known_at in instants:
            await s.ask("GET", f"/v1/employees/{person}/timeline?known_at={known_at}")
            await s.ask("GET", f"/v1/employees/{person}/assignment?effective_on={s.day(0)}&known_at={known_at}")
        await s.ask("GET", f"/v1/employees/{person}/external-ids")
    counted = (
        "start,end,promotions,flows.hires,flows.ends,switches.count,returns.promotions,time_at_grade,headcount.end"
    )
    await s.ask("GET", f"/v1/reports/movement?effective_from={s.day(-400)}&fields={counted}")
    await s.ask("GET", f"/v1/reports/movement/moves?effective_from={s.day(-400)}&limit=200")
    await s.ask("GET", "/v1/ladders")
    await s.ask("GET", "/v1/ladders/engineering/chart")
    await s.ask("GET", "/v1/ladders/none/chart")
    found = await s.ask("GET", "/v1/employees/ada/timeline")
    for change in found["changes"]:
        await s.ask("GET", f"/v1/changes/{change['id']}")
    await s.ask("GET", "/v1/changes/chg_none")


async def _lists(s: Script) -> None:
    for path in (
        *("/v1/employees?", "/v1/assignments?", f"/v1/assignments?effective_on={s.day(40)}&track=ic&"),
        *("/v1/changes?", "/v1/changes?status=scheduled&sort=effective_on&"),
        f"/v1/diff?from_effective_on={s.day(-260)}&to_effective_on={s.day(40)}&",
    ):
        page = await s.ask("GET", f"{path}limit=2")
        while following := page["page"]["next_cursor"]:
            page = await s.ask("GET", f"{path}limit=2&cursor={following}")
        if before := page["page"]["prev_cursor"]:
            await s.ask("GET", f"{path}limit=2&cursor={before}")
    await s.ask("GET", "/v1/assignments?grade=5&grade=6&team=fleet")
    await s.ask("GET", "/v1/assignments?level=ic1")


async def _endpoints(s: Script) -> None:
    """Told after they subscribed, waited for, then read."""
    made = await s.ask("POST", "/v1/endpoints", {"url": s.receiver.url, "include_pay": True})
    other = await s.ask("POST", "/v1/endpoints", {"url": s.receiver.url, "event_types": ["track.switched"]})
    await s.ask("POST", "/v1/endpoints", {"url": "http://10.0.0.1/hook"})
    await s.ask("PATCH", f"/v1/endpoints/{other['id']}", {"state": "paused"}, If_Match="*")
    await s.change("di", s.day(-2), {"level": "em6"})
    await s.change("di", s.day(90), {"level": "em5"})
    await s.receiver.until(lambda: len(s.receiver.answered) == 2)
    await s.ask("GET", f"/v1/endpoints/{other['id']}/deliveries")
    await s.ask("DELETE", f"/v1/endpoints/{other['id']}", If_Match="*")
    for arrival in s.receiver.arrivals:
        s.lines.append(s.comparable(arrival.body.decode()))
    found = await s.recorded(f"/v1/endpoints/{made['id']}/deliveries")
    for delivery in found:
        await s.ask("GET", f"/v1/deliveries/{delivery['id']}")
        await s.ask("GET", f"/v1/deliveries/{delivery['id']}/attempts")
    await s.ask("GET", "/v1/deliveries/dlv_none")
    await s.ask("GET", "/v1/endpoints")
