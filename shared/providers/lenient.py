"""Decodes a provider's JSON so that a member of the wrong type does not make the whole object unreadable.

A well-formed object is decoded by msgspec in one pass. Only when that fails is the object read member by member:

    a member with a default          of the wrong type → its default
    a required member                of the wrong type → the enclosing object is unreadable
    a member marked `MUST_BE_VALID`  of the wrong type → the enclosing object is unreadable; the member may be missing
    an element of a list             of the wrong type → left out, unless the list is marked `MUST_BE_VALID`
    a list of more than 10,000       with one of the wrong type → of the wrong type itself
    a number instead of text → its digits; an object instead of a list → a list with that object

An unreadable object is a member of its enclosing object, to which the same rules apply. Callers also store the raw
JSON, so nothing is lost.
"""

from collections.abc import Iterator
from functools import cache
from types import UnionType
from typing import Annotated, Any, Generic, TypeVar, Union, get_args, get_origin

import msgspec

T = TypeVar("T")

MUST_BE_VALID = "must be valid"
"""Marks an optional member whose invalid value must not be replaced by the default: `Annotated[int, MUST_BE_VALID] =
1`."""


class LenientDecoder(Generic[T]):
    """Decodes JSON into `kind`, a msgspec Struct, by the rules of this module."""

    def __init__(self, kind: type[T]) -> None:
        self._kind = kind
        self._strict = msgspec.json.Decoder(kind)

    def decode(self, raw: bytes | msgspec.Raw) -> T:
        """Return the object. Raises msgspec.DecodeError if it is no JSON, msgspec.ValidationError if it is
        unreadable."""
        try:
            return self._strict.decode(raw)
        except msgspec.ValidationError:
            found: T = _read(self._kind, bytes(raw))
            return found


def decode_or_none(decoder: "LenientDecoder[T] | msgspec.json.Decoder[T]", raw: bytes | msgspec.Raw | None) -> T | None:
    """Return the decoded object; None if `raw` is missing or unreadable."""
    if raw is None:
        return None
    try:
        return decoder.decode(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


@cache
def _decoder(kind: Any) -> "msgspec.json.Decoder[Any]":
    return msgspec.json.Decoder(kind)


_MOST_ELEMENTS = 10_000  # of a list that is read element by element: four megabytes could hold two million
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ELEMENTS = msgspec.json.Decoder(list[msgspec.Raw])


def _read(kind: Any, raw: bytes) -> Any:
    try:
        return _decoder(kind).decode(raw)
    except msgspec.ValidationError as error:
        for option in _options_of(kind):
            try:
                return _read_as(option, raw)
            except msgspec.ValidationError:
                continue
        raise error


def _read_as(kind: Any, raw: bytes) -> Any:
    """Read one member of a union. Raises msgspec.ValidationError."""
    if _is_struct(kind):
        return _struct(kind, raw)
    origin = get_origin(kind)
    if origin in {list, tuple}:
        found = [item for element in _elements(raw) for item in _element(get_args(kind)[0], bytes(element))]
        return found if origin is list else tuple(found)
    return msgspec.convert(_scalar(raw, kind), kind, strict=False)


def _struct(kind: Any, raw: bytes) -> Any:
    members = _MEMBERS.decode(raw)
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        member = members.get(field.encode_name)
        if member is None:
            if field.required:
                raise msgspec.ValidationError(f"Object missing required field `{field.encode_name}`")
            continue
        try:
            read = _read_whole if _must_be_valid(field.type) else _read
            values[field.name] = read(field.type, bytes(member))
        except msgspec.ValidationError as error:
            if field.required or _must_be_valid(field.type):
                raise msgspec.ValidationError(f"{error} - in `{field.encode_name}`") from error
    return kind(**values)


def _read_whole(kind: Any, raw: bytes) -> Any:
    """Read a member marked MUST_BE_VALID: every element of a list must be valid. Raises msgspec.ValidationError."""
    for option in _options_of(kind):
        if get_origin(option) in {list, tuple} and raw.startswith((b"[", b"{")):
            found = [_read(get_args(option)[0], bytes(element)) for element in _elements(raw)]
            return found if get_origin(option) is list else tuple(found)
    return _read(kind, raw)


def _elements(raw: bytes) -> list[msgspec.Raw]:
    """Return the elements of a list. Raises msgspec.ValidationError if there are too many to read one by one."""
    if raw.startswith(b"{"):
        return [msgspec.Raw(raw)]
    elements = _ELEMENTS.decode(raw)
    if len(elements) > _MOST_ELEMENTS:
        raise msgspec.ValidationError(f"a list of {len(elements)} elements")
    return elements


def _element(kind: Any, raw: bytes) -> Iterator[Any]:
    try:
        yield _read(kind, raw)
    except msgspec.ValidationError:
        return


def _scalar(raw: bytes, kind: Any) -> Any:
    """Return the value of a JSON scalar; a whole number as text if `kind` is text."""
    value = msgspec.json.decode(raw)
    if isinstance(value, dict | list | bool) or value is None:
        raise msgspec.ValidationError("not a text or a number")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) if isinstance(value, int) and _bare(kind) is str else value


@cache
def _options_of(kind: Any) -> tuple[Any, ...]:
    return tuple(_options(kind))


def _options(kind: Any) -> Iterator[Any]:
    """Yield the members of a union without None; a type that is no union yields itself."""
    bare = _bare(kind)
    if get_origin(bare) in {Union, UnionType}:
        for member in get_args(bare):
            if member is not type(None):
                yield from _options(member)
    elif bare is not msgspec.Raw:
        yield kind if bare in {str, int, float} else bare


def _bare(kind: Any) -> Any:
    """Return the type without its annotations."""
    return _bare(get_args(kind)[0]) if get_origin(kind) is Annotated else kind


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


@cache
def _must_be_valid(kind: Any) -> bool:
    """Return whether a type, or a member of a union, is marked `MUST_BE_VALID`."""
    if get_origin(kind) is Annotated and MUST_BE_VALID in kind.__metadata__:
        return True
    if get_origin(_bare(kind)) in {Union, UnionType}:
        return any(_must_be_valid(member) for member in get_args(_bare(kind)))
    return False
