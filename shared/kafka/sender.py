"""aiokafka's sender of batches, with fewer turns of the event loop and without a timer for each request.

aiokafka's own loop builds an `asyncio.wait` for new records and for the end of each request, and wakes up for both. For
one record at a time that is a third of its cost. Batches, sequence numbers, retries and errors stay aiokafka's. This
module uses private names of aiokafka 0.14: `tests/runtime/test_sender.py` tests it against brokers.
"""

import asyncio
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.conn import CloseReason
from aiokafka.errors import KafkaError, NodeNotReadyError, RequestTimedOutError
from aiokafka.producer.sender import Sender, SendProduceReqHandler

from shared.deadlines import Deadlines


def use_batch_sender(producer: AIOKafkaProducer, retry_backoff_ms: int) -> None:
    """Replace the sender of an idempotent producer that is not started yet."""
    producer._sender = BatchSender(
        producer.client,
        acks=-1,
        txn_manager=producer._txn_manager,
        message_accumulator=producer._message_accumulator,
        retry_backoff_ms=retry_backoff_ms,
        request_timeout_ms=producer._request_timeout_ms,
    )


class BatchSender(Sender):  # type: ignore[misc]  # aiokafka has no types
    """Wakes up for new batches only; a request that ends wakes it when batches were waiting for its partitions."""

    def __init__(self, client: Any, **given: Any) -> None:
        super().__init__(client, **given)
        self._requests = _Requests(client)
        self._running: set[asyncio.Task[None]] = set()
        self._failure: BaseException | None = None

    async def _sender_routine(self) -> None:
        try:
            while self._failure is None:
                await self._maybe_wait_for_pid()
                leaders_known = self._start_requests()
                waiter = self._message_accumulator.waiter()
                if leaders_known:
                    await waiter
                else:
                    await asyncio.wait([self.client.force_metadata_update(), waiter], return_when="FIRST_COMPLETED")
        except asyncio.CancelledError:
            for task in list(self._running):
                await task
            return
        raise KafkaError("the sender of batches failed") from self._failure

    def _start_requests(self) -> bool:
        """Send the batches of partitions without a request in flight; return whether all partitions have leaders."""
        batches, leaders_unknown = self._message_accumulator.drain_by_nodes(
            ignore_nodes=self._in_flight, muted_partitions=self._muted_partitions
        )
        for node, node_batches in batches.items():
            self._in_flight.add(node)
            self._muted_partitions.update(node_batches)
            task = asyncio.get_running_loop().create_task(self._send_produce_req(node, node_batches))
            self._running.add(task)
            task.add_done_callback(self._request_ended)
        return not leaders_unknown

    async def _send_produce_req(self, node_id: int, batches: Any) -> None:
        handler = SendProduceReqHandler(self, batches)
        handler._client = self._requests
        await handler.do(node_id)
        self._in_flight.remove(node_id)
        self._muted_partitions.difference_update(batches)

    def _request_ended(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._failure = task.exception()
        waiter = self._message_accumulator.waiter()
        if not waiter.done() and (self._failure is not None or self._message_accumulator._batches):
            waiter.set_result(None)


class _Requests:
    """The part of aiokafka's client that sends requests, with limits that share a timer."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._deadlines = Deadlines()
        self.force_metadata_update = client.force_metadata_update
        self._maybe_wait_metadata = client._maybe_wait_metadata

    async def send(self, node_id: int, request: Any) -> Any:
        """Return the response. Raises KafkaError; RequestTimedOutError after the client's limit."""
        connection = await self._client._get_conn(node_id)
        if connection is None:
            raise NodeNotReadyError(f"not connected to node {node_id}")
        limit, connection._request_timeout = connection._request_timeout, None  # or aiokafka sets a timer
        try:
            response = connection.send(request)
        finally:
            connection._request_timeout = limit
        try:
            async with self._deadlines.limit(limit):
                return await response
        except TimeoutError:
            connection.close(reason=CloseReason.CONNECTION_TIMEOUT)
            raise RequestTimedOutError from None
