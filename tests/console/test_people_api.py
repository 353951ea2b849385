"""Members, invitations, registration, API keys and the audit log through the API."""

import asyncio
import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from fastapi import Request, Response
from fastapi.routing import APIRoute

from services.console import audit
from services.console.api import audit as audit_routes
from services.console.audit import is_audited
from services.console.auth import totp
from services.console.caller import Principal
from services.console.idempotency import is_repeatable
from services.console.routing import ConsoleRoute, action_of
from shared.domain.accounts import Role, Sees, user_id
from shared.operations.accounts.people import Admission
from shared.repositories.audit import AuditFilter, AuditLog
from shared.repositories.members import Members
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from tests.console.console import Client, Console, problem
from tests.console.people import LOGIN, ME, PASSWORD, People
from tests.repositories.builders import workspace_file

ADA, BOB = user_id("ada@example.com"), user_id("bob@example.com")
ACCEPT = "/api/v1/auth/accept-invitation"
ENTER = "/api/v1/auth/enter"
NEW = {"name": "Grace", "password": "trombone-giraffe-seven"}
AGENT = {"email": "grace@example.com", "role": "agent"}


def token_of(link: str) -> str:
    """Return the token of a link."""
    return link.partition("#")[2]


async def entries(mongo: Mongo, action: str = "") -> list[Any]:
    return await AuditLog(mongo, "acme").page(AuditFilter(action=action))


async def test_invited_person_becomes_a_member_once(people: People, mongo: Mongo) -> None:
    owner = await people.signed_in("ada", "owner")
    made = (await owner.post("invitations", {**AGENT, "channels": ["main"], "sees": "own_and_unassigned"})).json()
    assert made["mailed"] is False
    assert made["link"].startswith("http://127.0.0.1:8090/invitation#acme.")
    token = token_of(made["link"])
    assert token not in str(await mongo.collection("invitations").find({}))
    shown = (await people.browser().post("/api/v1/auth/invitation", {"token": token})).json()
    assert (shown["workspace"], shown["email"], shown["role"], shown["known"]) == (
        "acme",
        "grace@example.com",
        "agent",
        False,
    )
    weak = await people.browser().post(ACCEPT, {"token": token, "name": "Grace", "password": "grace@example.com"})
    assert problem(weak) == "invalid"
    browser = people.browser()
    assert (await browser.post(ACCEPT, {"token": token, **NEW})).status_code == 200
    member = (await browser.get(ME)).json()["workspaces"][0]
    assert member == {
        "workspace": "acme",
        "role": "agent",
        "sees": "own_and_unassigned",
        "channels": ["main"],
        "second_factor": False,
    }
    assert problem(await people.browser().post(ACCEPT, {"token": token, **NEW})) == "conflict"
    (entry,) = await entries(mongo, action="auth.accept_invitation")
    assert (entry.by, entry.target) == (user_id("grace@example.com"), f"invitation:{made['id']}")


async def test_of_two_who_use_one_link_one_gets_in(people: People) -> None:
    owner = await people.signed_in("ada", "owner")
    token = token_of((await owner.post("invitations", AGENT)).json()["link"])
    answers = await asyncio.gather(*(people.browser().post(ACCEPT, {"token": token, **NEW}) for _ in range(4)))
    assert [answer.status_code for answer in answers].count(200) == 1
    assert {answer.status_code for answer in answers} <= {200, 401, 409}, "or the account is known already"


async def test_person_with_an_account_joins_in_the_own_session_only(people: People) -> None:
    owner = await people.signed_in("ada", "owner")
    await people.person("bob", "agent", "zeta")
    token = token_of((await owner.post("invitations", {"email": "bob@example.com", "role": "viewer"})).json()["link"])
    for browser in (people.browser(), owner):
        answer = await browser.post(ACCEPT, {"token": token, "name": "Bob", "password": "trombone-giraffe-seven"})
        assert problem(answer) == "not-signed-in"
    bob = await people.sign_in("bob")
    assert (await bob.post(ACCEPT, {"token": token})).status_code == 200
    assert [one["workspace"] for one in (await bob.get(ME)).json()["workspaces"]] == ["acme", "zeta"]
    again = await people.browser().post(LOGIN, {"email": "bob@example.com", "password": PASSWORD})
    assert again.status_code == 200, "the password is still Bob's"


async def test_invitation_never_opens_an_account_that_another_workspace_made(people: People) -> None:
    """The account has no password yet, and the inviting owner sees the link."""
    owner = await people.signed_in("ada", "owner")
    made, _ = await people.parts.accounts.people.get_or_create("grace@example.com", "Grace")
    await people.parts.accounts.people.admit("zeta", made, Admission(Role.OWNER))
    token = token_of((await owner.post("invitations", AGENT)).json()["link"])
    assert problem(await people.browser().post(ACCEPT, {"token": token, **NEW})) == "conflict"
    user = await people.parts.accounts.users.get(made.id)
    assert user is not None
    assert user.password == ""


@pytest.mark.parametrize("token", ["acme." + "A" * 43, "zeta." + "A" * 43, "A" * 43, "." + "A" * 43, "a.b." + "A" * 30])
async def test_made_up_invitation_is_refused(people: People, token: str) -> None:
    await people.signed_in("ada", "owner")
    assert problem(await people.browser().post(ACCEPT, {"token": token, **NEW})) == "conflict"


async def test_invitation_ends_after_seven_days_and_can_be_withdrawn(people: People) -> None:
    owner = await people.signed_in("ada", "owner")
    first, second = [(await owner.post("invitations", AGENT)).json() for _ in range(2)]
    assert (await owner.delete(f"invitations/{first['id']}")).status_code == 204
    assert problem(await people.browser().post(ACCEPT, {"token": token_of(first["link"]), **NEW})) == "conflict"
    assert [one["id"] for one in (await owner.get("invitations")).json()["items"]] == [second["id"]]
    people.clock.advance(timedelta(days=7).total_seconds())
    assert problem(await people.browser().post(ACCEPT, {"token": token_of(second["link"]), **NEW})) == "conflict"


async def test_link_is_sent_by_e_mail_and_then_not_shown(people: People) -> None:
    people = people.other(mail=True)
    owner = await people.signed_in("ada", "owner")
    made = (await owner.post("invitations", AGENT)).json()
    assert (made["mailed"], made["link"]) == (True, None)
    mail = people.outbox.sent[0]
    assert mail.to == "grace@example.com"
    assert "Ada invites you to the workspace acme, as agent" in mail.text
    assert (await people.browser().post(ACCEPT, {"token": people.outbox.token(), **NEW})).status_code == 200


async def test_admin_manages_agents_and_viewers_only(people: People) -> None:
    await people.person("ada", "owner")
    await people.person("bob", "agent")
    admin = await people.signed_in("max", "admin")
    for role, status in (("owner", 403), ("admin", 403), ("agent", 201), ("viewer", 201)):
        assert (await admin.post("invitations", {**AGENT, "role": role})).status_code == status
    assert problem(await admin.patch(f"members/{BOB}", {"role": "admin"})) == "not-allowed"
    assert problem(await admin.patch(f"members/{ADA}", {"role": "viewer"})) == "not-allowed"
    assert problem(await admin.delete(f"members/{ADA}")) == "not-allowed"
    assert problem(await admin.delete(f"members/{ADA}/sessions")) == "not-allowed"
    assert problem(await admin.put("member-rules", {"second_factor": True})) == "not-allowed"
    assert (await admin.patch(f"members/{BOB}", {"role": "viewer"})).json()["role"] == "viewer"
    assert (await admin.delete(f"members/{BOB}")).status_code == 204


async def _narrowed_admin(people: People) -> Client:
    max_, _ = await people.parts.accounts.people.get_or_create(
        "max@example.com", "Max", await people.parts.accounts.passwords.hash(PASSWORD)
    )
    await people.parts.accounts.people.admit("acme", max_, Admission(Role.ADMIN, Sees.ALL, ("main",)))
    return await people.sign_in("max")


async def test_admin_who_sees_some_conversations_gives_no_access_to_all(people: People) -> None:
    owner = await people.signed_in("ada", "owner")
    await people.person("bob", "agent")
    admin = await _narrowed_admin(people)
    key = await _make_key(owner, "orders:read")
    hook = {"id": "h", "url": "https://example.com/h", "secret": "s" * 20}
    refused = [
        await admin.post("api-keys", {"name": "x", "scopes": ["conversations:read"]}),
        await admin.patch(f"api-keys/{key['id']}", {"scopes": ["conversations:read"]}),
        await admin.post("invitations", AGENT),
        await admin.patch(f"members/{BOB}", {"sees": "all"}),
        await admin.post("webhooks", hook),
        await admin.put("webhooks/h", {"url": "https://example.com/h"}),
    ]
    assert {problem(response) for response in refused} == {"not-allowed"}
    assert {"conversations" in response.json()["detail"] for response in refused} == {True}
    assert (await admin.delete(f"api-keys/{key['id']}")).status_code == 204, "taking access away is allowed"
    assert (await owner.patch(f"members/{ADA}", {"channels": []})).status_code == 200


async def test_limited_owner_may_end_the_own_limit(people: People) -> None:
    owner = await people.signed_in("ada", "owner")
    assert (await owner.patch(f"members/{ADA}", {"sees": "own_and_unassigned"})).status_code == 200
    assert (await owner.patch(f"members/{ADA}", {"sees": "all"})).status_code == 200


async def _invited_by_bob(people: People, owner: Client) -> tuple[dict[str, str], dict[str, str]]:
    """Return the tokens of invitations of an owner and of an agent that Bob, an owner, made."""
    await people.person("bob", "owner")
    bob = await people.sign_in("bob")
    tokens = {}
    for role in ("owner", "agent"):
        body = {"email": f"new-{role}@example.com", "role": role}
        tokens[role] = token_of((await bob.post("invitations", body)).json()["link"])
    assert len((await owner.get("invitations")).json()["items"]) == 2
    return {"token": tokens["owner"], **NEW}, {"token": tokens["agent"], **NEW}


@pytest.mark.parametrize(
    ("change", "left"),
    [({"role": "admin"}, ["agent"]), ({"role": "agent"}, []), ({"role": "admin", "channels": ["main"]}, [])],
)
async def test_invitations_end_with_the_rights_of_who_made_them(
    people: People, change: dict[str, Any], left: list[str]
) -> None:
    owner = await people.signed_in("ada", "owner")
    of_owner, of_agent = await _invited_by_bob(people, owner)
    assert (await owner.patch(f"members/{BOB}", change)).status_code == 200
    assert [one["role"] for one in (await owner.get("invitations")).json()["items"]] == left
    assert problem(await people.browser().post(ACCEPT, of_owner)) == "conflict"
    assert (await people.browser().post(ACCEPT, of_agent)).status_code == (200 if left else 409)


async def test_invitations_end_with_the_membership_of_who_made_them(people: People) -> None:
    owner = await people.signed_in("ada", "owner")
    of_owner, _ = await _invited_by_bob(people, owner)
    assert (await owner.delete(f"members/{BOB}")).status_code == 204
    assert (await owner.get("invitations")).json()["items"] == []
    assert problem(await people.browser().post(ACCEPT, of_owner)) == "conflict"


@pytest.mark.parametrize("how", ["erased", "disabled", "removed meanwhile"])
async def test_invitation_of_somebody_without_access_is_not_accepted(people: People, mongo: Mongo, how: str) -> None:
    """Also where nobody withdrew it: it may be made while its maker is removed."""
    owner = await people.signed_in("ada", "owner")
    of_owner, _ = await _invited_by_bob(people, owner)
    bob = await people.parts.accounts.users.get(BOB)
    assert bob is not None
    if how == "erased":
        await people.parts.accounts.people.erase(bob)
    elif how == "disabled":
        await people.parts.accounts.people.disable(bob)
    else:
        await Members(mongo, "acme").remove(BOB)
    assert problem(await people.browser().post(ACCEPT, of_owner)) == "conflict"


@pytest.mark.parametrize("path", ["api-keys", "invitations"])
async def test_repeated_request_makes_one_key_and_one_invitation(people: People, path: str) -> None:
    owner = await people.signed_in("ada", "owner")
    body = {"api-keys": {"name": "x", "scopes": ["orders:read"]}, "invitations": AGENT}[path]
    assert (await owner.post(path, body, key="press-0001")).status_code == 201
    assert problem(await owner.post(path, body, key="press-0001")) == "conflict"
    assert len((await owner.get(path)).json()["items"]) == 1


async def test_nobody_makes_more_workspaces_than_five_at_once(people: People) -> None:
    people = people.other(console_signup="open")
    ada = await people.signed_in("ada", None)
    answers = await asyncio.gather(
        *(ada.post("/api/v1/workspaces", {"workspace": f"shop-{number}"}) for number in range(12))
    )
    assert {answer.status_code for answer in answers} <= {201, 409}
    for number in range(12, 24):
        await ada.post("/api/v1/workspaces", {"workspace": f"shop-{number}"})
    assert len((await ada.get("/api/v1/workspaces")).json()["items"]) == 5


async def test_failed_workspace_does_not_hinder_the_next(people: People) -> None:
    people = people.other(console_signup="open")
    ada, bob = await people.signed_in("ada", None), await people.signed_in("bob", None)
    assert (await bob.post("/api/v1/workspaces", {"workspace": "taken"})).status_code == 201
    assert problem(await ada.post("/api/v1/workspaces", {"workspace": "taken"})) == "conflict"
    assert (await ada.post("/api/v1/workspaces", {"workspace": "free"})).status_code == 201


async def test_process_that_ended_while_making_a_workspace_is_waited_for_a_minute(people: People) -> None:
    people = people.other(console_signup="open")
    await people.person("ada", None)
    now = people.clock.now()
    assert await people.parts.accounts.users.begin_founding(ADA, now, now + timedelta(minutes=1))
    ada = await people.sign_in("ada")
    refused = await ada.post("/api/v1/workspaces", {"workspace": "shop"})
    assert (problem(refused), refused.headers["retry-after"]) == ("conflict", "1")
    people.clock.advance(60)
    assert (await ada.post("/api/v1/workspaces", {"workspace": "shop"})).status_code == 201


async def test_changed_role_counts_within_five_seconds_at_every_replica(people: People) -> None:
    owner = await people.signed_in("ada", "owner")
    await people.person("max", "admin")
    there = people.other()
    admin = await there.sign_in("max")
    max_id = user_id("max@example.com")
    assert (await admin.get("audit")).status_code == 200
    people.clock.advance(4)
    assert (await owner.patch(f"members/{max_id}", {"role": "agent"})).status_code == 200
    assert (await admin.get("audit")).status_code == 200, "still cached"
    people.clock.advance(1)
    assert problem(await admin.get("audit")) == "not-allowed"
    assert (await owner.delete(f"members/{max_id}")).status_code == 204
    people.clock.advance(5)
    assert problem(await admin.get("members")) == "not-found"


async def test_change_of_a_member_is_guarded_by_its_etag(people: People) -> None:
    owner = await people.signed_in("ada", "owner")
    await people.person("bob")
    etag = (await owner.get(f"members/{BOB}")).headers["etag"]
    first = await owner.patch(f"members/{BOB}", {"sees": "own_and_unassigned"}, headers={"if-match": etag})
    assert first.json()["sees"] == "own_and_unassigned"
    assert problem(await owner.patch(f"members/{BOB}", {"role": "viewer"}, headers={"if-match": etag})) == (
        "changed-meanwhile"
    )


async def test_last_owner_stays(people: People) -> None:
    owner = await people.signed_in("ada", "owner")
    assert problem(await owner.patch(f"members/{ADA}", {"role": "agent"})) == "conflict"
    assert problem(await owner.delete(f"members/{ADA}")) == "conflict"
    await people.person("bob", "owner")
    assert (await owner.patch(f"members/{ADA}", {"role": "agent"})).status_code == 200


async def test_agents_see_names_but_no_addresses_of_colleagues(people: People) -> None:
    await people.person("ada", "owner")
    agent = await people.signed_in("bob", "agent")
    found = (await agent.get("members")).json()["items"]
    assert {one["name"] for one in found} == {"Ada", "Bob"}
    assert {one["email"] for one in found} == {None}
    assert {one["seen_at"] for one in found} == {None}


async def test_owner_sees_when_members_were_last_seen(people: People) -> None:
    owner = await people.signed_in("ada", "owner")
    await people.person("bob")
    people.clock.advance(60)
    await people.sign_in("ada")
    found = {one["name"]: one["seen_at"] for one in (await owner.get("members")).json()["items"]}
    assert found == {"Ada": "2026-03-14T09:27:53Z", "Bob": None}


async def test_unknown_channel_is_refused(people: People, mongo: Mongo, redis: Redis) -> None:
    await WorkspaceEditor(mongo, redis, people.parts.secrets, people.clock).apply(workspace_file("acme"))
    owner = await people.signed_in("ada", "owner")
    await people.person("bob")
    for channels, status in ((["main"], 200), (["nowhere"], 422)):
        assert (await owner.patch(f"members/{BOB}", {"channels": channels})).status_code == status
    assert problem(await owner.post("invitations", {**AGENT, "channels": ["nowhere"]})) == "invalid"


async def test_workspace_can_require_a_second_factor(people: People) -> None:
    owner = await people.signed_in("ada", "owner")
    agent = await people.signed_in("bob", "agent")
    assert problem(await owner.put("member-rules", {"second_factor": True})) == "conflict", "the owner has none"
    secret = (await owner.post("/api/v1/me/second-factor")).json()["secret"]
    code = totp.code_at(secret, totp.step_of(people.clock.now()))
    await owner.put("/api/v1/me/second-factor", {"code": code})
    assert (await owner.put("member-rules", {"second_factor": True})).status_code == 200
    people.clock.advance(5)
    assert problem(await agent.get("members")) == "second-factor-needed"
    assert (await owner.get("members")).status_code == 200
    assert problem(await owner.delete("/api/v1/me/second-factor")) == "conflict"
    secret = (await agent.post("/api/v1/me/second-factor")).json()["secret"]
    code = totp.code_at(secret, totp.step_of(people.clock.now()))
    await agent.put("/api/v1/me/second-factor", {"code": code})
    assert (await agent.get("members")).status_code == 200


async def test_ended_sessions_of_a_member_stop_working(people: People) -> None:
    owner = await people.signed_in("ada", "owner")
    agent = await people.signed_in("bob", "agent")
    assert (await owner.delete(f"members/{BOB}/sessions")).json() == {"ended": 1}
    assert problem(await agent.get(ME)) == "not-signed-in"


async def _make_key(owner: Client, *scopes: str, **more: Any) -> dict[str, Any]:
    response = await owner.post("api-keys", {"name": "crm", "scopes": list(scopes), **more})
    assert response.status_code == 201, response.text
    found: dict[str, Any] = response.json()
    return found


async def test_key_works_without_a_person_until_it_is_revoked(people: People, mongo: Mongo) -> None:
    owner = await people.signed_in("ada", "owner")
    made = await _make_key(owner, "members:read")
    assert made["key"].startswith("pk_")
    assert made["key"] not in str(await mongo.collection("api_keys").find({}))
    assert made["key"] not in str((await owner.get("api-keys")).json())
    there = people.other()
    program, foreign = there.program(made["key"]), there.program(made["key"], "zeta")
    assert (await program.get("members")).status_code == 200
    assert problem(await program.get("audit")) == "not-allowed"
    assert problem(await program.post("invitations", AGENT)) == "not-allowed"
    assert problem(await program.get(ME)) == "not-allowed"
    assert problem(await foreign.get("members")) == "not-found"
    (listed,) = (await owner.get("api-keys")).json()["items"]
    assert listed["used_at"] is not None
    assert (await owner.delete(f"api-keys/{made['id']}")).status_code == 204
    people.clock.advance(5)
    assert problem(await program.get("members")) == "not-signed-in"


async def test_last_use_of_a_key_is_written_once_a_minute(people: People, mongo: Mongo) -> None:
    made = await _make_key(await people.signed_in("ada", "owner"), "members:read")
    program = people.program(made["key"])
    begins, seen = people.clock.now(), set()
    for _ in range(18):
        await program.get("members")
        (stored,) = await mongo.collection("api_keys").find({})
        seen.add((stored["used_at"] - begins).total_seconds())
        people.clock.advance(10)
    assert seen == {0, 60, 120}


async def test_key_ends_at_its_end(people: People) -> None:
    owner = await people.signed_in("ada", "owner")
    ends_at = (people.clock.now() + timedelta(hours=1)).isoformat()
    made = await _make_key(owner, "members:read", ends_at=ends_at)
    program = people.program(made["key"])
    people.clock.advance(3599)
    assert (await program.get("members")).status_code == 200
    people.clock.advance(1)
    assert problem(await program.get("members")) == "not-signed-in"
    past = await owner.post("api-keys", {"name": "x", "scopes": ["members:read"], "ends_at": "2020-01-01T00:00:00Z"})
    assert problem(past) in ("invalid", "not-signed-in", "proof-needed")


@pytest.mark.parametrize("key", ["pk_", "pk_" + "A" * 43, "A" * 43, "pk_" + "A" * 10_000, "pk_\x7f"])
async def test_made_up_key_is_refused(people: People, key: str) -> None:
    await _make_key(await people.signed_in("ada", "owner"), "members:read")
    assert problem(await people.program(key).get("members")) == "not-signed-in"


async def test_admin_makes_keys_that_only_read(people: People) -> None:
    admin = await people.signed_in("max", "admin")
    assert problem(await admin.post("api-keys", {"name": "x", "scopes": ["orders:write"]})) == "not-allowed"
    assert problem(await admin.post("api-keys", {"name": "x", "scopes": ["everything"]})) == "invalid"
    made = await _make_key(admin, "orders:read")
    assert problem(await admin.patch(f"api-keys/{made['id']}", {"scopes": ["orders:write"]})) == "not-allowed"
    assert (await admin.patch(f"api-keys/{made['id']}", {"name": "shop"})).status_code == 204
    assert (await admin.get("api-keys")).json()["items"][0]["name"] == "shop"


async def test_sign_in_link_works_once_on_this_machine_and_replaces_no_second_factor(people: People) -> None:
    user = await people.person("ada", "owner")
    links = people.parts.accounts.people
    token = {"token": await links.sign_in_link(user)}
    elsewhere = people.other(console_url="https://wa.example.com")
    assert problem(await elsewhere.browser().post(ENTER, token)) == "not-found"
    browser = people.browser()
    assert (await browser.post(ENTER, token)).status_code == 200
    assert (await browser.get(ME)).json()["name"] == "Ada"
    assert problem(await people.browser().post(ENTER, token)) == "conflict", "used"
    first = {"token": await links.sign_in_link(user)}
    await links.sign_in_link(user)
    assert problem(await people.browser().post(ENTER, first)) == "conflict", "another one was made"
    reset = {"token": await links.password_link(user)}
    assert problem(await people.browser().post(ENTER, reset)) == "conflict", "a link for something else"


async def test_registration_proves_the_address_and_makes_an_empty_workspace(people: People, mongo: Mongo) -> None:
    register, confirm = "/api/v1/auth/register", "/api/v1/auth/confirm-registration"
    assert problem(await people.browser().post(register, {"email": "grace@example.com"})) == "not-found", "closed"
    people = people.other(mail=True, console_signup="open")
    await people.person("ada", "owner")
    answers = [
        await people.browser().post(register, {"email": email}) for email in ("grace@example.com", "ada@example.com")
    ]
    assert {answer.text for answer in answers} == {'{"state":"queued"}'}
    assert "account already" in people.outbox.sent.pop().text
    body = {"token": people.outbox.token(), **NEW, "workspace": "acme"}
    browser = people.browser()
    await Workspaces(mongo, people.clock).get("acme")
    assert (await browser.post(confirm, {**body, "workspace": "Grace's"})).status_code == 422
    assert (await browser.post(confirm, {**body, "workspace": "grace-shoes"})).status_code == 200
    assert (await browser.get(ME)).json()["workspaces"][0]["role"] == "owner"
    assert await Workspaces(mongo, people.clock).get("grace-shoes") is not None
    assert problem(await people.browser().post(confirm, {**body, "workspace": "other"})) == "conflict", "used"


async def test_registered_workspace_has_one_owner_when_two_want_its_name(people: People) -> None:
    people = people.other(mail=True, console_signup="open")
    bodies = []
    for name in ("grace", "alan"):
        await people.browser().post("/api/v1/auth/register", {"email": f"{name}@example.com"})
        bodies.append({"token": people.outbox.token(), **NEW, "workspace": "wanted"})
    answers = await asyncio.gather(
        *(people.browser().post("/api/v1/auth/confirm-registration", body) for body in bodies)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_change_is_in_the_audit_log_with_names_of_fields_and_shown_values(people: People, mongo: Mongo) -> None:
    owner = await people.signed_in("ada", "owner")
    await people.person("bob")
    response = await owner.patch(f"members/{BOB}", {"role": "viewer"})
    (entry,) = await entries(mongo, action="members.change_member")
    assert (entry.by_kind, entry.by, entry.by_name, entry.address) == ("user", ADA, "Ada", "127.0.0.1")
    assert entry.session == (await owner.get(ME)).json()["session"]
    assert (entry.target, entry.fields) == (f"member:{BOB}", ("role",))
    assert entry.values == {"role": ("agent", "viewer")}
    assert entry.request == response.headers["parley-request"]


async def test_refused_and_failed_changes_leave_no_entry_of_a_change(people: People, mongo: Mongo) -> None:
    agent = await people.signed_in("bob", "agent")
    before = len(await entries(mongo))
    assert problem(await agent.patch(f"members/{BOB}", {"role": "owner"})) == "not-allowed"
    assert problem(await agent.delete(f"members/{BOB}")) == "not-allowed"
    assert len(await entries(mongo)) == before


async def test_sign_ins_and_refused_ones_are_in_the_audit_log(people: People, mongo: Mongo) -> None:
    await people.signed_in("ada", "owner")
    people.clock.advance(1)
    await people.browser().post(LOGIN, {"email": "ada@example.com", "password": "wrong password here"})
    await people.browser().post(LOGIN, {"email": "nobody@example.com", "password": "wrong password here"})
    assert [entry.action for entry in await entries(mongo)] == ["auth.login_refused", "auth.login"]


async def test_audit_log_is_paged_filtered_and_exported_without_formulas(people: People) -> None:
    owner = await people.signed_in("ada", "owner")
    await owner.patch(ME, {"name": "=HYPERLINK(1)"})
    for number in range(3):
        await _make_key(owner, "orders:read", name=f"key {number}")
    seen, cursor = [], None
    while True:
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = (await owner.get("audit", params=query)).json()
        seen += [one["action"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(["auth.login", "me.change_profile", *["api-keys.make_key"] * 3])
    found = (await owner.get("audit", params={"action": "api-keys.make_key", "by": ADA})).json()["items"]
    assert len(found) == 3
    response = await owner.get("audit", headers={"accept": "text/csv"})
    assert response.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(response.text)))
    assert len(rows) == 6, "the export too"
    assert {row["by_name"] for row in rows if row["action"] == "api-keys.make_key"} <= {"Ada", "'=HYPERLINK(1)"}
    assert "=HYPERLINK" not in {row["by_name"] for row in rows}


async def test_file_of_the_audit_log_is_bounded_limited_and_needs_a_fresh_proof(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_routes, "_BATCH", 2)
    monkeypatch.setattr(audit_routes, "_MOST_ROWS", 4)
    owner = await people.signed_in("ada", "owner")
    csv_of = {"headers": {"accept": "text/csv"}}
    answers = [await owner.get("audit", **csv_of) for _ in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 6 + [429]
    assert len(answers[5].text.splitlines()) == 1 + 4
    people.clock.advance(599)
    await owner.post("/api/v1/auth/refresh")
    people.clock.advance(2)
    assert problem(await owner.get("audit", **csv_of)) == "proof-needed"


async def test_no_secret_reaches_log_audit_or_database(
    people: People, mongo: Mongo, capsys: pytest.CaptureFixture[str]
) -> None:
    owner = await people.signed_in("ada", "owner")
    made = await _make_key(owner, "orders:read")
    token = token_of((await owner.post("invitations", AGENT)).json()["link"])
    await people.browser().post(ACCEPT, {"token": token, **NEW})
    secrets = [PASSWORD, NEW["password"], made["key"], token, *owner.http.cookies.values()]
    stored = str([await mongo.collection(name).find({}) for name in await mongo.collections()])
    written = "".join(capsys.readouterr())
    for secret in secrets:
        assert secret not in stored
        assert secret not in written


NOT_AUDITED_ROUTES = {
    "conversations.put_draft",
    "conversations.delete_draft",
    "flows.write_draft",
    "flows.write_layout",
    "replays.vote_on_result",
    "replays.take_vote_back",
}
"""Actions without an entry, besides POSTs that say REPEATABLE: seen marks, typing, checks."""


def test_every_changing_route_is_audited_by_the_frame(console: Console) -> None:
    routes = [route for route in console.app.routes if isinstance(route, APIRoute)]
    changing = [route for route in routes if set(route.methods or ()) - {"GET", "HEAD"}]
    assert len(changing) > 20
    silent = [route for route in changing if not is_audited(route.dependant, set(route.methods or ()))]
    missing = {action_of(route) for route in silent if not is_repeatable(route.dependant)}
    assert missing == NOT_AUDITED_ROUTES
    assert len({action_of(route) for route in changing}) == len(changing), "actions tell routes apart"


async def test_frame_writes_the_entry_whatever_the_route_is(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def record(request: Any, action: str) -> None:
        asked.append(action)

    monkeypatch.setattr(audit, "record", record)
    owner = console.client("owner")
    await owner.post("api-keys", {"name": "x", "scopes": ["orders:read"]})
    await owner.get("api-keys")
    await owner.post("api-keys", {"name": "x", "scopes": ["nonsense"]})
    assert asked == ["api-keys.make_key"]


async def test_success_of_each_changing_route_leaves_one_entry(console: Console, mongo: Mongo) -> None:
    """With what the frame knows by itself: who, the action, the first id of the path, the names of the fields."""
    caller = Principal(kind="user", id="ada", name="Ada", address="10.0.0.1", workspace="acme", role=Role.OWNER)
    body = b'{"secret": "hidden", "name": "x"}'

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def handle(request: Request) -> Response:
        await request.body()
        return Response()

    expected = []
    for route in console.app.routes:
        if not isinstance(route, ConsoleRoute) or not is_audited(route.dependant, set(route.methods or ())):
            continue
        console.clock.advance(1)
        names = [name for name in route.param_convertors if name != "workspace"]
        scope = {
            "type": "http",
            "method": "POST",
            "headers": [(b"content-type", b"application/json")],
            "path_params": {"workspace": "acme", **{name: f"{name}-1" for name in names}},
            "client": ("10.0.0.1", 1),
            "app": console.app,
            "state": {"caller": caller, "request_id": "r" * 32},
        }
        await route._audited(handle)(Request(scope, receive))
        resource = action_of(route).partition(".")[0]
        expected.append((action_of(route), f"{resource}:{names[0]}-1" if names else resource))
    found = await AuditLog(mongo, "acme").page(AuditFilter(), limit=1000)
    assert [(one.action, one.target) for one in reversed(found)] == expected
    assert {(one.by, one.address, one.request, one.fields) for one in found} == {
        ("ada", "10.0.0.1", "r" * 32, ("name", "secret"))
    }
    assert "hidden" not in str(found)
