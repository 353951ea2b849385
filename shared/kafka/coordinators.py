"""Waits until every consumer group of ours has a coordinator that answers.

A new broker makes its topic of offsets at the first question for a coordinator, and has to load it after each start.
A service that joins its group meanwhile goes on soon, but the driver logs errors that nobody can act on.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

from aiokafka.errors import (
    GroupAuthorizationFailedError,
    GroupCoordinatorNotAvailableError,
    GroupLoadInProgressError,
    IncompatibleBrokerVersion,
    NotCoordinatorForGroupError,
    for_code,
)

_NOT_READY = (GroupCoordinatorNotAvailableError, GroupLoadInProgressError, NotCoordinatorForGroupError)
_POLL_SECONDS = 0.1


async def wait_for_coordinators(admin: Any, groups: Iterable[str], *, seconds: float = 15.0) -> list[str]:
    """Return the groups that have no coordinator after this time. admin: a started client of aiokafka. Raises
    KafkaError.
    """
    waiting = list(groups)
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while waiting := [group for group in waiting if not await has_coordinator(admin, group)]:
        if loop.time() > end:
            break
        await asyncio.sleep(_POLL_SECONDS)
    return waiting


async def has_coordinator(admin: Any, group: str) -> bool:
    """Return whether a group has a coordinator that answers; True where we may not ask, or the broker cannot say."""
    try:
        node = await admin.find_coordinator(group)
        (answer,) = await admin.describe_consumer_groups([group], group_coordinator_id=node)
    except _NOT_READY:
        return False
    except (GroupAuthorizationFailedError, IncompatibleBrokerVersion):
        return True
    return not any(for_code(code) in _NOT_READY for code, *_ in answer.groups)
