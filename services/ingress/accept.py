"""Accepts the items of a verified webhook: finds each item's workspace, and returns when Kafka has all records.

Nothing is dropped: items of unknown recipients and items that could not be parsed become dead letters
(`dead_letters.py`), and `parley dlq replay` accepts them again.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence

from services.ingress.dead_letters import IngressDeadLetters
from services.ingress.items import ParsedItem, WebhookSource, type_name
from services.ingress.owners import Owners
from services.ingress.provider_commands import command_record
from services.ingress.rate_limit import WindowLimiter
from services.ingress.records import conversation_of, event_record, message_record, status_record
from services.ingress.routes import ROUTES, WebhookRoutes
from services.ingress.senders import Senders
from services.ingress.status_gathering import StatusGathering
from shared.clock import Clock
from shared.kafka.codec import fits
from shared.kafka.dead_letter_log import DeadLetterLog
from shared.kafka.ports import Producer
from shared.kafka.record_spans import now, received
from shared.kafka.records import NewRecord
from shared.messages.inbound import Provider
from shared.providers.port import Channel, MalformedItem, Parsed, ParsedEvent, ParsedMessage, ParsedStatus
from shared.repositories.directory import Directory
from shared.repositories.identity_cache import IdentityCache
from shared.repositories.webhook_marks import WebhookMarks
from shared.telemetry import metrics
from shared.topics import MIB

_MESSAGES = metrics.ITEMS.labels("message")
_STATUSES = metrics.ITEMS.labels("status")
_MAX_RECORDS, _MAX_BYTES = 500, MIB  # of a batch for Kafka


class _RecordBatches:
    """Sends records in batches, each acknowledged before the next is built: not all items of a webhook, nor all their
    records, are in memory at once.
    """

    def __init__(self, send: Callable[[Sequence[NewRecord]], Awaitable[None]]) -> None:
        self._send = send
        self._records: list[NewRecord] = []
        self._bytes = 0

    async def add(self, record: NewRecord) -> None:
        """Add a record; send the batch when it is full."""
        self._records.append(record)
        self._bytes += len(record.value)
        if len(self._records) >= _MAX_RECORDS or self._bytes >= _MAX_BYTES:
            await self.flush()

    async def flush(self) -> None:
        """Send the records added since the last batch."""
        if self._records:
            records, self._records, self._bytes = self._records, [], 0
            await self._send(records)


class Acceptor:
    """Accepts the items of webhooks. sender_limit: messages per minute of one customer; those above it are stored, but
    not answered. marks: note the last webhook of each channel.
    """

    def __init__(
        self,
        directory: Directory,
        identities: IdentityCache,
        producer: Producer,
        clock: Clock,
        sender_limit: WindowLimiter | None = None,
        routes: WebhookRoutes = ROUTES,
        marks: WebhookMarks | None = None,
    ) -> None:
        self._directory = directory
        self._senders = Senders(identities)
        self._statuses = StatusGathering()
        self._producer = producer
        self._clock = clock
        self._sender_limit = sender_limit
        self._routes = routes
        self._dead_letter_log = DeadLetterLog(clock)
        self._marks = marks

    async def accept(
        self,
        provider: Provider,
        items: Sequence[Parsed],
        *,
        path: str,
        only: str | None = None,
        timeout: float | None = None,
    ) -> None:
        """Publish all items to Kafka. only: the workspace whose secret signed them; numbers of others are unknown then.

        Raises DependencyAway when a recipient cannot be looked up now, or Kafka did not acknowledge within `timeout`
        seconds; None: the caller limits the time.
        """
        source, began = WebhookSource(provider, path, only), now()

        async def send(records: Sequence[NewRecord]) -> None:
            if not began:  # no spans are made
                await self._producer.send(records, timeout)
                return
            with received(records, self._routes.template_of(path), began, parley__provider=provider) as traced:
                await self._producer.send(traced, timeout)

        owners = await Owners.of(self._directory, source, items)
        batches, dead_letters = _RecordBatches(send), IngressDeadLetters(source, self._clock, self._dead_letter_log)
        for start in range(0, len(items), _MAX_RECORDS):
            some = items[start : start + _MAX_RECORDS]
            if len(some) > 1 or isinstance(some[0], ParsedStatus):
                await self._senders.prefetch(owners.people(some))
            for item in some:
                for record in await self._records(owners, dead_letters, item):
                    await batches.add(record)
        for record in dead_letters.records():
            await batches.add(record)
        if all(isinstance(item, ParsedStatus) for item in items):
            await self._statuses.wait()
        await batches.flush()
        if self._marks is not None:
            self._marks.note("accepted", owners.allowed())

    async def _records(self, owners: Owners, dead_letters: IngressDeadLetters, item: Parsed) -> Iterable[NewRecord]:
        """Return the records of an item; none when it becomes a dead letter."""
        if isinstance(item, ParsedEvent):
            return self._events(owners, dead_letters, item)
        channel = owners.channel(item.recipient)
        if isinstance(item, MalformedItem):
            metrics.ITEMS.labels("malformed").inc()
            dead_letters.add_malformed(channel.workspace if channel else "-", item)
            return []
        if channel is None:
            metrics.ITEMS.labels("unknown").inc()
            dead_letters.add_unknown(item)
            return []
        if isinstance(item, ParsedStatus):
            _STATUSES.inc()
            record = status_record(channel, item, self._clock.now())
        elif isinstance(item, ParsedMessage):
            _MESSAGES.inc()
            record = await self._message(channel, item)
        else:
            metrics.ITEMS.labels(type_name(item)).inc()
            record = command_record(channel, item, self._clock.now())
        return [_or_too_large(record, item, channel.workspace, dead_letters)]

    async def _message(self, channel: Channel, item: ParsedMessage) -> NewRecord:
        resolved = await self._senders.resolve(channel.workspace, item.sender)
        limited = self._sender_limit is not None and self._sender_limit.hit(conversation_of(channel, resolved))
        if limited:
            metrics.LIMITED.labels("sender").inc()
        return message_record(channel, item, resolved, self._clock.now(), limited=limited)

    def _events(self, owners: Owners, dead_letters: IngressDeadLetters, item: ParsedEvent) -> Iterator[NewRecord]:
        """Yield a record of the event for each workspace with channels of the account."""
        workspaces = owners.workspaces(item.account)
        if not workspaces:
            metrics.ITEMS.labels("unknown").inc()
            dead_letters.add_unknown(item)
            return
        metrics.ITEMS.labels("event").inc()
        channel = owners.channel(item.recipient)
        for workspace in workspaces:
            record = event_record(owners.source.provider, workspace, item, channel, self._clock.now())
            yield _or_too_large(record, item, workspace, dead_letters)


def _or_too_large(record: NewRecord, item: ParsedItem, workspace: str, dead_letters: IngressDeadLetters) -> NewRecord:
    """Return the record, or a dead letter instead when it is larger than its topic takes."""
    if fits(record):
        return record
    detail = f"a record of {len(record.value)} bytes is larger than {record.topic} takes"
    return dead_letters.too_large(detail, item.raw, workspace)
