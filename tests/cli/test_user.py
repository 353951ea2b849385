"""`parley user` creates, invites and disables users, lists and ends their sessions."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx2

from shared.clock import SystemClock
from shared.domain.accounts import AuditEntry, Role, Session, User, user_id
from shared.operations.accounts.first_owner import first_owner_link
from shared.operations.accounts.people import Admission, People
from shared.repositories.audit import AuditFilter, AuditLog
from shared.repositories.members import Members
from shared.repositories.sessions import Sessions
from shared.repositories.users import Users
from shared.storage.mongo import Mongo
from tests.cli.conftest import Live

T = TypeVar("T")
_numbers = itertools.count(1)


def stored(live: Live, read: Callable[[Mongo], Awaitable[T]]) -> T:
    """Return what a function reads from the stack's database."""

    async def run() -> T:
        mongo = Mongo(live.stack.info["mongodb"], live.stack.info["mongodb_database"])
        try:
            return await read(mongo)
        finally:
            await mongo.close()

    return asyncio.run(run())


def new_email() -> str:
    return f"person{next(_numbers)}@example.com"


async def start_session(mongo: Mongo, email: str) -> None:
    """Store a session as the console does."""
    now = SystemClock().now()
    user = user_id(email)
    await Sessions(mongo).start(
        Session(
            id=f"s-{user}",
            user=user,
            made_at=now,
            seen_at=now,
            ends_at=now.replace(year=now.year + 1),
            address="127.0.0.0/24",
            agent="Firefox",
            refresh="r",
            proved_at=now,
        )
    )


def test_created_owner_gets_a_one_time_link_for_the_password(live: Live) -> None:
    email = new_email()
    done = live.parley("user", "create", email, "--workspace", "acme", "--owner", "--name", "Ada")
    assert done.code == 0, done.err
    assert f"{email} is owner of acme." in done.out
    assert "/reset-password#" in done.out
    member = stored(live, lambda mongo: Members(mongo, "acme").get(user_id(email)))
    assert member is not None
    assert member.role is Role.OWNER
    again = live.parley("user", "create", email, "--workspace", "acme", "--owner")
    assert "/reset-password#" in again.out, "a new link while there is no password"
    entries: list[AuditEntry] = stored(live, lambda mongo: AuditLog(mongo, "acme").page(AuditFilter()))
    assert (entries[0].by_kind, entries[0].action, entries[0].target) == ("cli", "user.create", f"member:{member.user}")


def test_first_owner_signs_in_to_the_running_console(live: Live) -> None:
    """From the command to the API, with the real cost of hashes, over HTTP."""
    email, password = new_email(), "trombone-giraffe-seven"
    link = live.parley("user", "create", email, "-w", "acme", "--owner").out.split()[-1]
    url = live.stack.info["console"]
    assert link.startswith(f"{url}/reset-password#")
    with httpx2.Client(base_url=url, headers={"x-parley": "1", "origin": url}) as browser:
        new = {"token": link.partition("#")[2], "password": password}
        assert browser.post("/api/v1/auth/reset", json=new).status_code == 204
        assert browser.get("/api/v1/me").status_code == 401
        signed_in = browser.post("/api/v1/auth/login", json={"email": email, "password": password})
        assert signed_in.status_code == 200, signed_in.text
        assert browser.get("/api/v1/me").json()["workspaces"][0]["role"] == "owner"
        key = browser.post(
            "/api/v1/workspaces/acme/api-keys",
            json={"name": "test", "scopes": ["members:read"]},
            headers={"idempotency-key": "test-user-key"},
        ).json()["key"]
    found = httpx2.get(f"{url}/api/v1/workspaces/acme/members", headers={"authorization": f"Bearer {key}"})
    assert user_id(email) in {one["id"] for one in found.json()["items"]}


def test_first_owner_link_is_made_until_there_is_an_owner(live: Live) -> None:
    async def links(mongo: Mongo) -> tuple[str, str]:
        clock = SystemClock()
        first = await first_owner_link(mongo, clock, "http://127.0.0.1", "fresh")
        people = People(mongo, clock)
        user, _ = await people.get_or_create(new_email(), "Fresh")
        await people.accept(await people.invitation(first.partition("#")[2]), user)
        return first, await first_owner_link(mongo, clock, "http://127.0.0.1", "fresh")

    first, second = stored(live, links)
    assert first.startswith("http://127.0.0.1/invitation#fresh.")
    assert second == ""


def test_invitation_prints_a_link_and_refuses_members(live: Live) -> None:
    email = new_email()
    assert "/invitation#acme." in live.parley("user", "invite", email, "-w", "acme").out
    live.parley("user", "create", email, "-w", "acme")
    assert "member already" in live.parley("user", "invite", email, "-w", "acme").err
    assert "no workspace" in live.parley("user", "invite", email, "-w", "nowhere").err
    assert "no e-mail address" in live.parley("user", "invite", "ada", "-w", "acme").err


def test_disabled_user_has_no_sessions_and_can_be_enabled(live: Live) -> None:
    email = new_email()
    live.parley("user", "create", email, "-w", "acme")
    stored(live, lambda mongo: start_session(mongo, email))
    assert "127.0.0.0/24" in live.parley("user", "sessions", email).out
    assert live.parley("user", "sessions", email, "--json").lines()[0]["agent"] == "Firefox"
    assert "1 sessions ended" in live.parley("user", "disable", email).out
    assert "has no session" in live.parley("user", "sessions", email).out
    assert "has access again" in live.parley("user", "disable", email, "--undo").out
    assert "there is no user" in live.parley("user", "sessions", new_email()).err


def test_erased_user_leaves_nothing_but_the_audit_log(live: Live) -> None:
    email = new_email()
    live.parley("user", "create", email, "-w", "acme")
    assert "--yes" in live.parley("user", "erase", email).err
    assert live.parley("user", "erase", email, "--yes").code == 0

    async def left(mongo: Mongo) -> tuple[User | None, object, object]:
        user = user_id(email)
        links = await mongo.collection("account_links").find({"email": email})
        return await Users(mongo).get(user), await Members(mongo, "acme").get(user), links

    assert stored(live, left) == (None, None, [])


def test_only_owner_cannot_be_erased(live: Live) -> None:
    """Or nobody could admit anybody any more."""
    email = new_email()

    async def make(mongo: Mongo) -> None:
        people = People(mongo, SystemClock())
        user, _ = await people.get_or_create(email, "Solo")
        await people.admit("solo", user, Admission(Role.OWNER))

    stored(live, make)
    done = live.parley("user", "erase", email, "--yes")
    assert (done.code, "at least one owner" in done.err) == (1, True)
