"""What is sent: bytes taken over as they are kept, the same at every try, and read by other people's libraries."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from hypothesis import given
from hypothesis import strategies as st

from service.webhooks.forms import (
    CLOUDEVENT,
    CLOUDEVENTS,
    JSON,
    SEQUENCE_DIGITS,
    Forms,
    Origin,
    batch_id_of,
    members,
)
from service.webhooks.subscriptions import Format

HERE = Origin(url="https://dualtrack.example")
TEXT = (
    '{"id":"evt_1","type":"track.switched","timestamp":"2027-01-01T09:00:03.250117Z","sequence":7,'
    '"data":{"employee":{"id":"emp_1","key":"ada"},"job":"primary","change":{"kind":"x","id":"chg_1"},'
    '"amount":100000.10,"huge":12345678901234567890.12345678901234567890,"odd":"\\u00e9 é \\"}{","list":[{"id":"no"}]}}'
)


@dataclass(frozen=True, kw_only=True)
class Told:
    event_id: str = "evt_1"
    subject: str = "employee:emp_1"
    body: str = TEXT


@dataclass(frozen=True, kw_only=True)
class Wanted:
    format: Format = "standard"
    thin: bool = False


CLOUD, THIN, THIN_CLOUD = Wanted(format="cloudevents"), Wanted(thin=True), Wanted(format="cloudevents", thin=True)
DATA = TEXT[TEXT.index('"data":') + 7 : -1]


def test_a_standard_event_is_the_text_that_is_kept() -> None:
    body = Forms(HERE).single(Told(), Wanted())
    assert (body.message_id, body.content_type, body.content) == ("evt_1", JSON, TEXT.encode())


def test_a_cloudevent_has_what_the_event_has_and_its_data_byte_for_byte() -> None:
    body = Forms(HERE).single(Told(), CLOUD)
    assert (body.message_id, body.content_type) == ("evt_1", CLOUDEVENT)
    # Written again, the long number would be another one.
    assert body.content.endswith(b',"data":' + DATA.encode() + b"}")
    shown = json.loads(body.content)
    assert {name: value for name, value in shown.items() if name != "data"} == {
        "specversion": "1.0",
        "id": "evt_1",
        "source": "https://dualtrack.example",
        "type": "track.switched",
        "time": "2027-01-01T09:00:03.250117Z",
        "subject": "employee:emp_1",
        "partitionkey": "employee:emp_1",
        "sequence": "7".zfill(SEQUENCE_DIGITS),
        "recordedtime": "2027-01-01T09:00:03.250117Z",
        "datacontenttype": "application/json",
        "dataschema": "https://dualtrack.example/schemas/events/track.switched.v1.schema.json#/properties/data",
    }


def test_a_thin_event_has_ids_and_a_link_and_nobodys_name() -> None:
    forms = Forms(HERE)
    thin = json.loads(forms.single(Told(), THIN).content)
    assert thin == {
        **{name: value for name, value in json.loads(TEXT).items() if name != "data"},
        "data": {
            "employee": {"id": "emp_1"},
            "change": {"id": "chg_1"},
            "url": "https://dualtrack.example/v1/events/evt_1",
        },
    }
    cloud = json.loads(forms.single(Told(), THIN_CLOUD).content)
    assert cloud["dataref"] == "https://dualtrack.example/v1/events/evt_1"
    assert {"data", "datacontenttype", "dataschema"}.isdisjoint(cloud)
    assert cloud["subject"] == "employee:emp_1"


def test_without_a_public_address_links_are_paths_and_no_schema_is_named() -> None:
    forms = Forms(Origin())
    assert json.loads(forms.single(Told(), THIN).content)["data"]["url"] == "/v1/events/evt_1"
    cloud = json.loads(forms.single(Told(), CLOUD).content)
    assert (cloud["source"], "dataschema" in cloud) == ("urn:dualtrack", False)
    assert (Origin().host, HERE.host, Origin(url="http://a.example:81/b").host) == (
        "dualtrack",
        "dualtrack.example",
        "a.example",
    )


def test_further_members_become_attributes_where_they_can() -> None:
    text = TEXT[:-1] + ',"test":true,"Upper":1,"nested":{"a":1},"none":null,"long_name":"x","specversion":"9"}'
    shown = json.loads(Forms(HERE).single(Told(body=text), CLOUD).content)
    assert shown["test"] is True
    assert {"Upper", "nested", "none", "long_name"}.isdisjoint(shown)
    assert shown["specversion"] == "1.0"


def test_batches_of_both_formats_hold_the_same_bytes_and_have_a_lasting_id() -> None:
    forms = Forms(HERE)
    both = [Told(), Told(event_id="evt_2", body=TEXT.replace("evt_1", "evt_2"))]
    standard, cloud = forms.batch(both, Wanted()), forms.batch(both, CLOUD)
    name = standard.message_id
    assert (standard.content_type, cloud.content_type) == (JSON, CLOUDEVENTS)
    assert name == cloud.message_id == batch_id_of(["evt_1", "evt_2"]) != batch_id_of(["evt_2", "evt_1"])
    events = ",".join(one.body for one in both)
    assert standard.content.decode() == f'{{"type":"batch","id":"{name}","events":[{events}]}}'
    singles = b",".join(forms.single(one, CLOUD).content for one in both)
    assert cloud.content == b"[" + singles + b"]"
    assert forms.batch(both, THIN_CLOUD).content == forms.batch(both, THIN_CLOUD).content
    assert [one["dataref"][-5:] for one in json.loads(forms.batch(both, THIN_CLOUD).content)] == ["evt_1", "evt_2"]


@pytest.mark.parametrize("wanted", [CLOUD, THIN_CLOUD])
def test_the_cloudevents_library_reads_what_is_sent(wanted: Wanted) -> None:
    body = Forms(HERE).single(Told(), wanted)
    message = HTTPMessage(headers={"content-type": body.content_type}, body=body.content)
    event = from_http_event(message)
    assert (event.get_id(), event.get_source(), event.get_type()) == ("evt_1", HERE.url, "track.switched")
    assert (event.get_subject(), event.get_extension("partitionkey")) == ("employee:emp_1", "employee:emp_1")
    assert event.get_extension("sequence") == "7".zfill(SEQUENCE_DIGITS)
    assert (event.get_data() is None) is wanted.thin


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(value=st.dictionaries(st.text(max_size=8), VALUES, max_size=5), indent=st.sampled_from([None, 0, 2]))
def test_members_are_cut_out_exactly(value: dict[str, Any], indent: int | None) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=indent is None)
    found = members(text)
    assert {name: json.loads(part) for name, part in found.items()} == value
    assert all(part in text for part in found.values())


@pytest.mark.parametrize("text", ["", "[]", "1", '{"a"}', '{"a":1', '{"a":1}x', '{"a":1 "b":2}', "{1:2}", "nul"])
def test_what_is_no_object_is_not_guessed_at(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the library's own and ours are both of this kind
        members(text)
