"""Members, invitations, registration, API keys and the audit log through the API."""

import asyncio
from datetime import timedelta

from services.console.auth import totp
from shared.domain.accounts import user_id
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from tests.console.console import Client, problem
from tests.console.people import ADA, AGENT, BOB, ME, NEW, People
from tests.console.stored_conversations import store_conversations
from tests.repositories.builders import workspace_file

ENTER = "/api/v1/auth/enter"


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


async def test_owners_say_whether_agents_see_numbers(people: People, mongo: Mongo) -> None:
    await store_conversations(mongo)
    owner = await people.signed_in("ada", "owner")
    agent = await people.signed_in("bob", "agent")

    async def phones(client: Client) -> list[str]:
        return [one["phone"] for one in (await client.get("customers")).json()["items"]]

    in_full = await phones(owner)
    assert await phones(agent) == in_full
    rules = (await owner.put("member-rules", {"second_factor": False, "agents_see_numbers": False})).json()
    assert rules == (await agent.get("member-rules")).json() == {"second_factor": False, "agents_see_numbers": False}
    people.clock.advance(5)
    assert not set(await phones(agent)) & set(in_full)
    assert await phones(owner) == in_full
    assert problem(await agent.put("member-rules", {"second_factor": False, "agents_see_numbers": True})) == (
        "not-allowed"
    )
    await owner.put("member-rules", {"second_factor": False})
    assert not (await owner.get("member-rules")).json()["agents_see_numbers"], "absent: as before"


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
