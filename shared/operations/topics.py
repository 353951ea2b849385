"""Reads the lag of all consumer groups from the broker, and adds partitions to topics."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.clock import Clock
from shared.errors import DependencyAway
from shared.kafka.admin import add_partitions
from shared.kafka.brokers import brokers_of
from shared.kafka.lag.meter import LagMeter
from shared.operations.errors import OperationRefused
from shared.settings import Settings
from shared.topics import GROUP_TOPICS, TOPICS

_MOST_GROWTH = 4  # times the partitions of the table


class TopicUnknown(OperationRefused):
    """Raised for a topic that is not in the table."""


class TooManyPartitions(OperationRefused):
    """Raised for a number of partitions that looks like a typing error."""


class TopicNotRead(OperationRefused):
    """Raised when partitions would be added to a topic that still has unread records."""


@dataclass(frozen=True, slots=True)
class GroupLag:
    """The lag of a consumer group on a topic. seconds: the age of the oldest record that the group has not committed.
    members: running consumers.
    """

    group: str
    topic: str
    records: int
    seconds: float
    members: int


def planned_partitions(topic: str = "", partitions: int = 0, *, sure: bool = False) -> dict[str, int]:
    """Return the wanted number of partitions by topic: of one topic or of all; 0: as the table of topics says. sure: no
    number is too large.

    Raises TopicUnknown for an unknown topic, and for a number without a topic; TooManyPartitions.
    """
    if (topic and topic not in TOPICS) or (partitions and not topic):
        raise TopicUnknown(f"say which topic, of: {', '.join(TOPICS)}")
    if topic and not sure and partitions > _MOST_GROWTH * TOPICS[topic].partitions:
        raise TooManyPartitions(
            f"{partitions} partitions are more than {_MOST_GROWTH} times the {TOPICS[topic].partitions} of the table,"
            " and partitions cannot be removed"
        )
    return {name: partitions or TOPICS[name].partitions for name in ([topic] if topic else TOPICS)}


async def resize_topics(settings: Settings, wanted: Mapping[str, int], clock: Clock) -> dict[str, int]:
    """Add partitions to the topics that have fewer than wanted; return their numbers before, by topic.

    Keys go to other partitions afterwards, so nothing of these topics may be unread: their order would be lost.
    Raises TopicNotRead, DependencyAway.
    """
    behind = [row for row in await group_lags(settings, clock) if row.records and row.topic in wanted]
    if behind:
        unread = "; ".join(f"{row.group} has {row.records} of {row.topic} to read" for row in behind)
        raise TopicNotRead(f"there are unread records: {unread}")
    return await add_partitions(brokers_of(settings), dict(wanted))


async def group_lags(settings: Settings, clock: Clock) -> list[GroupLag]:
    """Return the lag of each group in each of its topics, also of groups without a member. Raises DependencyAway."""
    meter = LagMeter(brokers_of(settings), GROUP_TOPICS, clock)
    try:
        found = await meter.measure()
    except Exception as error:
        raise DependencyAway("kafka", str(error) or repr(error)) from None
    finally:
        await meter.close()
    return sorted(
        (
            GroupLag(group, topic, lag.records, round(lag.seconds, 1), found.members.get(group, 0))
            for (group, topic), lag in found.lags.items()
        ),
        key=lambda row: (row.group, row.topic),
    )
