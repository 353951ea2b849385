"""Webhooks out for people: their log, a test call, replays, and rotation of the secret."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from shared.clock import Clock
from shared.domain import ids
from shared.kafka.codec import encode, to_record
from shared.kafka.ports import Producer
from shared.kafka.records import NewRecord
from shared.messages.events import ConversationEvent, EventKind
from shared.messages.webhooks import WebhookDelivery
from shared.operations.errors import NotFound, OperationRefused
from shared.operations.workspaces.edit import EditInvalid, WorkspaceEdits, refusals
from shared.repositories.webhook_log import LoggedCall, WebhookLog
from shared.repositories.workspace_changes import Rotated
from shared.storage.mongo import Mongo
from shared.topics import CONVERSATION_EVENTS, WEBHOOKS_REPLAY, key_for, shard_key

MOST_OVERLAP = timedelta(days=14)
_SHORTEST_SECRET = 16


class WebhookNotFound(NotFound):
    """Raised when a workspace has no such webhook, or its log no such call."""


class NothingToReplay(OperationRefused):
    """Raised when a call cannot be replayed: it was accepted, or still waits."""

    reason = "nothing-to-replay"


@dataclass(frozen=True, slots=True)
class WebhookOperations:
    """Of one workspace. Calls are made by delivery, which reads them from a topic. All raise DependencyAway."""

    mongo: Mongo
    producer: Producer
    edits: WorkspaceEdits
    clock: Clock
    workspace: str

    @property
    def log(self) -> WebhookLog:
        """The calls of the last days."""
        return WebhookLog(self.mongo, self.workspace)

    async def test(self, webhook: str, cause: str) -> str:
        """Have a test event posted to a webhook; return the id of the call, which the log has within seconds.

        cause: the same one makes the same call. Raises WebhookNotFound.
        """
        await self._require(webhook)
        delivery = delivery_of_test(self.workspace, webhook, cause, self.clock)
        await self._send([delivery])
        return delivery.id

    async def replay(self, webhook: str, delivery_id: str) -> None:
        """Have a call made again, and retried for another day. Raises WebhookNotFound, NothingToReplay."""
        await self._require(webhook)
        call = await self.log.get(delivery_id)
        if call is None or call.delivery.webhook != webhook:
            raise WebhookNotFound("the log has no such call")
        if call.outcome == "waiting":
            raise NothingToReplay("it is retried already")
        await self._send([call.delivery])
        await self.log.mark_replayed([delivery_id])

    async def replay_failed(self, webhook: str) -> int:
        """Have all calls made again that were given up, at most a thousand; return how many. Raises WebhookNotFound."""
        await self._require(webhook)
        calls = await self.log.given_up(webhook)
        await self._send([call.delivery for call in calls])
        return await self.log.mark_replayed([call.delivery.id for call in calls]) if calls else 0

    async def rotate(self, webhook: str, secret: str, overlap: timedelta, cause: str = "") -> Rotated:
        """Give a webhook a new secret; for the overlap, calls carry the signature of the old one too.

        cause: the same one rotates once; see `WorkspaceEditor.rotate_webhook`. Raises WebhookNotFound, EditInvalid and
        as `WorkspaceEdits.edit`.
        """
        if len(secret) < _SHORTEST_SECRET:
            raise EditInvalid([(("secret",), f"has fewer than {_SHORTEST_SECRET} characters")])
        if not timedelta(0) <= overlap <= MOST_OVERLAP:
            raise EditInvalid([(("overlap_hours",), f"is at most {MOST_OVERLAP.days} days")])
        with refusals():
            until = self.clock.now() + overlap
            return await self.edits.editor.rotate_webhook(self.workspace, webhook, secret, until, cause)

    async def _require(self, webhook: str) -> None:
        form = (await self.edits.view(self.workspace)).form
        if all(hook["id"] != webhook for hook in form["webhooks"]):
            raise WebhookNotFound(f"there is no webhook `{webhook}`")

    async def _send(self, deliveries: Sequence[WebhookDelivery]) -> None:
        if deliveries:
            await self.producer.send([to_record(WEBHOOKS_REPLAY, delivery) for delivery in deliveries])


async def announce_webhooks(producer: Producer, workspace: str, shards: int, revision: int, clock: Clock) -> None:
    """Have delivery read the webhooks of a workspace again before any event that is published from now on.

    shards: of the workspace; each has a record of its own, as events of a shard keep their order only among themselves.
    revision: of the workspace, that has them. Raises DependencyAway.
    """
    cause = ids.derived_id("webhooks-changed", workspace, str(revision))
    event = ConversationEvent(
        id=cause,
        workspace=workspace,
        correlation_id=ids.correlation_id(cause),
        created_at=clock.now(),
        kind=EventKind.WEBHOOKS_CHANGED,
        conversation_id="",
    )
    value = encode(event)
    keys = {key_for(workspace), *(shard_key(workspace, shard) for shard in range(shards if shards > 1 else 0))}
    await producer.send([NewRecord(CONVERSATION_EVENTS.name, key, value) for key in sorted(keys)])


def delivery_of_test(workspace: str, webhook: str, cause: str, clock: Clock) -> WebhookDelivery:
    """Return the call of a test event."""
    now = clock.now()
    event = ConversationEvent(
        id=ids.derived_id("webhook-test", workspace, webhook, cause),
        workspace=workspace,
        correlation_id=ids.correlation_id(cause),
        created_at=now,
        kind=EventKind.WEBHOOK_TEST,
        conversation_id="",
        detail="test",
    )
    return WebhookDelivery(
        id=ids.derived_id("webhook", workspace, webhook, event.id),
        workspace=workspace,
        correlation_id=event.correlation_id,
        created_at=now,
        webhook=webhook,
        event=event,
    )


def described(call: LoggedCall) -> str:
    """Return a line about a call, for people."""
    error = f"  {call.error}" if call.error else ""
    kind = call.delivery.event.kind.value
    return f"{call.at:%Y-%m-%d %H:%M:%S} UTC  {call.delivery.id}  {kind}  {call.outcome}  {call.tries} attempts{error}"
