"""Titles of levels: templates that the role and the team of a person fill. A title never tells the track."""

import re
from collections.abc import Iterable

from service.domain.company import Company

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def placeholders(template: str) -> tuple[str, ...]:
    """What stands in braces, in order."""
    return tuple(_PLACEHOLDER.findall(template))


def known_placeholders(company: Company) -> tuple[str, ...]:
    words = dict.fromkeys(word.placeholder for role in company.roles for word in role.words)
    return ("role", "team", *words)


def filled(template: str, *, company: Company | None, role: str | None, team: str | None) -> str | None:
    """The title of somebody with that role and team; None when a placeholder has nothing to stand for it."""
    if "{" not in template:
        return template
    words = dict(_words(company, role, team))
    if any(name not in words for name in placeholders(template)):
        return None
    return _PLACEHOLDER.sub(lambda found: words[found[1]], template)


def _words(company: Company | None, role: str | None, team: str | None) -> Iterable[tuple[str, str]]:
    held = company.role(role) if company and role else None
    crew = company.team(team) if company and team else None
    if held:
        yield from ((word.placeholder, word.word) for word in held.words)
        if held.title:
            yield "role", held.title
    if crew and crew.title:
        yield "team", crew.title
