"""A test double of accounts: people, members and keys as the test makes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.console.authenticator import ApiKey, Membership, SignedIn

COOKIE = "test-session"


@dataclass
class Accounts:
    """Implements `Authenticator`. The cookie's value is the person's id, the key's token is its id."""

    proved_at: datetime | None = None
    people: dict[str, str] = field(default_factory=dict)  # name by id
    members: dict[tuple[str, str], Membership] = field(default_factory=dict)  # by person and workspace
    keys: dict[str, ApiKey] = field(default_factory=dict)

    async def session(self, cookies: Mapping[str, str], address: str) -> SignedIn | None:
        person = cookies.get(COOKIE, "")
        if person not in self.people:
            return None
        return SignedIn(user=person, name=self.people[person], session=f"session-{person}", proved_at=self.proved_at)

    async def member(self, user: str, workspace: str) -> Membership | None:
        return self.members.get((user, workspace))

    async def key(self, token: str, address: str) -> ApiKey | None:
        return self.keys.get(token)
