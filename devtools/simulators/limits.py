"""Limits that are enforced if configured: throughput, pair rate and customer-service window.

Source: Meta "Cloud API: throughput, pair rate limits" (80 messages a second; 1 message every 6 s to one customer, with
a burst of about 45) and "Customer service windows" (24 hours).
"""

from cachetools import FIFOCache

from devtools.simulators.config import ProviderConfig

_KEEP = 500_000  # pairs remembered


class SimulatedLimits:
    """State of the limits. The caller passes times, in seconds of any clock."""

    def __init__(self) -> None:
        self._due: FIFOCache[tuple[str, str], float] = FIFOCache(maxsize=_KEEP)  # when a token bucket is empty again
        self._inbound: FIFOCache[tuple[str, str], float] = FIFOCache(maxsize=_KEEP)

    def record_inbound(self, number: str, customer: str, at: float) -> None:
        """Open the customer-service window: a customer wrote to this number."""
        self._inbound[number, customer] = at

    def window_open(self, number: str, customer: str, at: float, config: ProviderConfig) -> bool:
        if config.window_seconds is None:
            return True
        return at - self._inbound.get((number, customer), float("-inf")) <= config.window_seconds

    def take_pair_token(self, number: str, customer: str, at: float, config: ProviderConfig) -> bool:
        if config.pair_seconds is None:
            return True
        return self._take_token((number, customer), at, config.pair_seconds, config.pair_burst)

    def take_throughput_token(self, number: str, at: float, config: ProviderConfig) -> bool:
        if config.throughput is None:
            return True
        return self._take_token((number, ""), at, 1 / config.throughput, max(1, round(config.throughput)))

    def _take_token(self, key: tuple[str, str], at: float, cost: float, burst: int) -> bool:
        due = max(at, self._due.get(key, at)) + cost
        if due - at > cost * burst + 1e-9:
            return False
        self._due[key] = due
        return True
