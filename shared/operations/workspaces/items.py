"""Edits of the lists of a workspace: one item is added, replaced or removed, the rest stays."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from shared.domain.ids import derived_id
from shared.operations.workspaces.edit import EditInvalid, WorkspaceNotFound
from shared.repositories.workspace_editor import Edit
from shared.workspace.checks import as_asked

Item = Mapping[str, Any]
Key = Callable[[Item], str]


def faq_id(faq: Item) -> str:
    """Return the id of an FAQ: it is made of its question, without case and final punctuation."""
    return derived_id("faq", as_asked(str(faq.get("question", ""))))[:16]


KEYS: Mapping[str, Key] = {
    "faqs": faq_id,
    "catalog": lambda item: str(item.get("sku", "")),
    "segments": lambda item: str(item.get("name", "")),
    "channels": lambda item: str(item.get("id", "")),
    "webhooks": lambda item: str(item.get("id", "")),
}
"""Names of the items of a list."""


def added(field: str, item: Item) -> Edit:
    """Return an edit that appends an item. It raises EditInvalid when there is one of that name."""
    key = KEYS[field]

    def edit(form: dict[str, Any]) -> Mapping[str, Any]:
        if any(key(one) == key(item) for one in form[field]):
            raise EditInvalid([((field, len(form[field])), "is there already")])
        return {**form, field: [*form[field], item]}

    return edit


def changed(field: str, name: str, change: Callable[[dict[str, Any]], Item]) -> Edit:
    """Return an edit of one item. It raises WorkspaceNotFound."""
    key = KEYS[field]

    def edit(form: dict[str, Any]) -> Mapping[str, Any]:
        _require(form[field], key, name)
        return {**form, field: [change(dict(one)) if key(one) == name else one for one in form[field]]}

    return edit


def put(field: str, name: str, item: Item) -> Edit:
    """Return an edit that replaces the item of that name, or appends it."""
    key = KEYS[field]

    def edit(form: dict[str, Any]) -> Mapping[str, Any]:
        items = form[field]
        if all(key(one) != name for one in items):
            return {**form, field: [*items, item]}
        return {**form, field: [item if key(one) == name else one for one in items]}

    return edit


def removed(field: str, name: str) -> Edit:
    """Return an edit that removes an item. It raises WorkspaceNotFound."""
    key = KEYS[field]

    def edit(form: dict[str, Any]) -> Mapping[str, Any]:
        _require(form[field], key, name)
        return {**form, field: [one for one in form[field] if key(one) != name]}

    return edit


def replaced(field: str, items: Sequence[Item], *, merge: bool) -> Edit:
    """Return an edit that replaces a list. merge: replace or append only the given items; the others stay."""
    key = KEYS[field]

    def edit(form: dict[str, Any]) -> Mapping[str, Any]:
        if not merge:
            return {**form, field: list(items)}
        given = {key(item): item for item in items}
        known = {key(one) for one in form[field]}
        stay = [given.get(key(one), one) for one in form[field]]
        return {**form, field: [*stay, *(item for item in items if key(item) not in known)]}

    return edit


def position(field: str, form: Mapping[str, Any], name: str) -> int:
    """Return the place of an item in its list. Raises WorkspaceNotFound."""
    _require(form[field], KEYS[field], name)
    return next(index for index, one in enumerate(form[field]) if KEYS[field](one) == name)


def _require(items: Sequence[Item], key: Key, name: str) -> None:
    if all(key(one) != name for one in items):
        raise WorkspaceNotFound("there is none with this name")
