"""Options that are written as a list of titles: operations name them by their titles, as the graph does."""

from collections.abc import Sequence
from typing import Any

import yaml

from shared.flows.edit import model, values
from shared.flows.edit.change import proved
from shared.flows.edit.document import Document, Place, Splice, is_flow
from shared.flows.edit.lines import start_of
from shared.flows.edit.operations import Move, RenameKey, SetValue, Unset
from shared.flows.edit.refused import Refused
from shared.flows.edit.scalars import key_text
from shared.flows.yaml_tree import Path


def named_by_place(document: Document, operation: Any) -> Any:
    """Return an operation on a title of such a list as one on its place; any other one as it is. Raises Refused."""
    if not isinstance(operation, Unset | Move | RenameKey | SetValue) or len(operation.path) != 4:
        return operation
    *above, title = operation.path
    listed = model.at(document.value, tuple(above)) if above[0] == "steps" and above[2] == "options" else None
    if not isinstance(listed, list) or not isinstance(title, str):
        return operation
    titles = [str(one) for one in listed]
    if title not in titles:
        if isinstance(operation, SetValue) and operation.value is None:
            return operation.model_copy(update={"path": (*above, len(titles)), "value": title})
        return operation
    place = titles.index(title)
    path, written = (*above, place), listed[place]
    match operation:
        case RenameKey(to=to):
            if to in titles and to != title:
                raise Refused(f"there is a `{to}` already", document.line((*above, titles.index(to))))
            return SetValue(op="set", path=path, value=to if to != title else written)
        case SetValue(value=None):
            return SetValue(op="set", path=path, value=written)
        case SetValue():
            return operation
        case _:
            return operation.model_copy(update={"path": path})


def titles_as_keys(document: Document, path: Path) -> Document:
    """Write the titles of such a list as keys without a value, each on its own line if it has one. Raises Refused."""
    titles = {str(title): None for title in model.at(document.value, path)}
    expected = model.replaced(document.value, path, titles)
    try:
        return proved(document, expected, [lambda: _keys_for_items(document, path)], path)
    except Refused:
        return values.replace_value(document, path, titles)


def _keys_for_items(document: Document, path: Path) -> Sequence[Splice]:
    place = document.find(path)
    if place is None or not isinstance(place.node, yaml.SequenceNode) or is_flow(place.node) or place.key is None:
        raise Refused("these titles are not below each other")
    found: list[Splice] = []
    for position, item in enumerate(place.node.value):
        start = start_of(document, Place(item, place.node, None, position, in_flow=False))
        # A hyphen may stand right below the key of the list; a key there would be its neighbour.
        is_below = start - document.line_start(document.line_of(start)) <= place.key.start_mark.column
        style = item.style if isinstance(item, yaml.ScalarNode) else None
        text = f"{' ' * document.indent_step if is_below else ''}{key_text(str(item.value), style)}:"
        found.append(Splice(start, document.content_end(item), text))
    return found
