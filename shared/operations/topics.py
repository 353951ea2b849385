"""Reads the lag of all consumer groups from the broker, and adds partitions to topics."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from shared.clock import Clock
from shared.errors import DependencyAway
from shared.kafka.admin import add_partitions
from shared.kafka.brokers import brokers_of
from shared.kafka.lag.calculation import GroupPosition, LagCalculator
from shared.kafka.lag.reader import LagReader
from shared.operations.errors import OperationRefused
from shared.settings import Settings
from shared.topics import GROUPS, TOPICS

_TIMEOUT = 20.0  # seconds for all requests to the broker


class TopicUnknown(OperationRefused):
    """Raised for a topic that is not in the table."""


class TopicNotRead(OperationRefused):
    """Raised when partitions would be added to a topic that still has unread records."""


@dataclass(frozen=True, slots=True)
class GroupLag:
    """seconds: the age of the oldest record that the group has not committed. members: running consumers."""

    group: str
    topic: str
    records: int
    seconds: float
    members: int


def planned_partitions(topic: str = "", partitions: int = 0) -> dict[str, int]:
    """Return the wanted number of partitions by topic: of one topic or of all; 0: as the table of topics says.

    Raises TopicUnknown for an unknown topic, and for a number without a topic.
    """
    if (topic and topic not in TOPICS) or (partitions and not topic):
        raise TopicUnknown(f"say which topic, of: {', '.join(TOPICS)}")
    return {name: partitions or TOPICS[name].partitions for name in ([topic] if topic else TOPICS)}


async def resize_topics(settings: Settings, wanted: Mapping[str, int], clock: Clock) -> dict[str, int]:
    """Add partitions to the topics that have fewer than wanted; return their numbers before, by topic.

    Keys go to other partitions afterwards, so nothing of these topics may be unread: their order would be lost.
    Raises TopicNotRead, DependencyAway.
    """
    behind = [row for row in await group_lags(settings, clock) if row.records and row.topic in wanted]
    if behind:
        unread = "; ".join(f"{row.group} has {row.records} of {row.topic} to read" for row in behind)
        raise TopicNotRead(f"not while something is still to be read: {unread}")
    return await add_partitions(brokers_of(settings), dict(wanted))


async def group_lags(settings: Settings, clock: Clock) -> list[GroupLag]:
    """Return the lag of each group in each of its topics, also of groups without a member. Raises DependencyAway."""
    calculator = LagCalculator()
    try:
        async with asyncio.timeout(_TIMEOUT):
            positions, members = await _read(settings, calculator)
    except Exception as error:
        raise DependencyAway("kafka", str(error) or repr(error)) from None
    lags = calculator.lags(positions, clock.now().timestamp(), clock.monotonic())
    return sorted(
        (
            GroupLag(group, topic, lag.records, round(lag.seconds, 1), members.get(group, 0))
            for (group, topic), lag in lags.items()
        ),
        key=lambda row: (row.group, row.topic),
    )


async def _read(settings: Settings, calculator: LagCalculator) -> tuple[list[GroupPosition], dict[str, int]]:
    """Return the positions of all groups and their numbers of members."""
    groups = {group: [topic.name for topic in topics] for group, topics in GROUPS.items()}
    reader = await LagReader.connected(brokers_of(settings))
    try:
        positions = await reader.read(groups)
        calculator.learn(await reader.times(calculator.unknown(positions)))
        return positions, await reader.members(list(groups))
    finally:
        await reader.close()
