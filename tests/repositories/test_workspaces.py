"""Workspaces: applied as often as one likes, with secrets that only their own place can open."""

import asyncio

import pytest

from shared.clock import FixedClock
from shared.crypto import Secrets
from shared.repositories.mongo import Mongo
from shared.repositories.redis import Redis
from shared.repositories.workspaces import ChannelTaken, WorkspaceEditor, Workspaces
from shared.workspace import Workspace
from tests.repositories.made import only_channel, workspace_file

SECRETS = Secrets({"k1": b"1" * 32})


@pytest.fixture
def editor(mongo: Mongo, redis: Redis, clock: FixedClock) -> WorkspaceEditor:
    return WorkspaceEditor(mongo, redis, SECRETS, clock)


@pytest.fixture
def workspaces(mongo: Mongo, clock: FixedClock) -> Workspaces:
    return Workspaces(mongo, clock)


async def get(workspaces: Workspaces, name: str = "acme") -> Workspace:
    found = await workspaces.get(name)
    assert found is not None
    return found


async def test_applying_twice_changes_nothing(editor: WorkspaceEditor, mongo: Mongo) -> None:
    assert await editor.apply(workspace_file()) == "created"
    before = await mongo.collection("workspaces").find_one({"_id": "acme"})
    assert await editor.apply(workspace_file()) == "unchanged"
    assert await mongo.collection("workspaces").find_one({"_id": "acme"}) == before
    assert await editor.apply(workspace_file(name="Acme")) == "changed"
    after = await mongo.collection("workspaces").find_one({"_id": "acme"})
    assert before is not None
    assert after is not None
    assert (before["revision"], after["revision"]) == (1, 2)
    assert before["channels"] == after["channels"], "secrets that are the same are not encrypted anew"


async def test_secrets_are_encrypted_at_rest(editor: WorkspaceEditor, workspaces: Workspaces, mongo: Mongo) -> None:
    await editor.apply(workspace_file())
    assert "very-secret" not in repr(await mongo.collection("workspaces").find_one({"_id": "acme"}))
    found = await get(workspaces)
    assert "v1:" not in repr(found)
    channel = found.channel("main")
    assert channel is not None
    sealed = channel.secrets["access_token"]
    assert SECRETS.decrypt(sealed, workspace="acme", field="main.access_token") == "EAA-very-secret"


async def test_a_new_key_encrypts_what_is_applied_again(
    editor: WorkspaceEditor, mongo: Mongo, redis: Redis, clock: FixedClock
) -> None:
    """Rotation: put the new key first, apply, take the old one away."""
    await editor.apply(workspace_file())
    both = Secrets({"k2": b"2" * 32, "k1": b"1" * 32})
    assert await WorkspaceEditor(mongo, redis, both, clock).apply(workspace_file()) == "changed"
    assert await WorkspaceEditor(mongo, redis, Secrets({"k2": b"2" * 32}), clock).apply(workspace_file()) == "unchanged"


async def test_a_number_of_another_workspace_is_refused_by_name(
    editor: WorkspaceEditor, workspaces: Workspaces
) -> None:
    """Nothing is changed then, and the line says whose number it is not."""
    await editor.apply(workspace_file())
    with pytest.raises(ChannelTaken) as refused:
        await editor.apply(workspace_file("rival", **only_channel()))
    line = str(refused.value)
    assert "`rival`" in line
    assert "meta:665397593326012" in line
    assert "\n" not in line
    assert "EAA" not in line
    assert await workspaces.get("rival") is None
    await editor.apply(workspace_file("rival", **only_channel("665397593326013")))
    with pytest.raises(ChannelTaken):
        await editor.apply(workspace_file("rival", **only_channel()))
    assert (await get(workspaces, "rival")).channels[0].key == "meta:665397593326013"


async def test_workspaces_without_channels_do_not_collide(editor: WorkspaceEditor) -> None:
    assert await editor.apply(workspace_file("one", channels=[])) == "created"
    assert await editor.apply(workspace_file("two", channels=[])) == "created"


async def test_a_number_can_move_to_another_workspace(editor: WorkspaceEditor, workspaces: Workspaces) -> None:
    await editor.apply(workspace_file())
    await editor.apply(workspace_file(channels=[]))
    assert await editor.apply(workspace_file("rival", **only_channel())) == "created"
    assert (await get(workspaces)).channels == ()


async def test_of_two_that_apply_at_once_each_has_its_own_revision(
    editor: WorkspaceEditor, workspaces: Workspaces, clock: FixedClock
) -> None:
    """Readers tell versions apart by the revision: two contents under one number would leave them with the old one."""
    names = [f"name {number}" for number in range(6)]
    await asyncio.gather(*(editor.apply(workspace_file(name=name)) for name in names))
    found = await get(workspaces)
    assert found.revision == 6
    assert found.name in names


async def test_readers_see_a_change_within_seconds(
    editor: WorkspaceEditor, workspaces: Workspaces, clock: FixedClock
) -> None:
    """The same object while nothing changes, so that what was built from it stays good."""
    assert await workspaces.get("acme") is None
    await editor.apply(workspace_file())
    first = await get(workspaces)
    clock.advance(6)
    assert await get(workspaces) is first
    await editor.apply(workspace_file(name="New"))
    assert (await get(workspaces)).name == "Acme Coasters"
    clock.advance(6)
    assert (await get(workspaces)).name == "New"


async def test_what_was_applied_is_what_is_read(editor: WorkspaceEditor, workspaces: Workspaces) -> None:
    wanted = workspace_file()
    await editor.apply(wanted)
    found = await get(workspaces)
    assert (found.bot, found.faqs, found.catalog, found.region) == (
        wanted.bot,
        wanted.faqs,
        wanted.catalog,
        wanted.region,
    )
    assert [(one.id, one.key, one.account) for one in found.channels] == [
        ("main", "meta:665397593326012", "meta:1437200930610622"),
        ("tw", "twilio:+14155238886", "twilio:AC" + "0" * 32),
    ]
