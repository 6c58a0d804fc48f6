"""Every way the domain says no.

    Refused
      Invalid        422  what was sent breaks a rule
      Forbidden      403  the caller lacks a scope
      NotFound       404  nothing of that name, or nothing holds
      Gone           410  it was there, and cannot be had any more
      Conflict       409  the record as it stands does not allow it
      Stale          412  the record has moved since the caller read it
      Unguarded      428  a write came without saying what it was based on
      Unavailable    503  the same request can succeed later

The kind says how a transport answers, the code says which rule it was. Codes are
listed once, with title and remedy, in `service/problems.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """One fault at one place. `pointer` is a JSON pointer into the body, or the name of a parameter or header."""

    pointer: str
    detail: str
    code: str


class Refused(Exception):
    """A refusal as data: `code` is stable, `detail` says what, where and how to mend it, never a person's pay."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        errors: tuple[FieldError, ...] = (),
        extra: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.errors = errors
        self.extra: dict[str, object] = dict(extra or {})


class Invalid(Refused):
    pass


class Forbidden(Refused):
    pass


class NotFound(Refused):
    pass


class Gone(Refused):
    pass


class Conflict(Refused):
    pass


class Stale(Refused):
    pass


class Unguarded(Refused):
    pass


class Unavailable(Refused):
    pass
