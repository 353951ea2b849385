"""The console's HTTP application."""

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI

from services.console import problems
from services.console.api import ROUTERS
from services.console.middleware import Envelope
from services.console.parts import Parts
from services.console.routing import check_routes
from services.console.version import VERSION


def make_app(parts: Parts, routers: Sequence[APIRouter] = ROUTERS) -> FastAPI:
    """Return the application. Raises RouteIncomplete for a route that lacks a declaration."""
    app = FastAPI(
        title="Parley", version=VERSION, docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False
    )
    app.state.parts = parts
    for router in routers:
        app.router.routes.extend(router.routes)
    check_routes(app.router.routes)
    problems.install(app)
    app.add_middleware(Envelope)
    return app
