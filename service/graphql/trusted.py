"""Trusted documents: queries that were written down beforehand and are asked for by the digest of their text."""

import hashlib
import re
from pathlib import Path
from typing import Literal

from service.graphql.faults import refused

Mode = Literal["open", "prefer", "only"]
FOLDER = Path(__file__).parent / "operations"
_FORM = re.compile(r"sha256:[0-9a-f]{64}")


class TrustedDocuments:
    """`mode`: open takes any document, prefer too but logs those that are not listed, only takes listed ones."""

    def __init__(self, *, mode: Mode, folder: Path = FOLDER) -> None:
        self.mode = mode
        texts = [path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.graphql"))]
        self._texts = {document_id(text): text for text in texts}

    def ids(self) -> list[str]:
        return list(self._texts)

    def text(self, wanted: str | None, query: str | None) -> str:
        """The document that is asked for. Raises RequestError."""
        if wanted is not None:
            found = self._texts.get(wanted) if _FORM.fullmatch(wanted) else None
            if found is None:
                raise refused(
                    "document-unknown",
                    "There is no trusted document of that documentId. Send sha256: and the SHA-256 of a listed text, "
                    "in lower-case hexadecimal digits.",
                )
            if query is not None and query != found:
                raise refused("document-unknown", "query is not the document that documentId names. Send one of them.")
            return found
        if query is None:
            raise refused("query-invalid", "Nothing is asked. Send query, or documentId.")
        if self.mode == "only" and not self.lists(query):
            raise refused("document-required", "Only trusted documents are answered here. Send documentId.")
        return query

    def lists(self, text: str) -> bool:
        return document_id(text) in self._texts


def document_id(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
