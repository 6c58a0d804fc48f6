"""The contract of the surface, made from the routes and the domain's own shapes: one document, written two ways."""

import threading
from functools import cached_property

import orjson
from fastapi import FastAPI

from service.rest.contract.document import Json, document_of
from service.rest.contract.yaml_text import yaml_text


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
        return yaml_text(orjson.loads(self._json)).encode()
