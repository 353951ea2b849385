"""The offsets of a partition that are finished although one before them is not. Pure.

They are committed as the metadata of the group's offset, so that whoever gets the partition next skips them: after a
crash, a revocation or a stop nothing is done again but what ended since the last commit
(docs/decisions/0100-commits-say-what-is-finished-behind-them.md).
"""

import base64
import zlib

# Kafka takes 4,096 bytes (offset.metadata.max.bytes). So many offsets fit, also where compression gains nothing: 3,000
# bytes of bits, 11 of zlib, and 5 characters for each 4 bytes.
MOST_OFFSETS = 24_000
_FORMAT = "1"


class FinishedOffsets:
    """A set of offsets, all at least `start`. Those `MOST_OFFSETS` or more above it are not remembered: their records
    are processed again.
    """

    __slots__ = ("_bits", "start")

    def __init__(self, start: int) -> None:
        self.start = start
        self._bits = 0  # the lowest bit is that of `start`

    def add(self, offset: int) -> None:
        """Remember a finished offset."""
        if 0 <= (place := offset - self.start) < MOST_OFFSETS:
            self._bits |= 1 << place

    def __contains__(self, offset: int) -> bool:
        place = offset - self.start
        return 0 <= place < MOST_OFFSETS and bool(self._bits >> place & 1)

    def __len__(self) -> int:
        return self._bits.bit_count()

    def count_below(self, end: int) -> int:
        """Return how many offsets are below `end`."""
        return (self._bits & ((1 << max(0, min(end - self.start, MOST_OFFSETS))) - 1)).bit_count()

    def advance(self, start: int) -> None:
        """Forget the offsets below `start`."""
        if start > self.start:
            self._bits >>= start - self.start
            self.start = start

    def include(self, other: "FinishedOffsets") -> None:
        """Add what another set has at or above `start`; nothing if it begins later. The other is changed."""
        other.advance(self.start)
        if other.start == self.start:
            self._bits |= other._bits

    def encoded(self) -> str:
        """Return the set as text of at most 4,096 ASCII characters; empty if nothing is in it."""
        if not self._bits:
            return ""
        data = self._bits.to_bytes((self._bits.bit_length() + 7) // 8, "little")
        return _FORMAT + base64.b85encode(zlib.compress(data)).decode()


def decode(start: int, metadata: str) -> FinishedOffsets:
    """Return the set that was committed with the offset `start`; empty if the metadata is empty or not ours."""
    found = FinishedOffsets(start)
    if metadata.startswith(_FORMAT):
        limit = (MOST_OFFSETS + 7) // 8
        try:
            data = zlib.decompressobj().decompress(base64.b85decode(metadata[1:]), limit)
        except (ValueError, zlib.error):
            return found
        found._bits = int.from_bytes(data, "little") & ((1 << MOST_OFFSETS) - 1)
    return found
