"""Takes in what a webhook said: finds the workspace of each item, and returns when Kafka has every one.

Nothing is dropped: an item of an unknown recipient and one that cannot be read go to the dead letters, from where
`parley dlq replay` brings them here again (`reread`).
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from services.ingress.limits import WindowLimiter
from shared import ids
from shared.clock import Clock
from shared.kafka.codec import fits, to_record
from shared.kafka.ports import Producer
from shared.kafka.records import NewRecord
from shared.messages.dead_letters import DeadLetter, Origin, Reason
from shared.messages.inbound import AccountEvent, InboundMessage, InboundStatus, Provider
from shared.providers.meta import webhook as meta
from shared.providers.port import Channel, Malformed, Parsed, ParsedEvent, ParsedMessage, ParsedStatus
from shared.providers.twilio import webhook as twilio
from shared.repositories.directory import Directory
from shared.telemetry import logging, metrics, tracing
from shared.topics import DEAD_LETTERS, INBOUND_MESSAGES, INBOUND_STATUSES, MIB
from shared.workspace import recipient_key

log = logging.get(__name__)

_FORMS: dict[str, type[Parsed]] = {"message": ParsedMessage, "status": ParsedStatus, "event": ParsedEvent}
_NAMES = {type_: name for name, type_ in _FORMS.items()}
_MESSAGES = metrics.ITEMS.labels("message")
_STATUSES = metrics.ITEMS.labels("status")
_encode = msgspec.json.encode
_MOST_KEPT = 4 * MIB  # of what is too large; no provider sends a message of this size


class Acceptor:
    """sender_limit: messages per minute of one customer; those above it are kept, but get no answer."""

    def __init__(
        self, directory: Directory, producer: Producer, clock: Clock, sender_limit: WindowLimiter | None = None
    ) -> None:
        self._directory = directory
        self._producer = producer
        self._clock = clock
        self._sender_limit = sender_limit

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
        records: list[NewRecord] = []
        for item in items:
            records.extend(await self._records(provider, item, path, only))
        if records:
            await self._producer.send(records, timeout)

    async def _records(self, provider: Provider, item: Parsed, path: str, only: str | None) -> list[NewRecord]:
        if isinstance(item, ParsedEvent):
            return await self._event(provider, item, path, only)
        channel = await self._channel(provider, item.recipient, only)
        if isinstance(item, Malformed):
            metrics.ITEMS.labels("malformed").inc()
            return [self._malformed(provider, item, path, channel)]
        if channel is None:
            metrics.ITEMS.labels("unknown").inc()
            return [self._unknown(provider, item, item.recipient, path)]
        if isinstance(item, ParsedStatus):
            _STATUSES.inc()
            return [self._status(channel, item)]
        _MESSAGES.inc()
        return [self._message(channel, item, path)]

    async def _channel(self, provider: Provider, recipient: str | None, only: str | None) -> Channel | None:
        if recipient is None:
            return None
        key = recipient_key(provider, recipient)
        channel = self._directory.cached(key) or await self._directory.by_recipient(key)
        return None if only is not None and channel is not None and channel.workspace != only else channel

    def _message(self, channel: Channel, item: ParsedMessage, path: str) -> NewRecord:
        message_id = ids.message_id(channel.workspace, channel.provider, item.provider_message_id)
        conversation_id = ids.conversation_id(channel.workspace, channel.id, item.sender.identity)
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
            sender=item.sender,
            content=item.content,
            sent_at=item.sent_at,
            context=item.context,
            limited=limited,
            raw=msgspec.Raw(item.raw),
        )
        headers = tracing.headers_for(message.correlation_id)
        record = to_record(INBOUND_MESSAGES, message, lane=conversation_id, shards=channel.shards, headers=headers)
        return record if fits(record) else self._too_large(channel, item, len(record.value), path)

    def _status(self, channel: Channel, item: ParsedStatus) -> NewRecord:
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
        return to_record(
            INBOUND_STATUSES, status, lane=item.provider_message_id, shards=channel.shards, headers=headers
        )

    async def _event(self, provider: Provider, item: ParsedEvent, path: str, only: str | None) -> list[NewRecord]:
        channels = await self._directory.by_account(recipient_key(provider, item.account))
        workspaces = sorted({channel.workspace for channel in channels if only in (None, channel.workspace)})
        if not workspaces:
            metrics.ITEMS.labels("unknown").inc()
            return [self._unknown(provider, item, item.account, path)]
        metrics.ITEMS.labels("event").inc()
        named = await self._channel(provider, item.recipient, only)
        return [self._account_event(provider, workspace, item, named) for workspace in workspaces]

    def _account_event(self, provider: Provider, workspace: str, item: ParsedEvent, named: Channel | None) -> NewRecord:
        event_id = ids.derived_id("event", workspace, provider, item.account, item.field, item.key)
        event = AccountEvent(
            id=event_id,
            workspace=workspace,
            correlation_id=ids.correlation_id(event_id),
            created_at=self._clock.now(),
            provider=provider,
            field=item.field,
            channel=named.id if named and named.workspace == workspace else None,
            raw=msgspec.Raw(item.raw),
        )
        return to_record(INBOUND_STATUSES, event, headers=tracing.headers_for(event.correlation_id))

    def _unknown(
        self, provider: Provider, item: ParsedMessage | ParsedStatus | ParsedEvent, recipient: str, path: str
    ) -> NewRecord:
        form = _NAMES[type(item)]
        payload = _encode(item)
        return self._letter(
            provider, Reason.UNKNOWN_RECIPIENT, f"no workspace owns {provider} {recipient}", form, payload, path, "-"
        )

    def _too_large(self, channel: Channel, item: ParsedMessage, size: int, path: str) -> NewRecord:
        detail = f"a message of {size} bytes is larger than {INBOUND_MESSAGES.name} takes"
        return self._letter(
            channel.provider, Reason.TOO_LARGE, detail, "raw", item.raw[:_MOST_KEPT], path, channel.workspace
        )

    def _malformed(self, provider: Provider, item: Malformed, path: str, channel: Channel | None) -> NewRecord:
        workspace = channel.workspace if channel else "-"
        return self._letter(provider, Reason.MALFORMED_ITEM, item.reason, "body", item.payload, path, workspace)

    def _letter(
        self, provider: Provider, reason: Reason, detail: str, form: str, payload: bytes, path: str, workspace: str
    ) -> NewRecord:
        letter_id = ids.derived_id("dead-letter", workspace, provider, path, form, payload.decode(errors="replace"))
        metrics.DEAD_LETTERS.labels("ingress", reason).inc()
        log.warning("Dead letter", dead_letter_id=letter_id, reason=reason, detail=detail)
        letter = DeadLetter(
            id=letter_id,
            workspace=workspace,
            correlation_id=ids.correlation_id(letter_id),
            created_at=self._clock.now(),
            reason=reason,
            detail=detail[:2000],
            origin=Origin(service="ingress", path=path),
            payload=payload,
            headers=(("provider", provider.encode()), ("form", form.encode())),
        )
        return to_record(DEAD_LETTERS, letter, headers=tracing.headers_for(letter.correlation_id))


def reread(letter: DeadLetter, now: datetime) -> tuple[Provider, list[Parsed]]:
    """The items of a dead letter of ingress, read again. Raises ValueError when it is not one, or still unreadable."""
    headers = dict(letter.headers)
    provider, form = Provider(headers["provider"].decode()), headers["form"].decode()
    if form == "raw":
        raise ValueError("the message was too large, and only its raw form is kept")
    if form != "body":
        item: Parsed = msgspec.json.decode(letter.payload, type=_FORMS[form])
        return provider, [item]
    if provider is Provider.META:
        return provider, meta.parse(letter.payload)
    params = twilio.parse_form(letter.payload)
    if (letter.origin.path or "").endswith("/status"):
        return provider, twilio.parse_status(params, None, now)
    return provider, twilio.parse_message(params, now)
