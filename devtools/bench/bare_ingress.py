"""The least that a webhook can cost with uvicorn and aiokafka: `python -m devtools.bench.bare_ingress PORT` writes each
body to Kafka as it is, and answers 200 when Kafka has acknowledged it. No signature, parsing, limits or metrics.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn
import uvloop
from aiokafka import AIOKafkaProducer

from shared.http.server import SERVER_OPTIONS
from shared.topics import INBOUND_MESSAGES

_HEADERS = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"2")]


async def serve(port: int, kafka: str) -> None:
    """Serve until SIGTERM."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, enable_idempotence=True, acks="all", linger_ms=0)

    async def app(_scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        await producer.send_and_wait(INBOUND_MESSAGES.name, body, key=b"bare")
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await send({"type": "http.response.body", "body": b"OK"})

    await producer.start()
    config = uvicorn.Config(app, **SERVER_OPTIONS, host="127.0.0.1", port=port, http="httptools", proxy_headers=False)
    try:
        await uvicorn.Server(config).serve()
    finally:
        async with asyncio.timeout(5):
            await producer.stop()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), os.environ["KAFKA_BOOTSTRAP_SERVERS"]))
