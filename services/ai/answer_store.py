"""Keeps answers, so that a model is paid once for a request: who works on it, and its answer.

The claim is in Redis, renewed while the work goes on, and so is the call with its answer for an hour. MongoDB keeps
calls for good and is read when Redis lacks them. Without Redis, two replicas that get the same request at the same
moment may both pay; their messages have the same ids, so the customer gets one answer.
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

_POLL_SECONDS = 0.25
_encode = msgspec.json.encode
_decoder = msgspec.json.Decoder(AiCall)


class StoredAnswers(Protocol):
    """The answers in MongoDB."""

    async def kept(self, request_id: str) -> AiCall | None:
        """Return the call that answered a request, if there is one. Raises DependencyAway."""
        ...


class AnswerStore:
    """instance: this replica, the same after a restart, so that it continues its own claims.

    claim_for: seconds, longer than a request can take. keep_for: seconds in Redis. lease: seconds until a claim expires
    that its holder does not renew.
    """

    def __init__(self, redis: Redis, *, instance: str, claim_for: float, keep_for: int, lease: int = 5) -> None:
        self._redis = redis
        self._instance = instance.encode()
        self._claim_for = claim_for
        self._keep_for = keep_for
        self._lease = lease
        self._claimed: Counter[str] = Counter()  # by request
        self._renewing: asyncio.Task[None] | None = None

    async def find(self, request_id: str, calls: StoredAnswers) -> AiCall | None:
        """Return the call that answered; waits while another replica works on the request. None: this one has the
        claim."""
        waited = 0.0
        while waited <= self._claim_for:
            try:
                holder, stored = await self._redis.claim(
                    _claim_key(request_id), self._instance, self._lease, look_at=_answer_key(request_id)
                )
            except DependencyAway:
                log.warning("Redis is away: reading stored answers from MongoDB")
                return await calls.kept(request_id)
            if stored is not None:
                return _decoder.decode(stored)
            if holder is None or holder == self._instance:
                return await calls.kept(request_id)
            with external_wait():
                await asyncio.sleep(_POLL_SECONDS)
            waited += _POLL_SECONDS
        return await calls.kept(request_id)

    @asynccontextmanager
    async def claimed(self, request_id: str) -> AsyncIterator[None]:
        """Renew the claim while the answer is made."""
        self._claimed[request_id] += 1
        if self._renewing is None or self._renewing.done():
            self._renewing = start_task(self._renew(), "renewing claims")
        try:
            yield
        finally:
            self._claimed[request_id] -= 1
            if self._claimed[request_id] <= 0:
                del self._claimed[request_id]

    async def _renew(self) -> None:
        """Renew all claims of this process together, while there are any: each at least twice within its lease."""
        while self._claimed:
            await asyncio.sleep(self._lease / 4)
            await self._renew_all(list(self._claimed))

    async def _renew_all(self, request_ids: Sequence[str]) -> None:
        """Renew claims; forget those that another replica took because this process stalled."""
        keys = [_claim_key(request_id) for request_id in request_ids]
        try:
            renewed = await self._redis.renew(keys, self._instance, self._lease)
        except DependencyAway:
            log.debug("Redis is away: claims are not renewed")
            return
        for request_id, ours in zip(request_ids, renewed, strict=True):
            if not ours:
                self._claimed.pop(request_id, None)

    async def store(self, call: AiCall) -> AiCall:
        """Store the answer unless another replica was first; return the one that counts. Without Redis MongoDB
        decides."""
        key = _answer_key(call.id)
        try:
            first, _ = await self._redis.claim(key, _encode(call), self._keep_for, look_at=key)
        except DependencyAway:
            log.warning("Redis is away: the answer is stored in MongoDB only")
            return call
        return _decoder.decode(first) if first is not None else call


def _claim_key(request_id: str) -> str:
    return f"parley:ai:claim:{request_id}"


def _answer_key(request_id: str) -> str:
    return f"parley:ai:answer:{request_id}"
