"""The schema as it is published: whole, described, and nothing of it by chance."""

from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    build_schema,
    validate_schema,
)

from service.graphql.schema import schema
from service.graphql.sdl import sdl
from tests.house.sources import ROOT

CORE = build_schema(sdl(schema).decode())
OURS = [kind for name, kind in CORE.type_map.items() if not name.startswith("__")]
BUILT_IN = {"String", "Int", "Float", "Boolean", "ID"}


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
    assert validate_schema(CORE) == []
    assert (ROOT / "schemas" / "schema.graphql").read_bytes() == sdl(schema)


def test_everything_is_described() -> None:
    places = [place for kind in OURS if kind.name not in BUILT_IN for place in described(kind)]
    assert len(places) > 900
    assert [where for where, said in places if not said or not said.rstrip().endswith((".", ")", "…"))] == []


def test_money_is_never_a_float() -> None:
    floats = [
        f"{kind.name}.{name}"
        for kind in OURS
        if isinstance(kind, GraphQLObjectType)
        for name, field in kind.fields.items()
        if "Float" in str(field.type)
    ]
    assert floats == []


def test_every_root_read_can_be_null_and_every_write_takes_how_to_do_it() -> None:
    assert CORE.query_type and CORE.mutation_type
    never_null = {name for name, field in CORE.query_type.fields.items() if str(field.type).endswith("!")}
    assert never_null == {"nodes"}
    for name, field in CORE.mutation_type.fields.items():
        given = CORE.type_map[str(field.args["input"].type).rstrip("!")]
        assert isinstance(given, GraphQLInputObjectType)
        assert {"dryRun", "idempotencyKey"} <= set(given.fields), name
        # What is made is based on nothing, a key is only ever made and revoked, and a batch is in one state at a time.
        # So is what was sent.
        of_state = ("Batch", "Replay", "Delivery", "expunge")
        unguarded = name.startswith(("create", "revoke")) or any(part in name for part in of_state)
        assert ("ifMatch" in given.fields) == (not unguarded), name


def test_dated_reads_take_both_times() -> None:
    assert CORE.query_type
    undated = {name for name, field in CORE.query_type.fields.items() if "knownAt" not in field.args}
    # A difference takes two of each.
    assert {"fromKnownAt", "toKnownAt", "fromEffectiveOn", "toEffectiveOn"} <= set(CORE.query_type.fields["diff"].args)
    undated.discard("diff")
    # What is kept without history, and what has one answer for ever.
    assert undated == {
        *("node", "nodes", "change", "endpoint", "endpoints", "delivery", "key", "keys", "events"),
        *("changeBatch", "changeBatches", "replay", "replays", "deliveries"),
    }
