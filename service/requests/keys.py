"""What is sent to make an API key."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from service.domain.access import Scope
from service.domain.instants import parse_instant
from service.domain.refusals import FieldError, Invalid


class NewKey(BaseModel):
    """A key to make."""

    model_config = ConfigDict(extra="forbid", strict=True)
    name: Annotated[
        str,
        # Names are printed in terminals, where control characters act.
        Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$", description="What the key is for."),
    ]
    scopes: Annotated[
        list[Annotated[Scope, Field(strict=False)]], Field(min_length=1, max_length=50, description="What it may do.")
    ]
    expires_at: Annotated[
        str | None,
        Field(
            description="Instant from which it is refused, RFC 3339; never when left out.",
            json_schema_extra={"format": "date-time"},
        ),
    ] = None

    def expiry(self) -> int | None:
        """Instant of expiry in µs; None for never. Raises Invalid `invalid-expiry`."""
        if self.expires_at is None:
            return None
        try:
            return parse_instant(self.expires_at)
        except (ValueError, OverflowError):
            why = "is no RFC 3339 instant such as 2027-01-01T00:00:00Z"
            raise Invalid(
                "invalid-expiry",
                f"The key cannot expire then: expires_at {why}.",
                errors=(FieldError(pointer="/expires_at", detail=why, code="invalid-expiry"),),
            ) from None
