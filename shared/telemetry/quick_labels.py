"""Counters and histograms whose `labels` finds a known child without a lock and without converting the values.

Several are looked up for every record.
"""

from typing import Any, Self

import prometheus_client


class Counter(prometheus_client.Counter):
    """A counter."""

    def labels(self, *values: Any, **named: Any) -> Self:
        """Return the child with these label values."""
        known = self._metrics.get(values) if values else None
        return known or super().labels(*values, **named)  # type: ignore[return-value]  # all children are of this class


class Histogram(prometheus_client.Histogram):
    """A histogram."""

    def labels(self, *values: Any, **named: Any) -> Self:
        """Return the child with these label values."""
        known = self._metrics.get(values) if values else None
        return known or super().labels(*values, **named)  # type: ignore[return-value]  # all children are of this class
