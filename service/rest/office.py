"""The office as a parameter of a route, and the desk for connected systems."""

from typing import Annotated

from fastapi import Depends, Request

from service.connectors.desk import ConnectionDesk
from service.usecases.office import Office


async def office_of(request: Request) -> Office:
    return request.app.state.office


async def connecting_of(request: Request) -> ConnectionDesk:
    return request.app.state.connecting


Desk = Annotated[Office, Depends(office_of)]
Connecting = Annotated[ConnectionDesk, Depends(connecting_of)]
