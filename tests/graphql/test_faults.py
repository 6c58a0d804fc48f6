"""Errors say what the caller can mend, and nothing of what happened here or of what was sent."""

import pytest
import structlog

from tests.graphql.served import RESPONSE, Small, refusal
from tests.graphql.small import PAY


async def test_a_refusal_is_told_in_full(small: Small) -> None:
    answer = await small.ask("{ refused caller }")
    assert answer.status_code == 200
    assert answer.json()["data"]["refused"] is None
    assert answer.json()["data"]["caller"].startswith("key:")
    (error,) = answer.json()["errors"]
    assert error == {
        "message": "There is no such step. Use one of the level.",
        "locations": [{"line": 1, "column": 3}],
        "path": ["refused"],
        "extensions": {
            "code": "unknown-step",
            "status": 422,
            "title": "No such step",
            "type": f"{small.url}/problems/unknown-step",
            "request_id": answer.headers["x-request-id"],
            "detail": "There is no such step. Use one of the level.",
            "near": "a",
            "errors": [{"pointer": "/to/step", "detail": "is no step of it", "code": "unknown-step"}],
        },
    }
    surface = await small.ask('{ refused(code: "surface") }')
    assert surface.json()["errors"][0]["extensions"]["code"] == "not-found"


async def test_what_nobody_foresaw_is_masked_and_logged(small: Small) -> None:
    with structlog.testing.capture_logs() as lines:
        for field, data in [
            ("broken", {"broken": None}),
            ("brokenRoot", None),
            ("unserialised", {"unserialised": None}),
        ]:
            answer = await small.ask(f"{{ {field} }}")
            assert (answer.status_code, answer.json()["data"]) == (200, data)
            (error,) = answer.json()["errors"]
            assert error["message"] == "Something went wrong here. Report the request id if it stays so."
            assert error["extensions"]["code"] == "internal-error"
            assert error["extensions"]["request_id"] == answer.headers["x-request-id"]
            assert error["path"] == [field]
            assert PAY not in answer.text and "Error" not in answer.text
    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["graphql field failed"] * 3


async def test_values_are_never_quoted(small: Small) -> None:
    asked = "query A($w: Wanted!, $t: Int = 1) { echo(wanted: $w, times: $t) }"
    fitting = {"level": "ic4", "amount": "1"}
    cases = [
        ({"w": None}, "/variables/w", "'Wanted!'"),
        ({}, "/variables/w", "'Wanted!'"),
        ({"w": 71000}, "/variables/w", "to be an object"),
        ({"w": {"level": 71000, "amount": "1"}}, "/variables/w/level", "'String!'"),
        ({"w": {"level": "x", "amount": f"{PAY} EUR"}}, "/variables/w/amount", "'Decimal!'"),
        ({"w": {**fitting, "on": f"{PAY}-13-41"}}, "/variables/w/on", "'Date'"),
        ({"w": {**fitting, "inner": {**fitting, "level": {"a": PAY}}}}, "/variables/w/inner/level", "'String!'"),
        ({"w": {"amount": PAY}}, "/variables/w", "required field 'level'"),
        ({"w": {**fitting, "levle": PAY}}, "/variables/w", "unknown field 'levle'. Did you mean 'level'?"),
        ({"w": fitting, "t": PAY}, "/variables/t", "'Int'"),
    ]
    for variables, pointer, expected in cases:
        answer = await small.ask(asked, variables)
        error = refusal(answer, "variables-invalid")
        assert error["extensions"]["pointer"] == pointer, variables
        assert expected in error["message"], error
        assert "71000" not in answer.text, answer.text
    for literal in (
        '{level: 71000.55, amount: "1"}',
        f'{{level: "x", amount: "{PAY} EUR"}}',
        f'{{level: "x", amount: "1", on: "{PAY}"}}',
        f'{{level: "x", amount: "{PAY}", levle: 71000.55}}',
        f'"{PAY}"',
        f'{{level: "x" "{PAY}"}}',
    ):
        answer = await small.ask(f"{{ echo(wanted: {literal}) }}")
        refusal(answer, "query-invalid")
        assert "71000" not in answer.text, answer.text


async def test_a_variable_that_is_null_where_nothing_may_be(small: Small) -> None:
    asked = 'query($t: Int, $w: String = "a") { echo(wanted: {level: $w, amount: "1"}, times: $t) }'
    for variables, place in [({"t": None}, "Argument 'times'"), ({"w": None}, "Argument 'wanted'")]:
        answer = await small.ask(asked, variables)
        (error,) = answer.json()["errors"]
        assert (answer.status_code, error["extensions"]["code"]) == (200, "variables-invalid")
        assert error["message"].startswith(place) and error["path"] == ["echo"]


async def test_a_list_that_fails_everywhere_is_logged_ten_times(small: Small) -> None:
    with structlog.testing.capture_logs() as lines:
        answer = await small.ask("{ nodes(ids: [" + '"x" ' * 30 + "]) { failing } }")
    assert len(answer.json()["errors"]) == 30
    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["graphql field failed"] * 10


async def test_what_takes_too_long_is_given_up(small_impatient: Small) -> None:
    answer = await small_impatient.ask("{ never }")
    error = refusal(answer, "query-too-slow", status=503)
    assert "within 0.2 seconds" in error["message"]
    assert (await small_impatient.ask("{ never }", accept="application/json")).status_code == 200
    assert (await small_impatient.ask("{ caller }")).status_code == 200


@pytest.mark.parametrize("accept", [RESPONSE, "application/json"])
async def test_an_error_of_a_field_is_200_in_both_forms(small: Small, accept: str) -> None:
    answer = await small.ask("{ brokenRoot }", accept=accept)
    assert (answer.status_code, answer.json()["data"]) == (200, None)
