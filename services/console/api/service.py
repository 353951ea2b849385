"""The API about itself: health, version, OpenAPI document, documentation, the pages of problems."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from services.console import openapi
from services.console.caller import PUBLIC
from services.console.docs_page import docs_page, page_response, problem_page
from services.console.models import AnswerModel
from services.console.parameters import PartsOf
from services.console.problems import PROBLEMS, Problem
from services.console.routing import ConsoleRoute, api_router
from services.console.version import VERSION

router = api_router("", "service")
pages = APIRouter(route_class=ConsoleRoute, include_in_schema=False)


class Health(AnswerModel):
    """The state of the console. status: `ready`, `not ready` or `stopping`. dependencies: `ok` or `away`, by name."""

    status: str
    dependencies: dict[str, str]


class Version(AnswerModel):
    """The version of the server."""

    version: str


@router.get("/health", dependencies=[PUBLIC], responses={503: {"model": Health, "description": "Not ready"}})
async def health(parts: PartsOf, response: Response) -> Health:
    """Return the readiness of the console, and the state of each dependency."""
    state, ready = await parts.readiness()
    response.status_code = 200 if ready else 503
    dependencies = {name: "ok" if found == "ok" else "away" for name, found in state["dependencies"].items()}
    return Health(status=state["status"], dependencies=dependencies)


@router.get("/version", dependencies=[PUBLIC])
async def version() -> Version:
    """Return the version of the server."""
    return Version(version=VERSION)


@router.get("/openapi.json", dependencies=[PUBLIC], include_in_schema=False)
async def openapi_document(request: Request) -> JSONResponse:
    """This document."""
    return JSONResponse(openapi.document(request.app), headers={"Cache-Control": "no-cache"})


@router.get("/docs", dependencies=[PUBLIC], include_in_schema=False)
async def docs(request: Request) -> Response:
    """Return a page of this documentation, which loads nothing."""
    return page_response(docs_page(openapi.document(request.app)))


@pages.get("/problems/{name}", dependencies=[PUBLIC])
async def problem(name: str) -> Response:
    """Return the page of a problem."""
    if name not in PROBLEMS:
        raise Problem("not-found")
    return page_response(problem_page(name))


@pages.get("/robots.txt", dependencies=[PUBLIC])
async def robots() -> PlainTextResponse:
    """No page is for search engines."""
    return PlainTextResponse("User-agent: *\nDisallow: /\n")
