"""What a service's `/metrics` say: gauges, and shares of a histogram between two looks. Pure."""

from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families


@dataclass(frozen=True, slots=True)
class HistogramBuckets:
    """Of one histogram: how many were at most each bound (seconds; the last is infinite), and their sum in seconds."""

    counts: dict[float, float]
    total: float

    def since(self, before: "HistogramBuckets") -> "HistogramBuckets":
        """What came after `before`."""
        counts = {bound: count - before.counts.get(bound, 0.0) for bound, count in self.counts.items()}
        return HistogramBuckets(counts, self.total - before.total)

    @property
    def mean(self) -> float:
        """Seconds; 0 when there are none."""
        count = max(self.counts.values(), default=0.0)
        return self.total / count if count else 0.0

    def quantile(self, share: float) -> float:
        """Seconds, taken as evenly spread within a bucket, as Prometheus does; of the last bucket its lower bound."""
        wanted = share * max(self.counts.values(), default=0.0)
        lower = below = 0.0
        for bound, count in sorted(self.counts.items()):
            if count >= wanted and count > below:
                inside = (wanted - below) / (count - below)
                return lower if bound == float("inf") else lower + (bound - lower) * inside
            lower, below = bound, count
        return 0.0


def histogram(text: str, name: str, **labels: str) -> HistogramBuckets:
    """The histogram `name` of these labels; empty when there is none yet."""
    counts: dict[float, float] = {}
    total = 0.0
    for sample_name, has, value in _samples(text, name):
        if labels.items() <= has.items():
            if sample_name == f"{name}_bucket":
                counts[float(has["le"])] = counts.get(float(has["le"]), 0.0) + value
            elif sample_name == f"{name}_sum":
                total += value
    return HistogramBuckets(counts, total)


def gauge(text: str, name: str) -> float:
    """The sum over all labels."""
    return sum(value for _, _, value in _samples(text, name))


def _samples(text: str, name: str) -> list[tuple[str, dict[str, str], float]]:
    return [
        (sample.name, sample.labels, sample.value)
        for family in text_string_to_metric_families(text)
        if family.name == name
        for sample in family.samples
    ]
