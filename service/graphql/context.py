"""What resolvers get as `info.context`: one for each request, shared by nobody else."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from strawberry.types import Info

from service.connectors.desk import ConnectionDesk
from service.domain.access import Actor
from service.usecases.office import Office


@dataclass(slots=True, kw_only=True)
class Ask:
    """`base` is scheme and host without a slash at the end, under which problem pages and links are.

    `loaders` is for what a request loads in batches, so that nothing loaded for one caller is seen by another.
    `ahead` holds ids of the field nodes whose values were loaded before they were reached.
    `still` is asked while a stream runs for who the caller is by now; it raises SurfaceProblem
    for a key that is refused.
    `cost` is what the query asked for in points, `deadline` the time of the event loop at which it is given up.
    """

    office: Office
    connecting: ConnectionDesk
    actor: Actor
    base: str
    request_id: str | None
    cost: int
    deadline: float
    loaders: dict[object, Any] = field(default_factory=dict[object, Any])
    still: Callable[[], Awaitable[Actor]] | None = None
    ahead: set[int] = field(default_factory=set[int])


Asked = Info[Ask, None]
"""What a resolver takes as `info`."""
