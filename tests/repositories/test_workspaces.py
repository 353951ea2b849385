"""Workspaces: applying twice changes nothing, and secrets decrypt only in their place."""

import asyncio

import pytest
from cachetools import Cache

from shared.clock import FixedClock
from shared.crypto import Secrets, SecretUnreadable
from shared.repositories.workspace_changes import ChangeOptions, ChannelTaken, WouldRemove
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Document, Mongo
from shared.storage.redis import Redis
from shared.workspace.config import FlowRef, Workspace
from tests.repositories.builders import only_channel, workspace_file

SECRETS = Secrets({"k1": b"1" * 32})


@pytest.fixture
def editor(mongo: Mongo, redis: Redis, clock: FixedClock) -> WorkspaceEditor:
    return WorkspaceEditor(mongo, redis, SECRETS, clock)


@pytest.fixture
def workspaces(mongo: Mongo, clock: FixedClock) -> Workspaces:
    return Workspaces(mongo, clock)


async def stored(mongo: Mongo) -> list[Document]:
    return await mongo.collection("workspaces").find({})


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


async def test_new_key_encrypts_what_is_applied_again(
    editor: WorkspaceEditor, mongo: Mongo, redis: Redis, clock: FixedClock
) -> None:
    """Rotation: put the new key first, apply, take the old one away."""
    await editor.apply(workspace_file())
    both = Secrets({"k2": b"2" * 32, "k1": b"1" * 32})
    assert await WorkspaceEditor(mongo, redis, both, clock).apply(workspace_file()) == "changed"
    assert await WorkspaceEditor(mongo, redis, Secrets({"k2": b"2" * 32}), clock).apply(workspace_file()) == "unchanged"


async def test_reseal_encrypts_with_the_new_key_without_the_file(
    editor: WorkspaceEditor, mongo: Mongo, redis: Redis, clock: FixedClock
) -> None:
    hooks = ({"id": "crm", "url": "https://crm.example.com/x", "secret": "a-long-secret-of-the-crm"},)
    await editor.apply(workspace_file(webhooks=hooks))
    before = (await stored(mongo))[0]
    both = WorkspaceEditor(mongo, redis, Secrets({"k2": b"2" * 32, "k1": b"1" * 32}), clock)
    count = await both.reseal("acme")
    assert count == (await both.keys_in_use("acme"))["k2"] == (await both.keys_in_use("acme")).total() > 1
    assert await both.reseal("acme") == await both.reseal("nobody") == 0
    after = (await stored(mongo))[0]
    assert after["revision"] == before["revision"] + 1, "once, and not where there was nothing to do"
    only_new = WorkspaceEditor(mongo, redis, Secrets({"k2": b"2" * 32}), clock)
    assert await only_new.apply(workspace_file(webhooks=hooks)) == "unchanged", "each opens in its place"
    with pytest.raises(SecretUnreadable, match="k2"):
        await WorkspaceEditor(mongo, redis, Secrets({"k3": b"3" * 32}), clock).reseal("acme")


async def test_number_of_another_workspace_is_refused(editor: WorkspaceEditor, workspaces: Workspaces) -> None:
    """Nothing is changed then, and the line names the other workspace to operators only."""
    await editor.apply(workspace_file())
    with pytest.raises(ChannelTaken) as refused:
        await editor.apply(workspace_file("rival", **only_channel()))
    line = str(refused.value)
    assert "acme" not in line
    assert "acme" in refused.value.for_operators
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


async def test_number_can_move_to_another_workspace(editor: WorkspaceEditor, workspaces: Workspaces) -> None:
    await editor.apply(workspace_file())
    await editor.apply(workspace_file(channels=[]))
    assert await editor.apply(workspace_file("rival", **only_channel())) == "created"
    assert (await get(workspaces)).channels == ()


async def test_concurrent_applies_get_different_revisions(
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


async def test_applied_workspace_reads_back_equal(editor: WorkspaceEditor, workspaces: Workspaces) -> None:
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


async def test_removal_needs_permission(editor: WorkspaceEditor, workspaces: Workspaces, mongo: Mongo) -> None:
    await editor.apply(
        workspace_file(faqs=[{"question": "When?", "answer": "At 9."}]), [FlowRef(name="menu", version="1")]
    )
    before = await stored(mongo)
    with pytest.raises(WouldRemove) as raised:
        await editor.change(workspace_file(channels=[], catalog=[]), (), ChangeOptions())
    assert raised.value.removed == ("faqs[When?]", "catalog[C1]", "flows[menu]", "channels[main]", "channels[tw]")
    assert await stored(mongo) == before
    gone = await editor.change(workspace_file(channels=[], catalog=[]), (), ChangeOptions(allow_removal=True))
    assert gone.outcome == "changed"
    assert ((await get(workspaces)).channels, (await get(workspaces)).flows) == ((), ())


async def test_dry_run_reports_changes_and_stores_nothing(editor: WorkspaceEditor, mongo: Mongo) -> None:
    made = await editor.change(workspace_file(), (), ChangeOptions(dry_run=True))
    assert made.outcome == "created"
    paths = [change.path for change in made.changes]
    assert paths == ["name", "region", "catalog[C1]", "channels[main]", "channels[tw]"], "what is not the default"
    assert await mongo.collection("workspaces").find({}) == []
    await editor.apply(workspace_file())
    before = await stored(mongo)
    assert (await editor.change(workspace_file(), (), ChangeOptions(dry_run=True))).outcome == "unchanged"
    seen = await editor.change(workspace_file(name="New"), (), ChangeOptions(dry_run=True))
    assert [(change.path, change.before, change.after) for change in seen.changes] == [("name", "Acme Coasters", "New")]
    with pytest.raises(ChannelTaken):
        await editor.change(workspace_file("rival", **only_channel()), (), ChangeOptions(dry_run=True))
    assert await stored(mongo) == before


async def test_changed_secret_is_reported_without_its_value(editor: WorkspaceEditor) -> None:
    await editor.apply(workspace_file("acme", **only_channel()))
    fields = only_channel()
    fields["channels"][0]["access_token"] = "another-token"
    applied = await editor.change(workspace_file("acme", **fields), (), ChangeOptions())
    (change,) = applied.changes
    assert (change.kind, change.path, change.before, change.after) == (
        "changed",
        "channels[only].access_token",
        None,
        None,
    )


async def test_every_field_of_a_file_reads_back_equal(editor: WorkspaceEditor, workspaces: Workspaces) -> None:
    """Dates, decimals and hours survive the way through MongoDB."""
    wanted = workspace_file(
        tier="starter",
        limits={"ai_usd_per_month": "12.50"},
        hours={"mon": ["09:00-12:00", "13:00-24:00"]},
        holidays=["2026-12-25"],
        languages=["en", "no"],
        currency="USD",
        conversing={"session_minutes": 30},
        segments=[{"name": "loyal", "min_orders": 3, "fields": {"city": "Lagos"}}],
        qualified_when="customer.order_count > 0",
    )
    await editor.apply(wanted, [FlowRef(name="menu", version="abc")])
    found = await get(workspaces)
    for name in (
        "tier",
        "limits",
        "hours",
        "holidays",
        "languages",
        "currency",
        "conversing",
        "segments",
        "qualified_when",
    ):
        assert getattr(found, name) == getattr(wanted, name), name
    assert found.flows == (FlowRef(name="menu", version="abc"),)
    assert await editor.apply(wanted, [FlowRef(name="menu", version="abc")]) == "unchanged"
    assert await editor.apply(wanted, [FlowRef(name="menu", version="def")]) == "changed"


async def test_a_request_can_use_what_was_changed_just_before(
    editor: WorkspaceEditor, workspaces: Workspaces, mongo: Mongo
) -> None:
    assert await workspaces.current("acme") is None
    await editor.apply(workspace_file())
    await get(workspaces)
    await editor.apply(workspace_file(name="New"))
    assert (await get(workspaces)).name == "Acme Coasters"
    found = await workspaces.current("acme")
    assert found is not None
    assert found.name == "New"
    assert await get(workspaces) is found, "other readers have it, too"
    assert await workspaces.current("acme") is found, "values made from it stay valid"
    await mongo.collection("workspaces").delete({"_id": "acme"})
    assert await workspaces.current("acme") is None


async def test_every_replica_sees_a_change_within_five_seconds(
    editor: WorkspaceEditor, mongo: Mongo, clock: FixedClock
) -> None:
    """Two that read at different times; neither asks more often than every five seconds."""
    one, other = Workspaces(mongo, clock), Workspaces(mongo, clock)
    await editor.apply(workspace_file())
    await get(one)
    clock.advance(3)
    await get(other)
    await editor.apply(workspace_file(name="New"))
    assert ((await get(one)).name, (await get(other)).name) == ("Acme Coasters", "Acme Coasters")
    clock.advance(2)
    assert ((await get(one)).name, (await get(other)).name) == ("New", "Acme Coasters")
    clock.advance(3)
    assert ((await get(one)).name, (await get(other)).name) == ("New", "New")


async def test_workspace_that_is_not_used_leaves_memory(
    editor: WorkspaceEditor, workspaces: Workspaces, clock: FixedClock
) -> None:
    await editor.apply(workspace_file())
    assert await workspaces.get("acme") is not None
    clock.advance(901.0)
    await editor.apply(workspace_file(workspace="beta", channels=[]))
    assert await workspaces.get("beta") is not None
    assert list(Cache.__iter__(workspaces._cache)) == ["beta"]  # TTLCache's own look would end the old ones first
