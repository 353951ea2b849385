"""Round trips that a service's recorder wrote (`round_trip_recorder.py`), and what they amount to. Pure but for `read`.

Times are of the machine's monotonic clock, which all processes share.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from shared.topics import CONVERSATION_EVENTS

MONGODB, REDIS, KAFKA, MODEL, PROVIDER = "mongodb", "redis", "kafka", "model", "provider"
RECORD = "record"  # a record that a service has read, or a webhook
REQUEST = "request"  # a request of the Kafka driver
MESSAGE = "message"  # call of a provider that sends a message
WEBHOOK = "webhook"
STORES = (MONGODB, REDIS)
_WAITS = frozenset({MONGODB, REDIS, KAFKA, MODEL})


class RoundTrip(msgspec.Struct, frozen=True, array_like=True):
    """One round trip, or the processing of one record (`to` is RECORD).

    origin: the record or webhook on whose behalf it was made, `topic/partition/offset` or `webhook/number`; empty if
    none, as for polling. items: topics of the records written, or commands of a pipeline.
    """

    to: str
    what: str
    origin: str
    began: float
    ended: float
    items: tuple[str, ...] = ()
    service: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """Service, store and command."""
        return self.service, self.to, self.what


class RoundTripFiles:
    """The files of all services; `read` returns what was written since the last call."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._files = files
        self._read = dict.fromkeys(files, 0)

    def read(self) -> list[RoundTrip]:
        """Return new round trips by the time of their end."""
        new: list[RoundTrip] = []
        for service, file in self._files.items():
            data = file.read_bytes()[self._read[service] :] if file.exists() else b""
            whole = data[: data.rfind(b"\n") + 1]
            self._read[service] += len(whole)
            new += (
                msgspec.structs.replace(msgspec.json.decode(line, type=RoundTrip), service=service)
                for line in whole.splitlines()
            )
        return sorted(new, key=lambda trip: trip.ended)


def is_work(trip: RoundTrip) -> bool:
    """Return whether the round trip belongs to a record, or is a write to Kafka, which is never polling."""
    return trip.to != REQUEST and (bool(trip.origin) or trip.to in (KAFKA, RECORD))


def are_all_read(trips: Sequence[RoundTrip]) -> bool:
    """Return whether every record that was written has been processed; each topic has one consumer group.

    Events are left out: they are fetched seconds later, and need nothing in a workspace without webhooks.
    """
    written = Counter(topic for trip in trips if trip.to == KAFKA for topic in trip.items)
    del written[CONVERSATION_EVENTS.name]
    return written <= Counter(trip.what for trip in trips if trip.to == RECORD)


def critical_path(trips: Sequence[RoundTrip]) -> list[RoundTrip]:
    """Return the waits that lie one after another between a webhook and the call of the provider that sends a message.

    Followed back from the call: before a round trip began, its record waited for the one that ended last; before a
    record was read, it was written. Empty if no message was sent.
    """
    call = next((trip for trip in trips if (trip.to, trip.what) == (PROVIDER, MESSAGE)), None)
    path: list[RoundTrip] = []
    while call is not None:
        path += _waits_before(trips, call)
        last = path[-1] if path and path[-1].origin == call.origin else call
        call = _written_by(trips, last) if last.origin else None
        if call is not None:
            path.append(call)
    return path[::-1]


def _waits_before(trips: Sequence[RoundTrip], call: RoundTrip) -> list[RoundTrip]:
    """Return the waits of the call's record before the call, the last one first."""
    same = [
        one
        for one in trips
        if call.origin and (one.service, one.origin) == (call.service, call.origin) and one.to in _WAITS
    ]
    path: list[RoundTrip] = []
    while earlier := [one for one in same if one.ended <= call.began]:
        call = max(earlier, key=lambda one: one.ended)
        path.append(call)
    return path


def _written_by(trips: Sequence[RoundTrip], trip: RoundTrip) -> RoundTrip | None:
    """Return the write of the record on whose behalf a round trip was made; None for a webhook."""
    topic = trip.origin.partition("/")[0]
    written = [one for one in trips if one.to == KAFKA and topic in one.items and one.began < trip.began]
    return max(written, key=lambda one: one.began, default=None)
