"""Adds `Parley-Cursor` to answers about a workspace: subscribing from it misses nothing that the answer lacks."""

from collections.abc import Callable

from starlette.datastructures import MutableHeaders

from shared.http.asgi import App, Message, Receive, Scope, Send

NAME = "Parley-Cursor"
_WORKSPACES = "/api/v1/workspaces/"


class CursorHeader:
    """ASGI middleware. cursor: returns the present cursor of a workspace, or nothing."""

    def __init__(self, app: App, cursor: Callable[[str], str]) -> None:
        self._app = app
        self._cursor = cursor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry. The cursor is taken before anything is read."""
        path = str(scope.get("path", ""))
        if scope["type"] != "http" or scope["method"] != "GET" or not path.startswith(_WORKSPACES):
            await self._app(scope, receive, send)
            return
        cursor = self._cursor(path.removeprefix(_WORKSPACES).partition("/")[0])

        async def send_with_cursor(message: Message) -> None:
            if cursor and message["type"] == "http.response.start" and message["status"] < 300:
                MutableHeaders(scope=message).setdefault(NAME, cursor)
            await send(message)

        await self._app(scope, receive, send_with_cursor)
