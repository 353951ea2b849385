"""Log of all requests to the simulators, in order; tests read it and wait for records."""

import asyncio
from collections import Counter
from typing import Any

import msgspec

from devtools.simulators.webhooks import digits

KEEP = 200_000
KEEP_BYTES = 256 * 1024 * 1024
MAX_WAIT = 30.0


class RequestRecord(msgspec.Struct, kw_only=True, gc=False):
    """One request. id: id in the response (wamid, SM…). opaque: returned in its statuses. took: seconds until the
    response of a model; 0 for others.
    """

    seq: int
    at: float  # seconds since the epoch
    provider: str
    kind: str  # message, presence, completion
    accepted: bool
    to: str = ""
    sender: str = msgspec.field(default="", name="from")
    phone_number_id: str = ""
    account_sid: str = ""
    model: str = ""
    text: str = ""
    id: str = ""
    opaque: str = ""
    took: float = 0.0
    error: msgspec.Raw = msgspec.Raw(b"null")
    payload: msgspec.Raw = msgspec.Raw(b"null")


class RecordFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Selects records; an empty field matches all."""

    provider: str = ""
    to: str = ""
    kind: str = ""
    id: str = ""
    accepted: str = ""

    def matches(self, record: RequestRecord) -> bool:
        return (
            (not self.provider or record.provider == self.provider)
            and (not self.kind or record.kind == self.kind)
            and (not self.to or digits(record.to) == digits(self.to))
            and (not self.id or record.id == self.id)
            and (not self.accepted or record.accepted == (self.accepted == "true"))
        )


class RequestLog:
    """A bounded list of records with an increasing sequence number."""

    def __init__(self, keep: int = KEEP, keep_bytes: int = KEEP_BYTES) -> None:
        self._keep = keep
        self._keep_bytes = keep_bytes
        self._items: list[RequestRecord] = []
        self._bytes = 0
        self._seq = 0
        self._waiting: set[asyncio.Future[None]] = set()
        self._counts: Counter[tuple[str, str, bool]] = Counter()

    @property
    def last(self) -> int:
        """Sequence number of the newest record ever; 0 before the first."""
        return self._seq

    def add(self, *, payload: bytes, error: object = None, **fields: Any) -> RequestRecord:
        """Add one request. payload: JSON. error: any JSON value."""
        self._seq += 1
        record = RequestRecord(
            seq=self._seq,
            payload=msgspec.Raw(payload or b"null"),
            error=msgspec.Raw(msgspec.json.encode(error) if error is not None else b"null"),
            **fields,
        )
        self._items.append(record)
        self._bytes += len(payload)
        self._counts[record.provider, record.kind, record.accepted] += 1
        if len(self._items) > self._keep * 5 // 4 or self._bytes > self._keep_bytes:
            self._trim()
        if self._waiting:
            self._wake()
        return record

    def _trim(self) -> None:
        # In large steps, so that the cost per record stays constant.
        drop = max(len(self._items) - self._keep, len(self._items) // 5)
        self._bytes -= sum(len(bytes(record.payload)) for record in self._items[:drop])
        del self._items[:drop]

    def _wake(self) -> None:
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()

    def clear(self) -> None:
        """Remove all records; the sequence continues, so that `since` values stay valid."""
        self._items.clear()
        self._bytes = 0
        self._counts.clear()

    def counts(self) -> dict[str, dict[str, dict[str, int]]]:
        """Return counts by provider, kind and outcome since the start or the last `clear`."""
        result: dict[str, dict[str, dict[str, int]]] = {}
        for (provider, kind, accepted), n in self._counts.items():
            row = result.setdefault(provider, {}).setdefault(kind, {"accepted": 0, "refused": 0})
            row["accepted" if accepted else "refused"] += n
        return result

    def after(self, since: int, wanted: RecordFilter, limit: int) -> tuple[list[RequestRecord], int]:
        """Return records with a sequence number above `since`, and the next `since`."""
        first = self._items[0].seq if self._items else self._seq + 1
        found: list[RequestRecord] = []
        for record in self._items[max(0, since + 1 - first) :]:
            if wanted.matches(record):
                found.append(record)
                if len(found) >= limit:
                    return found, record.seq
        return found, self._seq

    async def wait_after(
        self, since: int, wanted: RecordFilter, limit: int, seconds: float
    ) -> tuple[list[RequestRecord], int]:
        """As `after`, but wait until there is at least one, at most `seconds` or `MAX_WAIT`."""
        loop = asyncio.get_running_loop()
        end = loop.time() + min(seconds, MAX_WAIT)
        while True:
            found, since = self.after(since, wanted, limit)
            left = end - loop.time()
            if found or left <= 0:
                return found, since
            waiter = loop.create_future()
            self._waiting.add(waiter)
            await asyncio.wait({waiter}, timeout=left)
            self._waiting.discard(waiter)
