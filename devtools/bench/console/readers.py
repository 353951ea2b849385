"""Concurrent readers that pause between their requests, as people do, and the latencies that they see."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence

Request = Callable[[], Awaitable[object]]


async def read_for(
    requests: Sequence[Request], *, clients: int, seconds: float, pause: float, seed: int = 1
) -> list[list[float]]:
    """Let clients send the requests in random order for a time; return the latencies of each, in ms.

    pause: mean seconds between an answer and the client's next request; 0: none.
    """
    latencies: list[list[float]] = [[] for _ in requests]
    end = time.perf_counter() + seconds

    async def client(rng: random.Random) -> None:
        await asyncio.sleep(rng.random() * pause)
        while time.perf_counter() < end:
            number = rng.randrange(len(requests))
            start = time.perf_counter()
            await requests[number]()
            latencies[number].append((time.perf_counter() - start) * 1000)
            if pause:
                await asyncio.sleep(rng.expovariate(1 / pause))

    await asyncio.gather(*(client(random.Random(f"{seed}:{number}")) for number in range(clients)))
    return latencies


async def time_each(requests: Sequence[Request]) -> list[float]:
    """Return the latency of each request in ms, one after the other."""
    times = []
    for request in requests:
        start = time.perf_counter()
        await request()
        times.append((time.perf_counter() - start) * 1000)
    return times
