"""Webhooks: set up over the wire, and sent signed by the clock, with doubles and five tries more.

Fields of tables fire when they take effect: what holds now is compared with what held when it was last looked at, so
a row of a later day fires once the clock has come to it.
"""

import hashlib
import hmac
import json
import ssl
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

import aiohttp
import trustme
from aiohttp import web

from tests.simulators.bamboohr.callers import CALLER
from tests.simulators.bamboohr.company import Company
from tests.simulators.bamboohr.faults import Faults, refused
from tests.simulators.bamboohr.messages import LEGACY, Message, Webhook, news, watched

if TYPE_CHECKING:
    from tests.simulators.bamboohr.server import Bamboo

RETRY_MINUTES = (5, 10, 20, 40, 80)
LOG_DAYS, LOG_ENTRIES = 14, 200


@dataclass(slots=True, kw_only=True)
class Hooks:
    """`sent` are (webhook id, body, status) of every try, status 0 where there was no answer."""

    webhooks: dict[int, Webhook] = field(default_factory=dict[int, Webhook])
    queue: list[Message] = field(default_factory=list[Message])
    sent: list[tuple[int, bytes, int]] = field(default_factory=list[tuple[int, bytes, int]])
    may_be_plain: bool = False
    """Whether an address may begin with http:// too, which it may not over there."""
    authority: trustme.CA | None = None
    _numbers: "count[int]" = field(default_factory=lambda: count(1))
    _session: aiohttp.ClientSession | None = None

    def add(self, owner: str, asked: dict[str, Any], company: Company) -> Webhook:
        number = next(self._numbers)
        made = Webhook(
            id=number,
            owner=owner,
            private_key=hashlib.sha256(f"{owner} {number}".encode()).hexdigest(),
            asked=asked,
            created=company.clock.now().isoformat(),
        )
        made.told = {employee: watched(made, company, employee) for employee in company.employees}
        self.webhooks[number] = made
        return made

    async def settle(self, company: Company, faults: Faults) -> None:
        for webhook in self.webhooks.values():
            self.queue.extend(news(webhook, company, faults))
        now = company.clock.now()
        for message in [one for one in self.queue if one.due <= now]:
            self.queue.remove(message)
            await self._send(message, now)

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    async def _send(self, message: Message, now: datetime) -> None:
        webhook = message.webhook
        signed = hmac.new(webhook.private_key.encode(), message.body + message.timestamp.encode(), hashlib.sha256)
        headers = {
            "Content-Type": message.content_type,
            "X-BambooHR-Signature": signed.hexdigest(),
            "X-BambooHR-Timestamp": message.timestamp,
        }
        if self._session is None:
            context = ssl.create_default_context()
            if self.authority:
                self.authority.configure_trust(context)
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context))
        try:
            async with self._session.post(webhook.asked["url"], data=message.body, headers=headers) as answer:
                status = answer.status
        except aiohttp.ClientError:
            status = 0
        self.sent.append((webhook.id, message.body, status))
        webhook.log.append(
            {
                "webhookId": str(webhook.id),
                "url": webhook.asked["url"],
                "lastAttempted": now.isoformat(),
                "statusCode": status,
            }
        )
        again = status == 0 or status >= 500
        if again and message.tries < len(RETRY_MINUTES):
            message.due = now + timedelta(minutes=RETRY_MINUTES[message.tries])
            message.tries += 1
            self.queue.append(message)


def routes(bamboo: "Bamboo") -> list[web.RouteDef]:
    hooks, company = bamboo.hooks, bamboo.company
    return [
        web.get("/webhooks/monitor_fields", partial(_fields, company)),
        web.get("/webhooks/post-fields", partial(_fields, company)),
        web.get("/webhooks", partial(_list, hooks)),
        web.post("/webhooks", partial(_create, hooks, company)),
        web.get("/webhooks/{id}", partial(_one, hooks)),
        web.put("/webhooks/{id}", partial(_replace, hooks, company)),
        web.delete("/webhooks/{id}", partial(_delete, hooks)),
        web.get("/webhooks/{id}/log", partial(_log, bamboo)),
    ]


async def _fields(company: Company, _request: web.Request) -> web.Response:
    names = sorted({name for table in company.tables.values() for name in table.fields} | {"firstName", "status"})
    return web.json_response({"fields": [{"id": name, "name": name, "alias": name} for name in names]})


async def _list(hooks: Hooks, request: web.Request) -> web.Response:
    mine = [_shown(one) for one in hooks.webhooks.values() if one.owner == request[CALLER]]
    return web.json_response({"webhooks": mine})


async def _create(hooks: Hooks, company: Company, request: web.Request) -> web.Response:
    asked = json.loads(await request.read())
    if wrong := _wrong(hooks, asked):
        return refused(400, wrong)
    made = hooks.add(request[CALLER], asked, company)
    return web.json_response({**_shown(made), "privateKey": made.private_key}, status=201)


async def _one(hooks: Hooks, request: web.Request) -> web.Response:
    found = _found(hooks, request)
    return found if isinstance(found, web.Response) else web.json_response(_shown(found))


async def _replace(hooks: Hooks, company: Company, request: web.Request) -> web.Response:
    """Everything but the key is as it is asked for now."""
    found = _found(hooks, request)
    if isinstance(found, web.Response):
        return found
    asked = json.loads(await request.read())
    if wrong := _wrong(hooks, asked):
        return refused(400, wrong)
    found.asked = asked
    found.told = {employee: watched(found, company, employee) for employee in company.employees}
    return web.json_response(_shown(found))


async def _delete(hooks: Hooks, request: web.Request) -> web.Response:
    found = _found(hooks, request)
    if isinstance(found, web.Response):
        return found
    del hooks.webhooks[found.id]
    hooks.queue = [one for one in hooks.queue if one.webhook is not found]
    return web.Response(status=200)


async def _log(bamboo: "Bamboo", request: web.Request) -> web.Response:
    found = _found(bamboo.hooks, request)
    if isinstance(found, web.Response):
        return found
    if bamboo.faults.log_throttled:
        return web.json_response({"error": {"code": 429, "message": "Too many requests"}})
    oldest = (bamboo.company.clock.now() - timedelta(days=LOG_DAYS)).isoformat()
    kept = [one for one in found.log if one["lastAttempted"] >= oldest]
    return web.json_response(kept[-LOG_ENTRIES:][::-1])


def _found(hooks: Hooks, request: web.Request) -> Webhook | web.Response:
    number = request.match_info["id"]
    found = hooks.webhooks.get(int(number)) if number.isdigit() else None
    if found is None:
        return refused(404, "The webhook does not exist")
    return found if found.owner == request[CALLER] else refused(403, "It was created with other credentials")


def _wrong(hooks: Hooks, asked: dict[str, Any]) -> str | None:
    for name in ("name", "url", "format"):
        if not asked.get(name):
            return f"{name} is required"
    if not str(asked["url"]).startswith("https://") and not hooks.may_be_plain:
        return "url has to begin with https://"
    if asked["format"] not in ("json", "form-encoded"):
        return "format is json or form-encoded"
    events = asked.get("events") or [f"{LEGACY}updated"]
    if len({one.startswith(LEGACY) for one in events}) > 1:
        return "The families of events cannot be mixed"
    if any(one.endswith(".updated") for one in events) and not asked.get("monitorFields"):
        return "monitorFields is required with updated"
    return None


def _shown(one: Webhook) -> dict[str, Any]:
    return {"id": str(one.id), "created": one.created, "lastSent": None, **one.asked}
