"""Answers requests for the console's pages: every path that is not the API's is the one page, which shows what the path
names; below `/assets/` are its files. They are in memory, so no limit of requests applies to them.
"""

from dataclasses import dataclass

from fastapi import Response
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from services.console.auth.cookies import CookieNames
from services.console.docs_page import not_built_page, page_response
from services.console.page_options import PageOptions
from services.console.problems import Problem, response_of
from services.console.static_files import StaticFiles
from shared.http.asgi import App, Receive, Scope, Send

_ASSETS = "/assets/"
_ROUTES = ("/api/", "/problems/", "/m/", "/robots.txt")


@dataclass(frozen=True, slots=True)
class _Shown:
    """Stands for a route in logs, metrics and spans."""

    path: str


class Website:
    """The middleware. Requests of other methods, and of the API's paths, go on to the routes."""

    def __init__(self, app: App, files: StaticFiles, options: PageOptions, cookies: CookieNames) -> None:
        self._app = app
        self._files = files
        self._options = options
        self._cookies = cookies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or scope["path"].startswith(_ROUTES):
            await self._app(scope, receive, send)
            return
        answer = self._asset(scope) if scope["path"].startswith(_ASSETS) else self._page(scope)
        await answer(scope, receive, send)

    def _asset(self, scope: Scope) -> Response:
        scope["route"] = _Shown("/assets/{path}")
        file = self._files.files.get(scope["path"].removeprefix(_ASSETS))
        if file is None:
            missing = Problem("not-found", "the file is of another version of the console: load the page again")
            return response_of(missing, scope["state"]["request_id"])
        headers = file.headers
        if file.compressed is None or "gzip" not in Headers(scope=scope).get("accept-encoding", ""):
            return Response(file.body, media_type=file.media_type, headers=headers)
        return Response(file.compressed, media_type=file.media_type, headers=headers | {"Content-Encoding": "gzip"})

    def _page(self, scope: Scope) -> Response:
        scope["route"] = _Shown("/{page}")
        if not self._files.index:
            return page_response(not_built_page())
        session = bool(self._cookies.read(HTTPConnection(scope).cookies, "access"))
        html, headers = self._files.page(self._options.text(session=session))
        return Response(html, media_type="text/html; charset=utf-8", headers=headers)
