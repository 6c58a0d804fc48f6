"""Where connected systems send their messages."""

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from service.connectors.inbox import take
from service.rest.answers import answer
from service.rest.office import Desk

router = APIRouter(tags=["connections"], route_class=APIRoute)


@router.post(
    "/v1/connections/{connection}/inbox", operation_id="take_message", summary="Take a message of a connected system"
)
async def take_message(request: Request, office: Desk, connection: str) -> Response:
    """Sent by that system, signed with the connection's webhook key over the body as it is; no API key is asked for.
    503 asks to send it again later. What came before is answered as known and done once."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    done = await take(request.app.state.tools, office.sending.sealer, connection, headers, await request.body())
    return answer(request, done, headers={"Cache-Control": "no-store"})
