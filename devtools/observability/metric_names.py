"""Names of metrics and labels: those in a PromQL expression, and those that Parley's processes export."""

import re
from collections.abc import Iterable, Iterator
from functools import cache

from prometheus_client import Counter, Histogram
from prometheus_client.metrics import MetricWrapperBase

from shared.telemetry import metrics

# Metrics of Prometheus itself and of prometheus-client.
_STANDARD_METRICS = {"up", "process_resident_memory_bytes", "process_cpu_seconds_total", "process_start_time_seconds"}
_NAMES = re.compile(r"\b(parley_\w+|up|process_\w+|(?:slo|store):\w+:\w+)\b")
_QUOTED = re.compile(r'"[^"]*"')
_TARGET_LABELS = {"job", "instance", "service"}  # those that a scrape adds
_SELECTOR = re.compile(r"\b(parley_\w+)\{([^}]*)\}")
_BY = re.compile(r"\bby ?\(([^)]*)\) ?(?=\()")


def metrics_of(expression: str) -> set[str]:
    """Return the names of metrics and recording rules in a PromQL expression."""
    return set(_NAMES.findall(_QUOTED.sub('""', expression)))


def unknown_metrics(names: Iterable[str]) -> set[str]:
    """Return the names that no process exports."""
    return set(names) - exported_metrics()


def unknown_labels(expression: str) -> set[tuple[str, str]]:
    """Return the labels that an expression selects or groups by and that a metric does not have, as (metric, label)."""
    expression = _QUOTED.sub('""', expression)
    used = [(metric, re.findall(r"(\w+) ?[=!]", matchers)) for metric, matchers in _SELECTOR.findall(expression)]
    for found in _BY.finditer(expression):
        names = re.findall(r"\w+", found[1])
        used += [(metric, names) for metric in metrics_of(_in_brackets(expression[found.end() :]))]
    labels = _labels()
    return {(metric, name) for metric, names in used for name in names if name not in labels.get(metric, {name})}


def _in_brackets(text: str) -> str:
    """Return the beginning of a text up to the bracket that closes its first."""
    depth = 0
    for end, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if not depth:
            return text[:end]
    return text


@cache
def _labels() -> dict[str, set[str]]:
    """Return the labels of Parley's series, by name."""
    return {
        name: {*metric._labelnames, *_TARGET_LABELS, *({"le"} if name.endswith("_bucket") else ())}
        for metric in _wrappers()
        for name in _series(metric)
    }


def _wrappers() -> Iterator[MetricWrapperBase]:
    return (metric for metric in vars(metrics).values() if isinstance(metric, MetricWrapperBase))


@cache
def exported_metrics() -> frozenset[str]:
    """Return the names of all series that Parley's processes export."""
    own = {name for metric in _wrappers() for name in _series(metric)}
    return frozenset(_STANDARD_METRICS | own)


def _series(metric: MetricWrapperBase) -> list[str]:
    (family,) = metric.describe()
    if isinstance(metric, Counter):
        return [f"{family.name}_total"]
    if isinstance(metric, Histogram):
        return [f"{family.name}{suffix}" for suffix in ("_bucket", "_count", "_sum")]
    return [family.name]
