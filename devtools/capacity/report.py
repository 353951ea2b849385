"""Format plans as tables."""

from collections.abc import Callable, Sequence

from devtools.bench.report import markdown, number
from devtools.capacity.burst import BurstLag, LoadBurst
from devtools.capacity.costs import SERVICES
from devtools.capacity.plan import CapacityPlan


def plans_table(plans: Sequence[CapacityPlan]) -> str:
    """Return a Markdown table with one column per plan."""
    rows = [[name, *(cell(plan) for plan in plans)] for name, cell in _ROWS.items()]
    rows += [[f"replicas of {service}", *(_replicas(service, plan) for plan in plans)] for service in SERVICES]
    return markdown(["", *(f"{plan.load.messages:,} a day" for plan in plans)], rows)


def bursts_table(plans: Sequence[CapacityPlan], lags: Sequence[BurstLag], burst: LoadBurst) -> str:
    """Return a Markdown table of a burst's lag under each plan."""
    heads = [f"{burst.messages:,} in {burst.seconds} s", *(f"{plan.load.messages:,} a day" for plan in plans)]
    rows = [[f"{name}: wait at worst (s)", *(number(lag.worst[name]) for lag in lags)] for name in SERVICES]
    rows.append(["waiting at worst", *(f"{lag.most:,}" for lag in lags)])
    rows.append(["all done after (s)", *("never" if lag.drained is None else f"{lag.drained:,}" for lag in lags)])
    return markdown(heads, rows)


def _replicas(name: str, plan: CapacityPlan) -> str:
    part = plan.services[name]
    return f"{part.replicas} ({number(part.cores)} cores busy, {part.memory:.0f} MB each)"


_ROWS: dict[str, Callable[[CapacityPlan], str]] = {
    "messages per second, mean": lambda plan: number(plan.load.mean),
    "messages per second, busiest minute": lambda plan: number(plan.load.peak),
    "model answers in flight": lambda plan: number(plan.in_flight),
    "partitions of a topic": lambda plan: str(plan.partitions),
    "MongoDB: cores busy": lambda plan: number(plan.mongodb_cores),
    "MongoDB: disk of each member (GB)": lambda plan: number(plan.mongodb_disk),
    "MongoDB: memory for a week's indexes (GB)": lambda plan: number(plan.hot_indexes),
    "Kafka: cores busy, all brokers": lambda plan: number(plan.kafka_cores),
    "Kafka: disk, all brokers (GB)": lambda plan: number(plan.kafka_disk),
}
