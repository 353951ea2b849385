"""The HTTP application: webhooks directly on ASGI, because they are the hot path; everything else with FastAPI."""

from fastapi import FastAPI

from services.ingress.files import Files
from services.ingress.routes import PREFIX, ROUTES
from services.ingress.webhooks import Webhooks
from shared.http.asgi import Receive, Scope, Send
from shared.operations.media.links import PREFIX as FILES


class IngressApp:
    """Passes requests under /webhooks/ to the webhooks, under /m/ to the files, and all others to FastAPI."""

    def __init__(self, webhooks: Webhooks, files: Files) -> None:
        self._webhooks = webhooks
        self._files = files
        self._api = _api()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry."""
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            await self._webhooks(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].startswith(FILES):
            await self._files(scope, send)
        else:
            await self._api(scope, receive, send)


def _api() -> FastAPI:
    api = FastAPI(title="Parley ingress", docs_url=None, redoc_url=None, openapi_url=None)

    @api.get("/")
    async def about() -> dict[str, str]:
        """Describe this server to people who open its address in a browser."""
        return {"service": "parley ingress", **ROUTES.main_paths}

    return api
