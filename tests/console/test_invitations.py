"""Invitations through the API: who may give which access, and how long."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.accounts import Role, Sees, user_id
from shared.operations.accounts.people import Admission
from shared.repositories.members import Members
from shared.storage.mongo import Mongo
from tests.console.console import Client, problem
from tests.console.people import ACCEPT, ADA, AGENT, BOB, LOGIN, ME, NEW, PASSWORD, People, entries, make_key, token_of


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
        "name": "acme",
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


async def test_link_is_shown_to_nobody_when_the_e_mail_cannot_be_sent(people: People) -> None:
    people = people.other(mail=True)
    owner = await people.signed_in("ada", "owner")
    people.outbox.is_full = True
    refused = await owner.post("invitations", AGENT)
    assert (refused.status_code, problem(refused)) == (503, "away")
    assert "invitation#" not in refused.text
    assert (await owner.get("invitations")).json()["items"] == []


async def test_one_address_gets_few_invitations_and_the_caller_sends_few(people: People) -> None:
    people = people.other(mail=True)
    owner = await people.signed_in("ada", "owner")
    to_one = [await owner.post("invitations", {**AGENT, "email": "Grace@Example.com"}) for _ in range(7)]
    assert [answer.status_code for answer in to_one] == [201] * 5 + [429] * 2
    others = [await owner.post("invitations", {**AGENT, "email": f"p{n}@example.com"}) for n in range(20)]
    assert problem(others[-1]) == "too-many"
    assert len(people.outbox.sent) == 5 + sum(answer.status_code == 201 for answer in others) <= 20


@pytest.mark.parametrize("name", ["Ada\n\nWin a prize", "Ada\r\nBcc: x", "A\tb", "Ada\x1b[2J", "Ada\u2028x"])
async def test_name_of_a_person_is_one_line_of_an_e_mail(people: People, name: str) -> None:
    owner = await people.signed_in("ada", "owner")
    assert problem(await owner.patch(ME, {"name": name})) == "invalid"


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
    key = await make_key(owner, "orders:read")
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
