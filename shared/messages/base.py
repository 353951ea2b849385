"""Base classes of all messages.

A message refuses undeclared fields when it is built and ignores unknown ones when it is decoded, so that an old
consumer survives a new producer. A field that is added later must have a default, so that a new consumer reads what an
old producer wrote. `tests/unit/test_schemas.py` decodes every committed example to prove it.
"""

from datetime import datetime

import msgspec


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A record's value on a topic.

    id: derived (`shared.domain.ids`), so a redelivered record has the same id.
    workspace: the record's key is made from it (`shared.topics.key_for`).
    correlation_id: 32 hex digits, the same from the customer's message to the last status of its answer.
    created_at: time at which this record was made, UTC.
    """

    id: str
    workspace: str
    correlation_id: str
    created_at: datetime


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Part of a message; the encoded form omits defaults."""


def empty_object() -> msgspec.Raw:
    """Return the default of raw JSON; a function, because a JSON Schema cannot contain it as a value."""
    return msgspec.Raw(b"{}")


def empty_array() -> msgspec.Raw:
    """Return an empty array; see `empty_object`."""
    return msgspec.Raw(b"[]")
