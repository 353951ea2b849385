"""A registration that fails half-way: it can be repeated, and its workspace's name is not lost."""

import pytest

from shared.domain.accounts import Role
from shared.operations.accounts.people import Admission
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from shared.workspace.config import WorkspaceFile
from tests.console.console import problem
from tests.console.people import ME, NEW, People

REGISTER, CONFIRM = "/api/v1/auth/register", "/api/v1/auth/confirm-registration"


@pytest.mark.parametrize("step", ["account", "workspace", "owner"])
async def test_registration_that_failed_half_way_can_be_repeated(people: People, mongo: Mongo, step: str) -> None:
    people = people.other(mail=True, console_signup="open")
    await people.browser().post(REGISTER, {"email": "grace@example.com"})
    body = {"token": people.outbox.token(), **NEW, "workspace": "shoes"}
    await fail_half_way(people, mongo, step)
    assert problem(await people.browser().post(CONFIRM, {**body, "password": "another giraffe"})) == "conflict"
    browser = people.browser()
    assert (await browser.post(CONFIRM, body)).status_code == 200
    workspaces = (await browser.get(ME)).json()["workspaces"]
    assert [(one["workspace"], one["role"]) for one in workspaces] == [("shoes", "owner")]
    again = {**body, "workspace": "another"}
    assert problem(await people.browser().post(CONFIRM, again)) == "conflict", "only one workspace is made"
    assert await Workspaces(mongo, people.clock).get("another") is None


async def test_person_whose_registration_failed_gets_a_new_link(people: People, mongo: Mongo) -> None:
    people = people.other(mail=True, console_signup="open")
    await fail_half_way(people, mongo, "workspace")
    await people.browser().post(REGISTER, {"email": "grace@example.com"})
    body = {"token": people.outbox.token(), **NEW, "workspace": "shoes"}
    assert (await people.browser().post(CONFIRM, body)).status_code == 200


async def test_name_of_a_failed_registration_is_free_for_others_until_it_has_an_owner(
    people: People, mongo: Mongo
) -> None:
    people = people.other(mail=True, console_signup="open")
    await fail_half_way(people, mongo, "workspace")
    await people.person("alan", None)
    alan = await people.sign_in("alan")
    assert (await alan.post("/api/v1/workspaces", {"workspace": "shoes"})).status_code == 201
    await people.browser().post(REGISTER, {"email": "grace@example.com"})
    body = {"token": people.outbox.token(), **NEW, "workspace": "shoes"}
    assert problem(await people.browser().post(CONFIRM, body)) == "conflict", "it is Alan's"
    assert (await people.browser().post(CONFIRM, {**body, "workspace": "shoes-2"})).status_code == 200


@pytest.mark.parametrize("taken_by", ["edit", "file", "invitation"])
async def test_workspace_that_an_operator_made_or_uses_is_never_registered(
    people: People, mongo: Mongo, taken_by: str
) -> None:
    people = people.other(mail=True, console_signup="open")
    editor = WorkspaceEditor(mongo, people.parts.redis, people.parts.secrets, people.clock)
    await fail_half_way(people, mongo, "workspace")
    if taken_by == "edit":
        await editor.patch("shoes", lambda form: {**form, "name": "Shoes"})
    elif taken_by == "file":
        await editor.apply(WorkspaceFile(workspace="shoes"))
    else:
        await people.parts.accounts.people.invite("shoes", "", Admission(Role.OWNER), "cli")
    await people.browser().post(REGISTER, {"email": "grace@example.com"})
    body = {"token": people.outbox.token(), **NEW, "workspace": "shoes"}
    assert problem(await people.browser().post(CONFIRM, body)) == "conflict"


async def fail_half_way(people: People, mongo: Mongo, step: str) -> None:
    """Store what a registration of Grace's workspace `shoes` leaves whose process ends after this step."""
    accounts = people.parts.accounts
    hashed = await accounts.passwords.hash(NEW["password"])
    grace, _ = await accounts.people.get_or_create("grace@example.com", NEW["name"], hashed)
    if step == "account":
        return
    editor = WorkspaceEditor(mongo, people.parts.redis, people.parts.secrets, people.clock)
    await editor.create({"workspace": "shoes", "tier": "free"}, registered=True)
    if step == "owner":
        await mongo.collection("members").insert({"_id": "shoes:", "workspace": "shoes", "owners": [grace.id]})
