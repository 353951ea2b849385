"""Takes in what a webhook said: finds the workspace of each item, and returns when Kafka has every one.

Nothing is dropped: an item of an unknown recipient and one that cannot be read go to the dead letters (`letters.py`),
from where `parley dlq replay` brings them here again.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence

import msgspec

from services.ingress.dead_letters import IngressDeadLetters, LogLimit, ReadItem, WebhookSource, form_of
from services.ingress.owners import Owners
from services.ingress.provider_commands import record_of
from services.ingress.rate_limit import WindowLimiter
from services.ingress.routes import ROUTES, WebhookRoutes
from services.ingress.senders import ResolvedSender, Senders
from shared.clock import Clock
from shared.domain import ids
from shared.kafka.codec import fits, to_record
from shared.kafka.ports import Producer
from shared.kafka.record_spans import now, received
from shared.kafka.records import NewRecord
from shared.messages.inbound import AccountEvent, InboundMessage, InboundStatus, Provider
from shared.providers.port import (
    Channel,
    Malformed,
    Parsed,
    ParsedConsent,
    ParsedEcho,
    ParsedEvent,
    ParsedMessage,
    ParsedStatus,
)
from shared.repositories.directory import Directory
from shared.repositories.identity_cache import IdentityCache
from shared.telemetry import metrics, tracing
from shared.topics import INBOUND_MESSAGES, INBOUND_STATUSES, MIB

_MESSAGES = metrics.ITEMS.labels("message")
_STATUSES = metrics.ITEMS.labels("status")
_MOST_RECORDS, _MOST_BYTES = 500, MIB  # of a batch that goes to Kafka together


class _RecordBatches:
    """Has records in Kafka in batches, each acknowledged before the next is made: neither a webhook of ten thousand
    items nor what it leads to is in memory as a whole.
    """

    def __init__(self, send: Callable[[Sequence[NewRecord]], Awaitable[None]]) -> None:
        self._send = send
        self._records: list[NewRecord] = []
        self._bytes = 0

    async def add(self, record: NewRecord) -> None:
        """Take one more record, and send when there are enough."""
        self._records.append(record)
        self._bytes += len(record.value)
        if len(self._records) >= _MOST_RECORDS or self._bytes >= _MOST_BYTES:
            await self.flush()

    async def flush(self) -> None:
        """Send what there is."""
        if self._records:
            records, self._records, self._bytes = self._records, [], 0
            await self._send(records)


class Acceptor:
    """sender_limit: messages per minute of one customer; those above it are kept, but get no answer."""

    def __init__(
        self,
        directory: Directory,
        identities: IdentityCache,
        producer: Producer,
        clock: Clock,
        sender_limit: WindowLimiter | None = None,
        routes: WebhookRoutes = ROUTES,
    ) -> None:
        self._directory = directory
        self._senders = Senders(identities)
        self._producer = producer
        self._clock = clock
        self._sender_limit = sender_limit
        self._routes = routes
        self._quiet = LogLimit(clock)

    async def accept(
        self,
        provider: Provider,
        items: Sequence[Parsed],
        *,
        path: str,
        only: str | None = None,
        timeout: float | None = None,
    ) -> None:
        """Have all items in Kafka. `only`: the workspace whose secret signed them; others' items are unknown to it.

        Raises DependencyAway when a recipient cannot be looked up now, or Kafka did not acknowledge within `timeout`
        seconds; None: the caller limits the time.
        """
        source, began = WebhookSource(provider, path, only), now()

        async def send(records: Sequence[NewRecord]) -> None:
            with received(records, self._routes.template_of(path), began, parley__provider=provider) as traced:
                await self._producer.send(traced, timeout)

        owners = await Owners.of(self._directory, source, items)
        sending, letters = _RecordBatches(send), IngressDeadLetters(source, self._clock, self._quiet)
        for start in range(0, len(items), _MOST_RECORDS):
            some = items[start : start + _MOST_RECORDS]
            if len(some) > 1 or isinstance(some[0], ParsedStatus):
                await self._senders.prefetch(owners.people(some))
            for item in some:
                for record in await self._records(owners, letters, item):
                    await sending.add(record)
        for record in letters.records():
            await sending.add(record)
        await sending.flush()

    async def _records(self, owners: Owners, letters: IngressDeadLetters, item: Parsed) -> Iterable[NewRecord]:
        """Return the records of an item; none when it becomes a dead letter."""
        if isinstance(item, ParsedEvent):
            return self._events(owners, letters, item)
        channel = owners.channel(item.recipient)
        if isinstance(item, Malformed):
            metrics.ITEMS.labels("malformed").inc()
            letters.malformed(channel.workspace if channel else "-", item)
        elif channel is None:
            metrics.ITEMS.labels("unknown").inc()
            letters.unknown(item)
        elif isinstance(item, ParsedEcho | ParsedConsent):
            metrics.ITEMS.labels(form_of(item)).inc()
            return [self._fitting(letters, record_of(channel, item, self._clock.now()), item, channel.workspace)]
        elif isinstance(item, ParsedStatus):
            _STATUSES.inc()
            return [self._status(letters, channel, item)]
        else:
            _MESSAGES.inc()
            return [self._message(letters, channel, item, await self._senders.resolve(channel.workspace, item.sender))]
        return []

    def _message(
        self, letters: IngressDeadLetters, channel: Channel, item: ParsedMessage, resolved: ResolvedSender
    ) -> NewRecord:
        message_id = ids.message_id(channel.workspace, channel.provider, item.provider_message_id)
        conversation_id = ids.conversation_id(channel.workspace, channel.id, resolved.sender.identity)
        limited = self._sender_limit is not None and self._sender_limit.hit(conversation_id)
        if limited:
            metrics.LIMITED.labels("sender").inc()
        message = InboundMessage(
            id=message_id,
            workspace=channel.workspace,
            correlation_id=ids.correlation_id(message_id),
            created_at=self._clock.now(),
            provider=channel.provider,
            provider_message_id=item.provider_message_id,
            channel=channel.id,
            conversation_id=conversation_id,
            sender=resolved.sender,
            content=item.content,
            sent_at=item.sent_at,
            context=item.context,
            limited=limited,
            joins=resolved.joins,
            unresolved=resolved.unresolved,
            consent=item.consent,
            raw=msgspec.Raw(item.raw),
        )
        headers = tracing.headers_for(message.correlation_id)
        record = to_record(INBOUND_MESSAGES, message, lane=conversation_id, shards=channel.shards, headers=headers)
        return self._fitting(letters, record, item, channel.workspace)

    def _status(self, letters: IngressDeadLetters, channel: Channel, item: ParsedStatus) -> NewRecord:
        status_id = ids.status_id(channel.workspace, channel.provider, item.provider_message_id, item.status)
        status = InboundStatus(
            id=status_id,
            workspace=channel.workspace,
            correlation_id=ids.correlation_id(status_id),
            created_at=self._clock.now(),
            provider=channel.provider,
            provider_message_id=item.provider_message_id,
            channel=channel.id,
            status=item.status,
            occurred_at=item.occurred_at,
            outbound_id=item.outbound_id,
            errors=item.errors,
            raw=msgspec.Raw(item.raw),
        )
        headers = tracing.headers_for(status.correlation_id)
        record = to_record(
            INBOUND_STATUSES, status, lane=item.provider_message_id, shards=channel.shards, headers=headers
        )
        return self._fitting(letters, record, item, channel.workspace)

    def _events(self, owners: Owners, letters: IngressDeadLetters, item: ParsedEvent) -> Iterator[NewRecord]:
        """The event for each workspace that the account is of."""
        workspaces = owners.workspaces(item.account)
        if not workspaces:
            metrics.ITEMS.labels("unknown").inc()
            letters.unknown(item)
            return
        metrics.ITEMS.labels("event").inc()
        for workspace in workspaces:
            yield self._account_event(letters, workspace, item, owners.channel(item.recipient))

    def _account_event(
        self, letters: IngressDeadLetters, workspace: str, item: ParsedEvent, named: Channel | None
    ) -> NewRecord:
        provider = letters.source.provider
        event_id = ids.derived_id("event", workspace, provider, item.account, item.field, item.key)
        event = AccountEvent(
            id=event_id,
            workspace=workspace,
            correlation_id=ids.correlation_id(event_id),
            created_at=self._clock.now(),
            provider=provider,
            field=item.field,
            account=item.account,
            occurred_at=item.occurred_at,
            channel=named.id if named and named.workspace == workspace else None,
            raw=msgspec.Raw(item.raw),
        )
        record = to_record(INBOUND_STATUSES, event, headers=tracing.headers_for(event.correlation_id))
        return self._fitting(letters, record, item, workspace)

    def _fitting(
        self,
        letters: IngressDeadLetters,
        record: NewRecord,
        item: ReadItem,
        workspace: str,
    ) -> NewRecord:
        """The record, or a dead letter in its place when its topic takes none of this size."""
        if fits(record):
            return record
        detail = f"a record of {len(record.value)} bytes is larger than {record.topic} takes"
        return letters.too_large(detail, item.raw, workspace)
