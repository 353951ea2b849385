"""Sets, adds and removes single values of a flow file, by changing only their characters."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import yaml

from shared.flows.edit import model
from shared.flows.edit.change import inserted_lines, proved, removed_lines
from shared.flows.edit.collections import (
    collection_lines,
    flow_text,
    is_collection,
    item_lines,
    pair_lines,
    value_lines,
)
from shared.flows.edit.document import Document, Place, Splice, is_flow
from shared.flows.edit.lines import last_line, own_lines, sibling, start_of
from shared.flows.edit.refused import Refused
from shared.flows.edit.scalars import block_lines, header_end, key_text, scalar_text
from shared.flows.yaml_tree import Path


def replace_value(document: Document, path: Path, value: Any) -> Document:
    """Write another value at a path that has one. Raises Refused."""
    place = _found(document, path)
    expected = model.replaced(document.value, path, value)
    ways: list[Callable[[], Sequence[Splice]]] = []
    if not place.in_flow and place.parent is not None:
        if isinstance(value, str) and not is_collection_node(place.node):
            ways.append(partial(_as_block, document, place, value))
        elif is_collection(value) and value and not is_flow(place.node):
            is_step = len(path) == 2 and path[0] == "steps"
            ways.append(partial(_as_lines, document, place, value, str(path[-1]), brackets=not is_step))
    ways.append(partial(_on_one_line, document, place, value))
    ways.append(partial(_on_one_line, document, place, value, quoted=True))
    return proved(document, expected, ways, path)


def add_pair(document: Document, path: Path, value: Any) -> Document:
    """Add a key to a mapping. Raises Refused."""
    parent, key = _found(document, path[:-1]), str(path[-1])
    if not isinstance(parent.node, yaml.MappingNode):
        raise Refused(f"{model.shown(path[:-1])} has no keys", document.line(path))
    if path[:-1] == () and "steps" in document.value and key != "steps":
        before = [name for name in document.value if name != "steps"]
        expected = model.with_pair_behind(document.value, path, before[-1] if before else None, value)
        if list(document.value)[-1] == "steps":
            return proved(document, expected, [partial(_before_steps, document, key, value)], path)
    expected = model.replaced(document.value, path, value)
    if not parent.node.value:
        return replace_value(document, path[:-1], {key: value})
    if is_flow(parent.node):
        pair = f"{key_text(key, in_flow=True)}: {flow_text(value)}"
        return proved(document, expected, [partial(_append_in_brackets, document, parent.node, pair)], path)
    return proved(document, expected, [partial(_append_pair, document, parent.node, key, value)], path)


def add_item(document: Document, path: Path, value: Any) -> Document:
    """Insert an item into a list, before the one that is at the path; at the list's length: at its end.

    Raises Refused.
    """
    parent, position = _found(document, path[:-1]), path[-1]
    expected = model.inserted(document.value, path, value)
    node = parent.node
    if not isinstance(node, yaml.SequenceNode) or not isinstance(position, int):
        raise Refused(f"{model.shown(path[:-1])} is not a list", document.line(path))
    if not node.value:
        return replace_value(document, path[:-1], [value])
    if is_flow(node):
        if position == len(node.value):
            way = partial(_append_in_brackets, document, node, flow_text(value))
        else:
            start = node.value[position].start_mark.index
            way = partial(_one, Splice(start, start, f"{flow_text(value)}, "))
        return proved(document, expected, [way], path)
    return proved(document, expected, [partial(_insert_item, document, node, position, value)], path)


def remove(document: Document, path: Path) -> Document:
    """Remove a pair or an item with its own comments. Raises Refused."""
    place = _found(document, path)
    if place.parent is None:
        raise Refused("the whole file cannot be taken away")
    if len(place.parent.value) == 1:
        empty: Any = {} if place.key is not None else []
        return replace_value(document, path[:-1], empty)
    way = _remove_in_brackets if is_flow(place.parent) else _remove_lines
    return proved(document, model.removed(document.value, path), [partial(way, document, place)], path)


def lengthen_text(document: Document, path: Path, key: str) -> Document:
    """Write a text as the only value of a mapping, in the style in which it is written. Raises Refused."""
    place = _found(document, path)
    expected = model.replaced(document.value, path, {key: model.at(document.value, path)})

    def moved() -> list[Splice]:
        if place.in_flow or (isinstance(place.node, yaml.ScalarNode) and place.node.style in ("|", ">")):
            raise Refused("a block is written anew")
        start = int(place.node.start_mark.index)
        below = f"{document.line_break}{' ' * _value_indent(document, place)}{key}: "
        return [Splice(_colon_end(document, place), start, below)]

    value = {key: model.at(document.value, path)}
    written = partial(_as_lines, document, place, value, str(path[-1]), brackets=False)
    return proved(document, expected, [moved, written, partial(_on_one_line, document, place, value)], path)


def rename_key(document: Document, path: Path, new: str) -> Document:
    """Write another key. Raises Refused."""
    place = _found(document, path)
    if place.key is None:
        raise Refused(f"{model.shown(path)} has no key", document.line(path))
    if model.at(document.value, (*path[:-1], new)) is not model.MISSING and new != path[-1]:
        raise Refused(f"there is a `{new}` already", document.line((*path[:-1], new)))
    expected = model.renamed(document.value, path, new)
    return proved(document, expected, [lambda: [key_splice(place.key, new, in_flow=place.in_flow)]], path)


def key_splice(key: Any, new: str, *, in_flow: bool) -> Splice:
    """Return the replacement of a key, in the style in which it is written. Raises Refused."""
    return Splice(key.start_mark.index, key.end_mark.index, key_text(new, key.style or "", in_flow=in_flow))


def scalar_splice(document: Document, path: Path, new: str) -> Splice:
    """Return the replacement of a text on one line, in the style in which it is written. Raises Refused."""
    return _on_one_line(document, _found(document, path), new)[0]


def is_collection_node(node: yaml.Node) -> bool:
    return isinstance(node, yaml.CollectionNode)


def _found(document: Document, path: Path) -> Place:
    place = document.find(path)
    if place is None:
        raise Refused(f"there is nothing at {model.shown(path)}", document.line(path))
    return place


def _one(splice: Splice) -> list[Splice]:
    return [splice]


def _colon_end(document: Document, place: Place) -> int:
    """Return the index behind the colon of a pair, or the hyphen of an item."""
    if place.key is None:
        return start_of(document, place) + 1
    return document.text.index(":", place.key.end_mark.index) + 1


def _value_indent(document: Document, place: Place) -> int:
    """Return the column of the lines of a value that stands below its key or hyphen."""
    start = start_of(document, place)
    column = start - document.line_start(document.line_of(start))
    return column + (document.indent_step if place.key is not None else 2)


def _span(document: Document, place: Place) -> tuple[int, int, str]:
    """Return start and end of a value, and the comment behind the header of a block text."""
    node = place.node
    start, end = int(node.start_mark.index), document.content_end(node)
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        header = header_end(document.text, start)
        return start, max(end, header), document.text[header : document.line_end(document.line_of(start))]
    if is_collection_node(node) and not is_flow(node):
        colon = _colon_end(document, place)
        first = document.line_of(start)
        if document.line_of(colon) == first:
            return start, end, ""
        return colon, end, document.text[colon : document.line_end(document.line_of(colon))].rstrip()
    return start, end, ""


def _on_one_line(document: Document, place: Place, value: Any, *, quoted: bool = False) -> list[Splice]:
    start, end, comment = _span(document, place)
    style = place.node.style if isinstance(place.node, yaml.ScalarNode) else None
    if is_collection(value):
        text = flow_text(value)
    else:
        text = scalar_text(value, '"' if quoted else style, in_flow=place.in_flow)
    return [Splice(start, end, f"{_gap(document, start)}{text}{comment}")]


def _gap(document: Document, index: int) -> str:
    """Return a space if the character before is a colon or a hyphen."""
    return " " if index and document.text[index - 1] in ":-" else ""


def _as_block(document: Document, place: Place, value: str) -> list[Splice]:
    """Write a text as a block, if it is one now or has several lines and no quotes. Raises Refused."""
    node = place.node
    style = node.style if isinstance(node, yaml.ScalarNode) else None
    is_block = style in ("|", ">")
    if not is_block and (style in ("'", '"') or "\n" not in value):
        raise Refused("this text has one line")
    lines = block_lines(value, style if style in ("|", ">") else "|")
    if lines is None:
        raise Refused("a block cannot hold this text")
    start, end, comment = _span(document, place)
    if not is_block and "#" in document.text[end : document.line_end(document.line_of(end))]:
        end = document.line_end(document.line_of(end))
        comment = document.text[document.content_end(node) : end]
    indent = _block_indent(document, place)
    below = [f"{' ' * indent}{line}" if line else "" for line in lines[1:]]
    text = document.line_break.join([f"{_gap(document, start)}{lines[0]}{comment}", *below])
    return [Splice(start, end, text)]


def _block_indent(document: Document, place: Place) -> int:
    """Return the indentation of a block text, as it is now if it is one."""
    node = place.node
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        header = document.line_of(node.start_mark.index)
        for line in range(header + 1, document.line_of(document.content_end(node)) + 1):
            text = document.line_text(line)
            if text.strip():
                return len(text) - len(text.lstrip(" "))
    return _value_indent(document, place)


def _as_lines(document: Document, place: Place, value: Any, key: str, *, brackets: bool) -> list[Splice]:
    """Write a collection as lines below its key, or behind its hyphen."""
    start, end, comment = _span(document, place)
    indent, step = _value_indent(document, place), document.indent_step
    if place.key is None:
        lines = collection_lines(value, indent, step)
        return [Splice(start, end, document.line_break.join([_gap(document, start) + lines[0].lstrip(), *lines[1:]]))]
    lines = value_lines(value, indent, step, key, brackets=brackets)
    if lines[0]:
        return [Splice(start, end, f"{_gap(document, start)}{lines[0]}{comment}")]
    colon = _colon_end(document, place)
    eol = document.line_end(document.line_of(end))
    rest = comment + document.text[end:eol]
    return [Splice(colon, eol, document.line_break.join([rest.rstrip(), *lines[1:]]))]


def _before_steps(document: Document, key: str, value: Any) -> list[Splice]:
    place = _found(document, ("steps",))
    first, _ = own_lines(document, place)
    lines = pair_lines(key, value, 0, document.indent_step)
    while first and not document.line_text(first - 1).strip():
        first -= 1
    return [inserted_lines(document, first, lines)]


def _append_pair(document: Document, node: yaml.MappingNode, key: str, value: Any) -> list[Splice]:
    last_key, last = node.value[-1]
    column = node.value[0][0].start_mark.column
    end = document.line_of(document.content_end(last))
    if last_key.start_mark.column != column:
        raise Refused("the keys of this mapping are not below each other")
    return [inserted_lines(document, end + 1, pair_lines(key, value, column, document.indent_step))]


def _insert_item(document: Document, node: yaml.SequenceNode, position: int, value: Any) -> list[Splice]:
    near = min(position, len(node.value) - 1)
    place = Place(node.value[near], node, None, near, in_flow=False)
    start = start_of(document, place)
    column = start - document.line_start(document.line_of(start))
    lines = item_lines(value, column, document.indent_step)
    if position == len(node.value):
        return [inserted_lines(document, last_line(document, place, column) + 1, lines)]
    return [inserted_lines(document, own_lines(document, place)[0], lines)]


def _append_in_brackets(document: Document, node: yaml.CollectionNode, text: str) -> list[Splice]:
    last = node.value[-1]
    last = last[1] if isinstance(last, tuple) else last
    end = document.content_end(last)
    rest = document.text[end : node.end_mark.index - 1]
    if rest.strip().startswith(","):
        at = end + rest.index(",") + 1
        return [Splice(at, at, f" {text}")]
    return [Splice(end, end, f", {text}")]


def _remove_lines(document: Document, place: Place) -> list[Splice]:
    start = start_of(document, place)
    line = document.line_of(start)
    following = sibling(document, place, 1)
    if document.text[document.line_start(line) : start].strip():  # behind a hyphen: the next one takes its place
        if following is None:
            raise Refused("this does not begin on a line of its own; edit it as text", line + 1)
        return [Splice(start, start_of(document, following), "")]
    return [removed_lines(document, *own_lines(document, place))]


def _remove_in_brackets(document: Document, place: Place) -> list[Splice]:
    start, end = start_of(document, place), document.content_end(place.node)
    following, before = sibling(document, place, 1), sibling(document, place, -1)
    if following is not None:
        return [Splice(start, start_of(document, following), "")]
    if before is not None:
        return [Splice(document.content_end(before.node), end, "")]
    return [Splice(start, end, "")]
