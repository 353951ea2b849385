"""Which metrics an expression is about, and which there are."""

import re
from collections.abc import Iterable
from functools import cache

from prometheus_client import Counter, Histogram
from prometheus_client.metrics import MetricWrapperBase

from shared.telemetry import metrics

# Of Prometheus itself and of prometheus-client; everything else is ours.
_NOT_OURS = {"up", "process_resident_memory_bytes", "process_cpu_seconds_total"}
_NAMES = re.compile(r"\b(parley_\w+|up|process_\w+|slo:\w+:\w+)\b")
_QUOTED = re.compile(r'"[^"]*"')


def metrics_of(expression: str) -> set[str]:
    """The names of the metrics in PromQL: ours, the recorded ones, and those that every process has."""
    return set(_NAMES.findall(_QUOTED.sub('""', expression)))


def unknown(names: Iterable[str]) -> set[str]:
    """Those that no process of ours exports."""
    return set(names) - exported()


@cache
def exported() -> frozenset[str]:
    """The names of all series that processes of ours export."""
    ours = [metric for metric in vars(metrics).values() if isinstance(metric, MetricWrapperBase)]
    return frozenset(_NOT_OURS | {name for metric in ours for name in _series(metric)})


def _series(metric: MetricWrapperBase) -> list[str]:
    (family,) = metric.describe()
    if isinstance(metric, Counter):
        return [f"{family.name}_total"]
    if isinstance(metric, Histogram):
        return [f"{family.name}{suffix}" for suffix in ("_bucket", "_count", "_sum")]
    return [family.name]
