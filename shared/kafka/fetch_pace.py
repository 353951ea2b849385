"""Sets how long the broker may keep the next fetch of a consumer: long at rest, briefly while records arrive.

This is the only place that sets private attributes of aiokafka's fetcher: it reads them for each request, and the
driver has no public way to change them. `tests/runtime/test_fetch_pace.py` fails when a new driver does not.
"""

from collections.abc import Callable
from typing import Any

_REST_AFTER = 1.0  # seconds without records; more than any patience
_LOOK_EVERY = 2.0  # seconds
_BUSY_MS = 500  # where no patience is wanted, and some partition is not fetched, which waits for the next request
_AT_ONCE = 1  # byte: a fetch is answered with the first record
_MIN_BYTES = 64 * 1024  # with patience: so many bytes are returned at once


def look_rarely(fetcher: Any) -> None:
    """Let a fetcher of aiokafka look for what it could fetch every two seconds, not five times a second, beside all
    that wakes it. For a consumer that is made by others; ours has `consumer_timeout_ms`.
    """
    fetcher._fetcher_timeout = _LOOK_EVERY


class FetchPace:
    """Sets how long the broker may delay the fetches of a consumer. fetcher: of aiokafka. patience: returns the seconds
    for which the broker may delay a fetch to collect more records, while records arrive; 0 to answer with the first
    record. rest: seconds for which it may keep a fetch while none arrive: a fetch cannot be withdrawn, so a rebalance
    may wait for it. now: a monotonic clock in seconds.
    """

    def __init__(self, fetcher: Any, patience: Callable[[], float], rest: float, now: Callable[[], float]) -> None:
        self._fetcher = fetcher
        self._patience = patience
        self._rest_ms = int(rest * 1000)
        self._now = now
        self._arrived = now()
        self._set(_BUSY_MS, _AT_ONCE)

    def note(self, *, records: bool, all_wanted: bool) -> None:
        """Choose the pace of the next request. all_wanted: each assigned partition may be fetched; one that may not is
        left out of a request, and would wait for the end of a long one.
        """
        now = self._now()
        if records or not all_wanted:
            self._arrived = now
        if now - self._arrived >= _REST_AFTER:
            self._set(self._rest_ms, _AT_ONCE)
            return
        patience = self._patience()
        if patience:
            self._set(int(patience * 1000), _MIN_BYTES)
        else:
            self._set(_BUSY_MS, _AT_ONCE)

    def _set(self, wait_ms: int, min_bytes: int) -> None:
        self._fetcher._fetch_max_wait_ms = wait_ms
        self._fetcher._fetch_min_bytes = min_bytes
