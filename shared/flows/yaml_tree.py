"""Reads YAML without its surprises, with the line of each value.

`yes`, `no`, `on` and `off` are texts (titles of buttons), and so are dates, times and numbers with a leading zero; keys
are always text; duplicate keys, anchors, tags and merges are errors.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

MAX_CHARACTERS = 128_000
_MAX_DEPTH = 12
_INT = re.compile(r"-?(?:0|[1-9]\d{0,14})$")
_FLOAT = re.compile(r"-?(?:0|[1-9]\d{0,14})\.\d{1,15}$")

_TAG_PREFIX = "tag:yaml.org,2002:"
FORBIDDEN_CHARACTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_KNOWN_TAGS = {f"{_TAG_PREFIX}{kind}" for kind in ("map", "seq", "str", "bool", "null", "int", "float")}

Path = tuple[str | int, ...]


class YamlUnreadable(ValueError):
    """Raised for invalid YAML. line: from 1. The text is for people."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Tree:
    """A parsed file. lines: of each value, by its path; a value in a mapping has the line of its key."""

    value: Any
    lines: Mapping[Path, int]


class _Loader(yaml.SafeLoader):
    """A loader with only the implicit types that are registered below."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - as in the class that it is derived from

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise YamlUnreadable(
                mark.line + 1, "`*name` (an alias) is not used here; write a text that has a * in quotes"
            )
        return super().compose_node(parent, index)


for _tag, _pattern, _first in (
    ("bool", re.compile(r"(?:true|True|false|False)$"), "tTfF"),
    ("null", re.compile(r"(?:~|null|Null|)$"), ["~", "n", "N", ""]),
    ("int", _INT, "-0123456789"),
    ("float", _FLOAT, "-0123456789"),
):
    _Loader.add_implicit_resolver(f"{_TAG_PREFIX}{_tag}", _pattern, list(_first))


def _quick_loader() -> Any:
    """Return a loader that is written in C if there is one: a tenth of the time, but it takes aliases."""
    base = getattr(yaml, "CSafeLoader", None)
    resolvers = {"yaml_implicit_resolvers": _Loader.yaml_implicit_resolvers}
    return _Loader if base is None else type("_QuickLoader", (base,), resolvers)


_QUICK_LOADER = _quick_loader()


def read_tree(text: str, max_characters: int = MAX_CHARACTERS, *, quick: bool = False) -> Tree:
    """Parse a file. quick: a file that was read without errors before. Raises YamlUnreadable."""
    return tree_of(compose(text, max_characters, quick=quick))


def compose(text: str, max_characters: int = MAX_CHARACTERS, *, quick: bool = False) -> yaml.Node | None:
    """Return the nodes of a file with their places; None: it is empty. quick: as `read_tree`. Raises YamlUnreadable."""
    if len(text) > max_characters:
        raise YamlUnreadable(1, f"a file has at most {max_characters} characters; divide a flow into sub-flows")
    try:
        found: yaml.Node | None = yaml.compose(text, Loader=_QUICK_LOADER if quick else _Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
        raise YamlUnreadable(mark.line + 1 if mark else 1, f"not YAML: {problem}") from None
    except RecursionError:
        raise YamlUnreadable(1, "too many levels within each other") from None
    except (ValueError, OverflowError) as error:  # an escape such as "\\UFFFFFFFF", a version of 5000 digits
        if isinstance(error, YamlUnreadable):
            raise
        raise YamlUnreadable(
            1, "not YAML: it has a number in an escape, or in a %YAML line, that is too large"
        ) from None
    return found


def tree_of(node: yaml.Node | None) -> Tree:
    """Return the values of composed nodes. Raises YamlUnreadable."""
    lines: dict[Path, int] = {}
    return Tree(None if node is None else _value(node, (), lines), lines)


def _value(node: yaml.Node, path: Path, lines: dict[Path, int]) -> Any:
    lines.setdefault(path, node.start_mark.line + 1)
    if len(path) > _MAX_DEPTH:
        raise YamlUnreadable(node.start_mark.line + 1, "too many levels within each other")
    if node.tag not in _KNOWN_TAGS:
        raise YamlUnreadable(node.start_mark.line + 1, f"`{node.tag}` is not used here")
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, lines)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, place), lines) for place, item in enumerate(node.value)]
    return _scalar(node)


def _mapping(node: yaml.MappingNode, path: Path, lines: dict[Path, int]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, item in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise YamlUnreadable(line, "a key is a text")
        _check_text(key)
        if key.value in found:
            raise YamlUnreadable(line, f"`{key.value}` is written twice; give the second one another name")
        lines[(*path, key.value)] = line
        found[key.value] = _value(item, (*path, key.value), lines)
    return found


def _check_text(node: yaml.Node) -> None:
    """Refuse control characters and surrogates, which escapes such as `"\\ud800"` produce and nothing can store."""
    if found := FORBIDDEN_CHARACTERS.search(node.value):
        raise YamlUnreadable(node.start_mark.line + 1, f"has the character U+{ord(found[0]):04X}, which no text has")


def _scalar(node: yaml.Node) -> Any:
    _check_text(node)
    kind = node.tag.removeprefix(_TAG_PREFIX)
    text = str(node.value)
    match kind:
        case "str":
            return text
        case "bool" if text.lower() in ("true", "false"):
            return text.lower() == "true"
        case "null":
            return None
        case "int" if _INT.match(text):
            return int(text)
        case "float" if _FLOAT.match(text):
            return float(text)
        case _:
            raise YamlUnreadable(node.start_mark.line + 1, f"`{node.tag}` is not used here")
