"""Domain classes are response types too: what FastAPI says about them must be complete."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter

from service.domain.bands import BandSet, bandset_from_document
from service.domain.chart import Chart
from service.domain.company import Company
from service.domain.ladders import Ladder
from tests.domain.documents import bandset_document, row_document


@pytest.mark.parametrize("build", [Company, Ladder, BandSet, Chart])
def test_every_public_field_is_described_and_always_present(build: type) -> None:
    schema: dict[str, Any] = TypeAdapter(build).json_schema(mode="serialization")

    for name, part in {build.__name__: schema, **schema["$defs"]}.items():
        properties = part.get("properties", {})
        assert [field for field, described in properties.items() if not described.get("description")] == [], name
        # Pay that the caller may not read is left out, and `redacted` then says so.
        assert set(part.get("required", ())) == set(properties) - {"redacted"}, name


def test_amounts_go_out_as_decimal_strings() -> None:
    bands = bandset_from_document(bandset_document(row_document(min="0.10", steps={"a": "1.50"})))

    served = TypeAdapter(BandSet).dump_python(bands, mode="json")

    assert bands.rows[0].min == Decimal("0.10")
    assert served["rows"][0]["min"] == "0.10"
    assert served["rows"][0]["steps"] == [{"label": "a", "amount": "1.50", "min": None, "max": None}]
