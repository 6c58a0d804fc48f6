"""Who signed a message of BambooHR's, when, and whom it is about."""

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from service.connectors.bamboohr.messages import WINDOW_SECONDS, Unreadable, people_in, verdict

BODY = b'{"type":"employee.updated"}'
AT = 1_790_000_000
SIGNATURE = "413b6a611ff8b07e41d8e55b2d4da538e3512847f87adb4feed49d24477573c1"


def signed(body: bytes = BODY, *, key: str = "demo-key", at: str = str(AT)) -> dict[str, str]:
    made = hmac.new(key.encode(), body + at.encode(), hashlib.sha256).hexdigest()
    return {"x-bamboohr-signature": made, "x-bamboohr-timestamp": at}


def test_req_18_signatures_are_over_the_bytes_as_they_came() -> None:
    good = signed()
    assert good["x-bamboohr-signature"] == SIGNATURE
    for headers, body, keys, now, expected in (
        (good, BODY, ["demo-key"], AT, "good"),
        # Two keys are good while one is put in the other's place, whichever comes first.
        (good, BODY, ["new", "demo-key"], AT, "good"),
        (signed(key="new"), BODY, ["new", "demo-key"], AT, "good"),
        (good, BODY, ["new"], AT, "wrong"),
        (good, BODY, [], AT, "wrong"),
        (good, BODY.replace(b":", b": "), ["demo-key"], AT, "wrong"),
        # The last retry comes 155 minutes later.
        (good, BODY, ["demo-key"], AT + 155 * 60, "good"),
        (good, BODY, ["demo-key"], AT + WINDOW_SECONDS, "good"),
        (good, BODY, ["demo-key"], AT + WINDOW_SECONDS + 1, "stale"),
        (good, BODY, ["demo-key"], AT - WINDOW_SECONDS - 1, "stale"),
        # What is not signed is wrong, and not old.
        (good, b"{}", ["demo-key"], AT + WINDOW_SECONDS + 1, "wrong"),
        ({**good, "x-bamboohr-timestamp": str(AT + 1)}, BODY, ["demo-key"], AT, "wrong"),
        (signed(at="soon"), BODY, ["demo-key"], AT, "wrong"),
        (signed(at="1" * 400), BODY, ["demo-key"], AT, "wrong"),
        ({**good, "x-bamboohr-signature": "é" * 64}, BODY, ["demo-key"], AT, "wrong"),
        ({"x-bamboohr-timestamp": str(AT)}, BODY, ["demo-key"], AT, "wrong"),
        ({"x-bamboohr-signature": SIGNATURE}, BODY, ["demo-key"], AT, "wrong"),
    ):
        assert verdict(body, headers, keys, now_seconds=now) == expected, (headers, body, keys, now)
    # Key, body and time are not told apart by anything else: a body that ends with digits is another one's.
    other = signed(BODY + b"17", at="90000000")
    assert other["x-bamboohr-signature"] == SIGNATURE
    assert verdict(BODY + b"17", other, ["demo-key"], now_seconds=AT) == "stale"


def form(document: Any) -> bytes:
    return urlencode(document).encode()


def test_both_families_in_both_formats() -> None:
    json_type, form_type = "application/json", "application/x-www-form-urlencoded; charset=utf-8"
    new = {"type": "employee.updated", "data": {"companyId": "1", "employeeId": "4711", "changedFields": ["jobTitle"]}}
    old = {"employees": [{"id": "4711", "action": "Updated"}, {"id": 4712}, {"id": "4711"}]}
    many = [("employees[0][id]", "4711"), ("employees[0][fields][id]", "9"), ("employees[1][id]", "4712")]
    for raw, media, expected in (
        (json.dumps(new).encode(), json_type, ("4711",)),
        (json.dumps(old).encode(), "", ("4711", "4712")),
        (form([("type", "employee.updated"), ("data[employeeId]", "4711")]), form_type, ("4711",)),
        (form(many), form_type, ("4711", "4712")),
    ):
        assert people_in(raw, media) == expected
    for raw, media in (
        (b"", json_type),
        (b"[1]", json_type),
        (b"[" * 100_000, json_type),
        (b'{"data":{"employeeId":true}}', json_type),
        (b'{"data":{"employeeId":"../../meta"}}', json_type),
        (b'{"employees":{"id":"1"}}', json_type),
        (json.dumps({"employees": [{"id": str(one)} for one in range(1_001)]}).encode(), json_type),
        (b"data%5BemployeeId%5D=%2e%2e", form_type),
        (b"&".join([b"a=1"] * 20_001), form_type),
        ("data[employeeId]=4711é".encode(), form_type),
    ):
        with pytest.raises(Unreadable):
            people_in(raw, media)
