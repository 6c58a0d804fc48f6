"""Every use case has a door on both surfaces, or a reason why not."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.house.sources import python_files, relative, tree

REASONS = {
    "changes.activate_due": "the clock's own act: it falls due, nobody asks for it",
    "changes.employees_due": "the clock's own question",
    "map_days.maps_due": "the clock's own question",
    "map_days.people_to_tell": "the clock's own question",
    "map_days.tell_of_map": "the clock's own act: the day of a level map comes, nobody asks for it",
    "map_days.tick_off": "the clock's own note that it has",
    "connection_turns.connections_due": "the clock's own question",
    "connection_turns.take_turn": "of whoever reads a connection: it is asked for by reading it",
    "connection_turns.keep_turn": "of whoever reads a connection",
    "connection_turns.end_turn": "of whoever reads a connection",
    "intake_people.known_people": "of whoever reads a connection",
    "batch_work.advance_batch": "the clock's own work on what somebody had applied",
    "batch_work.batches_to_apply": "the clock's own question",
    "system.keep_house": "the clock's own upkeep",
    **dict.fromkeys(
        (
            *(
                f"connection_work.{name}"
                for name in (
                    "cursor_of",
                    "forget_link",
                    "ids_now",
                    "keep_cursor",
                    "keep_link",
                    "leave_links",
                    "links_of",
                    "owed_from",
                    "settle",
                )
            ),
            *("connection_work.once", "connection_work.was_seen", "connection_mappings.mapping_in_use"),
            "connection_syncs.note_sync",
            *(f"connection_loads.{name}" for name in ("is_approved_first", "note_load", "noted_load")),
        ),
        "a connector's own work on what somebody had connected",
    ),
    **dict.fromkeys(
        (f"open_connections.{name}" for name in ("open_connection", "reopen_connection", "renew_credentials")),
        "for connectors alone: what it answers, or is given, holds secrets",
    ),
    "connections.read_connection": "what a connector asks; whoever asks by request is told how it is doing, too",
    "system.readiness": "asked by whatever runs the service, which speaks plain HTTP: /readyz",
    "definitions.apply_definitions": "the same act on a folder read from files, which are with the command line",
}
ONLY = {
    "assignment_bytes.assignment_bytes": "rest: the answer of read_assignment as bytes, where it is asked most",
    "assignment_bytes.assignments_bytes": "rest: the answer of list_assignments as bytes, in the order of people",
    "held_rows.listed_at_once": "what list_assignments tries first",
    "expansions.with_assignments": "rest: `expand`; GraphQL leads from a person to the assignment",
    "levels.expand_ladder": "rest: `expand`; GraphQL leads from a ladder to its levels",
    "events.await_events": "rest: `wait`, for callers that cannot keep a stream; GraphQL has the subscription",
    "employees.read_employees": "graphql: many people at once is what a list in REST is",
    "assignments.read_assignments": "graphql: REST lists assignments instead",
    "recorded_changes.read_changes": "graphql: by `nodes`; REST reads one",
    "endpoints.read_endpoints": "graphql: by `nodes`; REST lists them",
    "endpoint_secrets.read_secrets": "graphql: of many endpoints at once",
    "endpoint_secrets.list_secrets": "rest: GraphQL reads those of many endpoints at once",
    "deliveries.read_attempts": "graphql: of many deliveries at once",
    "deliveries.list_attempts": "rest: GraphQL reads those of many deliveries at once",
    "levels.read_levels": "graphql: REST reads the ladder, which holds them",
    "endpoint_health.read_health": "rest: GraphQL reads that of many endpoints at once",
    "endpoint_health.read_healths": "graphql: of many endpoints at once",
    "measures.read_measures": "rest: asked by whatever watches the service, in a form of its own: /metrics",
}
"""Use cases in the plural that one surface needs and the other has in another form."""


def part(folder: str) -> list[Path]:
    return [path for path in python_files("service") if relative(path).startswith(f"service/{folder}/")]


def use_cases() -> Iterator[str]:
    """`noun.name` of each public function that works for an actor or for the clock."""
    for path in part("usecases"):
        for node in tree(path).body:
            if isinstance(node, ast.AsyncFunctionDef) and not node.name.startswith("_"):
                first = [given.arg for given in node.args.args][:1]
                if first == ["runtime"] and path.stem not in {"act", "reading", "batch_reports", "batch_crowd"}:
                    yield f"{path.stem}.{node.name}"


@cache
def doors(surface: str) -> set[str]:
    """`noun.name` of each use case that the surface's code names."""
    found: set[str] = set()
    for node in (node for path in part(surface) for node in ast.walk(tree(path))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found.add(f"{node.value.id}.{node.attr}")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("service.usecases."):
            found |= {f"{(node.module or '').rpartition('.')[2]}.{name.name}" for name in node.names}
    return found


ALL = sorted(use_cases())


def test_there_are_use_cases_and_no_reason_is_left_over() -> None:
    assert len(ALL) > 30
    assert set(REASONS) | set(ONLY) <= set(ALL)


def expected(name: str) -> tuple[bool, bool]:
    """Whether it has a door in REST, and one in GraphQL."""
    if name in ONLY:
        surface = ONLY[name].partition(":")[0]
        return surface == "rest", surface == "graphql"
    return (name == "system.readiness", False) if name in REASONS else (True, True)


def test_each_has_both_doors_or_a_reason() -> None:
    found = {name: (name in doors("rest"), name in doors("graphql")) for name in ALL}
    assert found == {name: expected(name) for name in ALL}
