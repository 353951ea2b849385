"""A model is paid once for a request: who works on it, and what the answer was.

The claim is in Redis, renewed while the work goes on, and so is the call with its answer for an hour; MongoDB, where
calls stay for good, is asked when Redis does not have it. Without Redis two replicas that get the same request at the
same moment may both pay; what they send has the same ids, so the customer still hears it once.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

import msgspec

from shared.background import start_task
from shared.errors import DependencyAway
from shared.kafka.runtime.external_wait import external_wait
from shared.repositories.ai_calls import AiCall
from shared.storage.redis import Redis
from shared.telemetry import logging

log = logging.get(__name__)

_LOOK_EVERY = 0.25
_encode = msgspec.json.encode
_decoder = msgspec.json.Decoder(AiCall)


class StoredAnswers(Protocol):
    """What MongoDB has."""

    async def kept(self, request_id: str) -> AiCall | None:
        """The call that answered a request, if there is one. Raises DependencyAway."""
        ...


class AnswerStore:
    """instance: this replica, the same after a restart, so that it takes up its own claims again.

    claim_for: seconds, longer than a request can take. keep_for: seconds in Redis. lease: seconds that a claim outlives
    its holder.
    """

    def __init__(self, redis: Redis, *, instance: str, claim_for: float, keep_for: int, lease: int = 5) -> None:
        self._redis = redis
        self._instance = instance.encode()
        self._claim_for = claim_for
        self._keep_for = keep_for
        self._lease = lease
        self._held: Counter[str] = Counter()  # claims, by request
        self._renewing: asyncio.Task[None] | None = None

    async def find(self, request_id: str, calls: StoredAnswers) -> AiCall | None:
        """The call that answered if there is one; waits for another replica that is at it. None: it is ours to make."""
        waited = 0.0
        while waited <= self._claim_for:
            try:
                holder, stored = await self._redis.claim(
                    _claim_key(request_id), self._instance, self._lease, look_at=_answer_key(request_id)
                )
            except DependencyAway:
                log.warning("Redis is away: asking MongoDB for a kept answer")
                return await calls.kept(request_id)
            if stored is not None:
                return _decoder.decode(stored)
            if holder is None or holder == self._instance:
                return await calls.kept(request_id)
            with external_wait():
                await asyncio.sleep(_LOOK_EVERY)
            waited += _LOOK_EVERY
        return await calls.kept(request_id)

    @asynccontextmanager
    async def claimed(self, request_id: str) -> AsyncIterator[None]:
        """Keep the claim while the answer is made."""
        self._held[request_id] += 1
        if self._renewing is None or self._renewing.done():
            self._renewing = start_task(self._renew(), "renewing claims")
        try:
            yield
        finally:
            self._held[request_id] -= 1
            if self._held[request_id] <= 0:
                del self._held[request_id]

    async def _renew(self) -> None:
        """All claims that are held, together, for as long as there are any; each at least twice within its lease."""
        while self._held:
            await asyncio.sleep(self._lease / 4)
            await self._renewed(list(self._held))

    async def _renewed(self, request_ids: Sequence[str]) -> None:
        """What another replica has taken, because this one stood still for too long, is not renewed any more."""
        keys = [_claim_key(request_id) for request_id in request_ids]
        try:
            renewed = await self._redis.renew(keys, self._instance, self._lease)
        except DependencyAway:
            log.debug("Redis is away: claims are not renewed")
            return
        for request_id, ours in zip(request_ids, renewed, strict=True):
            if not ours:
                self._held.pop(request_id, None)

    async def store(self, call: AiCall) -> AiCall:
        """Keep the answer, unless another replica was quicker; the one that counts. Without Redis MongoDB decides."""
        key = _answer_key(call.id)
        try:
            first, _ = await self._redis.claim(key, _encode(call), self._keep_for, look_at=key)
        except DependencyAway:
            log.warning("Redis is away: the answer is kept in MongoDB only")
            return call
        return _decoder.decode(first) if first is not None else call


def _claim_key(request_id: str) -> str:
    return f"parley:ai:claim:{request_id}"


def _answer_key(request_id: str) -> str:
    return f"parley:ai:answer:{request_id}"
