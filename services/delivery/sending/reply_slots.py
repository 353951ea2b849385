"""Takes a reply's slot in the pace while its claim is stored, so that the two waits are one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

from services.delivery.channels.pacing import SendPacing, is_bulk
from services.delivery.sending.order import OutboundJob
from shared.kafka.runtime.external_wait import external_wait
from shared.storage.buckets import SendSlot


class ReplySlots:
    """Made once per process."""

    def __init__(self, pacing: SendPacing) -> None:
        self._pacing = pacing

    def is_likely(self, job: OutboundJob) -> bool:
        """Return whether a message is a reply that most likely has a slot at once."""
        return not is_bulk(job.message) and self._pacing.is_free(job.channel)

    @asynccontextmanager
    async def taking(self, job: OutboundJob) -> AsyncIterator[Awaitable[SendSlot]]:
        """Take a slot during the block; a slot that is not waited for is lost."""
        taking = asyncio.create_task(self._pacing.take(job.channel, job.message))
        try:
            yield taking
        finally:
            taking.cancel()


async def wait_for_slot(slot: SendSlot) -> None:
    """Wait for the time of a slot that was taken."""
    if slot.seconds > 0:
        with external_wait():
            await asyncio.sleep(slot.seconds)
