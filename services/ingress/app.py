"""The HTTP application: webhooks straight on ASGI, because they are the hot path; everything else with FastAPI."""

from fastapi import FastAPI

from services.ingress.asgi import Receive, Scope, Send
from services.ingress.paths import PREFIX
from services.ingress.webhooks import Webhooks


class IngressApp:
    """Sends what is under /webhooks/ to the webhooks and the rest to FastAPI."""

    def __init__(self, webhooks: Webhooks) -> None:
        self._webhooks = webhooks
        self._api = _api()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry."""
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            await self._webhooks(scope, receive, send)
        else:
            await self._api(scope, receive, send)


def _api() -> FastAPI:
    api = FastAPI(title="Parley ingress", docs_url=None, redoc_url=None, openapi_url=None)

    @api.get("/")
    async def about() -> dict[str, str]:
        """What this is, for somebody who opens the address in a browser."""
        return {
            "service": "parley ingress",
            "meta": "/webhooks/meta",
            "twilio": "/webhooks/twilio",
            "msg91": "/webhooks/msg91/{number}",
        }

    return api
