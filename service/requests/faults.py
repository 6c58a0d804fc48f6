"""What is wrong with a value that was sent, in the words of whoever sent it."""

from collections.abc import Mapping
from typing import Any

_NO_OBJECT = frozenset({"model_type", "model_attributes_type", "dataclass_type", "dict_type"})


def said(fault: Mapping[str, Any]) -> str:
    """Of a fault as pydantic tells it, without the names of our classes; never what was sent, which may be pay."""
    return "Input should be an object" if fault["type"] in _NO_OBJECT else str(fault["msg"])
