"""The port to accounts: who a key or a session cookie belongs to, and what a person is in a workspace."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from services.console.rights import Role

Sees = Literal["all", "own_and_unassigned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A person with a session. proved_at: the last time that the password or second factor was given. factor: whether
    the session has a second factor.
    """

    user: str
    name: str
    session: str
    proved_at: datetime | None = None
    factor: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A user's place in a workspace. channels: those whose conversations the member sees; empty: all. needs_factor:
    whether the workspace admits only sessions with a second factor. numbers: whether its agents see phone numbers in
    full.
    """

    role: Role
    sees: Sees = "all"
    channels: frozenset[str] = frozenset()
    needs_factor: bool = False
    numbers: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A valid key: neither ended nor revoked. id: public."""

    id: str
    name: str
    workspace: str
    scopes: frozenset[str]


class Authenticator(Protocol):
    """Each call raises DependencyAway; results may be up to five seconds old."""

    async def session(self, cookies: Mapping[str, str], address: str) -> SignedIn | None:
        """Return the person of a session cookie, or None if there is none or it is not valid (any more).

        Raises Problem `second-factor-needed`.
        """
        ...

    async def member(self, user: str, workspace: str) -> Membership | None:
        """Return what the person is in a workspace; None: no member, or no such workspace."""
        ...

    async def key(self, token: str, address: str) -> ApiKey | None:
        """Return the key of `Authorization: Bearer <token>`; None if it is not valid."""
        ...
