"""Metrics: one list, bounded labels, and the service levels' thresholds among the buckets."""

import pytest
from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase

from shared.telemetry import metrics, quick_labels

ALL = {name: value for name, value in vars(metrics).items() if isinstance(value, MetricWrapperBase)}

# Each has few values by its nature. Customers, conversations, messages, addresses and offsets have not.
BOUNDED = {
    "author",
    "consumer",
    "code",  # of a provider, those in our tables only
    "decision",
    "dependency",
    "group",
    "kind",
    "model",
    "outcome",
    "place",  # a server of ours, and a directory of it
    "policy",  # of Redis, one of eight
    "provider",
    "reason",
    "route",  # with the names of its parameters
    "service",
    "status",
    "store",
    "tier",
    "tool",  # one of ours, or `unknown`
    "topic",
    "verified",
    "what",
    "workspace",
}


def test_list_of_metrics_is_not_empty() -> None:
    assert len(ALL) > 20


@pytest.mark.parametrize("name", ALL)
def test_labels_are_bounded(name: str) -> None:
    labels = set(ALL[name]._labelnames)
    assert labels <= BOUNDED
    assert "workspace" not in labels or "by workspace" in ALL[name]._documentation, "only where the description says so"


@pytest.mark.parametrize("name", ALL)
def test_names_and_units_are_documented(name: str) -> None:
    (family,) = ALL[name].describe()
    assert family.name.startswith("parley_")
    assert family.documentation.endswith(".")
    if isinstance(ALL[name], Histogram):
        assert family.name.endswith("_seconds")


def test_names_are_distinct() -> None:
    names = [next(iter(metric.describe())).name for metric in ALL.values()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("metric", [metric for metric in ALL.values() if isinstance(metric, Histogram)])
def test_buckets_ascend(metric: Histogram) -> None:
    assert metric._upper_bounds == sorted(set(metric._upper_bounds))
    assert len(metric._upper_bounds) <= 16


def test_only_falling_values_are_gauges() -> None:
    for metric in ALL.values():
        assert isinstance(metric, Counter | Gauge | Histogram)


def test_labels_finds_the_child_of_the_same_values() -> None:
    counter = quick_labels.Counter("quick_labels_test", "A test.", ["name", "number"], registry=None)
    first = counter.labels("a", "1")
    assert counter.labels("a", "1") is first
    assert counter.labels("a", 1) is first
    assert counter.labels(name="a", number="1") is first
    assert counter.labels("b", "1") is not first
    with pytest.raises(ValueError, match="label"):
        counter.labels("a")
