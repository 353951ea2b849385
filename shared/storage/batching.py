"""Calls that are made while an earlier one is under way go together, as one.

Nobody waits for others to come: a call that comes alone goes at once. The more there is to do, the more go together,
so that the cost of a round trip is shared when it hurts.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

from shared.errors import DependencyAway

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Batcher(Generic[Item, Answer]):
    """do: carries out some items, in any order: an answer, or an exception, for each. most: how many at a time.

    When `do` itself raises DependencyAway, all of them are told. When it raises anything else, each is tried alone, so
    that what is wrong with one is told to that one; `do` must bear that part of them was carried out already.
    """

    def __init__(self, do: Callable[[Sequence[Item]], Awaitable[Sequence[Answer | Exception]]], *, most: int) -> None:
        self._do = do
        self._most = most
        self._waiting: deque[tuple[Item, asyncio.Future[Answer]]] = deque()  # bounded by those who call
        self._batch: list[tuple[Item, asyncio.Future[Answer]]] = []  # under way
        self._going: asyncio.Task[None] | None = None

    async def __call__(self, item: Item) -> Answer:
        """The answer to this item. Who is cancelled meanwhile does not know whether it was carried out."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._going is None:
            # It serves whoever comes meanwhile: it has nothing of the first one's context.
            self._going = asyncio.create_task(self._go(), context=Context())
            self._going.add_done_callback(self._ended)
        return await future

    async def _go(self) -> None:
        while self._fill():
            answers = await self._answers([item for item, _ in self._batch])
            for (_, future), answer in zip(self._batch, answers, strict=True):
                _tell(future, answer)
            self._batch.clear()
        self._going = None  # nobody can come between the last look and this

    def _ended(self, task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        if not task.cancelled() and error is None:
            return
        self._going = None  # the process ends, or this is a bug: nobody is left waiting
        for _, future in (*self._batch, *self._waiting):
            if isinstance(error, Exception):
                _tell(future, error)
            else:
                future.cancel()
        self._batch.clear()
        self._waiting.clear()

    def _fill(self) -> bool:
        while self._waiting and len(self._batch) < self._most:
            item, future = self._waiting.popleft()
            if not future.done():  # who was cancelled before it began wants it no more
                self._batch.append((item, future))
        return bool(self._batch)

    async def _answers(self, items: Sequence[Item]) -> Sequence[Answer | Exception]:
        try:
            return await self._do(items)
        except DependencyAway as error:
            return [error] * len(items)
        except Exception as error:
            if len(items) == 1:
                return [error]
        return await self._one_by_one(items)

    async def _one_by_one(self, items: Sequence[Item]) -> Sequence[Answer | Exception]:
        answers: list[Answer | Exception] = []
        for item in items:
            answer = (await self._answers([item]))[0]
            if isinstance(answer, DependencyAway):  # it would be for all others too, each after its own time-out
                return [*answers, *[answer] * (len(items) - len(answers))]
            answers.append(answer)
        return answers


def _tell(future: "asyncio.Future[Answer]", answer: Answer | Exception) -> None:
    if future.done():
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
        future.exception()  # who was cancelled this moment does not look at it, and asyncio would complain
    else:
        future.set_result(answer)
