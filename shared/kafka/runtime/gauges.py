"""The gauges of one consumer, brought up to date before each scrape.

They show one replica's view: how full it is, and whether it makes progress. `shared.kafka.lag` measures the whole group
from outside (`parley_group_*`).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from shared.kafka.records import TopicPartition
from shared.kafka.runtime.lanes import Dispatcher
from shared.telemetry import metrics


def show_dispatcher(consumer: str, dispatcher: Dispatcher, assigned: Collection[TopicPartition], *, lanes: int) -> None:
    """Show how full the dispatcher is. lanes: the limit of running lanes."""
    windows = dispatcher.windows
    metrics.LANES_RUNNING.labels(consumer).set(dispatcher.running)
    metrics.LANES_LIMIT.labels(consumer).set(lanes)
    metrics.LANES_WAITING.labels(consumer).set(dispatcher.turns.ready_lanes())
    metrics.LANES_PARKED.labels(consumer).set(dispatcher.retrying_lanes())
    metrics.WINDOW_FILL.labels(consumer).set(windows.fill())
    metrics.PARTITIONS_ASSIGNED.labels(consumer).set(len(assigned))
    metrics.PARTITIONS_FULL.labels(consumer).set(sum(windows.room(source) <= 0 for source in assigned))


def show_age(consumer: str, topics: Iterable[str], oldest: Mapping[str, int], now: datetime) -> None:
    """Show the age of the oldest record of each topic, never below 0, as clocks differ.

    oldest: by topic, milliseconds since 1970.
    """
    for topic in topics:
        seconds = now.timestamp() - oldest[topic] / 1000 if topic in oldest else 0.0
        metrics.LAG_SECONDS.labels(consumer, topic).set(max(0.0, seconds))


def show_lag(consumer: str, topics: Iterable[str], records: Mapping[TopicPartition, int]) -> None:
    """Show the lag of each topic. records: behind the high-water mark, by partition."""
    lag: Counter[str] = Counter()
    for source, count in records.items():
        lag[source.topic] += count
    for topic in topics:
        metrics.LAG.labels(consumer, topic).set(lag[topic])
