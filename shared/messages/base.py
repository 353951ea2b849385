"""What all messages have in common.

A message refuses undeclared fields when it is built and ignores unknown ones when it is decoded, so that an old
consumer survives a new producer. A field that is added later must have a default, so that a new consumer reads what an
old producer wrote. `tests/unit/test_schemas.py` decodes every committed example to prove it.
"""

from datetime import datetime

import msgspec


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A record's value on a topic.

    id: derived, see `shared.domain.ids`; the same thing said twice has the same id.
    workspace: the tenant; the record's key is made from it (`shared.topics.key_for`).
    correlation_id: 32 hex digits, the same from the customer's message to the last status of its answer.
    created_at: when this record was made, UTC.
    """

    id: str
    workspace: str
    correlation_id: str
    created_at: datetime


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A piece of a message; defaults are left out of the encoded form."""


def empty_object() -> msgspec.Raw:
    """The default of raw JSON; made by a function, because a JSON Schema cannot show it as a value."""
    return msgspec.Raw(b"{}")


def empty_array() -> msgspec.Raw:
    """See `empty_object`."""
    return msgspec.Raw(b"[]")
