"""A commit that the broker refuses after its caller was cancelled."""

import asyncio
import gc
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import UnknownMemberIdError

from shared.kafka.group_offsets import GroupOffsets


class Coordinator:
    """Stands for the driver's: answers when the test says so."""

    member_id, generation = "m1", 1

    def __init__(self) -> None:
        self._commit_lock = asyncio.Lock()
        self.asked, self.answer = asyncio.Event(), asyncio.Event()

    async def ensure_coordinator_known(self) -> None:
        """The coordinator is known."""

    async def _do_commit_offsets(self, assignment: Any, offsets: Any) -> None:
        self.asked.set()
        await self.answer.wait()
        raise UnknownMemberIdError("delivery.webhooks")


async def test_refusal_that_nobody_waits_for_is_not_reported() -> None:
    unheard: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unheard.append(context))
    coordinator = Coordinator()
    subscription = SimpleNamespace(subscription=SimpleNamespace(assignment=None))
    consumer = SimpleNamespace(_coordinator=coordinator, _subscription=subscription)
    committing = asyncio.create_task(GroupOffsets().commit(consumer, {}))
    await coordinator.asked.wait()
    committing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await committing
    coordinator.answer.set()
    (asking,) = (task for task in asyncio.all_tasks() if "_do_commit_offsets" in repr(task))
    await asyncio.wait([asking])
    del asking
    gc.collect()
    assert unheard == []
