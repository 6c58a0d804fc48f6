"""Elements of the simulated tenant's messages, written and read."""

from datetime import UTC, date, datetime
from importlib import import_module
from typing import Any

from tests.simulators.workday.wsdl import NS

etree: Any = import_module("lxml.etree")
Made = Any
"""An element."""


def element(name: str, *children: Made | None, text: str | None = None) -> Made:
    made = etree.Element(f"{{{NS}}}{name}", nsmap={"wd": NS})
    made.text = text
    made.extend([one for one in children if one is not None])
    return made


def ref(name: str, descriptor: str | None = None, /, **ids: str | None) -> Made:
    """An object named by ids."""
    made = element(name)
    if descriptor:
        made.set(f"{{{NS}}}Descriptor", descriptor)
    for kind, value in ids.items():
        if value:
            one = element("ID", text=value)
            one.set(f"{{{NS}}}type", kind)
            made.append(one)
    return made


def at(element: Made, name: str) -> Made:
    found = element.find(f"{{*}}{name}")
    assert found is not None, name
    return found


def id_of(reference: Made | None, kind: str) -> str | None:
    if reference is None:
        return None
    return next((one.text for one in reference.iterfind("{*}ID") if one.get(f"{{{NS}}}type") == kind), None)


def text_of(element: Made, name: str) -> str:
    return element.findtext(f"{{*}}{name}") or ""


def day_of(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None


def moment_of(text: str | None) -> datetime | None:
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
