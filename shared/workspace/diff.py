"""The differences between two stored forms of a workspace, field by field, without secrets. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

_KEYS = {
    "channels": "id",
    "faqs": "question",
    "catalog": "sku",
    "flows": "name",
    "segments": "name",
    "webhooks": "id",
}
"""The lists whose items must not be removed by accident, with the key of their items."""

_SECRETS = "secrets"
_IGNORED = ("_id", "workspace", "revision", "created_at", "updated_at", "ownership", "rotations", "registered")
_DERIVED = ("key", "account")  # of a channel: derived from fields that are compared
_ROTATED = ("previous", "previous_until")  # of a webhook: its last secret, for a while

Kind = Literal["added", "changed", "removed"]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A difference between two states of a workspace. path: such as `bot.history` or `faqs[Where are you?].answer`.
    loses: a whole item of a list is removed.

    before, after: None for missing values, secrets and whole items.
    """

    kind: Kind
    path: str
    before: Any = None
    after: Any = None
    loses: bool = False


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return the changes from one stored form to another, in the order of their fields."""
    return tuple(_fields("", before, after, _IGNORED))


def losses(found: Sequence[Change]) -> tuple[Change, ...]:
    """Return the changes that remove an item."""
    return tuple(change for change in found if change.loses)


def _fields(
    path: str, before: Mapping[str, Any], after: Mapping[str, Any], ignored: Sequence[str] = ()
) -> Iterator[Change]:
    for name in (*after, *(name for name in before if name not in after)):
        if name in ignored:
            continue
        here = f"{path}.{name}" if path else name
        if name == _SECRETS:
            yield from _secrets(path, before.get(name) or {}, after.get(name) or {})
        elif name == "settings":
            yield from _fields(path, before.get(name) or {}, after.get(name) or {})
        elif not path and name in _KEYS:
            yield from _items(here, _KEYS[name], before.get(name) or [], after.get(name) or [])
        else:
            yield from _value(here, before.get(name), after.get(name))


def _value(path: str, before: Any, after: Any) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(after, Mapping) and isinstance(before, Mapping | None):
        yield from _fields(path, before or {}, after)
    elif before is None:
        yield Change(kind="added", path=path, after=after)
    elif after is None:
        yield Change(kind="removed", path=path, before=before)
    else:
        yield Change(kind="changed", path=path, before=before, after=after)


def _items(path: str, key: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[Change]:
    """Compare two lists of items. Items in an old format, such as flows as paths, had no effect and are left out."""
    old = {item[key]: item for item in before if isinstance(item, Mapping)}
    new = {item[key]: item for item in after}
    for name, item in new.items():
        here = f"{path}[{name}]"
        if name not in old:
            yield Change(kind="added", path=here)
        else:
            yield from _fields(here, old[name], item, (key, *_DERIVED, *_ROTATED))
    for name in old:
        if name not in new:
            yield Change(kind="removed", path=f"{path}[{name}]", loses=True)
    if old.keys() == new.keys() and list(old) != list(new):
        yield Change(kind="changed", path=path, after="another order")


def _secrets(path: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    for name in (*after, *(name for name in before if name not in after)):
        if before.get(name) == after.get(name) or name in _ROTATED:
            continue
        kind: Kind = "added" if name not in before else "changed" if name in after else "removed"
        yield Change(kind=kind, path=f"{path}.{name}")
