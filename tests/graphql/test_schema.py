"""The schema as it is published: whole, described, and nothing of it by chance."""

from functools import cache

from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    validate_schema,
)

from service.graphql.schema import schema
from service.graphql.sdl import sdl
from tests.house.sources import ROOT

BUILT_IN = {"String", "Int", "Float", "Boolean", "ID"}


@cache
def core() -> GraphQLSchema:
    """The schema as whoever reads its text has it."""
    return build_schema(sdl(schema).decode())


def ours() -> list[GraphQLNamedType]:
    return [kind for name, kind in core().type_map.items() if not name.startswith("__")]


def described(kind: GraphQLNamedType) -> list[tuple[str, str | None]]:
    """Each thing of a type that can be described, and its description."""
    found = [(kind.name, kind.description)]
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        for name, field in kind.fields.items():
            found.append((f"{kind.name}.{name}", field.description))
            found += [(f"{kind.name}.{name}({given})", one.description) for given, one in field.args.items()]
    if isinstance(kind, GraphQLInputObjectType):
        found += [(f"{kind.name}.{name}", field.description) for name, field in kind.fields.items()]
    return found


def test_it_is_valid_and_committed_as_it_is() -> None:
    assert validate_schema(core()) == []
    assert (ROOT / "schemas" / "schema.graphql").read_bytes() == sdl(schema)


def test_everything_is_described() -> None:
    places = [place for kind in ours() if kind.name not in BUILT_IN for place in described(kind)]
    assert len(places) > 900
    assert [where for where, said in places if not said or not said.rstrip().endswith((".", ")", "…"))] == []


def test_money_is_never_a_float() -> None:
    floats = [
        f"{kind.name}.{name}"
        for kind in ours()
        if isinstance(kind, GraphQLObjectType)
        for name, field in kind.fields.items()
        if "Float" in str(field.type)
    ]
    # Requests and seconds, not money.
    kinds = ("Endpoint", "EndpointRecord", "ResumedEndpoint")
    assert floats == [f"{kind}.{name}" for kind in kinds for name in ("rate", "retrySchedule")]


def test_every_root_read_can_be_null_and_every_write_takes_how_to_do_it() -> None:
    made = core()
    assert made.query_type and made.mutation_type
    never_null = {name for name, field in made.query_type.fields.items() if str(field.type).endswith("!")}
    assert never_null == {"nodes"}
    for name, field in made.mutation_type.fields.items():
        given = made.type_map[str(field.args["input"].type).rstrip("!")]
        assert isinstance(given, GraphQLInputObjectType)
        assert {"dryRun", "idempotencyKey"} <= set(given.fields), name
        # What is made is based on nothing, keys and secrets are only ever made and revoked, a batch is in one state at
        # a time, trying and reading what is connected changes nothing of it, and whoever stops an endpoint means it as
        # it is. So does whoever does something about what was sent.
        alone = ("create", "revoke", "rotate", "test", "pause", "resume", "expunge", "check", "sync")
        unguarded = name.startswith(alone) or any(
            part in name for part in ("Batch", "Replay", "Delivery", "Reconciliation")
        )
        assert ("ifMatch" in given.fields) == (not unguarded), name


def test_dated_reads_take_both_times() -> None:
    queries = core().query_type
    assert queries
    undated = {name for name, field in queries.fields.items() if "knownAt" not in field.args}
    # A difference takes two of each.
    assert {"fromKnownAt", "toKnownAt", "fromEffectiveOn", "toEffectiveOn"} <= set(queries.fields["diff"].args)
    undated.discard("diff")
    # What is kept without history, and what has one answer for ever.
    assert undated == {
        *("node", "nodes", "change", "endpoint", "endpoints", "delivery", "key", "keys", "event", "events"),
        *("changeBatch", "changeBatches", "replay", "replays", "deliveries", "reconciliation", "reconciliations"),
        *("connection", "connections", "connectionLinks", "connectionMapping", "connectionSync"),
        # Their bands have no history: they are held against those of today.
        "connectionBandDrift",
    }
