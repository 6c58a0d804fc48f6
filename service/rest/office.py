"""What the routes work with, put into the application's state by `app.py`."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from service.usecases.access import KeyRing
from service.usecases.act import Runtime
from service.usecases.endpoints import Sending


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    runtime: Runtime
    sending: Sending
    keys: KeyRing


async def office_of(request: Request) -> Office:
    return request.app.state.office


Desk = Annotated[Office, Depends(office_of)]
