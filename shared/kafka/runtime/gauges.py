"""What a consumer shows of itself, brought up to date before each scrape.

`parley_group_*` (`lag.py`) say the same of the group from outside. What is shown here is one replica's view: how full
it is, and whether it moves.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from shared.kafka.records import TopicPartition
from shared.kafka.runtime.lanes import Dispatcher
from shared.telemetry import metrics


def show_dispatcher(consumer: str, dispatcher: Dispatcher, assigned: Collection[TopicPartition], *, lanes: int) -> None:
    """How full it is. lanes: the cap of what may run."""
    metrics.LANES_RUNNING.labels(consumer).set(dispatcher.running)
    metrics.LANES_LIMIT.labels(consumer).set(lanes)
    metrics.LANES_WAITING.labels(consumer).set(dispatcher.waiting())
    metrics.LANES_PARKED.labels(consumer).set(dispatcher.resting())
    metrics.WINDOW_FILL.labels(consumer).set(dispatcher.fill())
    metrics.PARTITIONS_ASSIGNED.labels(consumer).set(len(assigned))
    metrics.PARTITIONS_FULL.labels(consumer).set(sum(dispatcher.room(source) <= 0 for source in assigned))


def show_age(consumer: str, topics: Iterable[str], oldest: Mapping[str, int], now: datetime) -> None:
    """oldest: by topic, milliseconds since 1970. Clocks differ: never below zero."""
    for topic in topics:
        seconds = now.timestamp() - oldest[topic] / 1000 if topic in oldest else 0.0
        metrics.LAG_SECONDS.labels(consumer, topic).set(max(0.0, seconds))


def show_lag(consumer: str, topics: Iterable[str], records: Mapping[TopicPartition, int]) -> None:
    """records: behind the high-water mark, by partition."""
    lag: Counter[str] = Counter()
    for source, count in records.items():
        lag[source.topic] += count
    for topic in topics:
        metrics.LAG.labels(consumer, topic).set(lag[topic])
