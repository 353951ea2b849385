"""Work of a workspace that reads much: one piece at a time, and few that wait."""

import asyncio

import pytest

from services.console.problems import Problem
from services.console.turns import MOST_WAITING, Turns


async def test_workspace_has_one_turn_at_a_time_and_few_wait_for_it() -> None:
    turns, go_on, both = Turns(), asyncio.Event(), asyncio.Event()
    at_work: list[str] = []

    async def work(workspace: str) -> int:
        async with turns.turn(workspace):
            at_work.append(workspace)
            if len(at_work) == len({"acme", "zeta"}):
                both.set()
            await go_on.wait()
            return at_work.count(workspace)

    waiting = [asyncio.ensure_future(work("acme")) for _ in range(MOST_WAITING + 1)]
    other = asyncio.ensure_future(work("zeta"))
    await both.wait()
    assert at_work == ["acme", "zeta"]
    with pytest.raises(Problem) as refused:
        await work("acme")
    assert refused.value.name == "too-many"
    waiting.pop().cancel()
    go_on.set()
    assert await asyncio.gather(*waiting) == [*range(1, MOST_WAITING + 1)]
    assert await other == 1
    assert await work("acme") == MOST_WAITING + 1, "a turn can be had again"
