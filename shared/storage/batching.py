"""Batches calls: those that are made while an earlier batch is under way go together in the next one.

No call waits for others: a single one is carried out at once. The higher the load, the larger the batches, so that the
cost of a round trip is shared when it matters.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

from shared.errors import DependencyAway

Item = TypeVar("Item")
Result = TypeVar("Result")


class Batcher(Generic[Item, Result]):
    """Carries out single items in batches. do: carries out a batch, in any order; returns a
    result or an exception for each item. most: items in a batch.

    When `do` raises DependencyAway, all calls of the batch raise it. When it raises anything else, each item is carried
    out alone, so that its error reaches only its caller; `do` must tolerate that part of them was carried out already.
    """

    def __init__(self, do: Callable[[Sequence[Item]], Awaitable[Sequence[Result | Exception]]], *, most: int) -> None:
        self._do = do
        self._most = most
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()  # bounded by the number of callers
        self._batch: list[tuple[Item, asyncio.Future[Result]]] = []  # under way
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, item: Item) -> Result:
        """Return the item's result. A caller that is cancelled does not know whether the item was carried out."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._task is None:
            # The task serves all callers, so it must not inherit the first one's context.
            self._task = asyncio.create_task(self._run(), context=Context())
            self._task.add_done_callback(self._ended)
        return await future

    async def _run(self) -> None:
        while self._fill_batch():
            results = await self._results([item for item, _ in self._batch])
            for (_, future), result in zip(self._batch, results, strict=True):
                _resolve(future, result)
            self._batch.clear()
        self._task = None  # no call can be made between the last check and this line

    def _ended(self, task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        if not task.cancelled() and error is None:
            return
        self._task = None  # the process ends, or this is a bug: no caller may wait for ever
        for _, future in (*self._batch, *self._waiting):
            if isinstance(error, Exception):
                _resolve(future, error)
            else:
                future.cancel()
        self._batch.clear()
        self._waiting.clear()

    def _fill_batch(self) -> bool:
        while self._waiting and len(self._batch) < self._most:
            item, future = self._waiting.popleft()
            if not future.done():  # skip calls that were cancelled while they waited
                self._batch.append((item, future))
        return bool(self._batch)

    async def _results(self, items: Sequence[Item]) -> Sequence[Result | Exception]:
        try:
            return await self._do(items)
        except DependencyAway as error:
            return [error] * len(items)
        except Exception as error:
            if len(items) == 1:
                return [error]
        return await self._one_by_one(items)

    async def _one_by_one(self, items: Sequence[Item]) -> Sequence[Result | Exception]:
        results: list[Result | Exception] = []
        for item in items:
            result = (await self._results([item]))[0]
            if isinstance(result, DependencyAway):  # all others would fail alike, each after its own time-out
                return [*results, *[result] * (len(items) - len(results))]
            results.append(result)
        return results


def _resolve(future: "asyncio.Future[Result]", result: Result | Exception) -> None:
    if future.done():
        return
    if isinstance(result, Exception):
        future.set_exception(result)
        future.exception()  # otherwise asyncio complains when the caller is being cancelled and does not read it
    else:
        future.set_result(result)
