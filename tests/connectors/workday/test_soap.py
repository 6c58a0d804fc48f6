"""Messages by the tenant's WSDL, and what is made of hostile documents: no network, no entities, no stray files."""

from pathlib import Path
from typing import Any

import pytest

from service.connectors.sinks import Failed, Postponed
from service.connectors.workday import soap
from service.connectors.workday.client import told_of
from service.connectors.workday.soap import Fault, Garbled, Service, Unfit, ValidationError, service_at
from tests.simulators.workday.wsdl import wsdl_text

ORDER = ("Worker_Reference", "Position_Reference", "Effective_Date", "Change_Job_Detail_Data")


@pytest.fixture
def staffing(tmp_path: Path) -> Service:
    (tmp_path / "Staffing.wsdl").write_text(wsdl_text("Staffing"))
    return service_at(tmp_path / "Staffing.wsdl")


def a_change(**more: Any) -> dict[str, Any]:
    """Its parts in an order that is not the schema's."""
    data = {
        "Change_Job_Detail_Data": {"Reason_Reference": {"ID": [{"_value_1": "T", "type": "WID"}]}},
        "Effective_Date": "2026-10-01",
        "Position_Reference": {"ID": [{"_value_1": "P-1", "type": "Position_ID"}]},
        "Worker_Reference": {"ID": [{"_value_1": "21001", "type": "Employee_ID"}]},
    }
    return {"version": "v26.1", "Change_Job_Data": {**data, **more}}


def test_a_message_has_the_order_of_the_schema_and_the_token_of_the_user(staffing: Service) -> None:
    text = staffing.message("Change_Job", a_change(), user="isu@acme", password="p<&").decode()
    assert [text.index(f"{name}>") for name in ORDER] == sorted(text.index(f"{name}>") for name in ORDER)
    assert "Username>isu@acme<" in text and "#PasswordText" in text and ">p&lt;&amp;<" in text
    assert 'version="v26.1"' in text


def test_what_a_wsdl_does_not_have_is_said_without_what_was_sent(staffing: Service) -> None:
    with pytest.raises(Unfit, match=r"Staffing\.wsdl has no operation Fire_Worker"):
        staffing.message("Fire_Worker", {}, user="u", password="p")
    with pytest.raises(Unfit, match="Hat_Size") as caught:
        staffing.message("Change_Job", a_change(Hat_Size="very-private"), user="u", password="sesame")
    assert "very-private" not in str(caught.value) and "sesame" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no WSDL"),
        ("<html/>", "no WSDL"),
        ('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><x>&a;</x>', "no WSDL"),
        ('<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>', "no WSDL"),
        (
            '<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/">'
            '<w:import namespace="urn:x" location="http://127.0.0.1:9/x.wsdl"/></w:definitions>',
            "no WSDL",
        ),
        (
            '<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/">'
            '<w:import namespace="urn:x" location="../secret.wsdl"/></w:definitions>',
            "does not lie beside it",
        ),
        (
            '<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/">'
            '<w:import namespace="urn:x" location="file:///etc/hostname"/></w:definitions>',
            "does not lie beside it",
        ),
    ],
)
def test_a_hostile_wsdl_is_refused(tmp_path: Path, text: str, said: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "secret.wsdl").write_text(wsdl_text("Staffing"))
    (folder / "x.wsdl").write_text(text)
    with pytest.raises(Unfit, match=said):
        service_at(folder / "x.wsdl")


def test_a_folder_may_be_made_of_links(tmp_path: Path) -> None:
    """As a folder that an orchestrator mounts is."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "Staffing.wsdl").write_text(wsdl_text("Staffing"))
    (tmp_path / "mounted").mkdir()
    (tmp_path / "mounted" / "Staffing.wsdl").symlink_to(tmp_path / "data" / "Staffing.wsdl")
    assert "Change_Job" in service_at(tmp_path / "mounted" / "Staffing.wsdl").operations


def test_a_file_that_is_put_there_anew_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "x.wsdl"
    with pytest.raises(Unfit, match="no file"):
        service_at(path)
    path.write_text(wsdl_text("Integrations"))
    assert "Change_Job" not in service_at(path).operations
    path.write_text(wsdl_text("Staffing"))
    assert "Change_Job" in service_at(path).operations
    assert service_at(path) is service_at(path)


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"<html>busy</html>", "text/html"),
        (b"", "text/xml"),
        (b"not xml", "text/xml"),
        (b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><x>&a;</x>', "text/xml"),
        (b"--b\r\n\r\n<x/>\r\n--b--", "multipart/related; boundary=b; type=text/xml"),
        (b"<x/>", "text/xml"),
        (
            b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><x/></e:Body></e:Envelope>',
            "text/xml",
        ),
    ],
)
def test_a_hostile_answer_is_no_answer(staffing: Service, body: bytes, media_type: str) -> None:
    for status in (200, 500):
        with pytest.raises((Garbled, Fault)):
            staffing.answer("Change_Job", status=status, content=body, media_type=media_type)


@pytest.mark.parametrize(
    ("code", "ours"),
    [
        ("A389", "workday-event-in-progress"),
        ("A421", "workday-event-in-progress"),
        ("A398", "workday-several-positions"),
        ("A394", "workday-before-hire"),
        ("A944", "workday-compensation-review"),
        ("A368", "workday-validation"),
        (None, "workday-validation"),
    ],
)
def test_req_14_a_complaint_holds_the_lane_by_a_code_of_ours(code: str | None, ours: str) -> None:
    error = ValidationError(code=code, place="/Change_Job_Request/Worker_Reference", message="Ada Lovelace is busy")
    told = told_of(Fault("Validation_Fault", (error,)))
    assert isinstance(told, Postponed) and told.code == ours and told.seconds is None
    assert "Ada" not in told.reason and "Ada" not in repr(error)


def test_faults_of_theirs_are_tried_again_and_strangers_are_told_so() -> None:
    assert told_of(Fault("Processing_Fault")) == Failed(status=500, reason="They failed with Processing_Fault.")
    for kind in ("wsse:FailedAuthentication", "SOAP-ENV:Client.authenticationError"):
        told = told_of(Fault(kind))
        assert isinstance(told, Failed) and told.status == 401
    # What is about the message is no outage: it must not stop what others have to be told.
    told = told_of(Fault("SOAP-ENV:Client.validationError"))
    assert isinstance(told, Postponed) and told.code == "workday-validation"


def test_a_place_is_told_without_what_was_in_it() -> None:
    bare = soap._bare("/bsvc:Change_Job_Request/ID[@type='Employee_ID'][text()=\"21001\"]/x = 'Ada'")  # pyright: ignore[reportPrivateUsage]
    assert bare is not None and "21001" not in bare and "Ada" not in bare and "Change_Job_Request" in bare
