"""The caller of a request, and the check of the right that its route declares.

    caller: Annotated[Principal, needs(Right.ORDERS_READ)]

401 without a valid session or key, 404 for a workspace that is not the caller's, 403 without the right.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from fastapi import Depends
from fastapi.dependencies.models import Dependant
from starlette.requests import HTTPConnection

from services.console import limits
from services.console.authenticator import Sees
from services.console.declared import declared
from services.console.parts import parts_of
from services.console.problems import Problem
from services.console.rights import OF_EVERY_PERSON, RULES, Right, Role
from shared.http.client_address import client_of
from shared.telemetry import logging

_FRESH = timedelta(minutes=10)
_BEARER = "bearer "


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """The author of a request. workspace: empty outside any. role: None for a key. sees, channels: see `Membership`.
    numbers: whether the workspace's agents see phone numbers in full. scopes: empty for a person. session: empty for a
    key. proved_at: see `SignedIn`. address: for limits and the audit.
    """

    kind: Literal["user", "key"]
    id: str
    name: str
    address: str
    workspace: str = ""
    role: Role | None = None
    sees: Sees = "all"
    channels: frozenset[str] = frozenset()
    numbers: bool = True
    scopes: frozenset[str] = frozenset()
    session: str = ""
    proved_at: datetime | None = None

    @property
    def caller(self) -> str:
        """`user:<id>` or `key:<id>`: for derived ids, cursors and the audit."""
        return f"{self.kind}:{self.id}"

    def has(self, right: Right) -> bool:
        """Return whether the caller's role or scopes include a right."""
        rule = RULES[right]
        if self.kind == "key":
            return bool(rule.scopes & self.scopes)
        if right is Right.PHONE_NUMBERS and self.role is Role.AGENT and not self.numbers:
            return False
        return right in OF_EVERY_PERSON or self.role in rule.roles


class Needs:
    """The dependency of a route that declares its right."""

    def __init__(self, right: Right) -> None:
        self.right = right

    async def __call__(self, connection: HTTPConnection) -> Principal:
        return await caller_of(connection, self.right)


class Public:
    """The dependency of a route that anybody may use."""

    right = Right.PUBLIC

    async def __call__(self, connection: HTTPConnection) -> None:
        """Count the request for the client's address."""
        await limits.take_of_address(connection)


def needs(right: Right) -> Any:
    """Return the annotation of a parameter that is the caller, who has this right."""
    return Depends(Needs(right))


PUBLIC: Any = Depends(Public())
"""For `dependencies=[PUBLIC]` of a route that anybody may use."""


async def caller_of(connection: HTTPConnection, right: Right) -> Principal:
    """Return the caller, once per request. Raises Problem."""
    found: Principal | None = getattr(connection.state, "caller", None)
    if found is None:
        found = await _identify(connection)
        connection.state.caller = found
    _check(found, right, parts_of(connection).clock.now())
    return found


async def _identify(connection: HTTPConnection) -> Principal:
    workspace = connection.path_params.get("workspace", "")
    authorization = connection.headers.get("authorization")
    if authorization is not None:
        caller = await _by_key(connection, authorization, workspace)
        await limits.take_of(connection, limits.of_key(parts_of(connection).settings), caller.id)
    else:
        caller = await _by_session(connection, workspace)
        await limits.take_of(connection, limits.of_session(parts_of(connection).settings), caller.session)
    if workspace:
        logging.bind(workspace_id=workspace)
    return caller


async def _by_key(connection: HTTPConnection, authorization: str, workspace: str) -> Principal:
    address = client_of(connection.scope)
    scheme, token = authorization[: len(_BEARER)], authorization[len(_BEARER) :].strip()
    key = await parts_of(connection).authenticator.key(token, address) if scheme.lower() == _BEARER else None
    if key is None:
        raise await _not_signed_in(connection, "the API key is not valid")
    if workspace and key.workspace != workspace:
        raise Problem("not-found")
    return Principal(kind="key", id=key.id, name=key.name, workspace=key.workspace, scopes=key.scopes, address=address)


async def _by_session(connection: HTTPConnection, workspace: str) -> Principal:
    authenticator, address = parts_of(connection).authenticator, client_of(connection.scope)
    signed_in = await authenticator.session(connection.cookies, address)
    if signed_in is None:
        raise await _not_signed_in(connection)
    person = Principal(
        kind="user",
        id=signed_in.user,
        name=signed_in.name,
        session=signed_in.session,
        proved_at=signed_in.proved_at,
        address=address,
    )
    if not workspace:
        return person
    member = await authenticator.member(signed_in.user, workspace)
    if member is None:
        raise Problem("not-found")
    if member.needs_factor and not signed_in.factor:
        raise Problem("second-factor-needed", "this workspace requires one: set it up, or sign in with it")
    return replace(
        person,
        workspace=workspace,
        role=member.role,
        sees=member.sees,
        channels=member.channels,
        numbers=member.numbers,
    )


def _check(caller: Principal, right: Right, now: datetime) -> None:
    """Raise Problem if the caller does not have the right, or not with a fresh proof."""
    if not caller.has(right):
        raise Problem("not-allowed")
    proved = caller.proved_at is not None and now - caller.proved_at <= _FRESH
    if RULES[right].fresh and caller.kind == "user" and not proved:
        raise Problem("proof-needed")


async def _not_signed_in(connection: HTTPConnection, detail: str = "") -> Problem:
    """Return the problem, which counts for the client's address."""
    await limits.take_of_address(connection)
    return Problem("not-signed-in", detail, headers={"WWW-Authenticate": "Bearer"})


def rights_of(dependant: Dependant) -> set[Right]:
    """Return the rights that a route declares."""
    return {call.right for call in declared(dependant) if isinstance(call, Needs | Public)}
