"""Repeats of a request: `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07) on each POST that changes
something.

Ids of commands are derived from the workspace, the caller, the request's method and path, and the key: a second run is
the first command, whatever Redis remembers, and a key that is used again for another conversation is another command,
whatever Redis has forgotten. Redis keeps the digest of the request and the answer for a day: the same key gets the
same answer (with `Idempotent-Replayed: true`), 422 with another body, 409 while the first one is running, and 409
afterwards if its answer had a secret or was too large to be kept.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_hex
from typing import Any

import msgspec
from fastapi import Depends, Header, Request, Response
from fastapi.dependencies.models import Dependant

from services.console.caller import Principal
from services.console.declared import declared
from services.console.parts import parts_of
from services.console.problems import FieldError, Problem
from shared.domain.ids import derived_id
from shared.errors import DependencyAway
from shared.storage.redis import Redis

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{8,64}")
_DAY = 24 * 3600  # seconds
_RUNNING = 60  # seconds until the key of a request is free again whose process has ended
_RENEW_EVERY = 15.0  # seconds
_LARGEST = 64 * 1024  # bytes of an answer that is kept

Run = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class RequestKey:
    """The idempotency key of a request. command: the id of the command that the request makes. name: of what Redis
    keeps, the same for all requests of the caller with this key.
    """

    value: str
    command: str
    name: str

    def derived(self, kind: str) -> str:
        """Return the id of something else that the request makes: `key.derived("note")`."""
        return derived_id(kind, self.command)


class Idempotent:
    """The dependency of a route whose answer is kept. keep_answer: False for answers with a secret in them."""

    def __init__(self, keep_answer: bool) -> None:
        self.keep_answer = keep_answer

    async def __call__(
        self, request: Request, idempotency_key: str = Header(alias=HEADER, min_length=8, max_length=66)
    ) -> RequestKey:
        key: RequestKey = request.state.request_key
        return key


class Repeatable:
    """The dependency of a POST that changes nothing, or the same when it is repeated: it needs no key."""

    async def __call__(self) -> None: ...


def idempotent(*, keep_answer: bool = True) -> Any:
    """Return the annotation of a parameter that is the request's key: `key: Annotated[RequestKey, idempotent()]`."""
    return Depends(Idempotent(keep_answer))


REPEATABLE: Any = Depends(Repeatable())
"""For `dependencies=[REPEATABLE]` of a POST that needs no key."""


def rule_of(dependant: Dependant) -> Idempotent | None:
    """Return the rule of a route; None: it takes no key."""
    return next(_rules(dependant), None)


def _rules(dependant: Dependant) -> Iterator[Idempotent]:
    return (call for call in declared(dependant) if isinstance(call, Idempotent))


def is_repeatable(dependant: Dependant) -> bool:
    """Return whether a route says that it needs no key."""
    return any(isinstance(call, Repeatable) for call in declared(dependant))


def request_key(request: Request, caller: Principal) -> RequestKey:
    """Return the key of a request. Raises Problem."""
    value = request.headers.get(HEADER, "").strip()
    if len(value) > 1 and value[0] == value[-1] == '"':  # the draft's form
        value = value[1:-1]
    if not _KEY.fullmatch(value):
        error = FieldError(HEADER, "is required: 8 to 64 visible ASCII characters")
        raise Problem("invalid", errors=[error], status=400)
    of_caller = derived_id("command", caller.workspace, caller.caller, value)
    of_request = derived_id("command", caller.workspace, caller.caller, request.method, request.url.path, value)
    return RequestKey(value, command=of_request, name=f"parley:once:{caller.workspace}:{of_caller}")


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """The request of a key and its answer; status 0: it is running. is_complete: False: only the status was kept."""

    digest: bytes
    status: int = 0
    body: bytes = b""
    media_type: str = ""
    etag: str = ""
    location: str = ""
    is_complete: bool = True
    claim: str = ""  # of a running request: tells it from another one with the same key


async def run_once(request: Request, caller: Principal, rule: Idempotent, run: Run) -> Response:
    """Run a request, or return the answer that its key got before. Raises Problem."""
    key = request.state.request_key
    name = key.name
    redis = parts_of(request).redis
    digest = await _digest(request)
    running = msgspec.msgpack.encode(_Kept(digest, claim=token_hex(8)))
    kept = await _claim(redis, name, running)
    if kept is not None:
        return _replayed(kept, digest)
    renewing = asyncio.create_task(_renew(redis, name, running))
    try:
        response = await run(request)
    except BaseException:
        await _forget(redis, name, running)
        raise
    finally:
        renewing.cancel()
    await _keep(redis, name, running, response, rule)
    return response


async def _renew(redis: Redis, name: str, running: bytes) -> None:
    """Keep the claim of a request for as long as it runs: an upload may take minutes."""
    while True:
        await asyncio.sleep(_RENEW_EVERY)
        with suppress(DependencyAway):
            await redis.renew([name], running, _RUNNING)


async def _digest(request: Request) -> bytes:
    """Return a digest of the request; of an upload only its size, which is not held in memory for this."""
    content_type = request.headers.get("content-type", "")
    streamed = content_type.startswith(("multipart/", "text/csv"))
    body = request.headers.get("content-length", "").encode() if streamed else await request.body()
    return sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode() + body).digest()


async def _claim(redis: Redis, name: str, running: bytes) -> _Kept | None:
    """Claim a key; return what it has been used for. Without Redis, derived ids alone protect."""
    try:
        existing, _ = await redis.claim(name, running, _RUNNING, look_at=name)
    except DependencyAway:
        return None
    return None if not existing else msgspec.msgpack.decode(existing, type=_Kept)


def _replayed(kept: _Kept, digest: bytes) -> Response:
    if kept.digest != digest:
        raise Problem("key-reused")
    if not kept.status:
        detail = "the first request with this key is still running; repeat it with the same key to get its answer"
        raise Problem("conflict", detail, headers={"Retry-After": "1"}, reason="still-running")
    if not kept.is_complete:
        detail = "the first request with this key was done, and its answer is not kept: look at what it made; "
        raise Problem("conflict", detail + "for another one use a new key", reason="answer-not-kept")
    headers = {"Idempotent-Replayed": "true", "ETag": kept.etag, "Location": kept.location}
    given = {name: value for name, value in headers.items() if value}
    return Response(kept.body, kept.status, given, kept.media_type or None)


async def _keep(redis: Redis, name: str, running: bytes, response: Response, rule: Idempotent) -> None:
    """Keep the answer of a success; forget the key otherwise, so that a corrected request may use it."""
    body = getattr(response, "body", None)
    if response.status_code >= 300:
        await _forget(redis, name, running)
        return
    digest = msgspec.msgpack.decode(running, type=_Kept).digest
    headers = response.headers
    if not rule.keep_answer or body is None or len(body) > _LARGEST:
        kept = _Kept(digest, response.status_code, is_complete=False)
    else:
        kept = _Kept(
            digest,
            response.status_code,
            bytes(body),
            headers.get("content-type", ""),
            headers.get("etag", ""),
            headers.get("location", ""),
        )
    try:
        await redis.put(name, msgspec.msgpack.encode(kept), _DAY)
    except DependencyAway:
        return


async def _forget(redis: Redis, name: str, running: bytes) -> None:
    """Free the key, unless another request has claimed it meanwhile."""
    try:
        if all(await redis.renew([name], running, _RUNNING)):
            await redis.delete(name)
    except DependencyAway:
        return  # it expires
