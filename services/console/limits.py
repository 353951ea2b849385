"""Rate limits of the API: of keys, sessions and addresses for every request, and of some routes per caller.

    dependencies=[limited(EXPORTS)]

Answers carry `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11); 429 has `Retry-After`.
"""

from collections.abc import Iterable
from typing import Any

from fastapi import Depends
from starlette.requests import HTTPConnection

from services.console.parts import parts_of
from services.console.problems import Problem
from services.console.token_buckets import Policy, Taken
from shared.http.client_address import client_of
from shared.settings import Settings
from shared.telemetry import metrics

_MINUTE, _HOUR = 60, 3600
_KEY_BURST = 100

EXPORTS = Policy("export", 6, _HOUR, 6)
IMPORTS = Policy("import", 30, _HOUR, 10)
FLOW_EDITS = Policy("flow-edit", 600, _MINUTE, 100)
UPLOADS = Policy("upload", 120, _HOUR, 20)
ANALYTICS = Policy("analytics", 120, _MINUTE, 60)
SIMULATIONS = Policy("simulate", 120, _MINUTE, 30)
REPLAYS = Policy("replay", 20, _HOUR, 10)
SUGGESTIONS = Policy("suggestion", 20, _HOUR, 10)
INVITATIONS = Policy("invitation", 60, _HOUR, 20)
MESSAGES = Policy("message", 60, _MINUTE, 20)  # of a person


def of_key(settings: Settings) -> Policy | None:
    """Return the limit of a key's requests."""
    count = settings.console_requests_per_key_per_minute
    return Policy("key", count, _MINUTE, min(count, _KEY_BURST)) if count else None


def of_session(settings: Settings) -> Policy | None:
    """Return the limit of a session's requests."""
    count = settings.console_requests_per_session_per_minute
    return Policy("session", count, _MINUTE, count) if count else None


def _of_address(settings: Settings) -> Policy | None:
    count = settings.console_requests_per_address_per_minute
    return Policy("address", count, _MINUTE, count) if count else None


async def take_of_address(connection: HTTPConnection) -> None:
    """Count a request without a valid key or session. Raises Problem `too-many`."""
    await take_of(connection, _of_address(parts_of(connection).settings), client_of(connection.scope))


async def take_of(connection: HTTPConnection, policy: Policy | None, subject: str) -> None:
    """Count a request of a subject, and show what is left in the answer's headers. Raises Problem `too-many`."""
    if policy is None:
        return
    taken = await parts_of(connection).buckets.take(policy, subject)
    connection.scope.setdefault("state", {}).setdefault("limits", []).append(taken)
    if not taken.allowed:
        metrics.API_LIMITED.labels(policy.name).inc()
        raise Problem("too-many", headers={"Retry-After": str(max(1, taken.reset))})


class Limited:
    """The dependency of a route with a limit of its own. people: only people are limited, not keys."""

    def __init__(self, policy: Policy, people: bool) -> None:
        self._policy = policy
        self._people = people

    async def __call__(self, connection: HTTPConnection) -> None:
        caller = connection.state.caller
        if caller.kind == "user" or not self._people:
            await take_of(connection, self._policy, f"{caller.workspace}:{caller.caller}")


def limited(policy: Policy, *, people: bool = False) -> Any:
    """Return a limit as a parameter's annotation, after the caller: `_: Annotated[None, limited(EXPORTS)]`."""
    return Depends(Limited(policy, people))


def headers_of(limits: Iterable[Taken]) -> dict[str, str]:
    """Return the headers that show the limits of a request."""
    policies = [f'"{one.policy.name}";q={one.policy.count};w={one.policy.seconds}' for one in limits]
    states = [f'"{one.policy.name}";r={one.remaining};t={one.reset}' for one in limits]
    return {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(states)} if policies else {}
