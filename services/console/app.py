"""The console's HTTP application."""

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI
from fastapi.middleware.cors import CORSMiddleware

from services.console import problems
from services.console.api import ROUTERS
from services.console.api.phone import has_phone
from services.console.auth.cookies import names_for
from services.console.compressed import CompressedDrafts
from services.console.live.header import CursorHeader
from services.console.middleware import Envelope
from services.console.page_options import PageOptions
from services.console.parts import Parts
from services.console.routing import check_routes
from services.console.static_files import StaticFiles, load_static_files
from services.console.version import VERSION
from services.console.website import Website


def make_app(parts: Parts | None, routers: Sequence[APIRouter] = ROUTERS, static: StaticFiles | None = None) -> FastAPI:
    """Return the application; without parts it only describes itself. static: the pages; None: those that were built.
    Raises RouteIncomplete.
    """
    app = FastAPI(
        title="Parley", version=VERSION, docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False
    )
    app.state.parts = parts
    for router in routers:
        app.router.routes.extend(router.routes)
    check_routes(app.router.routes)
    problems.install(app)
    app.add_middleware(CompressedDrafts)
    if parts is not None:
        _allow_origins(app, parts)
        if parts.live is not None:
            app.add_middleware(CursorHeader, cursor=parts.live.cursor)
        app.add_middleware(
            Website,
            files=load_static_files() if static is None else static,
            options=_page_options(parts),
            cookies=names_for(parts.settings.console_url),
        )
    app.add_middleware(Envelope)
    return app


def _page_options(parts: Parts) -> PageOptions:
    settings = parts.settings
    signup = settings.console_signup == "open" and bool(settings.smtp_url.get_secret_value())
    return PageOptions(landing=settings.console_landing == "on", signup=signup, phone=has_phone(settings))


def _allow_origins(app: FastAPI, parts: Parts) -> None:
    """Let web pages of the configured origins call the API with a key; cookies are never sent from there."""
    origins = [origin for origin in parts.settings.console_origins.split(",") if origin]
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "If-Match"],
            expose_headers=[
                "Content-Disposition",
                "ETag",
                "Idempotent-Replayed",
                "Location",
                "Parley-Cursor",
                "Parley-Next",
                "Parley-Request",
                "RateLimit",
                "RateLimit-Policy",
                "Retry-After",
            ],
            allow_credentials=False,
        )
