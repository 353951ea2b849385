"""A response to a client who is gone."""

import asyncio

import uvloop

from shared.http.connection import _ResponseTransport


def test_response_to_a_closed_connection_is_dropped() -> None:
    """uvloop raises for a write after the close, which would be logged as an error of the application."""

    async def respond() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(asyncio.Protocol, "127.0.0.1", 0)
        transport, _ = await loop.create_connection(asyncio.Protocol, *server.sockets[0].getsockname())
        response = _ResponseTransport(transport)
        response.write(b"HTTP/1.1 200 OK\r\n\r\n")
        transport.abort()
        await asyncio.sleep(0)
        response.write(b"body")
        response.flush()
        server.close()
        await server.wait_closed()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(respond())
