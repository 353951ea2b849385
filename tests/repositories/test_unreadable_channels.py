"""Channels whose secrets cannot be read are found in all workspaces, without a message that needs them."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from services.delivery.channels.unreadable import UnreadableSecretsWatch
from shared.clock import FixedClock
from shared.crypto import Secrets
from shared.repositories import unreadable_channels as repository
from shared.repositories.unreadable_channels import unreadable_channels
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.telemetry import metrics
from tests.repositories.builders import workspace_file

NOW = datetime(2026, 11, 1, tzinfo=UTC)
OLD, NEW = {"k1": b"1" * 32}, {"k2": b"2" * 32}
HOOKS = ({"id": "crm", "url": "https://crm.example.com/x", "secret": "a-long-secret-of-the-crm"},)


@pytest.fixture
async def stored(mongo: Mongo, redis: Redis, clock: FixedClock) -> Mongo:
    await WorkspaceEditor(mongo, redis, Secrets(OLD), clock).apply(workspace_file(webhooks=HOOKS))
    return mongo


async def _found(mongo: Mongo, keys: dict[str, bytes]) -> list[tuple[str, str]]:
    return [(one.provider, one.id) async for one in unreadable_channels(mongo, Secrets(keys), NOW)]


async def test_each_channel_and_webhook_is_found_once(stored: Mongo) -> None:
    (document,) = await stored.collection("workspaces").find({})
    expected = [(channel["provider"], channel["id"]) for channel in document["channels"]]
    assert expected
    assert await _found(stored, NEW) == [*expected, ("webhook", "crm")]
    assert await _found(stored, NEW | OLD) == []


async def test_previous_secret_is_one_of_them_while_it_signs(stored: Mongo) -> None:
    workspaces = stored.collection("workspaces")
    (document,) = await workspaces.find({})
    (hook,) = document["webhooks"]
    secret = Secrets(NEW).encrypt("another secret", workspace="acme", field="webhooks.crm.secret")
    secrets = {"secret": secret, "previous": hook["secrets"]["secret"]}
    changed = [{**hook, "secrets": secrets, "previous_until": NOW + timedelta(hours=1)}]
    await workspaces.update({"_id": "acme"}, {"$set": {"webhooks": changed, "channels": []}})
    assert await _found(stored, NEW) == [("webhook", "crm")]
    later = unreadable_channels(stored, Secrets(NEW), NOW + timedelta(hours=1))
    assert [one.id async for one in later] == []


async def test_all_workspaces_are_read_in_pages(stored: Mongo, monkeypatch: pytest.MonkeyPatch) -> None:
    (document,) = await stored.collection("workspaces").find({})
    for name in ("a", "b", "c"):
        copies = [{**one, "key": f"{name}/{one['id']}"} for one in document["channels"]]
        await stored.collection("workspaces").insert({**document, "_id": name, "channels": copies})
    monkeypatch.setattr(repository, "_AT_ONCE", 2)
    found = Counter([one.workspace async for one in unreadable_channels(stored, Secrets(NEW), NOW)])
    assert found == dict.fromkeys(["a", "acme", "b", "c"], len(document["channels"]) + len(HOOKS))


async def test_the_gauge_of_the_alert_follows_the_key_and_not_the_messages(stored: Mongo, clock: FixedClock) -> None:
    (document,) = await stored.collection("workspaces").find({})
    provider = document["channels"][0]["provider"]

    def gauge(name: str) -> float:
        return float(metrics.CHANNELS_UNREADABLE.labels(name)._value.get())

    with capture_logs() as lines:
        await UnreadableSecretsWatch(stored, Secrets(NEW), clock).look()
    assert gauge(provider) == sum(one["provider"] == provider for one in document["channels"])
    assert gauge("webhook") == 1
    assert {line["channel"] for line in lines if line["event"] == "A secret cannot be read"} >= {"crm"}
    await UnreadableSecretsWatch(stored, Secrets(NEW | OLD), clock).look()
    assert gauge(provider) == gauge("webhook") == 0
