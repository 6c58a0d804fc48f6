"""GraphQL over HTTP: what comes in by POST and GET, what goes out, and under which status.

Whoever sends something that is no request of GraphQL is answered as everywhere, with a problem document. Once it is
one, the answer is GraphQL's own: data and errors.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, Protocol

import orjson
import strawberry
import structlog
from fastapi import APIRouter, Request, Response
from graphql import GraphQLError, OperationType

from service.auth import StillThere, authenticated
from service.domain.access import Actor, Scope, require
from service.graphql import media, playground
from service.graphql.context import Ask
from service.graphql.documents import Document, Documents, Operation
from service.graphql.faults import Json, RequestError, field_error, refused, told
from service.graphql.questions import Question, from_body, from_query, refuse_other_media
from service.graphql.running import MOST_SECONDS, Runner
from service.graphql.sdl import sdl
from service.graphql.trusted import TrustedDocuments
from service.logs import request_id
from service.problems import PROBLEMS, SurfaceProblem
from service.streams import EventStream, Streams
from service.usecases.published import MARK

REQUEST_ERROR_STATUS = 400
"""Under the response type of GraphQL. The draft of 2026 wants 422 for what parses and is not valid; callers and the
audit of graphql-http still want 400."""
PRIVATE = "private, no-store"
_LOG = structlog.get_logger("dualtrack.graphql")
_LONG_BODY = 64 * 1024
_COMPLETE = b"event: complete\ndata:\n\n"


class FinishedAnswers(Protocol):
    """Answers that may be given again to whoever asks the same. Bodies are whole answers without errors."""

    async def key(self, document: Document, operation: Operation, variables: Mapping[str, Any], ask: Ask) -> Any | None:
        """What tells this answer from all others, the caller's rights included. None: it is not to be kept."""
        ...

    def get(self, key: Any) -> bytes | None: ...

    def put(self, key: Any, body: bytes) -> None: ...


def router(
    schema: strawberry.Schema,
    *,
    production: bool,
    trusted: TrustedDocuments,
    streams: Streams,
    finished: FinishedAnswers | None = None,
    lengths: Mapping[str, int] | None = None,
    seconds: float = MOST_SECONDS,
) -> APIRouter:
    """/graphql and /graphql/schema.graphql, whose routes go to an application whose state has the office."""
    surface = Surface(
        schema,
        production=production,
        trusted=trusted,
        streams=streams,
        finished=finished,
        lengths=lengths or {},
        seconds=seconds,
    )
    made = APIRouter(include_in_schema=False)
    made.add_route("/graphql", surface.answer, methods=["GET", "POST"])
    made.add_route("/graphql/schema.graphql", surface.sdl, methods=["GET"])
    if not production:
        made.routes += playground.router.routes
    return made


class Surface:
    """One schema on the wire; see `router`."""

    path = path_format = "/graphql"
    """How logs and traces name it."""

    def __init__(
        self,
        schema: strawberry.Schema,
        *,
        production: bool,
        trusted: TrustedDocuments,
        streams: Streams,
        finished: FinishedAnswers | None,
        lengths: Mapping[str, int],
        seconds: float,
    ) -> None:
        self._runner = Runner(schema, suggest=not production, seconds=seconds)
        self._documents = Documents(self._runner.core, suggest=not production, lengths=lengths)
        self._sdl = sdl(schema)
        self._production = production
        self._trusted = trusted
        self._streams = streams
        self._finished = finished

    async def sdl(self, request: Request) -> Response:
        """The schema in its own language: for everybody in development, else for administrators."""
        if self._production:
            require(await authenticated(request), Scope.ADMIN)
        return _tagged(request, Response(self._sdl, media_type="text/plain", headers={"Cache-Control": PRIVATE}))

    async def answer(self, request: Request) -> Response:
        """Whoever is nobody learns nothing, not even whether what was sent could be read."""
        request.scope["route"] = self
        if not self._production and playground.is_asked_for(request):
            return playground.page(request)
        actor = await authenticated(request)
        if request.method == "POST":
            refuse_other_media(request)
        accepted = media.chosen(",".join(request.headers.getlist("accept")))
        question = await _question(request)
        ask = Ask(
            office=request.app.state.office,
            connecting=request.app.state.connecting,
            actor=actor,
            base=str(request.base_url).rstrip("/"),
            request_id=request_id.get(),
            cost=0,
            deadline=asyncio.get_running_loop().time() + self._runner.seconds,
        )
        try:
            document = await self._document(question, actor)
            operation = document.operation(question.operation_name)
            self._refuse_unfit(request, operation, accepted, actor)
            ask.cost = document.cost_of(operation, question.variables)
            request.state.cost = ask.cost
            if accepted == media.EVENTS:
                return await self._stream(request, document, operation, question, ask)
            body, lasts = await self._body(document, operation, question, ask)
        except RequestError as error:
            return _request_error(error, accepted, ask)
        made = Response(body, headers=_headers(accepted))
        # What is noted about a document is noted each time it is asked for.
        if lasts and self._trusted.mode != "prefer" and hasattr(request.state, MARK):
            # Whoever keeps it needs the whole of it, and compares tags for everybody.
            setattr(request.state, MARK, True)
            return _with_tag(request, made)
        return _tagged(request, made) if operation.kind is OperationType.QUERY else made

    async def _document(self, question: Question, actor: Actor) -> Document:
        text = self._trusted.text(question.document_id, question.query)
        document = await self._documents.read(text)
        if self._trusted.mode == "prefer" and not self._trusted.lists(text):
            _LOG.warning("a document is not listed", actor=actor.id, reason=f"sha256:{document.digest}")
        return document

    def _refuse_unfit(self, request: Request, operation: Operation, accepted: str, actor: Actor) -> None:
        """Operations that this request cannot carry. Raises SurfaceProblem or RequestError."""
        if request.method != "POST" and operation.kind is OperationType.MUTATION:
            raise SurfaceProblem(
                "method-not-allowed", "A mutation is sent by POST: GET changes nothing.", headers={"Allow": "POST"}
            )
        if operation.kind is OperationType.SUBSCRIPTION and accepted != media.EVENTS:
            raise SurfaceProblem(
                "not-acceptable", f"A subscription is answered as events. Send Accept: {media.EVENTS}."
            )
        if operation.introspects and self._production and not actor.may(Scope.ADMIN):
            raise refused(
                "missing-scope",
                f"Introspection needs the scope {Scope.ADMIN.value} here. Use a key that has it.",
                scope=Scope.ADMIN.value,
            )

    async def _body(self, document: Document, operation: Operation, question: Question, ask: Ask) -> tuple[bytes, bool]:
        """The answer, and whether it lasts as long as what is published does."""
        keeper = self._finished if operation.kind is OperationType.QUERY else None
        key = await keeper.key(document, operation, question.variables, ask) if keeper else None
        if keeper and key is not None and (known := keeper.get(key)) is not None:
            return known, True
        answer = await self._runner.run(document, operation, question.variables, ask)
        body = orjson.dumps(answer)
        if keeper is None or key is None or "errors" in answer:
            return body, False
        keeper.put(key, body)
        return body, True

    async def _stream(
        self, request: Request, document: Document, operation: Operation, question: Question, ask: Ask
    ) -> Response:
        there = StillThere(request, ask.actor)
        ask.still = there.caller
        self._streams.enter(ask.actor.id)
        try:
            results = await self._results(document, operation, question, ask)
        except BaseException:
            self._streams.leave(ask.actor.id)
            raise
        return EventStream(
            _written(results),
            self._streams,
            still_allowed=there.holds,
            on_end=lambda: self._streams.leave(ask.actor.id),
            on_failure=lambda error: _event(_failed(error, ask)),
            goodbye=_COMPLETE,
        )

    async def _results(
        self, document: Document, operation: Operation, question: Question, ask: Ask
    ) -> AsyncGenerator[Json]:
        if operation.kind is OperationType.SUBSCRIPTION:
            return await self._runner.stream(document, operation, question.variables, ask)
        return _once(await self._runner.run(document, operation, question.variables, ask))


async def _once(answer: Json) -> AsyncGenerator[Json]:
    yield answer


async def _written(results: AsyncGenerator[Json]) -> AsyncGenerator[bytes]:
    async with aclosing(results):
        async for answer in results:
            yield _event(answer)


def _event(answer: Json) -> bytes:
    return b"event: next\ndata: " + orjson.dumps(answer) + b"\n\n"


async def _question(request: Request) -> Question:
    if request.method != "POST":
        return from_query(request.query_params)
    if request.query_params:
        raise SurfaceProblem("unknown-parameter", "A POST to /graphql has no query parameters. Send a body.")
    body = await request.body()
    return from_body(body) if len(body) <= _LONG_BODY else await asyncio.to_thread(from_body, body)


def _headers(accepted: str) -> dict[str, str]:
    return {"Content-Type": f"{accepted}; charset=utf-8", "Cache-Control": PRIVATE, "Vary": "Accept"}


def _request_error(error: RequestError, accepted: str, ask: Ask) -> Response:
    """Errors without data. Under application/json the status is 200, as callers that know nothing else expect."""
    body = {"errors": [told(fault, base=ask.base, request_id=ask.request_id) for fault in error.faults]}
    form = media.RESPONSE if accepted == media.EVENTS else accepted
    ours = [PROBLEMS[fault.code].status for fault in error.faults if PROBLEMS[fault.code].status >= 500]
    status = 200 if form == media.JSON else max(ours, default=REQUEST_ERROR_STATUS)
    return Response(orjson.dumps(body), status_code=status, headers=_headers(form))


def _failed(error: BaseException, ask: Ask) -> Json:
    """The last event of a stream whose source broke."""
    wrapped = GraphQLError("", original_error=error if isinstance(error, Exception) else None)
    return {"data": None, "errors": [field_error(wrapped, base=ask.base, request_id=ask.request_id)]}


def _with_tag(request: Request, made: Response) -> Response:
    if request.method == "GET":
        made.headers["ETag"] = f'"{hashlib.sha256(bytes(made.body)).hexdigest()[:32]}"'
    return made


def _tagged(request: Request, made: Response) -> Response:
    """A read that the caller has already is answered 304."""
    if request.method != "GET":
        return made
    tag = _with_tag(request, made).headers["ETag"]
    wanted = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if tag not in wanted and "*" not in wanted:
        return made
    kept = {name: made.headers[name] for name in ("etag", "cache-control", "vary") if name in made.headers}
    return Response(status_code=304, headers=kept)
