"""Errors of the API: RFC 9457, `application/problem+json`, for every status from 400.

A route raises `Problem`; the errors of `shared` and of the framework become one here. `type` is the address of a page
that the console serves under `/problems/<name>`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, WebSocket
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from shared.errors import Conflict, DependencyAway, TookTooLong, TooMuch, Unstorable
from shared.operations.errors import OperationRefused

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "https://parley.invalid/problems/"
_RETRY_AFTER = "5"  # seconds, while a dependency is away


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """A kind of problem with its page. status: the usual one. meaning: for the reader of its page: what it means, and
    what to do.
    """

    status: int
    title: str
    meaning: str


PROBLEMS: Mapping[str, ProblemKind] = {
    "invalid": ProblemKind(
        422, "The request is not valid", "`errors` names each field and what is wrong with it. Status 400: no JSON."
    ),
    "not-signed-in": ProblemKind(
        401, "Not signed in", "Sign in, or send an API key: `Authorization: Bearer pk_…`. A session may have ended."
    ),
    "second-factor-needed": ProblemKind(401, "A second factor is needed", "Send the code of your second factor."),
    "proof-needed": ProblemKind(
        403,
        "A fresh proof is needed",
        "Confirm your password or second factor: it must be newer than 10 minutes.",
    ),
    "not-allowed": ProblemKind(403, "Not allowed", "Your role or your key's scopes do not include this."),
    "cross-site": ProblemKind(
        403,
        "Refused as a request from another site",
        "Changes with a session cookie need the header `X-Parley: 1` and must come from the console's own address.",
    ),
    "insecure": ProblemKind(
        403, "Only over https", "The console refuses plain http, except on this machine: see `CONSOLE_INSECURE`."
    ),
    "not-found": ProblemKind(404, "Not found", "It does not exist, or it is not yours to see."),
    "method-not-allowed": ProblemKind(405, "Method not allowed", "`Allow` lists the methods of this path."),
    "conflict": ProblemKind(409, "Not possible now", "`detail` says why; change that first, or wait."),
    "taken-by": ProblemKind(409, "Somebody else has the conversation", "Take it over first, or leave it to them."),
    "window-closed": ProblemKind(
        409, "The customer service window is closed", "24 hours after the customer's last message only templates go."
    ),
    "media-not-possible": ProblemKind(
        409, "Files cannot be sent on this channel", "Set the setting that `detail` names, or send an address."
    ),
    "template-not-sendable": ProblemKind(409, "The template cannot be sent", "It is not approved, or paused."),
    "channel-stopped": ProblemKind(
        409, "The channel is stopped", "The provider refuses its messages: see the channel's state."
    ),
    "managed-by-file": ProblemKind(
        409,
        "This part is kept in the workspace file",
        "`snippet` has the lines for the file; apply it with `parley apply`.",
    ),
    "tests-failed": ProblemKind(
        409, "Tests of the flow fail", "`tests` says which and why. Correct the flow or its tests, or skip them."
    ),
    "changed-meanwhile": ProblemKind(
        412, "Changed meanwhile", "Another change came first: read it again, with its new `ETag`, and decide again."
    ),
    "too-large": ProblemKind(413, "Too large", "`detail` names the limit."),
    "unsupported-media-type": ProblemKind(415, "Not a supported content type", "Send `application/json`."),
    "key-reused": ProblemKind(
        422,
        "The idempotency key was used for another request",
        "Make a new key for each intent; keep it for repeats.",
    ),
    "too-many": ProblemKind(429, "Too many requests", "Wait for the seconds of `Retry-After`."),
    "kafka-away": ProblemKind(503, "Kafka is not available", "Nothing was changed; repeat it with the same key."),
    "mongodb-away": ProblemKind(503, "MongoDB is not available", "Repeat it with the same key."),
    "took-too-long": ProblemKind(
        504,
        "The database took too long",
        "Narrow the search: a shorter period, fewer days, one channel or tag. If everything takes too long, MongoDB is"
        " overloaded or away: repeat it later, a change with the same key.",
    ),
    "away": ProblemKind(503, "A dependency is not available", "Repeat it with the same key."),
    "too-slow": ProblemKind(408, "The request took too long to arrive", "Repeat it."),
    "internal": ProblemKind(500, "A fault of ours", "Report `instance`: it finds the request in our logs."),
}

CODES = {
    "missing": "missing",
    "string_too_short": "too-short",
    "string_too_long": "too-long",
    "string_pattern_mismatch": "wrong-form",
    "too_short": "too-few",
    "too_long": "too-many",
    "greater_than_equal": "too-small",
    "less_than_equal": "too-large",
    "int_parsing": "no-number",
    "extra_forbidden": "unknown-field",
}
"""The codes of errors of pydantic that a person's input may have."""
_BY_STATUS = {400: "invalid", 404: "not-found", 405: "method-not-allowed", 408: "too-slow", 413: "too-large"}
_AWAY = {"kafka": "kafka-away", "clock": "kafka-away", "mongodb": "mongodb-away"}


@dataclass(frozen=True, slots=True)
class FieldError:
    """An error of one field or parameter. pointer: a JSON pointer into the body (`#/name/0`), or a parameter: `?limit`,
    `{id}`, `Idempotency-Key`. code: the same for programs; empty: the message alone says it.
    """

    pointer: str
    message: str
    code: str = ""


class Problem(Exception):
    """Raised to answer with a problem. name: a key of PROBLEMS. cookies: values of `Set-Cookie`. more: further members
    of the answer. reason: narrows the name, for programs and other languages.
    """

    def __init__(
        self,
        name: str,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        cookies: Sequence[str] = (),
        status: int | None = None,
        reason: str = "",
        **more: Any,
    ) -> None:
        super().__init__(f"{name}: {detail}" if detail else name)
        self.name = name
        self.kind = PROBLEMS[name]
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.cookies = tuple(cookies)
        self.status = status or self.kind.status
        self.reason = reason
        self.more = more


def problem_of(error: Exception) -> Problem:
    """Return the problem that an error is for the caller; a fault of ours for all unknown ones."""
    match error:
        case Problem():
            return error
        case TooMuch():
            return Problem("invalid", str(error))
        case TookTooLong():
            return Problem("took-too-long", headers={"Retry-After": _RETRY_AFTER})
        case DependencyAway():
            return Problem(_AWAY.get(error.dependency, "away"), headers={"Retry-After": _RETRY_AFTER})
        case Conflict():
            return Problem("changed-meanwhile")
        case Unstorable():
            return Problem("invalid", str(error))
        case OperationRefused():
            return Problem(error.code if error.code in PROBLEMS else "conflict", str(error), reason=error.reason)
        case RequestValidationError():
            return _of_validation(error)
        case HTTPException():
            return _of_http(error)
    return Problem("internal")


def response_of(problem: Problem, request_id: str) -> Response:
    """Return the answer."""
    content: dict[str, Any] = {
        "type": TYPE_PREFIX + problem.name,
        "title": problem.kind.title,
        "status": problem.status,
        "instance": request_id,
    }
    if problem.detail:
        content["detail"] = problem.detail
    if problem.reason:
        content["reason"] = problem.reason
    if problem.errors:
        content["errors"] = [_shown(error) for error in problem.errors]
    body = {**content, **problem.more}
    response = JSONResponse(body, problem.status, headers=problem.headers, media_type=MEDIA_TYPE)
    for cookie in problem.cookies:
        response.headers.append("set-cookie", cookie)
    return response


def _shown(error: FieldError) -> dict[str, str]:
    shown = {"pointer": error.pointer, "message": error.message}
    return {**shown, "code": error.code} if error.code else shown


_HANDLED = (Problem, DependencyAway, Conflict, Unstorable, OperationRefused, RequestValidationError, HTTPException)


def install(app: FastAPI) -> None:
    """Answer with a problem for each error of a route, of `shared` and of the framework."""
    for kind in _HANDLED:
        app.add_exception_handler(kind, _handle)  # type: ignore[arg-type]  # it handles requests and WebSockets


async def _handle(connection: HTTPConnection, error: Exception) -> Response | None:
    response = response_of(problem_of(error), request_id_of(connection))
    if isinstance(connection, Request):
        return response
    if isinstance(connection, WebSocket):
        await connection.send_denial_response(response)
    return None


def request_id_of(connection: HTTPConnection) -> str:
    """Return the id of a request: its trace id."""
    return str(connection.scope.get("state", {}).get("request_id", ""))


def _of_http(error: HTTPException) -> Problem:
    """Return the problem of a status that the framework raised."""
    name = _BY_STATUS.get(error.status_code)
    if name is None:
        name = "internal" if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid"
    standard = HTTPStatus(error.status_code).phrase
    detail = "" if error.detail == standard or name == "internal" else str(error.detail)
    return Problem(name, detail, status=error.status_code, headers=error.headers)


def _of_validation(error: RequestValidationError) -> Problem:
    """Return the problem of a request that does not fit its route's models; no value is repeated."""
    found = error.errors()
    unreadable = any(one["type"] == "json_invalid" for one in found)
    errors = [FieldError(_pointer(one["loc"]), str(one["msg"]), CODES.get(one["type"], "")) for one in found]
    return Problem("invalid", errors=errors, status=400 if unreadable else None)


def _pointer(location: Sequence[str | int]) -> str:
    place, *path = location or ("body",)
    if place == "body":
        return "#" + "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)
    name = ".".join(map(str, path))
    return {"query": f"?{name}", "path": f"{{{name}}}"}.get(str(place), name)
