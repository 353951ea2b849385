"""Routers of resources, and the checks of their routes at the start."""

from collections.abc import Callable, Coroutine, Iterable
from http import HTTPStatus
from inspect import iscoroutinefunction
from json import JSONDecodeError
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.routing import BaseRoute

from services.console import audit
from services.console.body import bounded, check_content_type, upload_of
from services.console.caller import caller_of, rights_of
from services.console.declared import declared
from services.console.idempotency import is_repeatable, request_key, rule_of, run_once
from services.console.rights import OF_EVERY_PERSON, Right
from services.console.same_site import check_site

API = "/api/v1"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
WORKSPACE = f"{API}/workspaces/{{workspace}}"


Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class RouteIncomplete(Exception):
    """Raised at the start for a route that does not declare what it must."""


class JsonRequest(Request):
    """A request whose JSON has no lone surrogates, no NaN, and no more levels than can be read."""

    async def json(self) -> Any:
        """Called by FastAPI, which answers 400 for the error."""
        body = await self.body()
        try:
            return msgspec.json.decode(body)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise JSONDecodeError(str(error), "", 0) from None


class ConsoleRoute(APIRoute):
    """A route whose POST runs once per idempotency key."""

    def get_route_handler(self) -> Handler:
        """Called by FastAPI."""
        handle = self._audited(super().get_route_handler())
        rule = rule_of(self.dependant)
        right = next(iter(rights_of(self.dependant)), Right.PUBLIC)
        upload = upload_of(self.dependant)

        async def run(given: Request) -> Response:
            request = JsonRequest(given.scope, given.receive)
            if given.method not in _SAFE:
                check_site(request)
                if right is not Right.PUBLIC:
                    await caller_of(request, right)  # before its body is read
                check_content_type(request, upload)
                receive = await bounded(given, upload)
                request = JsonRequest(given.scope, receive)
            if rule is None:
                return await handle(request)
            caller = await caller_of(request, right)
            request.state.request_key = request_key(request, caller)
            return await run_once(request, caller, rule, handle)

        return run

    def _audited(self, handle: Handler) -> Handler:
        """Return a handler that writes an entry of the audit log for each success."""
        if not audit.is_audited(self.dependant, set(self.methods or ())):
            return handle
        action = action_of(self)
        only_reads = _SAFE.issuperset(self.methods or ())

        async def run(request: Request) -> Response:
            response = await handle(request)
            if response.status_code < HTTPStatus.BAD_REQUEST:
                await (audit.record if only_reads else audit.record_change)(request, action)
            return response

        return run


def action_of(route: APIRoute) -> str:
    """Return the name of a route's action in the audit log: `orders.advance_order`."""
    return f"{route.tags[0] if route.tags else 'console'}.{route.name}"


def workspace_router(path: str, tag: str) -> APIRouter:
    """Return the router of a resource of a workspace: `workspace_router("/orders", "orders")`."""
    return _router(WORKSPACE + path, tag)


def api_router(path: str, tag: str) -> APIRouter:
    """Return the router of a resource outside any workspace: `api_router("/me", "me")`."""
    return _router(API + path, tag)


def _router(prefix: str, tag: str) -> APIRouter:
    return APIRouter(prefix=prefix, tags=[tag], route_class=ConsoleRoute, generate_unique_id_function=_operation_id)


def _operation_id(route: APIRoute) -> str:
    """Return the id of an operation: `orders_list_orders`. Generated clients name functions after it."""
    return f"{route.tags[0]}_{route.name}".replace("-", "_")


def check_routes(routes: Iterable[BaseRoute]) -> None:
    """Raise RouteIncomplete unless each route declares one right, and each POST says if it takes a key."""
    known: set[str] = set()
    for route in routes:
        if not isinstance(route, APIRoute | APIWebSocketRoute):
            raise RouteIncomplete(f"{route} is not a route of a router")
        rights = rights_of(route.dependant)
        if len(rights) != 1:
            raise RouteIncomplete(f"{_named(route)}: declare one right, as `needs(Right.…)` or PUBLIC; found {rights}")
        inside = route.path.startswith(WORKSPACE)
        if inside and rights & {Right.PUBLIC, *OF_EVERY_PERSON}:
            raise RouteIncomplete(f"{_named(route)}: a right for outside of workspaces, inside one")
        _check_coroutines(route)
        if isinstance(route, APIRoute):
            _check_post(route, inside)
            if route.include_in_schema and route.unique_id in known:
                raise RouteIncomplete(f"{_named(route)}: there is another route named {route.unique_id}")
            known.add(route.unique_id)


def _check_coroutines(route: APIRoute | APIWebSocketRoute) -> None:
    """Raise RouteIncomplete for a function that FastAPI would run in a thread: on a busy machine that costs more than
    the rest of a request.
    """
    for call in (route.endpoint, *declared(route.dependant)):
        if not iscoroutinefunction(call) and not iscoroutinefunction(type(call).__call__):
            raise RouteIncomplete(f"{_named(route)}: {call} is not a coroutine function")


def _check_post(route: APIRoute, inside: bool) -> None:
    has_rule, repeatable = rule_of(route.dependant) is not None, is_repeatable(route.dependant)
    if has_rule and not inside:
        raise RouteIncomplete(f"{_named(route)}: keys are bound to a workspace")
    if inside and "POST" in (route.methods or ()) and has_rule == repeatable:
        raise RouteIncomplete(f"{_named(route)}: declare `idempotent()` or REPEATABLE, not both")


def _named(route: APIRoute | APIWebSocketRoute) -> str:
    methods = ",".join(sorted(route.methods or ())) if isinstance(route, APIRoute) else "WebSocket"
    return f"{methods} {route.path}"
