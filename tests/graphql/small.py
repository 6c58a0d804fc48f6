"""A small schema that shows every behaviour of the transport, with a resolver for each way to fail."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import date
from decimal import Decimal

import strawberry
from strawberry.types import Info

from service.domain.refusals import FieldError, Invalid
from service.graphql.context import Ask
from service.problems import SurfaceProblem

PAY = "71000.55"


@strawberry.type
class Level:
    key: str
    title: str

    @strawberry.field
    def ladder(self) -> "Ladder":
        return Ladder(key="engineering", title="Engineering")


@strawberry.type
class Ladder:
    key: str
    title: str

    @strawberry.field
    def failing(self) -> str | None:
        raise ValueError(f"a row with {PAY}")

    @strawberry.field
    def levels(self) -> list[Level]:
        return [Level(key="ic4", title="Senior"), Level(key="ic5", title="Staff")]


@strawberry.type
class Edge:
    node: Ladder
    cursor: str


@strawberry.type
class Page:
    edges: list[Edge]


@strawberry.input
class Wanted:
    level: str
    amount: Decimal
    on: date | None = None
    inner: "Wanted | None" = None


@strawberry.type
class Query:
    @strawberry.field
    def ladders(self, first: int | None = 50) -> Page:
        return Page(edges=[Edge(node=Ladder(key="engineering", title="Engineering"), cursor="1")])

    @strawberry.field
    def nodes(self, ids: list[strawberry.ID]) -> list[Ladder]:
        return [Ladder(key=one, title=one) for one in ids]

    @strawberry.field
    def all_ladders(self) -> list[Ladder]:
        return [Ladder(key="engineering", title="Engineering")]

    @strawberry.field
    async def caller(self, info: Info[Ask, None]) -> str:
        return info.context.actor.id

    @strawberry.field
    def echo(self, wanted: Wanted, times: int = 1) -> str:
        return wanted.level * times

    @strawberry.field
    def refused(self, code: str = "unknown-step") -> str | None:
        if code == "surface":
            raise SurfaceProblem("not-found", "Nothing is here. Look elsewhere.")
        place = FieldError(pointer="/to/step", detail="is no step of it", code="unknown-step")
        told = "There is no such step. Use one of the level."
        raise Invalid("unknown-step", told, errors=(place,), extra={"near": "a"})

    @strawberry.field
    def broken(self) -> str | None:
        raise ValueError(f"a row with {PAY}")

    @strawberry.field
    def broken_root(self) -> str:
        raise ValueError(f"a row with {PAY}")

    @strawberry.field
    def unserialised(self) -> int | None:
        return PAY  # pyright: ignore[reportReturnType] - what a fault of ours would do

    @strawberry.field
    async def never(self) -> str | None:
        await asyncio.Event().wait()
        return "never"


@strawberry.type
class Mutation:
    @strawberry.mutation
    def rename(self, info: Info[Ask, None], title: str) -> str:
        return title


OPENED: list[str] = []
CLOSED: list[str] = []


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def counting(self, info: Info[Ask, None], upto: int, name: str = "counting") -> AsyncGenerator[int]:
        OPENED.append(name)
        try:
            for number in range(upto):
                yield number
        finally:
            CLOSED.append(name)

    @strawberry.subscription
    async def waiting(self, name: str) -> AsyncGenerator[int]:
        OPENED.append(name)
        try:
            yield 1
            await asyncio.Event().wait()
        finally:
            CLOSED.append(name)

    @strawberry.subscription
    async def breaking(self) -> AsyncGenerator[int]:
        yield 1
        raise ValueError(f"a row with {PAY}")

    @strawberry.subscription
    async def refusing(self) -> AsyncGenerator[int]:
        raise Invalid("unknown-step", "There is no such step. Use one of the level.")
        yield 1


schema = strawberry.Schema(query=Query, mutation=Mutation, subscription=Subscription)
