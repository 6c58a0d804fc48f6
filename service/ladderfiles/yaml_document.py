"""YAML 1.2 text to a plain document (what JSON holds) with the position of every key and value.

The node graph is walked instead of the constructed objects: it knows every position, shows
duplicate keys, and builds no object that a tag in the text asks for. Dates stay text.
"""

from dataclasses import dataclass
from typing import Any, NoReturn, cast

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from service.domain.findings import Finding, token
from service.ladderfiles.positions import LocatedFinding, Position, PositionMap

# The demo's larger ladder has about 1 500 values and no alias; rows of a band set have one value for about 13 bytes.
# The bounds keep a file from taking minutes, and a small one from unfolding into a huge one.
MOST_VALUES = 500_000
DEEPEST = 40

_TOO_MUCH = (
    "the text unfolds into too much",
    f"nest at most {DEEPEST} levels and have at most {MOST_VALUES} values, those of aliases counted each time",
)
_TAG = "tag:yaml.org,2002:"
_WORDS = {"true": True, "false": False}
_TEXTS = frozenset({"str", "timestamp", "merge", "value"})


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlDocument:
    """`value` means nothing when the text is no usable YAML (`is_yaml`); `findings` then says why."""

    is_yaml: bool
    value: object
    positions: PositionMap
    findings: tuple[LocatedFinding, ...]


class _BoundedComposer(Composer):
    """Gives up at the first value beyond the bounds instead of composing all that follow."""

    def __init__(self, loader: Any = None) -> None:
        cast(Any, super()).__init__(loader=loader)
        # An anchor may be given anew; a warning on the error output would help nobody.
        self.warn_double_anchors = False
        self._values = 0
        self._depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self._values += 1
        self._depth += 1
        if self._values > MOST_VALUES or self._depth > DEEPEST + 1:
            mark: Any = cast(Any, self).parser.peek_event().start_mark
            raise _Beyond(line=int(mark.line) + 1, column=int(mark.column) + 1)
        node: Any = cast(Any, super()).compose_node(parent, index)
        self._depth -= 1
        return node


class _Beyond(Exception):
    def __init__(self, *, line: int, column: int) -> None:
        super().__init__(line, column)
        self.line, self.column = line, column


class _Unusable(Exception):
    def __init__(self, finding: LocatedFinding) -> None:
        super().__init__(str(finding))
        self.finding = finding


def parse_yaml(text: str, *, file: str) -> YamlDocument:
    """`file` is the name to put into positions. Never raises for any text."""
    walk = _Walk(file)
    value: object = None
    is_yaml = False
    try:
        root = _compose(text, file)
        # An empty file and a lone `---` are a definition that states nothing yet.
        value = None if root is None else walk.value(root, "", 0)
        value = {} if value is None else value
        is_yaml = True
    except _Unusable as unusable:
        walk.findings.append(unusable.finding)
    positions = PositionMap(file=file, keys=walk.keys, values=walk.values)
    return YamlDocument(is_yaml=is_yaml, value=value, positions=positions, findings=tuple(walk.findings))


def _compose(text: str, file: str) -> Any:
    yaml: Any = YAML(typ="safe", pure=True)
    yaml.Composer = _BoundedComposer
    try:
        return yaml.compose(text)
    except _Beyond as beyond:
        _refuse("DT004", *_TOO_MUCH, file, beyond.line, beyond.column)
    except MarkedYAMLError as error:
        marked = cast(Any, error)
        mark: Any = marked.problem_mark or marked.context_mark
        line, column = (int(mark.line) + 1, int(mark.column) + 1) if mark else (1, 1)
        problem = " ".join(str(marked.problem or marked.context or "unreadable").split())
        _refuse("DT002", f"this is not YAML: {problem}", "mend the text at this place", file, line, column)
    except YAMLError as error:
        first = str(error).strip().splitlines() or ["unreadable"]
        _refuse("DT002", f"this is not YAML: {first[0]}", "mend the text", file, 1, 1)
    except RecursionError:
        _refuse("DT004", "the text is nested too deeply", f"nest at most {DEEPEST} levels", file, 1, 1)
    except ValueError as error:
        # ruamel raises it for a version directive or an escape that names no character.
        _refuse("DT002", f"this is not YAML: {error}", "mend the text", file, 1, 1)
    except (AssertionError, KeyError):
        # And these for a version that it does not know, or that stands inside a document.
        line = next((number for number, one in enumerate(text.splitlines(), 1) if one.startswith("%")), 1)
        _refuse("DT002", "this is not YAML: a directive is unknown or out of place", "remove the line", file, line, 1)


def _refuse(rule: str, text: str, remedy: str, file: str, line: int, column: int) -> NoReturn:
    finding = Finding(rule=rule, pointer="", text=text, remedy=remedy)
    raise _Unusable(LocatedFinding(finding=finding, position=Position(file=file, line=line, column=column)))


class _Walk:
    def __init__(self, file: str) -> None:
        self._file = file
        self._count = 0
        self.keys: dict[str, Position] = {}
        self.values: dict[str, Position] = {}
        self.findings: list[LocatedFinding] = []

    def value(self, node: Any, pointer: str, depth: int) -> object:
        position = self.values[pointer] = self._position(node)
        self._count += 1
        if depth > DEEPEST or self._count > MOST_VALUES:
            _refuse("DT004", *_TOO_MUCH, self._file, position.line, position.column)
        match node:
            case MappingNode():
                return self._mapping(cast(Any, node), pointer, depth)
            case SequenceNode():
                items = cast(list[Any], cast(Any, node).value)
                return [self.value(item, pointer + token(index), depth + 1) for index, item in enumerate(items)]
            case _:
                return self._scalar(node, pointer)

    def _mapping(self, node: Any, pointer: str, depth: int) -> dict[str, object]:
        document: dict[str, object] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node, pointer)
            if key is None:
                continue
            inner = pointer + token(key)
            if key in document:
                first = self.keys[inner]
                self._report(
                    "DT003", inner, f"`{key}` was stated in line {first.line} already", "keep one of the two", key_node
                )
                continue
            self.keys[inner] = self._position(key_node)
            document[key] = self.value(value_node, inner, depth + 1)
        return document

    def _key(self, node: Any, pointer: str) -> str | None:
        if isinstance(node, ScalarNode):
            text = str(cast(Any, node).value)
            if _short_tag(node) in _TEXTS:
                return text
            self._report("DT011", pointer, f"the key {text or 'null'} is not text", f'put it in quotes: "{text}"', node)
        else:
            self._report("DT011", pointer, "a key must be text", "write a plain key", node)
        return None

    def _scalar(self, node: Any, pointer: str) -> object:
        text = str(node.value)
        match _short_tag(node):
            case "null":
                return None
            case "bool" if text.lower() in _WORDS:
                return _WORDS[text.lower()]
            case "int" | "float":
                return _number(text)
            case tag:
                if tag not in _TEXTS:
                    self._report("DT011", pointer, f"the tag {tag} does not belong here", "remove the tag", node)
                return text

    def _report(self, rule: str, pointer: str, text: str, remedy: str, node: Any) -> None:
        finding = Finding(rule=rule, pointer=pointer, text=text, remedy=remedy)
        self.findings.append(LocatedFinding(finding=finding, position=self._position(node)))

    def _position(self, node: Any) -> Position:
        return Position(file=self._file, line=node.start_mark.line + 1, column=node.start_mark.column + 1)


def _short_tag(node: Any) -> str:
    return str(node.tag).removeprefix(_TAG)


def _number(text: str) -> int | float | str:
    """As YAML 1.2 reads it (010 is ten); text that only looks like a number stays text."""
    for base in (10, 0):
        try:
            return int(text, base)
        except ValueError:
            continue
    try:
        return float(text)
    except ValueError:
        return text
