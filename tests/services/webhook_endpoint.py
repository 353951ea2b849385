"""A workspace's system that receives webhooks out: a real HTTP server."""

import json
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class Endpoint:
    """A real HTTP server. status: of its responses; 0: it closes the connection."""

    url: str = ""
    status: int = 200
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        self.requests.append((dict(request.headers), await request.read()))
        if self.status == 0:
            assert request.transport is not None
            request.transport.close()
        return web.Response(status=self.status or 200, headers={"Location": self.url}, body=b"x" * 100_000)

    @property
    def event_ids(self) -> list[str]:
        return [json.loads(body)["event_id"] for _, body in self.requests]
