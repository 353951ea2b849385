"""Stored secrets can be decrypted in their own fields only, and a run leaves no secret in the clear."""

import base64
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from redis.asyncio import Redis as Driver

from shared.clock import FixedClock
from shared.crypto import Secrets, SecretUnreadable
from shared.repositories.directory import Directory
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.storage.mongo import Document, Mongo
from shared.storage.redis import Redis
from shared.workspace.channels import SECRET_FIELDS
from tests.e2e.shop import phone, word
from tests.e2e.world import World
from tests.repositories.builders import only_channel, workspace_file
from tests.security.endpoint import workspace

KEY = {"k1": b"1" * 32}
Place = tuple[str, str, str]  # workspace, channel, field


async def _stored(mongo: Mongo, redis: Redis, clock: FixedClock) -> dict[Place, str]:
    """Return the ciphertexts that `parley apply` stores for three workspaces, by workspace, channel and field."""
    editor = WorkspaceEditor(mongo, redis, Secrets(KEY), clock)
    msg91 = {
        "id": "in",
        "provider": "msg91",
        "address": "+919876543210",
        "authkey": "authkey-1",
        "webhook_secret": "webhook-secret-1",
    }
    for file in (workspace_file("acme"), workspace("rival", 31), workspace_file("third", channels=[msg91])):
        assert await editor.apply(file) == "created"
    return {
        (document["_id"], channel["id"], name): sealed
        for document in await mongo.collection("workspaces").find({})
        for channel in document["channels"]
        for name, sealed in channel["secrets"].items()
    }


async def test_ciphertext_can_be_decrypted_in_its_own_field_only(mongo: Mongo, redis: Redis, clock: FixedClock) -> None:
    stored, secrets = await _stored(mongo, redis, clock), Secrets(KEY)
    assert {name for _, _, name in stored} == set(SECRET_FIELDS)
    assert len(set(stored.values())) == len(stored)
    for (here, sealed), (there, _) in itertools.product(stored.items(), repeat=2):
        workspace_, channel, name = there
        if here == there:
            assert secrets.decrypt(sealed, workspace=workspace_, field=f"{channel}.{name}")
        else:
            with pytest.raises(SecretUnreadable):
                secrets.decrypt(sealed, workspace=workspace_, field=f"{channel}.{name}")


async def test_moved_ciphertext_cannot_be_decrypted(mongo: Mongo, redis: Redis, clock: FixedClock) -> None:
    """Write access to MongoDB does not allow using the token of another channel."""
    await _stored(mongo, redis, clock)
    collection = mongo.collection("workspaces")
    theirs, ours = [await collection.find_one({"_id": name}) for name in ("rival", "acme")]
    assert theirs is not None
    assert ours is not None
    for moved in (theirs["channels"][0]["secrets"]["access_token"], ours["channels"][0]["secrets"]["app_secret"]):
        secrets: Document = {**ours["channels"][0]["secrets"], "access_token": moved}
        await collection.update({"_id": "acme"}, {"$set": {"channels.0.secrets": secrets}})
        await redis.delete(*await _keys(redis))
        channel = await Directory(mongo, redis, Secrets(KEY), clock).channel("acme", "main")
        assert channel is not None
        assert "access_token" not in channel.secrets
        assert channel.secrets["app_secret"] == "app-very-secret"


async def _keys(redis: Redis) -> list[str]:
    return [_text(key) async for key in redis._driver.scan_iter()]


def _text(value: bytes | str) -> str:
    """Return a text of Redis, whose client does not decode."""
    return value if isinstance(value, str) else value.decode()


async def test_renamed_channel_has_its_secrets_encrypted_again(mongo: Mongo, redis: Redis, clock: FixedClock) -> None:
    editor = WorkspaceEditor(mongo, redis, Secrets(KEY), clock)
    for name in ("one", "two"):
        fields = only_channel()
        fields["channels"][0]["id"] = name
        await editor.apply(workspace_file("acme", **fields))
        channel = await Directory(mongo, redis, Secrets(KEY), clock).channel("acme", name)
        assert channel is not None
        assert channel.secrets["access_token"] == "t"


def _forms(secret: str) -> Iterator[bytes]:
    """Yield the forms of a secret: itself, in a URL, in base64 (also as the password of Basic)."""
    yield secret.encode()
    yield quote(secret, safe="").encode()
    yield base64.b64encode(secret.encode()).rstrip(b"=")


async def _in_mongodb(uri: str) -> AsyncIterator[tuple[str, bytes]]:
    with MongoClient[RawBSONDocument](uri, document_class=RawBSONDocument) as client:
        for database in client.list_database_names():
            if database in ("admin", "config"):
                continue
            for name in client[database].list_collection_names():
                for document in client[database][name].find():
                    yield f"MongoDB {database}.{name}", bytes(document.raw)


async def _in_redis(url: str) -> AsyncIterator[tuple[str, bytes]]:
    async with Driver.from_url(url) as driver:
        async for key in driver.scan_iter():
            match _text(await driver.type(key)):
                case "none":  # it has ended since
                    continue
                case "string":
                    value: object = await driver.get(key)
                case "hash":
                    value = await driver.hgetall(key)
                case "zset":
                    value = await driver.zrange(key, 0, -1)
                case kind:
                    raise AssertionError(f"{key!r} is a {kind}: teach this test to read it")
            yield f"Redis {key!r}", f"{key!r} {value!r}".encode()


async def _in_kafka(bootstrap: str) -> AsyncIterator[tuple[str, bytes]]:
    asking = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await asking.start()
    topics = await asking.topics()
    await asking.stop()
    consumer = AIOKafkaConsumer(*topics, bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        partitions = [
            TopicPartition(topic, number) for topic in topics for number in consumer.partitions_for_topic(topic)
        ]
        consumer.unsubscribe()
        ends = await consumer.end_offsets(partitions)
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        while not all([await consumer.position(partition) >= ends[partition] for partition in partitions]):
            for batch in (await consumer.getmany(timeout_ms=500)).values():
                for record in batch:
                    headers = b" ".join(name.encode() + b"=" + value for name, value in record.headers)
                    yield f"Kafka {record.topic}", b" ".join((record.key or b"", record.value or b"", headers))
    finally:
        await consumer.stop()


def _logs(folder: Path) -> list[tuple[str, bytes]]:
    return [(f"log {log.name}", log.read_bytes()) for log in sorted(folder.glob("*.log"))]


async def test_no_store_topic_or_log_has_a_secret_after_a_run(world: World) -> None:
    """After one exchange of each kind, with failures, all stores and logs are searched."""
    shop, ada, bo, text = await world.shop(), phone(), phone(), word()
    await world.script("meta", {"kind": "status", "status": 500}, times=1, to=ada, kind="message")
    await world.write(shop, ada, f"remark {text}")
    await world.write_twilio(shop, bo, "Where are you?")
    assert await world.answers(ada)
    assert await world.answers(bo)
    (sent,) = await world.answers(ada)
    await world.status_webhook(shop, sent, "read")
    await world.outbound_when(shop, lambda it: it["status"] == "read", _id=sent["opaque"])
    await world.post_meta(b"no JSON", path=f"/webhooks/meta/{shop.workspace}", secret=shop.app_secret)
    await world.post_meta(b"{}", path=f"/webhooks/meta/{shop.workspace}", secret=shop.verify_token)
    await world.shop(channels=False)
    env, info = world.stack.env, world.stack.info
    tokens = {
        *world.private.tokens,
        f"{shop.account_sid}:{shop.auth_token}",  # as Twilio's API wants it, in base64
        *(env[name] for name in ("META_APP_SECRET", "META_VERIFY_TOKEN", "SECRETS_KEY", "ANTHROPIC_API_KEY")),
    }
    contents = _logs(Path(info["logs"]))
    for source in (_in_mongodb(info["mongodb"]), _in_redis(info["redis"]), _in_kafka(info["kafka"])):
        contents += [entry async for entry in source]
    forms = {form: token for token in tokens for form in _forms(token)}
    assert [(place, token) for place, content in contents for form, token in forms.items() if form in content] == []
    seen = Counter(place.partition(" ")[0] for place, _ in contents)
    assert all(seen[store] > 3 for store in ("MongoDB", "Redis", "Kafka", "log")), seen


def test_secret_search_finds_planted_secrets() -> None:
    document: dict[str, Any] = {"url": "https://x/?access_token=a%2Fb%2Bc", "basic": base64.b64encode(b"a/b+c")}
    content = repr(document).encode()
    assert sum(form in content for form in _forms("a/b+c")) == 2
