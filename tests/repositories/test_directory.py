"""The directory: two caches in front of MongoDB, and stale entries while the stores cannot be reached."""

import asyncio
import gc
import time

import pytest

from shared.clock import FixedClock
from shared.crypto import Secrets
from shared.errors import DependencyAway
from shared.messages.inbound import Provider
from shared.repositories.directory import Directory, redis_key
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.telemetry import metrics
from tests.repositories.builders import only_channel, workspace_file

SECRETS = Secrets({"k1": b"1" * 32})
KEY = "meta:665397593326012"
NOWHERE = "127.0.0.1:9"


@pytest.fixture
def editor(mongo: Mongo, redis: Redis, clock: FixedClock) -> WorkspaceEditor:
    return WorkspaceEditor(mongo, redis, SECRETS, clock)


@pytest.fixture
def directory(mongo: Mongo, redis: Redis, clock: FixedClock) -> Directory:
    return Directory(mongo, redis, SECRETS, clock)


async def test_recipient_finds_its_channel_with_decrypted_secrets(
    editor: WorkspaceEditor, directory: Directory
) -> None:
    await editor.apply(workspace_file(shards=4))
    channel = await directory.by_recipient(KEY)
    assert channel is not None
    assert (channel.workspace, channel.id, channel.provider) == ("acme", "main", Provider.META)
    assert (channel.region, channel.shards, channel.address) == ("NG", 4, "+2348031234567")
    assert channel.secrets == {"access_token": "EAA-very-secret", "app_secret": "app-very-secret"}
    assert "secret" not in repr(channel)
    twilio = await directory.by_recipient("twilio:+14155238886")
    assert twilio is not None
    assert twilio.id == "tw"
    assert await directory.by_recipient("meta:1") is None


async def test_account_finds_all_of_its_channels(editor: WorkspaceEditor, directory: Directory) -> None:
    """Of several workspaces, but of no other account."""
    await editor.apply(workspace_file())
    await editor.apply(workspace_file("rival", **only_channel("665397593326013")))
    found = await directory.by_account("meta:1437200930610622")
    assert sorted((one.workspace, one.id) for one in found) == [("acme", "main"), ("rival", "only")]
    assert [one.id for one in await directory.by_workspace("acme")] == ["main", "tw"]
    assert await directory.by_account("meta:0") == ()


async def test_found_channel_is_cached_in_the_process_and_in_redis(
    editor: WorkspaceEditor, directory: Directory, mongo: Mongo, redis: Redis, clock: FixedClock
) -> None:
    await editor.apply(workspace_file())
    await redis.delete(redis_key(KEY))  # as the mark of a change ends after seconds
    assert directory.cached(KEY) is None
    channel = await directory.by_recipient(KEY)
    assert directory.cached(KEY) is channel
    kept = await redis.get(redis_key(KEY))
    assert kept is not None
    assert b"very-secret" not in kept
    clock.advance(11)
    assert directory.cached(KEY) is None
    nothing = Mongo(f"mongodb://{NOWHERE}", "none")
    assert await Directory(nothing, redis, SECRETS, clock).by_recipient(KEY) == channel, "Redis is enough"
    await nothing.close()


async def test_change_is_seen_when_the_entry_expires(
    editor: WorkspaceEditor, directory: Directory, clock: FixedClock
) -> None:
    """`parley apply` replaces the entries in Redis; a process follows within ten seconds."""
    await editor.apply(workspace_file())
    await directory.by_recipient(KEY)
    await directory.by_workspace("acme")
    await editor.apply(workspace_file(region="KE"))
    clock.advance(11)
    channel = await directory.by_recipient(KEY)
    assert channel is not None
    assert channel.region == "KE"
    await editor.apply(workspace_file(channels=[]))
    clock.advance(11)
    assert await directory.by_recipient(KEY) is None
    assert await directory.by_workspace("acme") == ()


async def test_new_number_is_found_within_seconds(
    editor: WorkspaceEditor, directory: Directory, clock: FixedClock
) -> None:
    """Unknown numbers are cached for a shorter time, and not in Redis."""
    assert await directory.by_recipient(KEY) is None
    await editor.apply(workspace_file())
    assert await directory.by_recipient(KEY) is None
    clock.advance(4)
    assert await directory.by_recipient(KEY) is not None


async def test_look_up_without_redis_uses_mongodb(editor: WorkspaceEditor, mongo: Mongo, clock: FixedClock) -> None:
    await editor.apply(workspace_file())
    away = Redis(f"redis://{NOWHERE}")
    channel = await Directory(mongo, away, SECRETS, clock).by_recipient(KEY)
    assert channel is not None
    await away.close()


async def test_stale_entry_is_used_while_the_stores_cannot_be_reached(
    editor: WorkspaceEditor, directory: Directory, monkeypatch: pytest.MonkeyPatch, clock: FixedClock
) -> None:
    """For a quarter of an hour, within the time that a provider waits."""
    await editor.apply(workspace_file())
    channel = await directory.by_recipient(KEY)
    nothing, away = Mongo(f"mongodb://{NOWHERE}", "none"), Redis(f"redis://{NOWHERE}")
    monkeypatch.setattr(directory, "_workspaces", nothing.collection("workspaces"))
    monkeypatch.setattr(directory, "_redis", away)
    clock.advance(800)
    began = time.monotonic()
    assert await directory.by_recipient(KEY) is channel
    once = time.monotonic() - began
    assert once < 15
    for _ in range(20):
        assert await directory.by_recipient(KEY) is channel
    assert time.monotonic() - began < once + 15, "the stores are asked again after a while, not each time"
    clock.advance(200)
    with pytest.raises(DependencyAway):
        await directory.by_recipient(KEY)
    await nothing.close()
    await away.close()


async def test_error_of_an_abandoned_look_up_is_ignored(
    editor: WorkspaceEditor, directory: Directory, monkeypatch: pytest.MonkeyPatch, clock: FixedClock
) -> None:
    """The stale entry was used before the store's error arrived."""
    unheard: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unheard.append(context))
    await editor.apply(workspace_file())
    await directory.by_recipient(KEY)
    nothing, away = Mongo(f"mongodb://{NOWHERE}", "none"), Redis(f"redis://{NOWHERE}")
    monkeypatch.setattr(directory, "_workspaces", nothing.collection("workspaces"))
    monkeypatch.setattr(directory, "_redis", away)
    clock.advance(800)
    assert await directory.by_recipient(KEY) is not None
    await asyncio.wait(list(directory._lookups.values()), timeout=30)
    await asyncio.sleep(0)
    gc.collect()
    assert (directory._lookups, unheard) == ({}, [])
    await nothing.close()
    await away.close()


async def test_invalid_redis_entry_is_ignored(editor: WorkspaceEditor, directory: Directory, redis: Redis) -> None:
    await editor.apply(workspace_file())
    await redis.put(redis_key(KEY), b'{"of": "another version"}', 60)
    assert await directory.by_recipient(KEY) is not None


async def test_every_replica_sees_a_change_within_ten_seconds(
    editor: WorkspaceEditor, mongo: Mongo, redis: Redis, clock: FixedClock
) -> None:
    """Also one that has just read the older entry from Redis."""
    one, other = (Directory(mongo, redis, SECRETS, clock) for _ in range(2))
    await editor.apply(workspace_file())
    assert await one.by_recipient(KEY) is not None
    clock.advance(9)
    assert await other.by_recipient(KEY) is not None
    await editor.apply(workspace_file(region="KE"))
    found = []
    for _ in range(10):
        clock.advance(1)
        found = [await directory.by_recipient(KEY) for directory in (one, other)]
    assert [channel.region for channel in found if channel] == ["KE", "KE"]


async def test_value_read_before_a_change_is_not_stored_in_redis_after_it(
    editor: WorkspaceEditor, directory: Directory, redis: Redis, clock: FixedClock
) -> None:
    """Otherwise all replicas would use the older entry for another minute."""
    await editor.apply(workspace_file())
    await redis.delete(redis_key(KEY))
    (slow,) = await directory._query_mongodb("channels.key", [KEY])
    await editor.apply(workspace_file(region="KE"))
    await directory._to_redis(KEY, slow)
    found = await directory.by_recipient(KEY)
    assert found is not None
    assert found.region == "KE"


def questions() -> float:
    """Return the number of MongoDB queries of this process."""
    return float(metrics.LOOKUPS.labels("mongodb")._value.get())


async def test_thousands_of_recipients_and_accounts_need_few_queries(
    editor: WorkspaceEditor, directory: Directory
) -> None:
    await editor.apply(workspace_file())
    await editor.apply(workspace_file("rival", **only_channel("665397593326013")))
    before = questions()
    nobody = [f"meta:{number}" for number in range(3000)]
    channels = await directory.by_recipients([*nobody, KEY, KEY, "twilio:+14155238886"])
    assert [key for key, channel in channels.items() if channel] == [KEY, "twilio:+14155238886"]
    assert len(channels) == 3002
    accounts = await directory.by_accounts([*nobody, "meta:1437200930610622"])
    assert {key: len(found) for key, found in accounts.items() if found} == {"meta:1437200930610622": 2}
    assert questions() - before < 20
    again = questions()
    await directory.by_recipients(nobody)
    assert questions() == again, "that nobody has them is remembered for a moment"


async def test_known_numbers_are_found_during_a_flood_of_unknown_ones(
    editor: WorkspaceEditor, directory: Directory, clock: FixedClock
) -> None:
    """Cached or not; and MongoDB gets far fewer queries than there are unknown numbers."""
    await editor.apply(workspace_file())
    cached = await directory.by_recipient(KEY)
    before, over = questions(), asyncio.Event()

    async def flood(stranger: int) -> int:
        count = 0
        while not over.is_set():
            assert await directory.by_recipient(f"msg91:+{stranger}{count:09d}") is None
            count += 1
        return count

    strangers = [asyncio.create_task(flood(number)) for number in range(200)]
    async with asyncio.timeout(60):
        while questions() - before < 105:  # those that may be asked at once are used up
            assert await directory.by_recipient(f"msg91:+1{int(questions())}") is None
        assert directory.cached(KEY) is cached
        twilio = await directory.by_recipient("twilio:+14155238886")
        workspace = await directory.by_workspace("acme")
        clock.advance(20)
        assert await directory.by_recipient(KEY) == cached
    over.set()
    asked = sum(await asyncio.gather(*strangers))
    assert twilio is not None
    assert len(workspace) == 2
    assert questions() - before < asked / 5


async def test_unknown_recipients_do_not_evict_cached_channels(
    editor: WorkspaceEditor, mongo: Mongo, redis: Redis, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.repositories.directory._MOST_UNKNOWN", 100)
    monkeypatch.setattr("shared.repositories.directory._MOST", 100)
    directory = Directory(mongo, redis, SECRETS, clock)
    await editor.apply(workspace_file())
    channel = await directory.by_recipient(KEY)
    await directory.by_recipients([f"meta:{number}" for number in range(120)])
    assert directory.cached(KEY) is channel
    assert len(directory._unknown) == 100
    assert len(directory._entries) == 1
