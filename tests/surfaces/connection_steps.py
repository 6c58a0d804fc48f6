"""Steps of the script about connected systems: (mutation, what is given to it). No system listens at the address."""

from typing import Any

ENTRY = {"of": "level", "ours": "engineering/ic3", "theirs": "Engineer"}
FURTHER = {**ENTRY, "theirs": "Eng.", "read_only": True}
SET: dict[str, Any] = {"settings": {"url": "http://127.0.0.1:9"}, "credentials": {"token": "hush"}}
SHELF: dict[str, Any] = {"kind": "binder", "key": "shelf", **SET}
IT = "{connection}"
CONNECTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("createConnection", {**SHELF, "dry_run": True}),
    ("createConnection", {**SHELF, "idempotency_key": "shelf"}),
    ("createConnection", {**SHELF, "idempotency_key": "shelf"}),
    ("createConnection", SHELF),
    ("createConnection", {**SHELF, "kind": "folder"}),
    ("createConnection", {**SHELF, "key": "no spaces"}),
    ("createConnection", {**SHELF, "settings": {"url": 5, "more": 1}}),
    ("createConnection", {**SHELF, "credentials": {}}),
    ("changeConnection", {"connection": IT, **SET}),
    ("changeConnection", {"connection": IT, **SET, "if_match": "7"}),
    ("changeConnection", {"connection": IT, **SET, "key": "other", "if_match": "*"}),
    ("changeConnection", {"connection": IT, **SET, "if_match": "1", "dry_run": True}),
    ("changeConnection", {"connection": "shelf", **SET, "if_match": "1"}),
    ("changeConnection", {"connection": "none", **SET, "if_match": "*"}),
    ("setMapping", {"connection": IT, "entries": [ENTRY], "if_match": "0", "dry_run": True}),
    ("setMapping", {"connection": IT, "entries": [{**ENTRY, "from": "2026-01-01"}, FURTHER], "if_match": "0"}),
    ("setMapping", {"connection": IT, "entries": [ENTRY, ENTRY], "if_match": "1"}),
    ("setMapping", {"connection": IT, "entries": [{**ENTRY, "to": "soon"}], "if_match": "1"}),
    ("setMapping", {"connection": IT, "entries": [{**ENTRY, "of": "lvel"}], "if_match": "1"}),
    ("setMapping", {"connection": IT, "entries": []}),
    ("checkConnection", {"connection": IT}),
    ("checkConnection", {"connection": "none"}),
    ("syncConnection", {"connection": IT, "dry_run": True}),
    ("syncConnection", {"connection": IT, "everything": True}),
    ("syncConnection", {"connection": IT, "wait_seconds": 61}),
    ("syncConnection", {"connection": "none"}),
    ("deleteConnection", {"connection": IT}),
    ("deleteConnection", {"connection": IT, "if_match": "*", "dry_run": True}),
    ("deleteConnection", {"connection": IT, "if_match": "2"}),
    ("deleteConnection", {"connection": IT, "if_match": "*"}),
)
