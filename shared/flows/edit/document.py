"""A flow file as text, values and places; each change of the text is parsed again."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import yaml

from shared.flows.edit.refused import Refused
from shared.flows.edit.scalars import BREAKS
from shared.flows.yaml_tree import Path, Tree, YamlUnreadable, compose, tree_of

BOM = "\ufeff"
_KEPT = 2  # the text before an edit and the one after it: each has so many objects that more would slow the collector


@dataclass(frozen=True, slots=True)
class Splice:
    """A replacement of the characters from start on and before end."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Place:
    """A value in the file. parent: the collection that it is in, None for the whole file. key: None for items of
    lists. in_flow: whether it is within brackets.
    """

    node: yaml.Node
    parent: yaml.Node | None
    key: yaml.ScalarNode | None
    position: int
    in_flow: bool


class Document:
    """A flow file, parsed with the places of its values. text: of the file, without a byte order mark."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.root = _composed(text)
        self.tree = _tree(self.root)
        self.comments: Counter[str] | None = None  # once they have been looked for

    @property
    def value(self) -> Any:
        """The values of the file."""
        return self.tree.value

    def spliced(self, splices: Sequence[Splice]) -> "Document":
        """Return the document after replacements that do not overlap. Raises Refused."""
        return document_of(splice(self.text, splices))

    @cached_property
    def line_starts(self) -> list[int]:
        """Indexes at which lines begin."""
        return [0, *(found.end() for found in BREAKS.finditer(self.text))]

    @cached_property
    def line_break(self) -> str:
        """The line break of the file."""
        found = BREAKS.search(self.text)
        return found[0] if found else "\n"

    @property
    def line_count(self) -> int:
        return len(self.line_starts)

    def line_of(self, index: int) -> int:
        """Return the number of a line, from 0."""
        return bisect_right(self.line_starts, index) - 1

    def line_start(self, line: int) -> int:
        """Return the index at which a line begins; behind the last line the end of the text."""
        return self.line_starts[line] if line < len(self.line_starts) else len(self.text)

    def line_text(self, line: int) -> str:
        """Return a line without its break."""
        return self.text[self.line_start(line) : self.line_end(line)]

    def line_end(self, line: int) -> int:
        """Return the index of the end of a line, before its break."""
        found = BREAKS.search(self.text, self.line_start(line))
        return found.start() if found else len(self.text)

    def find(self, path: Path) -> Place | None:
        """Return the place of a path; None: there is nothing."""
        if self.root is None:
            return None
        place = Place(self.root, None, None, 0, _is_flow(self.root))
        for part in path:
            below = _child(place, part)
            if below is None:
                return None
            place = below
        return place

    def line(self, path: Path) -> int:
        """Return the line of a path or of what is nearest to it, from 1."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.tree.lines:
                return self.tree.lines[path[:length]]
        return 1

    @cached_property
    def indent_step(self) -> int:
        """By how many columns the parts of a mapping are indented more than the mapping."""
        for path in (("steps",), ("triggers",), ("variables",)):
            place = self.find(path)
            if place and isinstance(place.node, yaml.MappingNode) and place.node.value and not _is_flow(place.node):
                return max(1, place.node.start_mark.column) if place.node.start_mark.column < 9 else 2
        return 2

    def content_end(self, node: yaml.Node) -> int:
        """Return the index of the end of a value, without the comments and empty lines that follow it."""
        if isinstance(node, yaml.CollectionNode) and not _is_flow(node) and node.value:
            last = node.value[-1]
            return self.content_end(last[1] if isinstance(last, tuple) else last)
        if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
            return self._block_end(node)
        return int(node.end_mark.index)

    def _block_end(self, node: yaml.ScalarNode) -> int:
        start, end = node.start_mark.index, node.end_mark.index
        header = self.line_of(start)
        last = self.line_of(max(start, end - 1))
        keeps = "+" in self.text[start : start + 3]
        while last > header and not keeps and not self.line_text(last).strip():
            last -= 1
        return self.line_end(last)

    def scalars(self) -> Iterator[yaml.ScalarNode]:
        """Yield all keys and single values, in the order of the file."""
        if self.root is not None:
            yield from _scalars(self.root)


@lru_cache(maxsize=_KEPT)
def document_of(text: str) -> Document:
    """Return the document of a text; the last ones are kept, as each edit begins with the result of the one before.

    Raises Refused.
    """
    return Document(text)


def splice(text: str, splices: Sequence[Splice]) -> str:
    """Return a text after replacements. Raises Refused if they overlap."""
    parts: list[str] = []
    end = 0
    for one in sorted(splices, key=lambda one: (one.start, one.end)):
        if one.start < end:
            raise Refused("the parts of this change overlap in the file")
        parts += [text[end : one.start], one.text]
        end = one.end
    return "".join((*parts, text[end:]))


def is_flow(node: yaml.Node | None) -> bool:
    """Return whether a node is a collection in brackets."""
    return node is not None and _is_flow(node)


def _is_flow(node: yaml.Node) -> bool:
    return isinstance(node, yaml.CollectionNode) and bool(node.flow_style)


def _child(place: Place, part: str | int) -> Place | None:
    node = place.node
    if isinstance(node, yaml.MappingNode) and isinstance(part, str):
        for position, (key, item) in enumerate(node.value):
            if key.value == part:
                return Place(item, node, key, position, place.in_flow or _is_flow(node))
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and 0 <= part < len(node.value):
        return Place(node.value[part], node, None, part, place.in_flow or _is_flow(node))
    return None


def _composed(text: str) -> yaml.Node | None:
    """Return the nodes, by the parser in C. Raises Refused."""
    try:
        root = compose(text, quick=True)
        if root is not None:
            _refuse_aliases(root, set())
    except YamlUnreadable as error:
        raise Refused(str(error), error.line) from None
    return root


def _tree(root: yaml.Node | None) -> Tree:
    try:
        return tree_of(root)
    except YamlUnreadable as error:
        raise Refused(str(error), error.line) from None


def _refuse_aliases(node: yaml.Node, seen: set[int]) -> None:
    if id(node) in seen:
        raise YamlUnreadable(node.start_mark.line + 1, "`*name` (an alias) is not used here")
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for key, item in node.value:
            _refuse_aliases(key, seen)
            _refuse_aliases(item, seen)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_aliases(item, seen)


def _scalars(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.MappingNode):
        for key, item in node.value:
            yield from _scalars(key)
            yield from _scalars(item)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _scalars(item)
