"""An operator's lists across workspaces: broadcasts, and webhooks out that fail."""

import msgspec

from shared.domain.broadcast import Broadcast
from shared.maintenance.operator import FailingWebhook, Operator
from shared.messages.broadcast_content import BroadcastText
from shared.repositories.broadcasts import Broadcasts
from shared.repositories.webhook_deliveries import WebhookDeliveries
from shared.storage.mongo import Mongo
from tests.repositories.builders import NOW, later
from tests.repositories.samples import CALL_OUT


async def _make_broadcast(mongo: Mongo, workspace: str, name: str, minutes: int) -> None:
    what = BroadcastText(text="Hi")
    made = Broadcast(
        id=name, workspace=workspace, name=name, channel="main", what=what, created_at=later(minutes), by="u9"
    )
    assert await Broadcasts(mongo, workspace).create(made)


async def test_broadcasts_of_all_workspaces_are_listed(mongo: Mongo) -> None:
    await _make_broadcast(mongo, "acme", "spring", 1)
    await _make_broadcast(mongo, "beta", "sale", 2)
    await Broadcasts(mongo, "beta").start("sale", NOW)
    operator = Operator(mongo)
    assert [one.name for one in await operator.newest_broadcasts(9)] == ["sale", "spring"]
    assert [one.name for one in await operator.newest_broadcasts(1)] == ["sale"]
    assert [one.name for one in await operator.newest_broadcasts(9, "acme")] == ["spring"]
    assert [one.name for one in await operator.newest_broadcasts(9, "", "draft")] == ["spring"]
    assert not await operator.newest_broadcasts(9, "acme", "paused")


async def test_webhooks_with_waiting_calls_are_listed(mongo: Mongo) -> None:
    operator = Operator(mongo)
    assert await operator.failing_webhooks() == []
    for workspace, ids in (("acme", ("a1", "a2")), ("beta", ("b1",))):
        for number, id_ in enumerate(ids):
            call = msgspec.structs.replace(CALL_OUT, id=id_, workspace=workspace, webhook="crm")
            since = later(number)
            assert await WebhookDeliveries(mongo, workspace).add(call, since, NOW, "HTTP 404")
    assert await operator.failing_webhooks() == [
        FailingWebhook("acme", "crm", 2, later(0), "HTTP 404"),
        FailingWebhook("beta", "crm", 1, later(0), "HTTP 404"),
    ]
