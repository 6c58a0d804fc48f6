"""What a resolver has at hand: who asks, what the process works with, and what this one request has loaded."""

from dataclasses import dataclass, field
from typing import Any

from strawberry.types import Info

from service.domain.access import Actor
from service.usecases.office import Office


@dataclass(slots=True, kw_only=True)
class Ask:
    """One request. `ahead` holds ids of the field nodes whose values were loaded before they were reached."""

    office: Office
    actor: Actor
    base: str
    request_id: str | None = None
    loaders: dict[object, Any] = field(default_factory=dict[object, Any])
    ahead: set[int] = field(default_factory=set[int])


Asked = Info[Ask, None]
