"""The owner of the demo's workspace, whom `parley run` signs in by a one-time link."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import urlsplit

from devtools.cli.connections import connections
from services.console.auth.cookies import is_loopback
from services.console.auth.passwords import Passwords
from shared.clock import SystemClock
from shared.domain.accounts import Role
from shared.operations.accounts.links import ENTER, link_to
from shared.operations.accounts.people import Admission, People
from shared.repositories.members import Members
from shared.repositories.users import Users

NAME = "Demo Owner"


@dataclass(frozen=True, slots=True)
class DemoOwner:
    """The ways to sign in. link: works once. password: empty: it was changed."""

    link: str
    email: str
    password: str


async def demo_owner(console_url: str | None, secrets_key: str) -> DemoOwner | None:
    """Return the owner of the only workspace, made if nobody owns it; None if there are other owners, or if the console
    is not on this machine. Raises DependencyAway.

    The password is derived from the stack's secret, so each start shows the same one.
    """
    if not console_url or not is_loopback(urlsplit(console_url).hostname or ""):
        return None
    async with connections() as known:
        workspaces = await known.operator.workspaces()
        if len(workspaces) != 1:
            return None
        workspace, people, passwords = workspaces[0], People(known.mongo, SystemClock()), Passwords()
        email = f"owner@{workspace}.example.com"
        owners = [one.user for one in await Members(known.mongo, workspace).all() if one.role is Role.OWNER]
        password = _password(secrets_key, email)
        if not owners:
            user, _ = await people.get_or_create(email, NAME, await passwords.hash(password))
            await people.admit(workspace, user, Admission(Role.OWNER))
        else:
            found = await Users(known.mongo).by_email(email)
            if found is None or found.id not in owners or found.has_second_factor or found.disabled_at is not None:
                return None
            user = found
        usable = await passwords.verify(user.password, password)
        link = link_to(console_url, ENTER, await people.sign_in_link(user))
        return DemoOwner(link, email, password if usable else "")


def _password(secret: str, email: str) -> str:
    digest = hmac.digest(secret.encode(), f"demo owner {email}".encode(), hashlib.sha256)
    letters = base64.b32encode(digest).decode().lower()[:16]
    return "-".join(letters[at : at + 4] for at in range(0, 16, 4))
