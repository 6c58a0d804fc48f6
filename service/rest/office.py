"""The office as a parameter of a route."""

from typing import Annotated

from fastapi import Depends, Request

from service.usecases.office import Office


async def office_of(request: Request) -> Office:
    return request.app.state.office


Desk = Annotated[Office, Depends(office_of)]
