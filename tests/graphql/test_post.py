"""Requests by POST: what is one, what is none, and how each is answered."""

from tests.graphql.served import RESPONSE, Small


async def test_a_query_is_answered_with_its_cost(small: Small) -> None:
    answer = await small.ask("{ allLadders { key title } }")
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "data": {"allLadders": [{"key": "engineering", "title": "Engineering"}]},
        "extensions": {"cost": {"requested": 10, "limit": 5000}},
    }
    assert answer.headers["content-type"] == f"{RESPONSE}; charset=utf-8"
    assert answer.headers["vary"] == "Accept"
    assert answer.headers["cache-control"] == "private, no-store"
