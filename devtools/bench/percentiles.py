"""Percentiles of latencies."""

from collections.abc import Sequence

P50_P95_P99 = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the percentile by nearest rank; 0 without values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
