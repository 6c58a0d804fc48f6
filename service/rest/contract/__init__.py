"""The contract of the surface, made from the routes and the domain's own shapes: one document, written two ways."""

import threading
from functools import cached_property
from io import BytesIO

import orjson
from fastapi import FastAPI
from ruamel.yaml import YAML

from service.rest.contract.document import Json, document_of


class Contract:
    """Made when it is first asked for, and then kept: it takes a moment, and does not change while a process runs."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._making = threading.Lock()

    @cached_property
    def document(self) -> Json:
        return document_of(self._app)

    def json(self) -> bytes:
        with self._making:
            return self._json

    def yaml(self) -> bytes:
        with self._making:
            return self._yaml

    @cached_property
    def _json(self) -> bytes:
        return orjson.dumps(self.document)

    @cached_property
    def _yaml(self) -> bytes:
        writer = YAML(typ="safe", pure=True)
        writer.default_flow_style = False
        writer.allow_unicode = True
        writer.width = 110
        writer.sort_base_mapping_type_on_output = False  # pyright: ignore[reportAttributeAccessIssue]
        written = BytesIO()
        # Through JSON, so that no two places share an object: the writer would mark them as one.
        writer.dump(orjson.loads(self._json), written)  # pyright: ignore[reportUnknownMemberType]
        return written.getvalue()
