"""What is asked while something is under way goes together, and each is told of its own."""

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


async def test_who_comes_alone_goes_alone() -> None:
    doubling = Doubling()
    doubling.gate.set()
    assert [await doubling.together(2), await doubling.together(4)] == [4, 8]
    assert doubling.batches == [[2], [4]]


async def test_who_comes_meanwhile_goes_together() -> None:
    doubling = Doubling(most=3)
    first = doubling.ask(2)
    await doubling.begun.wait()
    others = doubling.ask(4, 6, 8, 10)
    await asyncio.sleep(0)
    doubling.gate.set()
    assert await answers(first + others) == [4, 8, 12, 16, 20]
    assert doubling.batches == [[2], [4, 6, 8], [10]]


async def test_each_is_told_of_its_own() -> None:
    doubling = Doubling()
    doubling.gate.set()
    good, bad, other = await answers(doubling.ask(2, 3, 4))
    assert (good, other) == (4, 8)
    assert isinstance(bad, ValueError)
    assert str(bad) == "3"


async def test_what_cannot_be_done_spoils_nothing_else() -> None:
    doubling = Doubling()
    doubling.gate.set()
    good, bad, other = await answers(doubling.ask(2, 13, 4))
    assert (good, other) == (4, 8)
    assert isinstance(bad, OverflowError)


async def test_all_are_told_that_it_is_away_and_the_next_are_asked_anew() -> None:
    doubling = Doubling()
    doubling.gate.set()
    doubling.away = True
    assert all(isinstance(answer, DependencyAway) for answer in await answers(doubling.ask(2, 4)))
    doubling.away = False
    assert await doubling.together(6) == 12
    assert doubling.batches == [[2, 4], [6]]


async def test_when_it_goes_away_meanwhile_the_others_do_not_wait_for_it_one_by_one() -> None:
    doubling = Doubling()
    doubling.gate.set()
    tasks = doubling.ask(2, 13, 4, 6, 8)
    doubling.away_after = 3
    two, thirteen, *others = await answers(tasks)
    assert two == 4
    assert isinstance(thirteen, OverflowError)
    assert all(isinstance(answer, DependencyAway) for answer in others)
    assert doubling.batches == [[2, 13, 4, 6, 8], [2], [13], [4]]


async def test_who_gives_up_is_left_out_and_holds_nobody_up() -> None:
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
async def test_nobody_waits_for_ever_when_the_loop_ends(*, begun: bool) -> None:
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
