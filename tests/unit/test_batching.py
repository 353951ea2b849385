"""Calls are carried out in batches, and each gets its own result or error."""

import asyncio
from collections.abc import Sequence

import pytest

from shared.errors import DependencyAway
from shared.storage.batching import Batcher


class Doubling:
    """Doubles numbers, when it is let; what is not even is wrong for its own sake."""

    def __init__(self, *, most: int = 100) -> None:
        self.batches: list[list[int]] = []
        self.gate = asyncio.Event()
        self.begun = asyncio.Event()
        self.away = False
        self.away_after = 100  # batches
        self.together = Batcher(self._do, most=most)

    async def _do(self, numbers: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(numbers))
        self.begun.set()
        await self.gate.wait()
        if self.away or len(self.batches) > self.away_after:
            raise DependencyAway("kafka")
        if 13 in numbers:
            raise OverflowError("13 cannot be written down")
        return [ValueError(str(number)) if number % 2 else 2 * number for number in numbers]

    def ask(self, *numbers: int) -> list["asyncio.Task[int]"]:
        return [asyncio.create_task(self._ask(number)) for number in numbers]

    async def _ask(self, number: int) -> int:
        return await self.together(number)


async def answers(tasks: list["asyncio.Task[int]"]) -> list[int | BaseException]:
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_single_call_is_carried_out_at_once() -> None:
    doubling = Doubling()
    doubling.gate.set()
    assert [await doubling.together(2), await doubling.together(4)] == [4, 8]
    assert doubling.batches == [[2], [4]]


async def test_calls_during_a_batch_go_together() -> None:
    doubling = Doubling(most=3)
    first = doubling.ask(2)
    await doubling.begun.wait()
    others = doubling.ask(4, 6, 8, 10)
    await asyncio.sleep(0)
    doubling.gate.set()
    assert await answers(first + others) == [4, 8, 12, 16, 20]
    assert doubling.batches == [[2], [4, 6, 8], [10]]


async def test_each_caller_gets_its_own_result() -> None:
    doubling = Doubling()
    doubling.gate.set()
    good, bad, other = await answers(doubling.ask(2, 3, 4))
    assert (good, other) == (4, 8)
    assert isinstance(bad, ValueError)
    assert str(bad) == "3"


async def test_failed_item_does_not_fail_the_others() -> None:
    doubling = Doubling()
    doubling.gate.set()
    good, bad, other = await answers(doubling.ask(2, 13, 4))
    assert (good, other) == (4, 8)
    assert isinstance(bad, OverflowError)


async def test_outage_fails_the_batch_and_later_calls_are_tried() -> None:
    doubling = Doubling()
    doubling.gate.set()
    doubling.away = True
    assert all(isinstance(answer, DependencyAway) for answer in await answers(doubling.ask(2, 4)))
    doubling.away = False
    assert await doubling.together(6) == 12
    assert doubling.batches == [[2, 4], [6]]


async def test_outage_while_items_go_one_by_one_fails_the_rest_at_once() -> None:
    doubling = Doubling()
    doubling.gate.set()
    tasks = doubling.ask(2, 13, 4, 6, 8)
    doubling.away_after = 3
    two, thirteen, *others = await answers(tasks)
    assert two == 4
    assert isinstance(thirteen, OverflowError)
    assert all(isinstance(answer, DependencyAway) for answer in others)
    assert doubling.batches == [[2, 13, 4, 6, 8], [2], [13], [4]]


async def test_cancelled_call_is_left_out_of_the_batch() -> None:
    doubling = Doubling()
    first = doubling.ask(2)
    await doubling.begun.wait()
    gone, other = doubling.ask(4, 6)
    await asyncio.sleep(0)
    gone.cancel()
    first[0].cancel()
    await asyncio.sleep(0)
    doubling.gate.set()
    assert await other == 12
    assert doubling.batches == [[2], [6]]


@pytest.mark.parametrize("begun", [True, False])
async def test_cancelled_batch_leaves_no_caller_waiting(*, begun: bool) -> None:
    doubling = Doubling()
    waiting = doubling.ask(2)
    if begun:
        await doubling.begun.wait()
    waiting += doubling.ask(4)
    await asyncio.sleep(0)
    assert doubling.begun.is_set() == begun
    mine = {asyncio.current_task(), *waiting}
    for task in asyncio.all_tasks() - mine:
        task.cancel()
    for task in waiting:
        with pytest.raises(asyncio.CancelledError):
            await task
    doubling.gate.set()
    assert await doubling.together(6) == 12


async def test_bug_in_a_batch_leaves_no_caller_waiting_and_the_next_is_served() -> None:
    broken = True

    async def do(numbers: Sequence[int]) -> list[int | Exception]:
        return [] if broken else list(numbers)

    together: Batcher[int, int] = Batcher(do, most=10)
    async with asyncio.timeout(10):
        found = await asyncio.gather(*(together(number) for number in range(3)), return_exceptions=True)
        assert [type(one) for one in found] == [ValueError] * 3
        broken = False
        assert await together(7) == 7
