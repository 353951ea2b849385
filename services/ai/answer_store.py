"""Keeps answers, so that a model is paid once for a request: who works on it, and its answer.

The claim is in Redis, renewed while the work takes long, and so is the call with its answer for an hour. Both are part
of the two scripts around a call (`gate.request_gate`). MongoDB keeps calls for good and is read with the history.
Without Redis, two replicas that get the same request at the same moment may both pay; their messages have the same ids,
so the customer gets one answer.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from services.ai.gate.call_scripts import RequestClaim, decode_answer
from shared.background import start_task
from shared.errors import DependencyAway
from shared.kafka.runtime.external_wait import external_wait
from shared.repositories.ai_calls import AiCall
from shared.storage.redis import Redis
from shared.telemetry import logging

log = logging.get(__name__)

_POLL_SECONDS = 0.25


class AnswerStore:
    """Answers and claims of requests in Redis. instance: this replica, the same after a restart, so that it continues
    its own claims.

    claim_for: seconds, longer than a request can take. keep_for: seconds in Redis. lease: seconds until a claim expires
    that its holder does not renew.
    """

    def __init__(self, redis: Redis, *, instance: str, claim_for: float, keep_for: int, lease: int = 5) -> None:
        self._redis = redis
        self._instance = instance
        self._claim_for = claim_for
        self._keep_for = keep_for
        self._lease = lease
        self._claimed: dict[str, float] = {}  # by request: the time of the claim, on the event loop's clock
        self._timer: asyncio.TimerHandle | None = None
        self._renewing: asyncio.Task[None] | None = None

    def claim(self, request_id: str) -> RequestClaim:
        """Return the claim that this replica makes before the first call of a model."""
        return RequestClaim(
            key=_claim_key(request_id),
            answer_key=_answer_key(request_id),
            holder=self._instance,
            lease=self._lease,
            keep_for=self._keep_for,
        )

    async def find(self, request_id: str) -> AiCall | None:
        """Return the call that Redis keeps for a request."""
        try:
            kept = await self._redis.get(_answer_key(request_id))
        except DependencyAway:
            return None
        return decode_answer(kept) if kept is not None else None

    async def wait(self, request_id: str) -> bool:
        """Wait while another replica works on a request; return True when this one has the claim or an answer is kept.

        False: it may be answered without a claim, because Redis is away or the other one takes longer than any request.
        """
        waited = 0.0
        while waited <= self._claim_for:
            try:
                holder, stored = await self._redis.claim(
                    _claim_key(request_id), self._instance.encode(), self._lease, look_at=_answer_key(request_id)
                )
            except DependencyAway:
                return False
            if stored is not None or holder is None or holder == self._instance.encode():
                return True
            with external_wait():
                await asyncio.sleep(_POLL_SECONDS)
            waited += _POLL_SECONDS
        return False

    @contextmanager
    def claimed(self, request_id: str) -> Iterator[None]:
        """Renew the claim while the answer is made, from a quarter of the lease on."""
        self._claimed[request_id] = asyncio.get_running_loop().time()
        self._schedule()
        try:
            yield
        finally:
            self._claimed.pop(request_id, None)
            if not self._claimed and self._timer is not None:
                self._timer.cancel()
                self._timer = None

    def _schedule(self) -> None:
        if self._timer is None and (self._renewing is None or self._renewing.done()):
            self._timer = asyncio.get_running_loop().call_later(self._lease / 4, self._renew)

    def _renew(self) -> None:
        self._timer = None
        self._renewing = start_task(self._renew_due(), "renewing claims")

    async def _renew_due(self) -> None:
        """Renew together all claims of this process that need it: each at least twice within its lease."""
        before = asyncio.get_running_loop().time() - self._lease / 4
        if due := [request_id for request_id, at in self._claimed.items() if at <= before]:
            await self._renew_all(due)
        if self._claimed and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._lease / 4, self._renew)

    async def _renew_all(self, request_ids: Sequence[str]) -> None:
        """Renew claims; forget those that another replica took because this process stalled."""
        keys = [_claim_key(request_id) for request_id in request_ids]
        try:
            renewed = await self._redis.renew(keys, self._instance.encode(), self._lease)
        except DependencyAway:
            log.debug("Redis is away: claims are not renewed")
            return
        for request_id, ours in zip(request_ids, renewed, strict=True):
            if not ours:
                self._claimed.pop(request_id, None)


def _claim_key(request_id: str) -> str:
    return f"parley:ai:claim:{request_id}"


def _answer_key(request_id: str) -> str:
    return f"parley:ai:answer:{request_id}"
