"""The contracts of the simulated tenant: its outlines rendered as WSDL, and as the schema it checks requests with."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from textwrap import dedent
from typing import Any

from tests.simulators.workday.outlines import OUTLINES

etree: Any = import_module("lxml.etree")


NS = "urn:com.workday/bsvc"
_NAMED = {"ref": "wd:ObjectType", "extid": "wd:IDType"}
_PLAIN = {"string", "boolean", "date", "dateTime", "decimal"}


@cache
def operations(service: str) -> Mapping[str, tuple[str, str]]:
    """Of each operation the names of the elements it takes and gives."""
    found: dict[str, tuple[str, str]] = {}
    for name, outline in OUTLINES[service].items():
        tops = [line.split()[0] for line in outline.splitlines() if line and not line.startswith(" ")]
        found[name] = (tops[0], tops[1])
    return found


@cache
def schema_text(service: str) -> str:
    """Everything the service takes and gives, as one schema."""
    tops: dict[str, str] = {}
    for outline in OUTLINES[service].values():
        lines = [line for line in outline.splitlines() if line.strip()]
        for top in _elements(lines, top=True):
            tops[top[0]] = top[1]
    return dedent(f"""\
        <xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:wd="{NS}" targetNamespace="{NS}"
          elementFormDefault="qualified" attributeFormDefault="qualified">
        <xsd:complexType name="ObjectType"><xsd:sequence>
        <xsd:element name="ID" minOccurs="0" maxOccurs="unbounded"><xsd:complexType><xsd:simpleContent>
        <xsd:extension base="xsd:string"><xsd:attribute name="type" type="xsd:string" use="required"/>
        </xsd:extension></xsd:simpleContent></xsd:complexType></xsd:element>
        </xsd:sequence><xsd:attribute name="Descriptor" type="xsd:string"/></xsd:complexType>
        <xsd:complexType name="IDType"><xsd:simpleContent><xsd:extension base="xsd:string">
        <xsd:attribute name="System_ID" type="xsd:string"/></xsd:extension></xsd:simpleContent></xsd:complexType>
        <xsd:element name="Validation_Fault"><xsd:complexType><xsd:sequence>
        <xsd:element name="Validation_Error" minOccurs="0" maxOccurs="unbounded"><xsd:complexType><xsd:sequence>
        <xsd:element name="Message" type="xsd:string" minOccurs="0"/>
        <xsd:element name="Detail_Message" type="xsd:string" minOccurs="0"/>
        <xsd:element name="Xpath" type="xsd:string" minOccurs="0"/>
        </xsd:sequence></xsd:complexType></xsd:element></xsd:sequence></xsd:complexType></xsd:element>
        {"".join(tops.values())}
        </xsd:schema>""")


@cache
def schema(service: str) -> Any:
    """What the tenant checks requests with."""
    return etree.XMLSchema(etree.fromstring(schema_text(service)))


@cache
def wsdl_text(service: str) -> str:
    """As the tenant gives it out under ?wsdl. Its address is relative."""
    messages, ports, bindings = [], [], []
    for name, (asked, given) in operations(service).items():
        messages.append(
            f'<wsdl:message name="{name}In"><wsdl:part name="body" element="wd:{asked}"/></wsdl:message>'
            f'<wsdl:message name="{name}Out"><wsdl:part name="body" element="wd:{given}"/></wsdl:message>'
        )
        ports.append(
            f'<wsdl:operation name="{name}"><wsdl:input message="wd:{name}In"/>'
            f'<wsdl:output message="wd:{name}Out"/></wsdl:operation>'
        )
        bindings.append(
            f'<wsdl:operation name="{name}"><soap:operation soapAction="" style="document"/>'
            '<wsdl:input><soap:body use="literal"/></wsdl:input>'
            '<wsdl:output><soap:body use="literal"/></wsdl:output></wsdl:operation>'
        )
    return (
        f'<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:wd="{NS}" '
        f'xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" targetNamespace="{NS}" name="{service}">'
        f"<wsdl:types>{schema_text(service)}</wsdl:types>{''.join(messages)}"
        f'<wsdl:portType name="{service}Port">{"".join(ports)}</wsdl:portType>'
        f'<wsdl:binding name="{service}Binding" type="wd:{service}Port">'
        f'<soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>{"".join(bindings)}</wsdl:binding>'
        f'<wsdl:service name="{service}Service"><wsdl:port name="{service}" binding="wd:{service}Binding">'
        f'<soap:address location="{service}"/></wsdl:port></wsdl:service></wsdl:definitions>'
    )


def _elements(lines: list[str], *, top: bool = False) -> Iterator[tuple[str, str]]:
    """(name, XSD) of each element of an outline."""
    at = 0
    while at < len(lines):
        indent = _depth(lines[at])
        end = next((n for n in range(at + 1, len(lines)) if _depth(lines[n]) <= indent), len(lines))
        name, xsd = _element(lines[at], lines[at + 1 : end], top=top)
        yield name, xsd
        at = end


def _element(line: str, inner: list[str], *, top: bool) -> tuple[str, str]:
    name, *kinds = line.split()
    bare = name.rstrip("?*")
    least = "" if top or name == bare else ' minOccurs="0"'
    most = ' maxOccurs="unbounded"' if name.endswith("*") else ""
    kind = next((one for one in kinds if not one.startswith("@")), None)
    if kind is not None:
        of = _NAMED.get(kind) or f"xsd:{kind}"
        assert kind in _NAMED or kind in _PLAIN, line
        return bare, f'<xsd:element name="{bare}" type="{of}"{least}{most}/>'
    attributes = [one[1:] for one in kinds] + (["version"] if top else [])
    written = "".join(
        f'<xsd:attribute name="{one}" type="xsd:{"string" if one == "version" else "boolean"}"/>' for one in attributes
    )
    children = "".join(xsd for _, xsd in _elements(inner))
    body = f"<xsd:complexType><xsd:sequence>{children}</xsd:sequence>{written}</xsd:complexType>"
    return bare, f'<xsd:element name="{bare}"{least}{most}>{body}</xsd:element>'


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())
