"""A model is paid once for a request: who works on it, and what the answer was.

The claim is in Redis, and so is the call with its answer for an hour; MongoDB, where calls stay for good, is asked
when Redis does not have it. Without Redis two replicas that get the same request at the same moment may both pay; what
they send has the same ids, so the customer still hears it once.
"""

import asyncio

import msgspec

from shared.errors import DependencyAway
from shared.repositories.ai_calls import AiCall, AiCalls
from shared.repositories.redis import Redis
from shared.telemetry import logging

log = logging.get(__name__)

_LOOK_EVERY = 0.25
_encode = msgspec.json.encode
_decoder = msgspec.json.Decoder(AiCall)


class Kept:
    """instance: this replica, the same after a restart, so that it takes up its own claims again.

    claim_for: seconds, longer than a request can take. keep_for: seconds in Redis.
    """

    def __init__(self, redis: Redis, *, instance: str, claim_for: float, keep_for: int) -> None:
        self._redis = redis
        self._instance = instance.encode()
        self._claim_for = max(1, int(claim_for))
        self._keep_for = keep_for

    async def find(self, request_id: str, calls: AiCalls) -> AiCall | None:
        """The call that answered if there is one; waits for another replica that is at it. None: it is ours to make."""
        waited = 0.0
        while waited <= self._claim_for:
            try:
                holder = await self._redis.claim(_claim_key(request_id), self._instance, self._claim_for)
                stored = await self._redis.get(_answer_key(request_id))
            except DependencyAway:
                log.warning("Redis is away: asking MongoDB for a kept answer")
                return await calls.kept(request_id)
            if stored is not None:
                return _decoder.decode(stored)
            if holder is None or holder == self._instance:
                return await calls.kept(request_id)
            await asyncio.sleep(_LOOK_EVERY)
            waited += _LOOK_EVERY
        return await calls.kept(request_id)

    async def keep(self, call: AiCall) -> None:
        """Keep the answer; without Redis it is only in MongoDB."""
        try:
            await self._redis.put(_answer_key(call.id), _encode(call), self._keep_for)
        except DependencyAway:
            log.warning("Redis is away: the answer is kept in MongoDB only")


def _claim_key(request_id: str) -> str:
    return f"parley:ai:claim:{request_id}"


def _answer_key(request_id: str) -> str:
    return f"parley:ai:answer:{request_id}"
