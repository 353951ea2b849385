"""Names of metrics: those in a PromQL expression, and those that Parley's processes export."""

import re
from collections.abc import Iterable
from functools import cache

from prometheus_client import Counter, Histogram
from prometheus_client.metrics import MetricWrapperBase

from shared.telemetry import metrics

# Metrics of Prometheus itself and of prometheus-client.
_STANDARD_METRICS = {"up", "process_resident_memory_bytes", "process_cpu_seconds_total"}
# Of kube-state-metrics, which only clusters have.
_CLUSTER_METRICS = {"kube_cronjob_status_last_successful_time", "kube_cronjob_created"}
_NAMES = re.compile(r"\b(parley_\w+|up|process_\w+|kube_\w+|slo:\w+:\w+)\b")
_QUOTED = re.compile(r'"[^"]*"')


def metrics_of(expression: str) -> set[str]:
    """Return the names of metrics and recording rules in a PromQL expression."""
    return set(_NAMES.findall(_QUOTED.sub('""', expression)))


def unknown_metrics(names: Iterable[str]) -> set[str]:
    """Return the names that no process exports."""
    return set(names) - exported_metrics()


@cache
def exported_metrics() -> frozenset[str]:
    """Return the names of all series that Parley's processes export, and of the others that rules may use."""
    wrappers = [metric for metric in vars(metrics).values() if isinstance(metric, MetricWrapperBase)]
    return frozenset(_STANDARD_METRICS | _CLUSTER_METRICS | {name for metric in wrappers for name in _series(metric)})


def _series(metric: MetricWrapperBase) -> list[str]:
    (family,) = metric.describe()
    if isinstance(metric, Counter):
        return [f"{family.name}_total"]
    if isinstance(metric, Histogram):
        return [f"{family.name}{suffix}" for suffix in ("_bucket", "_count", "_sum")]
    return [family.name]
