"""What cannot be used as settings is refused when it is set, and no password stands in what is shown of them."""

from typing import Any

import pytest

from service.connectors.kinds import asked
from service.connectors.registry import KINDS
from service.domain.refusals import Invalid

NEEDED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "bamboohr": ({}, {"api_key": "k"}),
    "gusto": ({"company": "c-1"}, {"access_token": "k"}),
}


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        *(
            (kind, "base_url", f"https://{user}@api.example")
            for kind in NEEDED
            for user in ("u", ":hush-1", "u:hush-1")
        ),
        *(
            (kind, "base_url", f"https://{address}")
            for kind in NEEDED
            for address in ("", "[::1", "a b/hush-1", "a:port", "a:99999999", "a:0", "a?hush-1", "a#", "a\n.example")
        ),
        ("bamboohr", "token_url", "https://:hush-1@api.example"),
        *(("bamboohr", "trusted_ca", text) for text in ("no PEM", "ö")),
    ],
)
def test_settings_that_no_request_could_be_made_with_are_refused(kind: str, name: str, value: str) -> None:
    settings, credentials = NEEDED[kind]
    with pytest.raises(Invalid) as caught:
        asked(KINDS, kind=kind, key="k", system=None, settings={**settings, name: value}, credentials=credentials)
    assert caught.value.code == "connection-invalid"
    assert f"/settings/{name}" in [one.pointer for one in caught.value.errors]
    assert "Value error" not in caught.value.detail
    assert "hush-1" not in f"{caught.value.detail}{caught.value.errors}"
