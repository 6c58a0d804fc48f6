"""The bands of a connected system beside ours through both doors, with amounts for whoever may see them."""

from pathlib import Path

from tests.connected import KINDS, a_binder
from tests.engines import Engines
from tests.graphql.graph import asked
from tests.rest.connecting import PATH, connect, map_titles
from tests.rest.logbook import logging_to_a_stream
from tests.rest.served import Served, assert_problem, serving
from tests.surfaces.translation import as_graph, everything, object_type

GRADE = {"of": "grade", "ours": "4", "theirs": "IV"}
WHERE = f"{PATH}/band-drift"
KIND = object_type("BandDriftReport")
QUERY = f'{{ connectionBandDrift(connection: "shelf") {everything(KIND)} }}'


async def test_both_doors_tell_the_same_amounts_to_whoever_may_see_them(engines: Engines, tmp_path: Path) -> None:
    with engines.fresh("sqlite-wal", tmp_path) as engine, a_binder() as binder, logging_to_a_stream() as logged:
        async with serving(engine, kinds=KINDS) as served:
            await connect(served, binder)
            await map_titles(served, [GRADE])
            binder.bands = [{"name": "IV", "min": "40001.17", "mid": "44444.44"}, {"name": "IX", "max": "99999.99"}]
            answer = await served.get(WHERE)
            report = answer.json()
            assert (answer.status_code, "no-store" in answer.headers["cache-control"]) == (200, True)
            assert (report["complete"], report["alarms"], report["effective_on"]) == (True, [], "2026-06-15")
            differs, unknown = report["drifts"][:2]
            assert (differs["code"], differs["grade"], differs["currency"]) == ("differs", "4", "EUR")
            assert differs["theirs"] == {
                **{"group": None, "level": "IV", "min": "40001.17", "mid": "44444.44", "max": None}
            }
            ours = (await served.get("/v1/bands?grade=4&zone=berlin")).json()["data"]
            assert [differs["ours"]] == ours and ours[0]["max"] == "49007.31"
            assert (unknown["code"], unknown["theirs"]["max"], unknown["ours"]) == ("not-mapped", "99999.99", None)
            assert report["counts"] == [
                {"code": "differs", "drifts": 1},
                {"code": "not-mapped", "drifts": 1},
                {"code": "not-there", "drifts": len(report["drifts"]) - 2},
            ]
            found = (await asked(served, QUERY))["data"]["connectionBandDrift"]
            assert found == as_graph(report, KIND)
            await _refused(served)
            assert (binder.calls, binder.written) == ([("GET", "/bands")] * 2, [])
            binder.failing = 403
            closed = (await served.get(WHERE)).json()
            assert (closed["complete"], closed["drifts"], closed["counts"]) == (False, [], [])
            assert [(one["code"], one["detail"]) for one in closed["alarms"]] == [
                ("refused-there", "they answered 403")
            ]
        assert not [word for word in ("40001", "44444", "99999", "49007") if word in logged.getvalue()]


async def _refused(served: Served) -> None:
    """Nobody is asked there for whoever may not connect systems, whatever bands they may read."""
    refused = await served.get(WHERE, scopes=("bands:read", "webhooks:manage"))
    assert assert_problem(refused, 403, "missing-scope")["scope"] == "admin"
    (error,) = (await asked(served, QUERY, scopes=("bands:read",)))["errors"]
    assert (error["extensions"]["code"], "40001" in str(error)) == ("missing-scope", False)
    assert_problem(await served.get("/v1/connections/none/band-drift"), 404, "no-such-connection")
