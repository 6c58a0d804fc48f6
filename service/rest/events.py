"""The feed of events, for those who ask instead of being sent to."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request, Response

from service.auth import Caller
from service.problems import SurfaceProblem
from service.rest.answers import sent
from service.rest.office import Desk
from service.rest.parsing import DEFAULT_LIMIT, Limit
from service.rest.strict import StrictRoute
from service.usecases import events
from service.usecases.events import LATEST, After, EventPage

router = APIRouter(tags=["events"], route_class=StrictRoute)

_After = Annotated[
    str | None,
    Query(
        max_length=200,
        description="Read on behind this: next_cursor of the page before, the id of an event, or `latest` for behind "
        "everything. From the first event on when left out.",
        examples=[LATEST],
    ),
]
_Types = Annotated[list[str], Query(max_length=50, description="Only these types; repeat for one of several.")]
_Subject = Annotated[
    str | None, Query(min_length=1, max_length=400, description="Only events about this person: id, key, system:value.")
]


@router.get("/v1/events", operation_id="list_events", summary="Read the feed of events")
async def list_all(
    request: Request,
    office: Desk,
    actor: Caller,
    after: _After = None,
    types: _Types = [],  # noqa: B006 - the framework copies defaults
    subject: _Subject = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Response:
    """Every event once, in the order of the record, byte for byte as webhooks receive it.

    `next_cursor` is always given: keep it and come back with it, whatever the page held; `has_more` tells whether
    that is worth doing at once. With assignments:read alone it is about people; what is published needs ladders:read
    as well, endpoints webhooks:manage. Events beyond the key's scopes are passed by, asked for by name they are
    refused. Pay is in them with bands:read only.
    """
    page = await events.list_events(
        office.runtime, actor, after=_begin(after), types=types, subject=subject, limit=limit
    )
    following = page.last.text
    link = f'<{request.url.include_query_params(after=following)}>; rel="next"'
    return sent(request, _body(page, following, limit), headers={"Link": link} if page.more else {})


@router.get("/v1/events/{event}", operation_id="read_event", summary="Read an event")
async def read(request: Request, office: Desk, actor: Caller, event: str) -> Response:
    """One event, byte for byte as the feed tells it to this key. A thin event leads here."""
    return sent(request, (await events.read_event(office.runtime, actor, event)).body)


def _begin(text: str | None) -> After:
    try:
        return events.after_of(text)
    except ValueError as error:
        raise SurfaceProblem(
            "cursor-invalid",
            "after cannot be read. Use next_cursor exactly as it was given, the id of an event, or latest.",
            errors=[{"parameter": "after", "detail": str(error), "code": "cursor-invalid"}],
        ) from None


def _body(page: EventPage, following: str, limit: int) -> bytes:
    """Bodies are put in as they are kept, so that they stay what was signed."""
    rest = orjson.dumps(
        {"page": {"next_cursor": following, "prev_cursor": None, "limit": limit}, "has_more": page.more}
    )
    return b'{"data":[' + b",".join(one.body for one in page.events) + b"]," + rest[1:]
