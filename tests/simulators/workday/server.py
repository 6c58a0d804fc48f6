"""The simulated tenant at the wire: SOAP with a security header, reports with Basic, all over TLS."""

import base64
import json
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import trustme
from aiohttp import web

from tests.simulators.clock import Clock
from tests.simulators.workday import answers
from tests.simulators.workday.elements import element
from tests.simulators.workday.outlines import OUTLINES
from tests.simulators.workday.tenant import Complaint, Tenant
from tests.simulators.workday.wsdl import NS, operations, schema, wsdl_text

etree: Any = import_module("lxml.etree")

_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WRITES = ("Change_Job", "Request_Compensation_Change", "Cancel_Business_Process", "Rescind_Business_Process")
_WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"


@dataclass(slots=True, kw_only=True)
class Workday:
    """`asked` are the operations that were asked for, in order. The rest are faults that a test switches on.

    `throttled`: (status, Retry-After) of what is answered next. `breaks`: how the next writes break off, "before" they
    are carried out or "after" it. `raw`: an answer in place of the right one.
    """

    tenant: Tenant
    port: int = 0
    authority: str = ""
    asked: list[str] = field(default_factory=list[str])
    requests: list[str] = field(default_factory=list[str])
    throttled: list[tuple[int, str | None]] = field(default_factory=list[tuple[int, str | None]])
    down: bool = False
    breaks: list[str] = field(default_factory=list[str])
    raw: dict[str, bytes] = field(default_factory=dict[str, bytes])
    report: dict[str, Any] | None = None

    @property
    def host(self) -> str:
        return f"localhost:{self.port}"

    def write_wsdls(self, folder: Path, *services: str) -> None:
        """What an operator downloads of each service."""
        for service in services or OUTLINES:
            (folder / f"{service}.wsdl").write_text(wsdl_text(service))


@asynccontextmanager
async def workday(clock: Clock | None = None) -> AsyncGenerator[Workday]:
    """A tenant that answers on a port of its own until the block ends."""
    made = Workday(tenant=Tenant(clock=clock or Clock()))
    authority = trustme.CA()
    made.authority = authority.cert_pem.bytes().decode()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    app = web.Application()
    app.router.add_route("*", "/ccx/service/{tenant}/{service}/{version}", partial(_soap, made))
    reports = "/ccx/service/customreport2/{tenant}/{owner}/{report}"
    app.router.add_get(reports, partial(_report, made))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    made.port = runner.addresses[0][1]
    try:
        yield made
    finally:
        await runner.cleanup()


async def _soap(made: Workday, request: web.Request) -> web.StreamResponse:
    service = request.match_info["service"]
    if service not in OUTLINES or request.match_info["tenant"] != made.tenant.name:
        return web.Response(status=404)
    if request.method == "GET":
        return web.Response(text=wsdl_text(service), content_type="text/xml")
    if made.throttled:
        return _busy(made)
    if made.down:
        return _away(request)
    body = await request.read()
    envelope = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    if not _knows(made.tenant, envelope):
        return _fault("wsse:FailedAuthentication", "invalid username or password")
    asked = envelope.find(f"{{{_SOAP}}}Body/*")
    assert asked is not None
    name = etree.QName(asked).localname
    operation = next((one for one, (takes, _) in operations(service).items() if takes == name), None)
    if operation is None:
        return _fault("SOAP-ENV:Client.validationError", "Invalid request")
    made.asked.append(operation)
    made.requests.append(etree.tostring(asked).decode())
    if not schema(service).validate(asked):
        return _refusal("Validation error occurred. Element out of order.", f"/{name}")
    if operation in made.raw:
        return web.Response(body=made.raw[operation], content_type="text/xml")
    breaks = made.breaks.pop(0) if made.breaks and operation in WRITES else None
    if breaks == "before":
        return _away(request)
    try:
        given = answers.ANSWERS[name](made.tenant, asked)
    except Complaint as complaint:
        return _refusal(str(complaint), f"/bsvc:{name}{complaint.xpath}")
    assert schema(service).validate(given), schema(service).error_log
    if breaks == "after":
        return _away(request)
    return web.Response(body=_envelope(given), content_type="text/xml")


async def _report(made: Workday, request: web.Request) -> web.Response:
    if made.throttled:
        return _busy(made)
    token = base64.b64encode(f"{made.tenant.user}:{made.tenant.password}".encode()).decode()
    if request.headers.get("Authorization") != f"Basic {token}":
        return web.Response(status=401)
    made.asked.append("report")
    shown = made.report if made.report is not None else {"Report_Entry": answers.report(made.tenant)}
    return web.Response(text=json.dumps(shown), content_type="application/json")


def _away(request: web.Request) -> web.Response:
    """No answer ever comes."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def _busy(made: Workday) -> web.Response:
    status, after = made.throttled.pop(0)
    return web.Response(status=status, headers={"Retry-After": after} if after else {})


def _knows(tenant: Tenant, envelope: Any) -> bool:
    token = envelope.find(f"{{{_SOAP}}}Header/{{{_WSSE}}}Security/{{{_WSSE}}}UsernameToken")
    if token is None:
        return False
    password = token.find(f"{{{_WSSE}}}Password")
    named = token.findtext(f"{{{_WSSE}}}Username"), password.text
    return named == (f"{tenant.user}@{tenant.name}", tenant.password) and password.get("Type").endswith("#PasswordText")


def _refusal(message: str, xpath: str) -> web.Response:
    error = element(
        "Validation_Error",
        element("Message", text=message),
        element("Detail_Message", text=message),
        element("Xpath", text=xpath),
    )
    return _fault("SOAP-ENV:Client.validationError", "Validation error occurred.", element("Validation_Fault", error))


def _fault(code: str, text: str, detail: Any = None) -> web.Response:
    fault = etree.Element(f"{{{_SOAP}}}Fault")
    etree.SubElement(fault, "faultcode").text = code
    etree.SubElement(fault, "faultstring").text = text
    if detail is not None:
        etree.SubElement(fault, "detail").append(detail)
    return web.Response(status=500, body=_envelope(fault), content_type="text/xml")


def _envelope(content: Any) -> bytes:
    envelope = etree.Element(f"{{{_SOAP}}}Envelope", nsmap={"SOAP-ENV": _SOAP, "wd": NS})
    etree.SubElement(envelope, f"{{{_SOAP}}}Body").append(content)
    return etree.tostring(envelope, xml_declaration=True, encoding="utf-8")
