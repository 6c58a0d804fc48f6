"""What a rule found: where, what, and how to mend it."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import Field

from service.domain.refusals import FieldError, Invalid

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that a rule found: where, what, and how to mend it."""

    rule: Annotated[str, Field(description="Id of the rule, for example `DT021`; `docs/lint.md` explains each.")]
    pointer: Annotated[str, Field(description="JSON pointer to the place; empty means the whole document.")]
    text: Annotated[str, Field(description="What is wrong.")]
    remedy: Annotated[str, Field(description="What to do about it.")]
    severity: Annotated[Severity, Field(description="An `error` stops an apply; a `warning` or a `note` does not.")] = (
        "error"
    )
    waiver: Annotated[
        str | None, Field(description="Until when, by whom and why it is waived; null when it is not.")
    ] = None

    @property
    def message(self) -> str:
        return f"{self.text}: {self.remedy}"

    def under(self, pointer: str) -> "Finding":
        """The same finding, seen from a document that holds this one at `pointer`."""
        return replace(self, pointer=pointer + self.pointer)


class DocumentRejected(Invalid):
    """Definitions that cannot be used. `findings` holds every error, `errors` the same for a problem answer."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        first = self.findings[0]
        more = f" (and {len(self.findings) - 1} more)" if len(self.findings) > 1 else ""
        super().__init__(
            "definitions-invalid",
            f"{first.pointer or '/'} {first.rule} {first.message}{more}",
            errors=tuple(FieldError(pointer=f.pointer, detail=f.message, code=f.rule) for f in self.findings),
        )


def token(key: str | int) -> str:
    """One step of a JSON pointer, escaped as RFC 6901 says."""
    return "/" + str(key).replace("~", "~0").replace("/", "~1")


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The known word that looks like a slip of this one; never for numbers, whose likeness means nothing."""
    if word.isdigit():
        return None
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return close[0] if close else None


def unknown(
    rule: str, pointer: str, noun: str, key: str, known: Iterable[str], *, remedy: str | None = None
) -> Finding:
    """A reference to something that is not there. `remedy` is for the case that no known key looks like it."""
    names = list(dict.fromkeys(known))
    guess = did_you_mean(key, names)
    listed = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    mend = remedy or f"define it, or use one of {listed or 'none so far'}"
    return Finding(
        rule=rule,
        pointer=pointer,
        text=f"unknown {noun} {key}",
        remedy=f"did you mean {guess}?" if guess else mend,
    )


def unknown_currency(pointer: str, code: str) -> Finding:
    return unknown("DT039", pointer, "currency", code, (), remedy="write the ISO 4217 code of one that is in use")


def repeated(keys: Sequence[str | int], pointer: str, noun: str, suffix: str = "") -> Iterator[Finding]:
    """DT020 at each entry that an earlier one of the same list states already."""
    seen: set[str | int] = set()
    for index, key in enumerate(keys):
        if key in seen:
            yield Finding(
                rule="DT020",
                pointer=f"{pointer}/{index}{suffix}",
                text=f"{noun} {key} is stated twice",
                remedy="remove one, or give it another name",
            )
        seen.add(key)
