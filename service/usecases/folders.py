"""A whole set of definitions in hand: the documents of a company folder, read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from service.domain.bands import BandSet, bandset_from_document
from service.domain.company import Company, company_from_document
from service.domain.findings import DocumentRejected, Finding, token
from service.domain.ladders import Ladder, ladder_from_document

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A whole set of definitions. Mappings go by JSON pointer, as findings about them do."""

    company: Company
    ladders: Mapping[str, Ladder]
    bandsets: Mapping[str, BandSet]


def folder_from_documents(*, company: object, ladders: Sequence[object], bands: Sequence[object]) -> Folder:
    """A folder from its documents. Raises DocumentRejected with every fault of every document.

    Pointers begin with `/company`, `/ladders/0`, `/bands/0`.
    """
    faults: list[Finding] = []

    def read(build: Callable[[Any], T], document: object, pointer: str) -> T | None:
        try:
            return build(document)
        except DocumentRejected as rejected:
            faults.extend(finding.under(pointer) for finding in rejected.findings)
            return None

    firm = read(company_from_document, company, "/company")
    read_ladders = {
        pointer: read(ladder_from_document, document, pointer)
        for index, document in enumerate(ladders)
        for pointer in ("/ladders" + token(index),)
    }
    read_bands = {
        pointer: read(bandset_from_document, document, pointer)
        for index, document in enumerate(bands)
        for pointer in ("/bands" + token(index),)
    }
    if faults or firm is None:
        raise DocumentRejected(faults)
    return Folder(
        company=firm,
        ladders={pointer: ladder for pointer, ladder in read_ladders.items() if ladder},
        bandsets={pointer: bands for pointer, bands in read_bands.items() if bands},
    )
