"""Takes in what a webhook said: finds the workspace of each item, and returns when Kafka has every one.

Nothing is dropped: an item of an unknown recipient and one that cannot be read go to the dead letters, from where
`parley dlq replay` brings them here again (`reread`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from services.ingress import paths
from services.ingress.limits import WindowLimiter
from services.ingress.reports import record_of
from services.ingress.senders import Met, Senders
from shared import ids
from shared.clock import Clock
from shared.kafka.codec import fits, to_record
from shared.kafka.ports import Producer
from shared.kafka.records import NewRecord
from shared.messages.dead_letters import DeadLetter, Origin, Reason
from shared.messages.inbound import AccountEvent, InboundMessage, InboundStatus, Provider
from shared.providers.meta import webhook as meta
from shared.providers.msg91 import webhook as msg91
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
from shared.providers.twilio import webhook as twilio
from shared.repositories.directory import Directory
from shared.repositories.known_identities import KnownIdentities
from shared.telemetry import logging, metrics, tracing
from shared.telemetry.record_spans import now, received
from shared.topics import DEAD_LETTERS, INBOUND_MESSAGES, INBOUND_STATUSES, MIB
from shared.workspace import recipient_key

log = logging.get(__name__)

_Item = ParsedMessage | ParsedEcho | ParsedConsent | ParsedStatus | ParsedEvent
_FORMS: dict[str, type[_Item]] = {
    "message": ParsedMessage,
    "status": ParsedStatus,
    "event": ParsedEvent,
    "echo": ParsedEcho,
    "consent": ParsedConsent,
}
_NAMES = {type_: name for name, type_ in _FORMS.items()}
_MESSAGES = metrics.ITEMS.labels("message")
_STATUSES = metrics.ITEMS.labels("status")
_encode = msgspec.json.encode
_MOST_KEPT = 4 * MIB  # of what is too large; no provider sends a message of this size


@dataclass(frozen=True, slots=True)
class _Source:
    """Where items come from. only: the workspace that vouches for them, None: all."""

    provider: Provider
    path: str
    only: str | None


class Acceptor:
    """sender_limit: messages per minute of one customer; those above it are kept, but get no answer."""

    def __init__(
        self,
        directory: Directory,
        identities: KnownIdentities,
        producer: Producer,
        clock: Clock,
        sender_limit: WindowLimiter | None = None,
    ) -> None:
        self._directory = directory
        self._senders = Senders(identities)
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
        source, began = _Source(provider, path, only), now()
        records: list[NewRecord] = []
        if len(items) > 1:
            await self._meet(source, items)
        for item in items:
            records.extend(await self._records(source, item))
        if records:
            with received(records, paths.route_of(path), began, parley__provider=provider) as traced:
                await self._producer.send(traced, timeout)

    async def _records(self, source: _Source, item: Parsed) -> list[NewRecord]:
        if isinstance(item, ParsedEvent):
            return await self._event(source, item)
        channel = await self._channel(source, item.recipient)
        if isinstance(item, Malformed):
            metrics.ITEMS.labels("malformed").inc()
            workspace = channel.workspace if channel else "-"
            return [self._letter(source, Reason.MALFORMED_ITEM, item.reason, "body", item.payload, workspace)]
        if channel is None:
            metrics.ITEMS.labels("unknown").inc()
            return [self._unknown(source, item, item.recipient)]
        if isinstance(item, ParsedEcho | ParsedConsent):
            metrics.ITEMS.labels(_NAMES[type(item)]).inc()
            record = record_of(channel, item, self._clock.now())
            return [self._fitting(source, record, item, channel.workspace)]
        if isinstance(item, ParsedStatus):
            _STATUSES.inc()
            return [self._status(source, channel, item)]
        _MESSAGES.inc()
        return [self._message(source, channel, item, await self._senders.who(channel.workspace, item.sender))]

    async def _meet(self, source: _Source, items: Sequence[Parsed]) -> None:
        """Ask about all senders of a webhook that are not known yet, in one go."""
        people = [
            (channel.workspace, item.sender)
            for item in items
            if isinstance(item, ParsedMessage) and (channel := await self._channel(source, item.recipient))
        ]
        await self._senders.meet(people)

    async def _channel(self, source: _Source, recipient: str | None) -> Channel | None:
        if recipient is None:
            return None
        key = recipient_key(source.provider, recipient)
        channel = self._directory.cached(key) or await self._directory.by_recipient(key)
        return channel if channel is not None and source.only in (None, channel.workspace) else None

    def _message(self, source: _Source, channel: Channel, item: ParsedMessage, who: Met) -> NewRecord:
        message_id = ids.message_id(channel.workspace, channel.provider, item.provider_message_id)
        conversation_id = ids.conversation_id(channel.workspace, channel.id, who.sender.identity)
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
            sender=who.sender,
            content=item.content,
            sent_at=item.sent_at,
            context=item.context,
            limited=limited,
            joins=who.joins,
            unresolved=who.unresolved,
            consent=item.consent,
            raw=msgspec.Raw(item.raw),
        )
        headers = tracing.headers_for(message.correlation_id)
        record = to_record(INBOUND_MESSAGES, message, lane=conversation_id, shards=channel.shards, headers=headers)
        return self._fitting(source, record, item, channel.workspace)

    def _status(self, source: _Source, channel: Channel, item: ParsedStatus) -> NewRecord:
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
        return self._fitting(source, record, item, channel.workspace)

    async def _event(self, source: _Source, item: ParsedEvent) -> list[NewRecord]:
        channels = await self._directory.by_account(recipient_key(source.provider, item.account))
        workspaces = sorted({channel.workspace for channel in channels if source.only in (None, channel.workspace)})
        if not workspaces:
            metrics.ITEMS.labels("unknown").inc()
            return [self._unknown(source, item, item.account)]
        metrics.ITEMS.labels("event").inc()
        named = await self._channel(source, item.recipient)
        return [self._account_event(source, workspace, item, named) for workspace in workspaces]

    def _account_event(self, source: _Source, workspace: str, item: ParsedEvent, named: Channel | None) -> NewRecord:
        event_id = ids.derived_id("event", workspace, source.provider, item.account, item.field, item.key)
        event = AccountEvent(
            id=event_id,
            workspace=workspace,
            correlation_id=ids.correlation_id(event_id),
            created_at=self._clock.now(),
            provider=source.provider,
            field=item.field,
            channel=named.id if named and named.workspace == workspace else None,
            raw=msgspec.Raw(item.raw),
        )
        record = to_record(INBOUND_STATUSES, event, headers=tracing.headers_for(event.correlation_id))
        return self._fitting(source, record, item, workspace)

    def _unknown(self, source: _Source, item: _Item, recipient: str) -> NewRecord:
        detail = f"no workspace owns {source.provider} {recipient}"
        form, payload = _NAMES[type(item)], _encode(item)
        return self._letter(source, Reason.UNKNOWN_RECIPIENT, detail, form, payload, "-", raw=item.raw)

    def _fitting(
        self,
        source: _Source,
        record: NewRecord,
        item: _Item,
        workspace: str,
    ) -> NewRecord:
        """The record, or a dead letter in its place when its topic takes none of this size."""
        if fits(record):
            return record
        detail = f"a record of {len(record.value)} bytes is larger than {record.topic} takes"
        return self._letter(source, Reason.TOO_LARGE, detail, "raw", item.raw[:_MOST_KEPT], workspace)

    def _letter(
        self,
        source: _Source,
        reason: Reason,
        detail: str,
        form: str,
        payload: bytes,
        workspace: str,
        *,
        raw: bytes = b"",
    ) -> NewRecord:
        """raw: what is kept, as far as there is room, when a letter with the payload is too large itself."""
        provider, vouching = source.provider, source.only or ""
        said = payload.decode(errors="replace")
        letter_id = ids.derived_id("dead-letter", workspace, vouching, provider, source.path, form, said)
        metrics.DEAD_LETTERS.labels("ingress", reason).inc()
        log.warning("Dead letter", dead_letter_id=letter_id, reason=reason, detail=detail)
        headers = (("provider", provider.encode()), ("form", form.encode()), ("only", vouching.encode()))
        letter = DeadLetter(
            id=letter_id,
            workspace=workspace,
            correlation_id=ids.correlation_id(letter_id),
            created_at=self._clock.now(),
            reason=reason,
            detail=detail[:2000],
            origin=Origin(service="ingress", path=source.path),
            payload=payload,
            headers=headers if vouching else headers[:2],
        )
        record = to_record(DEAD_LETTERS, letter, headers=tracing.headers_for(letter.correlation_id))
        if fits(record):
            return record
        kept = (raw or payload)[:_MOST_KEPT]
        return self._letter(source, Reason.TOO_LARGE, f"{reason}: {detail}", "raw", kept, workspace)


def vouched_by(letter: DeadLetter) -> str | None:
    """The workspace whose secret signed the webhook that a dead letter of ingress is from: it vouches for its own
    numbers and for no others, now as then. None: the platform's secret did, for all.
    """
    path = letter.origin.path or ""
    named = dict(letter.headers).get("only", b"").decode()  # the oldest letters have none
    return named or paths.workspace_of(path)


def reread(letter: DeadLetter, now: datetime) -> tuple[Provider, list[Parsed]]:
    """The items of a dead letter of ingress, read again. Raises ValueError when it is not one, or still unreadable."""
    headers = dict(letter.headers)
    provider, form, path = Provider(headers["provider"].decode()), headers["form"].decode(), letter.origin.path or ""
    if form == "raw":
        raise ValueError("the message was too large, and only its raw form is kept")
    if form != "body":
        item: Parsed = msgspec.json.decode(letter.payload, type=_FORMS[form])
        return provider, [item]
    if provider is Provider.META:
        return provider, meta.parse(letter.payload)
    if provider is Provider.MSG91:
        return provider, msg91.parse(letter.payload, paths.number_of(path) or "", now)
    params = twilio.parse_form(letter.payload)
    if path == paths.TWILIO_STATUS:
        return provider, twilio.parse_status(params, None, now)
    return provider, twilio.parse_message(params, now)
