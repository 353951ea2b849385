"""Webhooks with statuses in quick succession go on together; a single one goes on at once."""

import asyncio

from services.ingress.status_gathering import StatusGathering


async def test_single_webhook_does_not_wait() -> None:
    waiting = StatusGathering(3600.0).wait()
    await asyncio.wait_for(waiting, 20)


async def test_webhooks_in_quick_succession_go_on_together() -> None:
    gathering, ended = StatusGathering(0.2), list[int]()

    async def webhook(number: int) -> None:
        await gathering.wait()
        ended.append(number)

    await webhook(0)
    tasks = [asyncio.create_task(webhook(number)) for number in (1, 2, 3)]
    await asyncio.sleep(0)
    assert ended == [0]
    tasks[1].cancel()
    await asyncio.gather(tasks[0], tasks[2])
    assert ended == [0, 1, 3], "a client that has gone holds up nobody"


async def test_webhook_after_an_interval_begins_a_new_one() -> None:
    gathering = StatusGathering(0.01)
    for _ in range(3):
        await asyncio.wait_for(gathering.wait(), 20)
    assert gathering._end is None


async def test_webhooks_that_wait_together_are_one_turn_of_the_loop() -> None:
    """So that the producer gets their records in one batch."""
    gathering, turns = StatusGathering(0.05), list[object]()

    async def webhook() -> None:
        await gathering.wait()
        turns.append(asyncio.get_running_loop().time())

    await gathering.wait()
    marks: list[int] = []
    tasks = [asyncio.create_task(webhook()) for _ in range(50)]

    def mark() -> None:
        marks.append(len(turns))
        if len(turns) < len(tasks):
            asyncio.get_running_loop().call_soon(mark)

    mark()
    await asyncio.gather(*tasks)
    assert set(marks) <= {0, 50}
