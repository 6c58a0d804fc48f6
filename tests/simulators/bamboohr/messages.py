"""What a webhook is told: the news of everybody since it was last looked, put into messages of either family."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from tests.simulators.bamboohr.company import Company
from tests.simulators.bamboohr.faults import Faults

LEGACY = "employee_with_fields."


@dataclass(slots=True, kw_only=True)
class Webhook:
    """`told` is what each person's monitored fields held when they were last looked at."""

    id: int
    owner: str
    private_key: str
    asked: dict[str, Any]
    created: str
    told: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    log: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    @property
    def events(self) -> list[str]:
        """None asked for are all of the older family."""
        return self.asked.get("events") or [f"{LEGACY}{one}" for one in ("created", "updated", "deleted")]

    @property
    def is_legacy(self) -> bool:
        return self.events[0].startswith(LEGACY)

    @property
    def monitored(self) -> list[str]:
        return list(self.asked.get("monitorFields") or ())

    def wants(self, action: str) -> bool:
        return any(one.rpartition(".")[2] == action for one in self.events)


@dataclass(slots=True, kw_only=True)
class Message:
    webhook: Webhook
    body: bytes
    content_type: str
    timestamp: str
    due: datetime
    tries: int = 0


def watched(webhook: Webhook, company: Company, employee: str) -> dict[str, Any]:
    """What its monitored fields hold today, those of tables as the rows of today."""
    held = company.current(employee)
    return {name: held.get(name) for name in webhook.monitored}


def news(webhook: Webhook, company: Company, faults: Faults) -> list[Message]:
    """What happened since it was last looked at. A creation is told as created and then as updated."""
    made: list[Message] = []
    seen = webhook.told
    for employee in list(company.employees):
        new = employee not in seen
        before = seen.get(employee, dict.fromkeys(webhook.monitored))
        now = watched(webhook, company, employee)
        changed = [name for name in webhook.monitored if before.get(name) != now[name]]
        if not changed and faults.coarse and not new and _touched_since(webhook, company, employee):
            changed = list(webhook.monitored)
        seen[employee] = now
        if new and webhook.wants("created"):
            made.append(_message(webhook, company, employee, "created", []))
        # Nobody is told of fields that the webhook's maker may not see any of.
        visible = any(not _hidden(company, name) for name in changed)
        if changed and visible and webhook.wants("updated"):
            for part in _parts(company, changed) if faults.doubled_updates else [changed]:
                made.append(_message(webhook, company, employee, "updated", part))
    for employee in [one for one in seen if one not in company.employees]:
        del seen[employee]
        if webhook.wants("deleted"):
            made.append(_message(webhook, company, employee, "deleted", []))
    return made


def _touched_since(webhook: Webhook, company: Company, employee: str) -> bool:
    at, _action = company.changed[employee]
    return at == company.clock.now()


def _hidden(company: Company, name: str) -> bool:
    return name in company.unreadable or any(f"{table}.{name}" in company.unreadable for table in company.tables)


def _parts(company: Company, changed: list[str]) -> list[list[str]]:
    """Fields of everybody, and fields that a company made itself."""
    custom = [name for name in changed if name.startswith("custom")]
    return [part for part in ([name for name in changed if name not in custom], custom) if part]


def _message(webhook: Webhook, company: Company, employee: str, action: str, changed: list[str]) -> Message:
    now = company.clock.now()
    stamp = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    if webhook.is_legacy:
        held = company.current(employee) if employee in company.employees else {}
        wanted = webhook.asked.get("postFields") or {}
        fields = {shown: held.get(name) for name, shown in wanted.items() if not _hidden(company, name)}
        one = {
            "id": employee,
            "action": action.capitalize(),
            "timestamp": stamp,
            "changedFields": changed,
            "fields": fields,
        }
        body: dict[str, Any] = {"employees": [one]}
    else:
        data: dict[str, Any] = {"companyId": "12345", "employeeId": employee}
        if action == "updated":
            data["changedFields"] = changed
        body = {"type": f"employee.{action}", "timestamp": stamp, "data": data}
    is_json = webhook.asked["format"] == "json"
    text = json.dumps(body, separators=(",", ":")) if is_json else urlencode(_flat(body))
    return Message(
        webhook=webhook,
        body=text.encode(),
        content_type="application/json" if is_json else "application/x-www-form-urlencoded",
        timestamp=str(int(now.timestamp())),
        due=now,
    )


def _flat(value: Any, name: str = "") -> list[tuple[str, str]]:
    """As PHP writes what is nested: employees[0][id]=…"""
    if isinstance(value, dict):
        parts = [(f"{name}[{key}]" if name else str(key), one) for key, one in value.items()]  # type: ignore[misc]
    elif isinstance(value, list):
        parts = [(f"{name}[{number}]", one) for number, one in enumerate(value)]  # type: ignore[misc]
    else:
        return [(name, "" if value is None else str(value))]
    return [pair for key, one in parts for pair in _flat(one, key)]
