"""Pages of lists: `limit` and an opaque `cursor`, which is signed and bound to the list, its filters, the workspace and
the caller. So a cursor cannot be made up, and nobody can use another's.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from fastapi import Query
from pydantic import BaseModel

from services.console.problems import FieldError, Problem

T = TypeVar("T")

MOST = 100
_USUAL = 50
_TAG = 16  # bytes
_LONGEST = 2000


class Page(BaseModel, Generic[T]):
    """A part of a list. next: the cursor of the next part; null at the end."""

    items: list[T]
    next: str | None


class FoundPage(Page[T], Generic[T]):
    """A part of a list, or what a search found. all_compared: false: there are more matches than were compared with
    what you may see.
    """

    all_compared: bool = True


class Cursors:
    """Signs cursors. keys: secret ones, by id (`Settings.secret_keys`); the first signs, all verify."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = [_derived(key) for key in keys]

    def encode(self, scope: Sequence[str], position: Sequence[object]) -> str:
        """Return the cursor of a position (text, numbers, datetimes, None) in the list that `scope` names."""
        value = msgspec.msgpack.encode(list(position))
        return urlsafe_b64encode(_tag(self._keys[0], scope, value) + value).decode().rstrip("=")

    def decode(self, scope: Sequence[str], cursor: str) -> list[Any]:
        """Return the position. Raises Problem for a cursor of another list or caller, or one that we did not make."""
        try:
            raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            tag, value = raw[:_TAG], raw[_TAG:]
            if any(hmac.compare_digest(tag, _tag(key, scope, value)) for key in self._keys):
                found: list[Any] = msgspec.msgpack.decode(value)
                return found
        except (ValueError, msgspec.DecodeError):
            pass
        raise Problem("invalid", errors=[FieldError("?cursor", "is not a cursor of this list")])


@dataclass(frozen=True, slots=True)
class Paging:
    """The page that a request asks for; routes get it as `Paged` (`services.console.parameters`). scope: what its
    cursor is bound to, besides the filters.
    """

    limit: int
    cursor: str | None
    cursors: Cursors
    scope: tuple[str, ...]

    def after(self, *filters: object) -> list[Any] | None:
        """Return the position after which the page begins; None: at the start. filters: those of the list.

        Raises Problem.
        """
        return None if self.cursor is None else self.cursors.decode(self._scope(filters), self.cursor)

    def page(self, items: Sequence[T], position: Sequence[object] | None, *filters: object) -> Page[T]:
        """Return the page. position: of its last item, if more items follow; None at the end."""
        following = None if position is None else self.cursors.encode(self._scope(filters), position)
        return Page(items=list(items), next=following)

    def _scope(self, filters: Sequence[object]) -> tuple[str, ...]:
        return (*self.scope, *map(repr, filters))


Limit = Annotated[int, Query(ge=1, le=MOST, description="Items of a page.")]
Cursor = Annotated[str | None, Query(max_length=_LONGEST, description="`next` of the page before.")]
USUAL_LIMIT = _USUAL


def _derived(key: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"parley console cursor").derive(key)


def _tag(key: bytes, scope: Sequence[str], value: bytes) -> bytes:
    name = "\x1f".join(scope).encode()
    return hmac.new(key, len(name).to_bytes(4) + name + value, sha256).digest()[:_TAG]
