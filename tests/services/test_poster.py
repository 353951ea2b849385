"""Calls of webhooks out do not wait for each other, also on one host."""

import asyncio

from aiohttp import web
from aiohttp.test_utils import TestServer

from shared.http.poster import Poster

CALLS = 30


async def test_slow_calls_delay_no_other_call_of_their_host() -> None:
    answers, waiting = asyncio.Event(), asyncio.Semaphore(0)

    async def slow(_: web.Request) -> web.Response:
        waiting.release()
        await answers.wait()
        return web.Response()

    async def quick(_: web.Request) -> web.Response:
        return web.Response()

    app = web.Application()
    app.add_routes([web.post("/slow", slow), web.post("/quick", quick)])
    async with TestServer(app) as server:
        poster = Poster(private=True, timeout=30.0)
        calls = [asyncio.create_task(poster.post(str(server.make_url("/slow")), b"{}", {})) for _ in range(CALLS)]
        async with asyncio.timeout(20.0):
            for _ in range(CALLS):
                await waiting.acquire()
        assert (await poster.post(str(server.make_url("/quick")), b"{}", {})).ok
        answers.set()
        assert all(answer.ok for answer in await asyncio.gather(*calls))
        await poster.close()
