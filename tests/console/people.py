"""People with stored accounts, and browsers that keep their cookies."""

from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2
from fastapi import FastAPI

from services.console.app import make_app
from services.console.auth.accounts import make_accounts
from services.console.auth.authenticator import StoredAccounts
from services.console.auth.passwords import HashCost
from services.console.auth.signing_keys import SigningKeys
from services.console.mail import Mail
from services.console.parts import Parts
from shared.clock import FixedClock
from shared.domain.accounts import Role, User, user_id
from shared.operations.accounts.people import Admission
from shared.repositories.audit import AuditFilter, AuditLog
from shared.settings import Settings
from shared.storage.mongo import Mongo
from tests.console.console import BROWSER, HOST, Client

FAST = HashCost(time=1, memory=8, parallelism=1)
PASSWORD = "correct horse battery staple"
LOGIN, REFRESH, ME = "/api/v1/auth/login", "/api/v1/auth/refresh", "/api/v1/me"
ADA, BOB = user_id("ada@example.com"), user_id("bob@example.com")
ACCEPT = "/api/v1/auth/accept-invitation"
NEW = {"name": "Grace", "password": "trombone-giraffe-seven"}
AGENT = {"email": "grace@example.com", "role": "agent"}


@dataclass
class Outbox:
    """Stands for the mailer: keeps what would be sent."""

    sent: list[Mail] = field(default_factory=list)
    is_full: bool = False

    def send(self, mail: Mail) -> bool:
        if not self.is_full:
            self.sent.append(mail)
        return not self.is_full

    def token(self) -> str:
        """Return the token of the link in the last e-mail."""
        return self.sent[-1].text.partition("#")[2].split()[0]


@dataclass
class People:
    """A replica of the console with stored accounts. `other()` is a second one on the same database."""

    parts: Parts
    clock: FixedClock
    app: FastAPI
    closing: AsyncExitStack

    def browser(self, *, agent: str = "Firefox", workspace: str = "acme", address: str = "127.0.0.1") -> Client:
        """Return a browser without cookies."""
        transport = httpx2.ASGITransport(app=self.app, client=(address, 1234))
        http = httpx2.AsyncClient(transport=transport, base_url=HOST, headers={**BROWSER, "user-agent": agent})
        self.closing.push_async_callback(http.aclose)
        return Client(http, workspace)

    def program(self, key: str, workspace: str = "acme") -> Client:
        """Return a program with an API key."""
        transport = httpx2.ASGITransport(app=self.app, client=("127.0.0.1", 1234))
        http = httpx2.AsyncClient(transport=transport, base_url=HOST, headers={"authorization": f"Bearer {key}"})
        self.closing.push_async_callback(http.aclose)
        return Client(http, workspace)

    async def person(self, name: str, role: str | None = "agent", workspace: str = "acme") -> User:
        """Store a person with PASSWORD, as a member unless the role is None."""
        accounts = self.parts.accounts
        hashed = await accounts.passwords.hash(PASSWORD)
        user, _ = await accounts.people.get_or_create(f"{name}@example.com", name.title(), hashed)
        if role is not None:
            await accounts.people.admit(workspace, user, Admission(Role(role)))
        return user

    async def signed_in(self, name: str, role: str | None = "agent", workspace: str = "acme", **more: Any) -> Client:
        """Store a person, and return the browser in which the person signed in."""
        await self.person(name, role, workspace)
        return await self.sign_in(name, workspace=workspace, **more)

    async def sign_in(self, name: str, **more: Any) -> Client:
        """Return a browser in which a stored person signed in."""
        browser = self.browser(**more)
        response = await browser.post(LOGIN, {"email": f"{name}@example.com", "password": PASSWORD})
        assert response.status_code == 200, response.text
        return browser

    def other(self, **settings: Any) -> "People":
        """Return another replica. settings: those that differ."""
        return make_people(self.parts, self.clock, self.closing, **settings)

    @property
    def outbox(self) -> Outbox:
        mailer: Any = self.parts.accounts.mailer
        assert isinstance(mailer, Outbox)
        return mailer


def make_people(parts: Parts, clock: FixedClock, closing: AsyncExitStack, **settings: Any) -> People:
    """Return a replica. settings: those that differ; mail=True: with an `Outbox`."""
    mail = settings.pop("mail", False)
    changed: Settings = parts.settings.model_copy(update=settings)
    keys = SigningKeys({"k1": b"1" * 32})
    accounts = make_accounts(changed, clock, parts.mongo, parts.redis, parts.secrets, keys=keys, cost=FAST)
    if mail:
        outbox: Any = Outbox()
        accounts = replace(accounts, mailer=outbox)
    stored = StoredAccounts(accounts, parts.mongo, clock)
    made = replace(parts, settings=changed, accounts=accounts, authenticator=stored)
    return People(made, clock, make_app(made), closing)


def token_of(link: str) -> str:
    """Return the token of a link."""
    return link.partition("#")[2]


async def entries(mongo: Mongo, action: str = "") -> list[Any]:
    """Return acme's entries of the audit log."""
    return await AuditLog(mongo, "acme").page(AuditFilter(action=action))


async def make_key(owner: Client, *scopes: str, **more: Any) -> dict[str, Any]:
    """Make an API key."""
    response = await owner.post("api-keys", {"name": "crm", "scopes": list(scopes), **more})
    assert response.status_code == 201, response.text
    found: dict[str, Any] = response.json()
    return found
