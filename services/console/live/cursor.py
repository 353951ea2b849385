"""The cursor of live events: the position behind the last event in every partition, with the topic's id.

Any replica can resume from it, because it names places in Kafka and nothing of a process. It is not secret and not
signed: rights are applied to each event that is read from it.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass

Positions = tuple[int, ...]
"""The offset of the next record to read, by partition."""

_VERSION = 1
_ID_BYTES = 16
_MOST_PARTITIONS = 1000
_MOST_CHARACTERS = 16_384
_MOST_OFFSET = 2**63 - 1
NO_TOPIC_ID = bytes(_ID_BYTES)
"""Stands for the id of a topic whose brokers give none."""


class InvalidCursor(ValueError):
    """Raised for text that is not a cursor."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The positions up to which a browser was sent everything. topic_id: 16 bytes, another one after the topic was
    deleted and created anew.
    """

    topic_id: bytes
    positions: Positions

    def encode(self) -> str:
        """Return it as text: about 60 characters for twelve partitions, at most 120."""
        raw = bytearray((_VERSION,))
        raw += self.topic_id
        for position in self.positions:
            _append_varint(raw, position)
        return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> Cursor:
    """Return the cursor of a text of `Cursor.encode`. Raises InvalidCursor."""
    if not text or len(text) > _MOST_CHARACTERS or not text.isascii():
        raise InvalidCursor("not a cursor")
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise InvalidCursor("not base64url") from None
    if len(raw) <= _ID_BYTES or raw[0] != _VERSION:
        raise InvalidCursor("of another version")
    return Cursor(raw[1 : 1 + _ID_BYTES], tuple(_varints(raw[1 + _ID_BYTES :])))


def widened(positions: Sequence[int], partitions: int) -> Positions:
    """Return the positions for so many partitions: a partition that was added since is read from its start."""
    return tuple(positions) + (0,) * (partitions - len(positions))


def _append_varint(raw: bytearray, value: int) -> None:
    while value > 0x7F:
        raw.append(value & 0x7F | 0x80)
        value >>= 7
    raw.append(value)


def _varints(raw: bytes) -> list[int]:
    values: list[int] = []
    value = shift = 0
    for byte in raw:
        value |= (byte & 0x7F) << shift
        if value > _MOST_OFFSET or shift > 63:
            raise InvalidCursor("a position is too large")
        if byte & 0x80:
            shift += 7
            continue
        values.append(value)
        value = shift = 0
    if shift or len(values) > _MOST_PARTITIONS:
        raise InvalidCursor("cut off, or of too many partitions")
    return values
