"""Moves keys and items of a flow file within their mapping or list."""

from collections.abc import Sequence
from functools import partial

import yaml

from shared.flows.edit import model
from shared.flows.edit.change import proved
from shared.flows.edit.document import Document, Place, Splice, is_flow
from shared.flows.edit.lines import own_lines, start_of
from shared.flows.edit.refused import Refused
from shared.flows.yaml_tree import Path


def move(document: Document, path: Path, to: int) -> Document:
    """Move a key or an item, with its own comments, to another place among its neighbours. Raises Refused."""
    if len(path) < 2:
        raise Refused("the keys of the file stay in their order", document.line(path))
    expected = model.moved(document.value, path, to)
    place = document.find(path)
    if place is None or not isinstance(place.parent, yaml.CollectionNode):
        raise Refused(f"{model.shown(path)} cannot be moved", document.line(path))
    return proved(document, expected, [partial(_moved, document, place.parent, place.position, to)], path)


def _moved(document: Document, parent: yaml.CollectionNode, at: int, to: int) -> Sequence[Splice]:
    """Return the parts in their new order; what stands between them stays where it is."""
    spans = [_span(document, parent, position) for position in range(len(parent.value))]
    order = [position for position in range(len(spans)) if position != at]
    order.insert(to, at)
    return [
        Splice(start, end, document.text[spans[position][0] : spans[position][1]])
        for (start, end), position in zip(spans, order, strict=True)
        if (start, end) != spans[position]
    ]


def _span(document: Document, parent: yaml.CollectionNode, position: int) -> tuple[int, int]:
    """Return the characters of a part: in brackets its own, in a block its lines with their comments."""
    item = parent.value[position]
    key, node = item if isinstance(item, tuple) else (None, item)
    place = Place(node, parent, key, position, in_flow=is_flow(parent))
    if is_flow(parent):
        return start_of(document, place), document.content_end(node)
    first, last = own_lines(document, place)
    return document.line_start(first), document.line_end(last)
