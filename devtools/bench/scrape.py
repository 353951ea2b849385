"""Parse a service's `/metrics`: gauges, and quantiles of a histogram between two scrapes. Pure."""

from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families


@dataclass(frozen=True, slots=True)
class HistogramBuckets:
    """A histogram: observations up to each bound (seconds; the last is infinite), and their sum in seconds."""

    counts: dict[float, float]
    total: float

    def since(self, before: "HistogramBuckets") -> "HistogramBuckets":
        """Return the observations after `before`."""
        counts = {bound: count - before.counts.get(bound, 0.0) for bound, count in self.counts.items()}
        return HistogramBuckets(counts, self.total - before.total)

    @property
    def mean(self) -> float:
        """Mean in seconds; 0 without observations."""
        count = max(self.counts.values(), default=0.0)
        return self.total / count if count else 0.0

    def quantile(self, share: float) -> float:
        """Return a quantile in seconds, interpolated within its bucket as Prometheus does.

        In the last bucket it is the lower bound.
        """
        wanted = share * max(self.counts.values(), default=0.0)
        lower = below = 0.0
        for bound, count in sorted(self.counts.items()):
            if count >= wanted and count > below:
                inside = (wanted - below) / (count - below)
                return lower if bound == float("inf") else lower + (bound - lower) * inside
            lower, below = bound, count
        return 0.0


def histogram(text: str, name: str, **labels: str) -> HistogramBuckets:
    """Return the histogram `name` with these labels; empty if there is none yet."""
    counts: dict[float, float] = {}
    total = 0.0
    for sample_name, sample_labels, value in _samples(text, name):
        if labels.items() <= sample_labels.items():
            if sample_name == f"{name}_bucket":
                counts[float(sample_labels["le"])] = counts.get(float(sample_labels["le"]), 0.0) + value
            elif sample_name == f"{name}_sum":
                total += value
    return HistogramBuckets(counts, total)


def gauge(text: str, name: str) -> float:
    """Return the gauge's sum over all labels."""
    return sum(value for _, _, value in _samples(text, name))


def _samples(text: str, name: str) -> list[tuple[str, dict[str, str], float]]:
    return [
        (sample.name, sample.labels, sample.value)
        for family in text_string_to_metric_families(text)
        if family.name == name
        for sample in family.samples
    ]
